"""What ECS and OCSF share: which values, which step of a finding's life, safe and flushed."""

from __future__ import annotations

import io
import json

import pytest
from tests.helpers import samples
from tests.outputs import made

from whoasks import outputs
from whoasks.core.model import Host
from whoasks.outputs import events

OPEN, CLOSED = samples.finding(), samples.finding(status="closed")
OTHER = samples.finding(id="other")


def steps(format_: str, *values, live: bool) -> list[str]:
    read = [json.loads(line) for line in made.lines(format_, *values, live=live)]
    if format_ == "ecs":
        return [event["event"]["action"].removeprefix("finding-") for event in read]
    words = {1: "opened", 2: "updated", 3: "closed"}
    return [words[event["activity_id"]] for event in read]


@pytest.mark.parametrize("format_", ["ecs", "ocsf"])
@pytest.mark.parametrize(
    ("values", "live", "expected"),
    [
        pytest.param((OPEN, OPEN, CLOSED), True, ["opened", "updated", "closed"], id="a life"),
        pytest.param((OPEN, OTHER, OPEN), True, ["opened", "opened", "updated"], id="two"),
        pytest.param((OPEN, CLOSED, OPEN), True, ["opened", "closed", "opened"], id="again"),
        pytest.param((CLOSED, OTHER), False, ["closed", "opened"], id="a store's content"),
    ],
)
def test_the_step_of_a_finding(format_, values, live, expected):
    assert steps(format_, *values, live=live) == expected


@pytest.mark.parametrize("live", [True, False])
def test_what_is_remembered_is_what_is_open(live):
    writer = outputs.writer("ecs", io.StringIO(), live=live)
    for number in range(100):
        writer.write(samples.finding(id=str(number)))
    assert len(writer._open) == (100 if live else 0)
    for number in range(100):
        writer.write(samples.finding(id=str(number), status="closed"))
    assert writer._open == set()


@pytest.mark.parametrize("format_", ["ecs", "ocsf"])
def test_other_kinds_are_passed_over(format_):
    stream = io.StringIO()
    writer = outputs.writer(format_, stream)
    for value in (samples.service(), samples.summary(), samples.asker(), samples.burst()):
        writer.write(value)
    assert stream.getvalue().count("\n") == 1
    with pytest.raises(TypeError, match=f"{format_} holds no Service"):
        writer.encode(samples.service())


@pytest.mark.parametrize("format_", ["ecs", "ocsf"])
def test_or_one_kind_alone(format_):
    stream = io.StringIO()
    writer = outputs.writer(format_, stream, "burst")
    writer.write(samples.finding())
    writer.write(samples.burst())
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("format_", ["ecs", "ocsf"])
@pytest.mark.parametrize(("live", "flushes"), [(True, 3), (False, 1)])
def test_a_live_writer_flushes_each_line(format_, live, flushes):
    class Counting(io.StringIO):
        count = 0

        def flush(self) -> None:
            self.count += 1

    stream = Counting()
    writer = outputs.writer(format_, stream, live=live)
    writer.begin()
    writer.write(samples.finding())
    writer.end()
    assert stream.count == flushes


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param({"a": None, "b": "", "c": [], "d": {}}, {}, id="nothing said"),
        pytest.param({"a": 0, "b": False, "c": 0.0}, {"a": 0, "b": False, "c": 0.0}, id="said"),
        pytest.param({"a": {"b": {"c": None}}}, {}, id="empty all the way down"),
        pytest.param({"a": [None, "", "x"]}, {"a": ["x"]}, id="in a list"),
        pytest.param("a\udc80b", "a\\udc80b", id="a lone surrogate"),
        pytest.param({"\udc80": 1}, {"\\udc80": 1}, id="in a key"),
        pytest.param("\u202eB\u00fcro", "\u202eB\u00fcro", id="other names stay whole"),
    ],
)
def test_tidy(value, kept):
    assert events.tidy(value) == kept


@pytest.mark.parametrize(
    ("addresses", "ips", "version"),
    [
        pytest.param((), [], None, id="none"),
        pytest.param(("10.0.0.1", "10.0.0.2"), ["10.0.0.1", "10.0.0.2"], 4, id="IPv4"),
        pytest.param(("fe80::1%eth0", "fe80::1%2"), ["fe80::1"], 6, id="scopes"),
        pytest.param(("10.0.0.1", "fe80::1"), ["10.0.0.1", "fe80::1"], None, id="both"),
        pytest.param(("nonsense",), [], None, id="no address"),
    ],
)
def test_addresses(addresses, ips, version):
    host = Host("address", None, addresses)
    assert events.ips(host) == ips
    assert events.ip_version(host) == version


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        pytest.param({"names": ("a.local.",)}, "a.local", id="one"),
        pytest.param({"names": ("a.local.",), "names_dropped": 1}, None, id="and dropped ones"),
        pytest.param({"names": ("a.local.", "b.local.")}, None, id="two"),
        pytest.param({"names": ()}, None, id="none"),
        pytest.param({"names": ("a.local.",), "questions": 0}, None, id="not asked for"),
    ],
)
def test_the_only_name(changes, name):
    assert events.only_name(samples.burst(**changes)) == name
