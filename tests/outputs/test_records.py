"""A record is the value, field for field, in words that need no program of ours."""

from __future__ import annotations

import pytest
from tests.helpers import samples

from whoasks.core.model import Severity
from whoasks.outputs.records import KINDS, STRUCTS, host_key, kind_of, record_of, rfc3339

VALUES = {
    "finding": samples.finding(),
    "burst": samples.burst(),
    "service": samples.service(),
    "asker": samples.asker(),
    "activity": samples.activity(),
    "summary": samples.summary(),
    "exposure": samples.exposure(),
    "grade": samples.grade(),
    "service_change": samples.service_change(),
    "change": samples.change(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_fields_stand_in_the_order_of_the_struct(kind):
    record = record_of(VALUES[kind])
    assert list(record) == ["record", "schema", *STRUCTS[kind].__struct_fields__]
    assert (record["record"], record["schema"]) == (kind, 1)
    assert kind_of(VALUES[kind]) == kind


def test_a_finding():
    record = record_of(VALUES["finding"])
    assert record["severity"] == "high"
    assert record["first_seen"] == "2026-01-01T10:00:00.250000Z"
    assert record["host"] == {
        "key": "02:00:00:00:00:17",
        "identity": "mac",
        "mac": "02:00:00:00:00:17",
        "addresses": ["10.0.0.23", "fe80::17%eth0"],
        "hostname": "cli.local.",
        "vendor": None,
        "role": None,
    }
    assert record["tool"] == {
        "name": "avahi-browse -a",
        "confidence": 0.9,
        "why": ["port 5353", "known answers"],
    }
    assert record["claims"][1] == {
        "rule": "meta-query",
        "severity": "medium",
        "explanation": "asked for the list of all service types",
        "observed": {"meta_queries": 1},
        "threshold": {"meta_queries": 1},
        "silenced_by": "hub",
    }
    assert record["vlan"] is None


def test_a_host_without_a_mac_is_its_address():
    assert host_key(samples.Host("address", None, ("10.0.0.5",))) == "10.0.0.5"
    assert host_key(samples.Host("address", None, ())) == ""


def test_bytes_are_hex():
    record = record_of(samples.service(name_raw=b"\x1b\xff"))
    assert record["name_raw"] == "1bff"
    assert record["txt_raw"] == "0d74793d4c617365722033303030"


def test_what_a_rule_observed_may_be_any_value():
    odd = {"list": (1, 2), "set": {"b", "a"}, 3: float("nan"), "s": Severity.LOW, "b": b"\x00"}
    assert record_of(samples.finding(observed=odd))["observed"] == {
        "list": [1, 2],
        "set": ["a", "b"],
        "3": None,
        "s": "low",
        "b": "00",
    }


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        pytest.param(0.0, "1970-01-01T00:00:00.000000Z", id="the epoch"),
        pytest.param(1.5, "1970-01-01T00:00:01.500000Z", id="a fraction"),
        pytest.param(1e18, "9999-12-31T23:59:59.999999Z", id="after the calendar"),
        pytest.param(-1e18, "0001-01-01T00:00:00.000000Z", id="before the calendar"),
    ],
)
def test_times(at, shown):
    assert rfc3339(at) == shown
