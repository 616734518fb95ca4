"""The neighbour table: what counts as known, and how often it is read."""

from __future__ import annotations

import socket
import struct

import pytest

from whoasks.sources import neighbours, netlink
from whoasks.sources.neighbours import NeighbourTable, mac_from_eui64, parse_proc_arp
from whoasks.sources.netlink import Neighbour

MAC = "02:00:5e:10:00:01"


class Kernel:
    """A neighbour table that counts how often it is read, and a clock."""

    def __init__(self, *entries: Neighbour) -> None:
        self.entries = list(entries)
        self.reads = 0
        self.now = 100.0

    def read(self) -> list[Neighbour]:
        self.reads += 1
        return self.entries

    def table(self, max_age: float = 1.0) -> NeighbourTable:
        return NeighbourTable(self.read, max_age=max_age, clock=lambda: self.now)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(Neighbour(2, "10.0.0.9", 0x02, MAC), MAC, id="reachable"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x04, MAC), MAC, id="stale"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x08, MAC), MAC, id="delay"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x10, MAC), MAC, id="probe"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x80, MAC), MAC, id="permanent"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x01, None), None, id="incomplete"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x20, MAC), None, id="failed, with an old MAC"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x40, MAC), None, id="no ARP"),
        pytest.param(Neighbour(2, "10.0.0.9", 0x02, "00:00:00:00:00:00"), None, id="zeros"),
        pytest.param(Neighbour(3, "10.0.0.9", 0x02, MAC), None, id="another interface"),
        pytest.param(Neighbour(2, "10.0.0.8", 0x02, MAC), None, id="another address"),
    ],
)
def test_known(entry, expected):
    assert Kernel(entry).table().mac(2, "10.0.0.9") == expected


def test_the_table_is_read_at_most_once_in_its_age():
    kernel = Kernel()
    table = kernel.table(max_age=5.0)
    for _ in range(1000):
        table.mac(2, "10.0.0.9")
    assert kernel.reads == 1
    kernel.entries = [Neighbour(2, "10.0.0.9", 0x02, MAC)]
    kernel.now += 4.99
    assert table.mac(2, "10.0.0.9") is None
    kernel.now += 0.01
    assert table.mac(2, "10.0.0.9") == MAC
    assert kernel.reads == 2


def test_the_table_wins_over_what_an_address_spells():
    entry = Neighbour(2, "fe80::5eff:fe10:2", 0x02, MAC)
    assert Kernel(entry).table().mac(2, "fe80::5eff:fe10:2") == MAC
    assert Kernel().table().mac(2, "fe80::5eff:fe10:2") == "02:00:5e:10:00:02"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("fe80::5eff:fe10:1", "02:00:5e:10:00:01", id="locally administered"),
        pytest.param("fe80::211:32ff:feaa:bbcc", "00:11:32:aa:bb:cc", id="a vendor's"),
        pytest.param("fe80::211:32ff:feaa:bbcc%eth0", "00:11:32:aa:bb:cc", id="with scope"),
        pytest.param("fe80::1", None, id="set by hand"),
        pytest.param("fe80::a1b2:c3d4:e5f6:789", None, id="stable-private"),
        pytest.param("fd00::211:32ff:feaa:bbcc", None, id="not link-local"),
        pytest.param("10.0.0.1", None, id="IPv4"),
    ],
)
def test_eui64(address, expected):
    assert mac_from_eui64(address) == expected


PROC_ARP = """\
IP address       HW type     Flags       HW address            Mask     Device
127.0.0.9        0x1         0x2         02:00:5E:10:00:01     *        lo
127.0.0.8        0x1         0x0         00:00:00:00:00:00     *        lo
127.0.0.7        0x1         0x2         02:00:5e:10:00:07     *        gone7
broken
"""


def test_proc_arp():
    lo = socket.if_nametoindex("lo")
    assert parse_proc_arp(PROC_ARP) == [Neighbour(lo, "127.0.0.9", 0x02, MAC)]
    assert parse_proc_arp("") == []


def test_where_netlink_is_forbidden_proc_is_read(monkeypatch, tmp_path):
    arp = tmp_path / "arp"
    arp.write_text(PROC_ARP)

    def refuse():
        raise PermissionError("no netlink here")

    monkeypatch.setattr(netlink, "neighbours", refuse)
    monkeypatch.setattr(neighbours, "Path", lambda _: arp)
    assert [entry.address for entry in neighbours.read_table()] == ["127.0.0.9"]
    arp.unlink()
    assert neighbours.read_table() == []


def attribute(kind: int, data: bytes) -> bytes:
    return (struct.pack("=HH", len(data) + 4, kind) + data).ljust((len(data) + 7) & ~3, b"\0")


def entry(family: int, *attributes: bytes) -> bytes:
    return struct.pack("=BxxxiHBB", family, 7, 0x02, 0, 1) + b"".join(attributes)


V4 = attribute(1, bytes([10, 0, 0, 9]))
LINK = attribute(2, bytes.fromhex("02005e100001"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(entry(2, V4, LINK), Neighbour(7, "10.0.0.9", 2, MAC), id="IPv4"),
        pytest.param(
            entry(10, LINK, attribute(1, socket.inet_pton(socket.AF_INET6, "fe80::1"))),
            Neighbour(7, "fe80::1", 2, MAC),
            id="IPv6, attributes the other way round",
        ),
        pytest.param(entry(2, V4), Neighbour(7, "10.0.0.9", 2, None), id="without a MAC"),
        pytest.param(
            entry(2, V4, attribute(2, bytes(20))),
            Neighbour(7, "10.0.0.9", 2, None),
            id="a link address that is no MAC",
        ),
        pytest.param(entry(2, LINK), None, id="without an address"),
        pytest.param(entry(7, V4, LINK), None, id="a bridge's forwarding entry"),
        pytest.param(entry(10, V4, LINK), None, id="address of the wrong length"),
        pytest.param(b"\2\0\0", None, id="cut short"),
        pytest.param(entry(2, b"\0\0\1\0" + V4), None, id="attribute without a length"),
    ],
)
def test_netlink_entries(body, expected):
    assert netlink.neighbour(body) == expected


def test_netlink_messages():
    def message(kind: int, body: bytes) -> bytes:
        return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body

    assert list(netlink.messages(message(28, b"abcd") + message(3, b""))) == [
        (28, b"abcd"),
        (3, b""),
    ]
    assert list(netlink.messages(struct.pack("=IHHII", 0, 28, 0, 1, 0))) == []
    assert list(netlink.messages(b"short")) == []


def test_this_machine_answers():
    assert isinstance(neighbours.read_table(), list)
