"""From a frame to a flow and a payload: link types, tags, headers, and lengths that lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.helpers import pcaps as p

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureFile

ICMP_QUOTE = p.ipv4(b"\x03\x03\0\0\0\0\0\0" + p.ipv4(p.udp()), protocol=1)
ICMP6_QUOTE = p.ipv6(b"\x01\x04\0\0\0\0\0\0" + p.ipv6(p.udp()), following=58)
PAD = b"\0" * 7  # an extension header of eight bytes, after its first


def read(
    folder: Path, frame: bytes, link_type: int = p.ETHERNET, wire: int | None = None
) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "one.pcap"
    path.write_bytes(p.pcap(p.record(frame, wire=wire), link_type=link_type))
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


@pytest.mark.parametrize(
    ("frame", "link_type", "mac"),
    [
        pytest.param(p.QUERY_FRAME, 1, p.MAC, id="ethernet"),
        pytest.param(p.QUERY_FRAME + b"\0" * 18, 1, p.MAC, id="ethernet, padded"),
        pytest.param(p.QUERY_FRAME, 0x10000001, p.MAC, id="ethernet, frame check sequence told"),
        pytest.param(p.ipv4(p.udp()), 101, None, id="raw 101"),
        pytest.param(p.ipv4(p.udp()), 12, None, id="raw 12"),
        pytest.param(p.ipv4(p.udp()), 14, None, id="raw 14"),
        pytest.param(p.ipv4(p.udp()), 228, None, id="raw IPv4"),
        pytest.param(b"\2\0\0\0" + p.ipv4(p.udp()), 0, None, id="null"),
        pytest.param(b"\0\0\0\2" + p.ipv4(p.udp()), 108, None, id="loop"),
        pytest.param(p.cooked1(p.ipv4(p.udp())), 113, p.MAC, id="cooked v1"),
        pytest.param(p.cooked1(p.ipv4(p.udp()), address_length=0), 113, None, id="cooked v1 tun"),
        pytest.param(p.cooked2(p.ipv4(p.udp())), 276, p.MAC, id="cooked v2"),
        pytest.param(p.cooked2(p.ipv4(p.udp()), address_length=8), 276, None, id="cooked v2 eui64"),
        pytest.param(
            p.ethernet(p.ipv4(p.udp()), "00:00:00:00:00:00"), 1, None, id="loopback has no MAC"
        ),
    ],
)
def test_link_types(tmp_path: Path, frame: bytes, link_type: int, mac: str | None) -> None:
    [datagram], file = read(tmp_path, frame, link_type)
    flow = datagram.flow
    assert datagram.payload == p.QUERY
    assert (flow.source, flow.source_port) == (p.SOURCE4, 5353)
    assert (flow.destination, flow.destination_port) == (p.GROUP4, 5353)
    assert (flow.mac, flow.mac_source) == (mac, "frame" if mac else None)
    assert (flow.interface, flow.vlan, flow.ttl) == ("capture", None, 255)
    assert file.notes == []


@pytest.mark.parametrize(
    ("frame", "link_type"),
    [
        pytest.param(p.QUERY_FRAME6, 1, id="ethernet"),
        pytest.param(p.ipv6(p.udp()), 101, id="raw 101"),
        pytest.param(p.ipv6(p.udp()), 229, id="raw IPv6"),
        pytest.param(p.cooked1(p.ipv6(p.udp())), 113, id="cooked v1"),
        pytest.param(p.cooked2(p.ipv6(p.udp())), 276, id="cooked v2"),
    ],
)
def test_link_types_with_ipv6(tmp_path: Path, frame: bytes, link_type: int) -> None:
    [datagram], _ = read(tmp_path, frame, link_type)
    assert datagram.payload == p.QUERY
    assert (datagram.flow.source, datagram.flow.destination) == (p.SOURCE6, p.GROUP6)


@pytest.mark.parametrize(
    ("tags", "vlan"),
    [
        pytest.param([(p.VLAN, 30)], 30, id="one tag"),
        pytest.param([(p.VLAN, 0xE01E)], 30, id="priority bits are not the VLAN"),
        pytest.param([(p.VLAN, 0)], None, id="priority tag"),
        pytest.param([(p.QINQ, 100), (p.VLAN, 30)], 30, id="802.1ad: the inner one"),
        pytest.param([(p.QINQ_OLD, 100), (p.VLAN, 30)], 30, id="QinQ of old: the inner one"),
        pytest.param([(p.VLAN, 100), (p.VLAN, 30)], 30, id="two 802.1Q: the inner one"),
        pytest.param([(p.QINQ, 100), (p.VLAN, 0)], 100, id="inner priority tag"),
        pytest.param([(p.QINQ, 100)], 100, id="an outer tag alone"),
    ],
)
@pytest.mark.parametrize("packet", [p.ipv4(p.udp()), p.ipv6(p.udp())], ids=["IPv4", "IPv6"])
def test_vlan(tmp_path: Path, packet: bytes, tags: list[tuple[int, int]], vlan: int | None) -> None:
    [datagram], _ = read(tmp_path, p.ethernet(packet, tags=tags))
    assert datagram.flow.vlan == vlan
    assert datagram.flow.mac == p.MAC
    assert datagram.payload == p.QUERY


def test_endless_tags_are_not_followed(tmp_path: Path) -> None:
    found, _ = read(tmp_path, p.ethernet(p.ipv4(p.udp()), tags=[(p.VLAN, 1)] * 40_000))
    assert found == []


@pytest.mark.parametrize(
    ("packet", "payload", "counts"),
    [
        # what is ours
        pytest.param(p.ipv4(p.udp(source=40_000)), p.QUERY, {}, id="to 5353 only"),
        pytest.param(p.ipv4(p.udp(destination=40_000)), p.QUERY, {}, id="from 5353 only"),
        pytest.param(p.ipv4(p.udp(b"")), b"", {}, id="empty payload"),
        pytest.param(p.ipv4(p.udp(), options=b"\x94\x04\0\0"), p.QUERY, {}, id="router alert"),
        pytest.param(p.ipv4(p.udp() + b"trailer"), p.QUERY, {}, id="bytes after the UDP length"),
        pytest.param(p.ipv4(p.udp(), fragment=0x4000), p.QUERY, {}, id="don't fragment"),
        pytest.param(p.ipv4(p.udp(), length=0), p.QUERY, {}, id="IP length left to the card"),
        pytest.param(
            p.ipv6(p.udp(), extensions=[(0, b"\0" + PAD[1:])]), p.QUERY, {}, id="hop-by-hop"
        ),
        pytest.param(
            p.ipv6(p.udp(), extensions=[(0, PAD), (43, b"\1" + bytes(14)), (60, PAD)]),
            p.QUERY,
            {},
            id="hop-by-hop, routing, options",
        ),
        pytest.param(
            p.ipv6(p.udp(), extensions=[(51, b"\4" + bytes(22))]), p.QUERY, {}, id="authentication"
        ),
        pytest.param(p.ipv6(p.udp(), extensions=[(44, PAD)]), p.QUERY, {}, id="atomic fragment"),
        # what is not
        pytest.param(p.ipv4(p.udp(source=53, destination=40_000)), None, {}, id="other ports"),
        pytest.param(p.ipv4(p.udp(), protocol=6), None, {}, id="TCP"),
        pytest.param(ICMP_QUOTE, None, {}, id="quoted in ICMP"),
        pytest.param(ICMP6_QUOTE, None, {}, id="quoted in ICMPv6"),
        pytest.param(p.ipv6(p.udp(), following=59), None, {}, id="no next header"),
        # fragments
        pytest.param(
            p.ipv4(p.udp(length=900), fragment=0x2000), None, {"fragment": 1}, id="first fragment"
        ),
        pytest.param(
            p.ipv4(p.udp(), fragment=0x2000), p.QUERY, {}, id="first fragment with all of it"
        ),
        pytest.param(
            p.ipv4(b"x" * 64, fragment=0x0010), None, {"later fragment": 1}, id="later fragment"
        ),
        pytest.param(
            p.ipv6(p.udp(length=900), extensions=[(44, b"\0\0\1" + bytes(4))]),
            None,
            {"fragment": 1},
            id="first IPv6 fragment",
        ),
        pytest.param(
            p.ipv6(b"x" * 64, extensions=[(44, b"\0\0\x08" + bytes(4))]),
            None,
            {"later fragment": 1},
            id="later IPv6 fragment",
        ),
        # lengths that lie
        pytest.param(
            p.ipv4(p.udp(length=4)), p.QUERY, {"bad UDP length": 1}, id="UDP length below a header"
        ),
        pytest.param(
            p.ipv4(p.udp(length=60_000)), p.QUERY, {"bad UDP length": 1}, id="UDP length too long"
        ),
        pytest.param(
            p.ipv4(p.udp(), length=900), p.QUERY, {"bad IP length": 1}, id="IP length too long"
        ),
        pytest.param(
            p.ipv4(p.udp(), length=22), p.QUERY, {"bad IP length": 1}, id="IP length too short"
        ),
        pytest.param(
            b"\x44" + p.ipv4(p.udp())[1:], None, {"bad IP length": 1}, id="IP header too short"
        ),
        pytest.param(
            p.ipv6(p.udp(), length=900), p.QUERY, {"bad IP length": 1}, id="IPv6 length too long"
        ),
        pytest.param(
            p.ipv6(p.udp(length=4)), p.QUERY, {"bad UDP length": 1}, id="UDP length over IPv6"
        ),
        pytest.param(
            p.ipv6(b"", extensions=[(60, PAD)] * 40), None, {"extension headers": 1}, id="chain"
        ),
        pytest.param(
            p.ipv6(b"", extensions=[(60, b"\xff")]), None, {"too short": 1}, id="option past end"
        ),
        pytest.param(p.ipv4(p.udp()[:6]), None, {"too short": 1}, id="no whole UDP header"),
        pytest.param(p.ipv4(b"")[:12], None, {"too short": 1}, id="no whole IP header"),
    ],
)
@pytest.mark.parametrize("link_type", [p.ETHERNET, p.RAW], ids=["ethernet", "raw"])
def test_packets(
    tmp_path: Path, link_type: int, packet: bytes, payload: bytes | None, counts: dict[str, int]
) -> None:
    frame = p.ethernet(packet) if link_type == p.ETHERNET else packet
    found, file = read(tmp_path, frame, link_type)
    assert [datagram.payload for datagram in found] == ([] if payload is None else [payload])
    usual = {"packets", "mdns", "flows"}
    assert {key: n for key, n in file.counts.items() if n and key not in usual} == counts


@pytest.mark.parametrize("packet", [p.ipv4(p.udp()), p.ipv6(p.udp())], ids=["IPv4", "IPv6"])
def test_a_payload_cut_by_the_snap_length_is_left_out(tmp_path: Path, packet: bytes) -> None:
    frame = p.ethernet(packet)
    found, file = read(tmp_path, frame[:-1], wire=len(frame))
    assert found == []
    assert file.counts["cut by snap length"] == 1
    assert "snap length" in file.notes[0]


def test_a_cut_that_spares_the_payload_does_no_harm(tmp_path: Path) -> None:
    [datagram], file = read(tmp_path, p.QUERY_FRAME, wire=len(p.QUERY_FRAME) + 4)
    assert datagram.payload == p.QUERY
    assert file.notes == []


def test_a_short_frame_does_not_read_its_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "two.pcap"
    for size in range(len(p.QUERY_FRAME)):
        path.write_bytes(p.pcap(p.record(p.QUERY_FRAME[:size]), p.record(p.QUERY_FRAME)))
        file = CaptureFile(path)
        payloads = [datagram.payload for batch in file.read() for datagram in batch]
        assert payloads[-1] == p.QUERY
        assert all(p.QUERY.startswith(payload) for payload in payloads)
        assert len(payloads) == (2 if size >= 42 else 1)


def test_an_unsupported_link_type_is_said(tmp_path: Path) -> None:
    found, file = read(tmp_path, b"x" * 80, 147)
    assert found == []
    assert file.counts["unsupported link type"] == 1
    assert "(147)" in file.notes[0]
