"""Whose MAC a host name gets: its own sender's alone."""

from __future__ import annotations

import pytest
from tests.helpers.offered import announces, flow

from whoasks.core import device_senders
from whoasks.core.device_senders import Senders
from whoasks.core.model import Datagram

MAC = "3c:22:fb:01:02:03"


@pytest.mark.parametrize(
    ("message", "by", "expected"),
    [
        pytest.param(announces(), flow(), (MAC,), id="its own address"),
        pytest.param(
            announces("thing.local.", "fe80::9"),
            flow("fe80::9", to="ff02::fb"),
            (MAC,),
            id="its own address, link-local",
        ),
        pytest.param(
            announces("thing.local.", "10.0.0.9", "10.0.0.10"),
            flow("10.0.0.10"),
            (MAC,),
            id="one of its own addresses",
        ),
        pytest.param(announces(), flow("10.0.0.1"), (), id="a reflector's"),
        pytest.param(announces(), flow(mac=None), (), id="not known"),
        pytest.param(announces(flags=0), flow(), None, id="a query"),
        pytest.param(announces(ttl=0), flow(), None, id="a goodbye"),
        pytest.param(
            announces(), flow(to="10.0.0.1", ttl=63), (), id="unicast that passed a router"
        ),
        pytest.param(announces(), flow(to="10.0.0.1"), (MAC,), id="unicast on the link"),
    ],
)
def test_macs(message, by, expected):
    senders = Senders()
    senders.observe(message, by)
    found = senders.get("THING.local.")
    assert (found.macs if found else None) == expected


def test_a_reflector_changes_nothing_about_whom_it_repeats():
    senders = Senders()
    senders.observe(announces(), flow())
    senders.observe(announces(), flow("10.0.0.1", "02:00:00:00:00:01"))
    assert senders.get("thing.local.").macs == (MAC,)


def test_hinfo_is_the_system():
    senders = Senders()
    senders.observe(announces(hinfo=b"\x06X86_64\x05LINUX"), flow())
    senders.observe(announces("b.local.", hinfo=b"\xff\x80broken"), flow())
    assert senders.get("thing.local.").systems == ("X86_64 LINUX",)
    assert senders.get("b.local.").systems == ("\\x80broken",)


def test_malformed_packets_tell_nothing():
    senders = Senders()
    senders.feed(Datagram(1.0, flow(), b"\x00"))
    assert list(senders.hosts()) == []


def test_a_flood_of_names_pushes_the_silent_out(monkeypatch):
    monkeypatch.setattr(device_senders, "MAX_HOSTS", 10)
    senders = Senders()
    for number in range(25):
        senders.observe(announces("kept.local."), flow())
        senders.observe(announces(f"h{number}.local."), flow())
    assert len(list(senders.hosts())) == 10
    assert senders.get("kept.local.") is not None
    assert senders.dropped == 16


def test_addresses_and_macs_of_one_name_are_capped():
    senders = Senders()
    for number in range(100):
        mac = f"3c:22:fb:00:00:{number:02x}"
        senders.observe(
            announces("thing.local.", f"10.0.0.{number}"), flow(f"10.0.0.{number}", mac)
        )
    found = senders.get("thing.local.")
    assert len(found.addresses) == device_senders.MAX_ADDRESSES
    assert len(found.macs) == device_senders.MAX_MACS
