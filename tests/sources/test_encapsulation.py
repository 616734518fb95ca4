"""What may stand between a link layer and IP, and the link types that bring it."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from tests.helpers import pcaps as p
from tests.helpers import radio as r

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureFile

PACKET, PACKET6 = p.ipv4(p.udp()), p.ipv6(p.udp())
HEAD = p.ethernet(PACKET)[:12]
FAMILIES = [(2, PACKET), (10, PACKET6), (24, PACKET6), (28, PACKET6), (30, PACKET6)]
SNAP_AGAIN = r.snap(PACKET)[:6] + b"\0\x08"


def typed(kind: int, rest: bytes) -> bytes:
    return HEAD + pack(">H", kind) + rest


def pppoe(protocol: bytes, packet: bytes) -> bytes:
    return b"\x11\0\0\1" + pack(">H", len(protocol) + len(packet)) + protocol + packet


def labels(*values: int) -> bytes:
    """An MPLS label stack: the last is the bottom."""
    last = len(values) - 1
    stack = (value << 12 | (number == last) << 8 | 64 for number, value in enumerate(values))
    return b"".join(pack(">I", each) for each in stack)


def read(folder: Path, frame: bytes, link_type: int = 1) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "one.pcap"
    path.write_bytes(p.pcap(p.record(frame), link_type=link_type))
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


@pytest.mark.parametrize(
    ("frame", "link_type", "mac", "vlan"),
    [
        pytest.param(typed(0x8864, pppoe(b"\0\x21", PACKET)), 1, p.MAC, None, id="PPPoE"),
        pytest.param(typed(0x8864, pppoe(b"\x21", PACKET)), 1, p.MAC, None, id="PPPoE, short"),
        pytest.param(typed(0x8864, pppoe(b"\0\x57", PACKET6)), 1, p.MAC, None, id="PPPoE, IPv6"),
        pytest.param(
            typed(0x8100, b"\0\x1e\x88\x64" + pppoe(b"\0\x21", PACKET)), 1, p.MAC, 30, id="tagged"
        ),
        pytest.param(typed(0x8847, labels(17) + PACKET), 1, None, None, id="MPLS"),
        pytest.param(typed(0x8848, labels(17, 18, 19) + PACKET6), 1, None, None, id="MPLS, three"),
        pytest.param(
            typed(len(PACKET) + 8, r.snap(PACKET)), 1, p.MAC, None, id="802.3 with SNAP"
        ),
        pytest.param(pppoe(b"\0\x21", PACKET), 51, None, None, id="PPPoE alone"),
        pytest.param(b"\xff\x03\0\x21" + PACKET, 9, None, None, id="PPP"),
        pytest.param(b"\0\x57" + PACKET6, 9, None, None, id="PPP, no address and control"),
        pytest.param(b"\xff\x03\x21" + PACKET, 50, None, None, id="PPP in HDLC framing"),
        pytest.param(r.pktap(p.QUERY_FRAME), 258, p.MAC, None, id="PKTAP"),
        pytest.param(r.pktap(PACKET, 12), 258, None, None, id="PKTAP, raw"),
        pytest.param(r.ppi(p.QUERY_FRAME, 1), 192, p.MAC, None, id="PPI with Ethernet"),
        *(
            pytest.param(family.to_bytes(4, order) + packet, kind, None, None)
            for order in ("little", "big")
            for kind in (0, 108)
            for family, packet in FAMILIES
        ),
    ],
)  # fmt: skip
def test_it_is_unpacked(
    tmp_path: Path, frame: bytes, link_type: int, mac: str | None, vlan: int | None
) -> None:
    [datagram], file = read(tmp_path, frame, link_type)
    assert datagram.payload == p.QUERY
    assert (datagram.flow.mac, datagram.flow.vlan) == (mac, vlan)
    assert file.notes == []


@pytest.mark.parametrize(
    ("frame", "link_type", "counts"),
    [
        pytest.param(typed(0x8863, bytes(60)), 1, {}, id="PPPoE discovery"),
        pytest.param(typed(0x8864, pppoe(b"\xc0\x21", PACKET)), 1, {}, id="PPP's own protocols"),
        pytest.param(typed(0x8864, b"\x11\0\0\1\0\0"), 1, {"too short": 1}, id="empty PPPoE"),
        pytest.param(typed(0x8847, labels(*range(40)) + PACKET), 1, {}, id="endless labels"),
        pytest.param(typed(0x8847, labels(1, 2)[:6]), 1, {"too short": 1}, id="half a label"),
        pytest.param(typed(38, b"\x42\x42\x03" + bytes(40)), 1, {}, id="spanning tree"),
        pytest.param(typed(8, b"\xaa\xaa\x03\0\0\0"), 1, {"too short": 1}, id="SNAP without type"),
        pytest.param(typed(90, SNAP_AGAIN * 9 + r.snap(PACKET)), 1, {}, id="endless SNAP"),
        pytest.param(b"\x12\0\0\0" + PACKET, 0, {}, id="another family"),
        pytest.param(b"\2\0\0", 0, {"too short": 1}, id="half a family"),
        pytest.param(b"", 9, {"too short": 1}, id="empty PPP"),
        pytest.param(r.pktap(PACKET, 258), 258, {"unsupported link type": 1}, id="PKTAP in itself"),
        pytest.param(r.ppi(PACKET, 258), 192, {"unsupported link type": 1}, id="PKTAP in PPI"),
        pytest.param(r.pktap(PACKET)[:20], 258, {"too short": 1}, id="half a PKTAP"),
        pytest.param(b"\xff" * 60, 258, {"too short": 1}, id="PKTAP beyond the frame"),
    ],
)  # fmt: skip
def test_what_is_left(tmp_path: Path, frame: bytes, link_type: int, counts: dict[str, int]) -> None:
    found, file = read(tmp_path, frame, link_type)
    assert found == []
    usual = {"packets", "mdns", "flows"}
    assert {key: n for key, n in file.counts.items() if n and key not in usual} == counts


@pytest.mark.parametrize(
    ("tags", "interface", "vlan"),
    [
        pytest.param([(p.VLAN, 30)], "capture", 30, id="one"),
        pytest.param([(p.QINQ, 100), (p.VLAN, 30)], "capture.100", 30, id="two"),
        pytest.param([(p.QINQ, 100), (p.VLAN, 0)], "capture", 100, id="inner priority tag"),
        pytest.param(
            [(p.QINQ, 100), (p.QINQ, 200), (p.VLAN, 30)], "capture.100.200", 30, id="three"
        ),
    ],
)
def test_a_carriers_vlans_name_the_interface(
    tmp_path: Path, tags: list[tuple[int, int]], interface: str, vlan: int
) -> None:
    for packet in (PACKET, PACKET6):
        [datagram], _ = read(tmp_path, p.ethernet(packet, tags=tags))
        assert (datagram.flow.interface, datagram.flow.vlan) == (interface, vlan)


def test_a_mac_names_the_interface_of_each_packet(tmp_path: Path) -> None:
    frames = [r.pktap(p.QUERY_FRAME, name=name) for name in (b"en0", b"awdl0", b"", b"\xff")]
    path = tmp_path / "mac.pcap"
    path.write_bytes(p.pcap(*map(p.record, frames), link_type=258))
    found = [datagram.flow.interface for batch in CaptureFile(path).read() for datagram in batch]
    assert found == ["en0", "awdl0", "capture", "\\xff"]


def test_a_flood_of_interface_names_is_bounded(tmp_path: Path) -> None:
    frames = [r.pktap(p.QUERY_FRAME, name=b"%d" % number) for number in range(3_000)]
    path = tmp_path / "flood.pcap"
    path.write_bytes(p.pcap(*map(p.record, frames), link_type=258))
    assert sum(map(len, CaptureFile(path).read())) == 3_000
