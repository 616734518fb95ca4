"""What is new, gone and changed between two lists, and what is no change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.helpers import samples
from tests.helpers.audits import at

from whoasks.core.difference import FIELDS, Comparison, Ignoring, compare, ignoring
from whoasks.core.model import Service

ADDRESSES = ("10.0.0.9", "fe80::9%eth0")


def one(kind: str = "ipp", name: str = "Office", **changes: Any) -> Service:
    return at(kind, name, **({"port": 631, "addresses": ADDRESSES} | changes))


def told(found: Comparison) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.change, change.instance, change.fields) for change in found.changes]


CHANGED: dict[str, tuple[Service, Service, tuple[str, ...], dict, dict]] = {
    "port": (one(), one(port=632), ("port",), {"port": 631}, {"port": 632}),
    "host": (
        one(),
        one(host="new.local."),
        ("host",),
        {"host": "thing.local."},
        {"host": "new.local."},
    ),
    "address": (
        one(),
        one(addresses=("10.0.0.10",)),
        ("addresses",),
        {"addresses": list(ADDRESSES)},
        {"addresses": ["10.0.0.10"]},
    ),
    "TXT value": (
        one(txt={"v": "1"}),
        one(txt={"v": "2"}),
        ("txt.v",),
        {"txt.v": "1"},
        {"txt.v": "2"},
    ),
    "TXT key is new": (one(), one(txt={"v": "1"}), ("txt.v",), {}, {"txt.v": "1"}),
    "TXT key is gone": (one(txt={"v": "1"}), one(), ("txt.v",), {"txt.v": "1"}, {}),
    "TXT key loses its value": (
        one(txt={"v": "1"}),
        one(txt={"v": None}),
        ("txt.v",),
        {"txt.v": "1"},
        {"txt.v": None},
    ),
    "TXT value becomes empty": (
        one(txt={"v": None}),
        one(txt={"v": ""}),
        ("txt.v",),
        {"txt.v": None},
        {"txt.v": ""},
    ),
    "device": (
        one(device={"kind": "printer", "firmware": "1"}),
        one(device={"kind": "printer", "firmware": "2"}),
        ("device.firmware",),
        {"device.firmware": "1"},
        {"device.firmware": "2"},
    ),
    "several": (
        one(txt={"a": "1"}),
        one(port=1, txt={"b": "2"}),
        ("port", "txt.a", "txt.b"),
        {"port": 631, "txt.a": "1"},
        {"port": 1, "txt.b": "2"},
    ),
    "port is told no more": (one(port=1), one(port=None), ("port",), {"port": 1}, {"port": None}),
}

SAME: dict[str, tuple[Service, Service]] = {
    "itself": (one(), one()),
    "later": (one(), one(last_seen=samples.AT + 9e5)),
    "another letter case of the name": (one(name="OFFICE"), one(name="office")),
    "another letter case of the host": (one(host="A.local."), one(host="a.local.")),
    "another letter case of a TXT key": (one(txt={"Ver": "1"}), one(txt={"ver": "1"})),
    "another way to write the domain": (at("ipp"), at("ipp", domain="local.")),
    "another listener": (
        one(interfaces=("eth0",)),
        one(interfaces=("wlan0",), addresses=("fe80::9%wlan0", "10.0.0.9")),
    ),
    "no SRV yet": (one(), one(port=None, host=None, addresses=(), missing=("SRV", "address"))),
    "no SRV before": (one(port=None, host=None, addresses=(), missing=("SRV", "address")), one()),
    "no TXT yet": (one(txt={"v": "1"}), one(missing=("TXT",))),
    "no address yet": (one(), one(addresses=(), missing=("address",))),
    "no device yet": (one(device={"kind": "printer"}), one(device=None)),
    "a fact that is not known any more": (
        one(device={"kind": "printer", "os": "x"}),
        one(device={"kind": "printer"}),
    ),
    "subtypes, heard by chance": (one(), msgspec.structs.replace(one(), subtypes=("_print",))),
    "how sure a fact is": (one(device={"why": [1]}), one(device={"why": [2]})),
}


@pytest.mark.parametrize(("old", "new", "fields", "before", "after"), CHANGED.values(), ids=CHANGED)
def test_changed(old, new, fields, before, after):
    found = compare([old], [new])
    (change,) = found.changes
    assert (change.change, change.fields) == ("changed", fields)
    assert (change.before, change.after) == (before, after)
    assert (change.port, change.addresses) == (new.port, new.addresses)
    assert found.same == 0


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_no_change(old, new):
    found = compare([old], [new])
    assert (found.changes, found.same) == ((), 1)


def test_new_gone_changed_each_by_name():
    old = [one(name="b"), one(name="a"), one(name="stays"), one(name="moves")]
    new = [one(name="d"), one(name="C"), one(name="stays"), one(name="moves", port=1)]
    found = compare(old, new)
    assert told(found) == [
        ("new", "C", ()),
        ("new", "d", ()),
        ("gone", "a", ()),
        ("gone", "b", ()),
        ("changed", "moves", ("port",)),
    ]
    assert (found.count("new"), found.count("gone"), found.count("changed")) == (2, 2, 1)
    assert found.same == 1


def test_a_type_or_a_domain_makes_another_service():
    assert told(compare([one()], [one("ipps"), one(domain="example.org")])) == [
        ("new", "Office", ()),
        ("new", "Office", ()),
        ("gone", "Office", ()),
    ]


def test_what_changed_of_a_device_is_told_once():
    def two(version: str, port: int = 1) -> list[Service]:
        device = {"software": version}
        return [one(name="a", device=device), one(name="b", port=port, device=device)]

    assert told(compare(two("1"), two("2"))) == [("changed", "a", ("device.software",))]
    assert told(compare(two("1"), two("2", port=9))) == [
        ("changed", "b", ("port", "device.software"))
    ]
    apart = [one(name="c", host="c.local.", device={"software": "1"})]
    later = [one(name="c", host="c.local.", device={"software": "2"})]
    found = compare([*two("1"), *apart], [*two("2"), *later])
    assert [change.instance for change in found.changes] == ["a", "c"]
    assert found.same == 1


def test_what_said_goodbye_is_not_there():
    assert told(compare([one()], [one(stale=True)])) == [("gone", "Office", ())]
    assert told(compare([one(stale=True)], [one()])) == [("new", "Office", ())]
    assert compare([one(stale=True)], [one(stale=True)]).same == 0


def test_of_two_of_one_name_the_later_counts():
    found = compare([one(port=1)], [one(port=2, last_seen=9.0), one(port=1, last_seen=10.0)])
    assert found.changes == ()


def test_what_changes_by_itself_is_left_out_and_counted():
    old = one("googlecast", txt={"rs": "Song", "md": "x", "st": "1"})
    new = one("googlecast", txt={"rs": "Other", "md": "x", "st": "0"})
    found = compare([old], [new])
    assert (found.changes, found.by_themselves, found.same) == ((), 2, 1)
    (change,) = compare([old], [new], ignoring([], by_themselves=False)).changes
    assert change.fields == ("txt.rs", "txt.st")
    # The same key of another type is a key like others.
    assert len(compare([one(txt={"rs": "1"})], [one(txt={"rs": "2"})]).changes) == 1


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_can_be_ignored(field):
    old = one(txt={"v": "1"}, device={"kind": "a"})
    new = msgspec.structs.replace(
        old,
        port=1,
        hostname="x.local.",
        addresses=("10.0.0.1",),
        txt={"v": "2"},
        device={"kind": "b"},
    )
    (change,) = compare([old], [new], ignoring([field])).changes
    told_of = {name.partition(".")[0] for name in change.fields}
    assert told_of == set(FIELDS) - {field}
    assert compare([old], [new], ignoring(FIELDS)).changes == ()


def test_one_txt_key_can_be_ignored_in_any_case():
    old, new = one(txt={"Ver": "1", "x": "1"}), one(txt={"Ver": "2", "x": "2"})
    (change,) = compare([old], [new], ignoring(["TXT.ver"])).changes
    assert change.fields == ("txt.x",)


@pytest.mark.parametrize("word", ["", "ports", "txt.", "device.kind"])
def test_what_is_no_field(word):
    with pytest.raises(ValueError, match=r"is no field of a service; there are port, host"):
        ignoring(["port", word])
    assert ignoring(["port"]) == Ignoring(frozenset({"port"}))


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name):
    old, new = one(name=name, txt={name: "1"}), one(name=name, txt={name: "2"})
    assert [change.instance for change in compare([old], [new]).changes] == [name]
