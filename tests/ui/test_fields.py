"""Names of fields, and what they lead to."""

from __future__ import annotations

import math

import pytest
from tests.helpers import samples

from whoasks.core.auditing.results import Exposure
from whoasks.core.model import Asker, Burst, Finding, Service, Severity
from whoasks.outputs import records
from whoasks.outputs.chosen import at
from whoasks.ui import fields
from whoasks.ui.fields import find, near, number, words

VALUES = {
    Service: samples.service(txt={"rp": "ipp", "Flag": None}),
    Finding: samples.finding(),
    Burst: samples.burst(),
    Asker: samples.asker(),
}


def test_the_times_are_those_of_records():
    assert fields.TIMES == records.TIMES


@pytest.mark.parametrize("struct", records.STRUCTS.values(), ids=records.STRUCTS)
def test_every_field_of_a_record_has_its_name(struct):
    known = fields.fields(struct)
    assert {"record", "schema", *struct.__struct_fields__} <= set(known)
    assert all(find(struct, name) == field for name, field in known.items())
    assert all(field.name == name for name, field in known.items())


@pytest.mark.parametrize("struct", records.STRUCTS.values(), ids=records.STRUCTS)
def test_a_kind_has_the_word_of_its_records(struct):
    assert records.STRUCTS[fields.kind(struct)] is struct


@pytest.mark.parametrize("struct", VALUES, ids=lambda struct: struct.__name__)
def test_a_field_leads_where_the_record_does(struct):
    """Chosen columns of JSON are the record's; a table's are read here."""
    value = VALUES[struct]
    record = records.record_of(value)
    for field in fields.fields(struct).values():
        found, written = field.of(value), at(record, field.path)
        assert (found is None) == (written is None), field.name
        if isinstance(found, (str, bool)) or field.type == "number":
            assert (list(found) if isinstance(found, tuple) else found) == written, field.name


@pytest.mark.parametrize(
    ("struct", "name", "path", "type_"),
    [
        pytest.param(Service, "instance", ("instance",), "text", id="text"),
        pytest.param(Service, " Port ", ("port",), "number", id="in any case, with blanks"),
        pytest.param(Service, "stale", ("stale",), "yesno", id="yes or no"),
        pytest.param(Service, "last_seen", ("last_seen",), "time", id="a time"),
        pytest.param(Service, "addresses", ("addresses",), "address", id="addresses"),
        pytest.param(Service, "txt", ("txt",), "parts", id="all of TXT"),
        pytest.param(Service, "txt.Model", ("txt", "Model"), "open", id="a key of TXT"),
        pytest.param(Service, "txt.a.b", ("txt", "a.b"), "open", id="a key with a dot"),
        pytest.param(Service, "device.vendor", ("device", "vendor"), "open", id="of a device"),
        pytest.param(Finding, "severity", ("severity",), "severity", id="severity"),
        pytest.param(Finding, "host.mac", ("host", "mac"), "text", id="nested"),
        pytest.param(Finding, "host_mac", ("host", "mac"), "text", id="nested, as in CSV"),
        pytest.param(Finding, "host.key", ("host", "key"), "text", id="what records add"),
        pytest.param(Finding, "host.addresses", ("host", "addresses"), "address", id="inside"),
        pytest.param(Finding, "observed.types", ("observed", "types"), "open", id="observed"),
        pytest.param(Finding, "tool.confidence", ("tool", "confidence"), "number", id="a share"),
        pytest.param(Burst, "verdict", ("verdict",), "verdict", id="verdict"),
        pytest.param(Burst, "source_ports", ("source_ports",), "number", id="numbers"),
        pytest.param(Exposure, "severity", ("severity",), "severity", id="of other kinds"),
    ],
)
def test_names(struct, name, path, type_):
    assert find(struct, name) == fields.Field(path, type_)


@pytest.mark.parametrize(
    ("struct", "name"),
    [
        (Service, ""),
        (Service, "nam"),
        (Service, "txt."),
        (Service, ".model"),
        (Service, "instance.x"),
        (Service, "__class__"),
        (Finding, "host.__class__"),
        (Finding, "host.zzz"),
        (Finding, "claims.rule"),
        (Finding, "names.0"),
        (Asker, "severity"),
    ],
)
def test_no_names(struct, name):
    assert find(struct, name) is None


@pytest.mark.parametrize(
    ("struct", "name", "first"),
    [
        (Service, "instnce", "instance"),
        (Service, "name", "instance"),
        (Service, "IP", "addresses"),
        (Service, "interface", "interfaces"),
        (Service, "host", "hostname"),
        (Finding, "mac", "host.mac"),
        (Finding, "hostname", "host.hostname"),
        (Finding, "host.macs", "host.mac"),
        (Asker, "address", "host.addresses"),
    ],
)
def test_what_may_have_been_meant(struct, name, first):
    assert near(struct, name)[0] == first


def test_nothing_is_near_nonsense():
    assert near(Service, "qqqq") == []


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("instance", ("Büro-Drucker",)),
        ("record", ("service",)),
        ("schema", (1,)),
        ("addresses", ("10.0.0.9", "fe80::9%eth0")),
        ("txt.RP", ("ipp",)),
        ("txt.flag", ()),
        ("txt.zzz", ()),
        ("missing", ()),
        ("txt", ({"rp": "ipp", "Flag": None},)),
        ("device.vendor.x", ()),
    ],
)
def test_items(name, items):
    field = find(Service, name)
    assert field is not None
    assert field.items(VALUES[Service]) == items


def test_what_is_no_number_is_nothing():
    field = find(Finding, "observed.share")
    assert field.of(samples.finding(observed={"share": math.nan})) is None
    assert field.of(samples.finding(observed=None)) is None


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("a", ["a"]),
        (True, ["yes", "true"]),
        (False, ["no", "false"]),
        (8, ["8"]),
        (0.5, ["0.5"]),
        (Severity.HIGH, ["high"]),
        (b"\x01\xff", ["01ff"]),
        ({"a": "b", "flag": None, "n": 3}, ["a=b", "flag", "n=3"]),
        (("a", 1, None), ["a", "1"]),
        (samples.HOST, ["mac", "02:00:00:00:00:17", "10.0.0.23", "fe80::17%eth0", "cli.local."]),
    ],
)
def test_words(item, expected):
    assert words(item) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (7, 7), (0.5, 0.5), ("7", 7), ("-7.5", -7.5), ("007", 7), ("9" * 300, int("9" * 300)),
        (True, None), (math.nan, None), ("", None), ("1e3", None), ("inf", None), ("nan", None),
        ("1_0", None), ("٣", None), (" 1", None), ("9" * 301, None), (None, None), ([1], None),
    ],
)  # fmt: skip
def test_numbers(item, expected):
    assert number(item) == expected
