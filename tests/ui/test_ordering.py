"""Orders: as people expect them, total whatever the values hold, and stable."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import samples

from whoasks.core.model import Asker, Burst, Finding, Host, Service, Severity
from whoasks.ui.fields import find
from whoasks.ui.ordering import address, natural, order, ordered


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["Printer 2", "Printer 10", "printer 11"], id="numbers in texts"),
        pytest.param(["", "a", "B", "c"], id="in any case"),
        pytest.param(["a", "a1", "a01x", "a2", "ab"], id="digits before letters"),
        pytest.param(["1", "9" * 5000, "1" + "0" * 5000], id="longer than an int may be"),
        pytest.param(["x7", "x٣"], id="digits of others are letters"),
    ],
)
def test_natural(texts):
    shuffled = texts[::-1]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=natural) == texts


def test_addresses_are_numbers():
    told = ["9.0.0.1", "10.0.0.2", "10.0.0.10", "fe80::2%eth0", "fe80::2%wlan0", "fe80::10", "x"]
    shuffled = told.copy()
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=address) == told


def names(values) -> list[str]:
    return [value.instance for value in values]


def services(field: str, *items) -> list[Service]:
    return [samples.service(instance=str(at), **{field: item}) for at, item in enumerate(items)]


@pytest.mark.parametrize(
    ("field", "items", "up", "down"),
    [
        pytest.param("port", (80, None, 9, 443), "2031", "3021", id="ports; none is last"),
        pytest.param("addresses", (("10.0.0.10",), (), ("9.0.0.9",)), "201", "021", id="addresses"),
        pytest.param("last_seen", (3.0, 1.0, 2.5), "120", "021", id="times"),
        pytest.param("stale", (True, False, True), "102", "021", id="yes and no, stable"),
        pytest.param("hostname", ("b10", None, "B9"), "201", "021", id="names"),
        pytest.param(
            "addresses",
            (("10.0.0.1", "10.0.0.3"), ("10.0.0.1",), ("10.0.0.1", "10.0.0.2")),
            "120",
            "021",
            id="lists, item by item",
        ),
    ],
)  # fmt: skip
def test_fields(field, items, up, down):
    values, by = services(field, *items), find(Service, field)
    assert "".join(names(ordered(values, [(by, False)]))) == up
    assert "".join(names(ordered(values, [(by, True)]))) == down


@pytest.mark.parametrize(
    ("texts", "up"),
    [
        pytest.param(("10", "9", "-1"), "210", id="numbers"),
        pytest.param(("10.5", "x", "9"), "201", id="numbers before words"),
        pytest.param(("b", None, "a"), "201", id="words"),
    ],
)
def test_keys_of_txt(texts, up):
    values = services("txt", *({"k": text} for text in texts))
    assert "".join(names(ordered(values, [(find(Service, "txt.K"), False)]))) == up


def test_severities_verdicts_and_hosts():
    found = [samples.finding(severity=severity) for severity in reversed(Severity)]
    by = [(find(Finding, "severity"), False)]
    assert [finding.severity for finding in ordered(found, by)] == list(Severity)
    bursts = [samples.burst(verdict=word) for word in ("unusual", "suspicious", "routine")]
    sort = [(find(Burst, "verdict"), True)]
    assert [burst.verdict for burst in ordered(bursts, sort)] == [
        "suspicious",
        "unusual",
        "routine",
    ]
    hosts = [Host("address", None, (ip,)) for ip in ("10.0.0.10", "10.0.0.9")]
    askers = [samples.asker(host=host) for host in hosts]
    by_host = ordered(askers, [(find(Asker, "host"), False)])
    assert [asker.host for asker in by_host] == hosts[::-1]


def test_the_second_field_decides_what_the_first_leaves_open():
    values = [
        samples.service(instance=name, type=type_, port=port)
        for name, type_, port in [("a", "_b", 1), ("b", "_a", 1), ("c", "_b", 2), ("d", "_a", 2)]
    ]
    by = [(find(Service, "type"), False), (find(Service, "port"), True)]
    assert names(ordered(values, by)) == ["d", "b", "c", "a"]


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.lists(st.text()),
)  # fmt: skip
SERVICES = st.lists(
    st.builds(
        samples.service,
        instance=st.text(),
        port=st.none() | st.integers(0, 65535),
        hostname=st.none() | st.text(),
        addresses=st.lists(st.one_of(st.text(), st.ip_addresses().map(str)), max_size=3).map(tuple),
        txt=st.dictionaries(st.sampled_from(["k", "K", "j"]), st.none() | st.text(), max_size=2),
        device=st.none() | st.dictionaries(st.just("x"), ANY),
        last_seen=st.floats(allow_nan=False),
        stale=st.booleans(),
    ),
    max_size=8,
)
FIELDS = st.sampled_from(
    ["instance", "port", "hostname", "addresses", "txt", "txt.k", "device", "device.x", "last_seen",
     "stale", "interfaces", "record", "txt_raw"]
)  # fmt: skip


@given(SERVICES, st.lists(st.tuples(FIELDS, st.booleans()), min_size=1, max_size=3))
def test_any_values_have_an_order_that_sorting_keeps(values, chosen):
    by = [(find(Service, name), reverse) for name, reverse in chosen]
    once = ordered(values, by)
    assert sorted(map(id, once)) == sorted(map(id, values))
    # Sorted again nothing moves: equal values stay, the others are where they belong.
    assert [id(value) for value in ordered(once, by)] == [id(value) for value in once]


@given(SERVICES, FIELDS, st.booleans())
def test_neighbours_are_in_order_equals_as_they_came_nothing_last(values, name, reverse):
    field = find(Service, name)

    def keys(value):
        return tuple(order(field, item) for item in field.items(value))

    found = ordered(values, [(field, reverse)])
    came = {id(value): at for at, value in enumerate(values)}
    for one, other in pairwise(found):
        first, second = keys(one), keys(other)
        if not first or not second:
            assert not second
        else:
            assert first >= second if reverse else first <= second
        if first == second:
            assert came[id(one)] < came[id(other)]


@given(st.text(), st.text(), st.text())
def test_texts_are_totally_ordered(one, other, third):
    first, second, last = natural(one), natural(other), natural(third)
    assert (first == second) == (one == other)
    assert first <= second or second <= first
    if first <= second <= last:
        assert first <= last
