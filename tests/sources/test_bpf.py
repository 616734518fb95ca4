"""The kernel's own verdict on frames: the filter is put on a pair of Unix sockets, which any user
may do, and frames are sent through it."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections import Counter
from ipaddress import ip_network

import pytest
from tests.helpers import pcaps as p

from whoasks.sources import bpf

SO_ATTACH_FILTER = 26
LATER = 0x2000 | 185
HOP_BY_HOP = (0, b"\0" + bytes(6))
ROUTING = (43, b"\x01" + bytes(14))
AUTHENTICATION = (51, b"\x04" + bytes(22))


def fragment(offset: int, more: bool) -> tuple[int, bytes]:
    return 44, struct.pack(">BHI", 0, offset << 3 | more, 7)


def passed(program: bytes, frame: bytes) -> bool:
    """Whether the kernel lets the frame through."""
    held = ctypes.create_string_buffer(program, len(program))
    request = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, request)
        receiver.setblocking(False)
        sender.send(frame)
        try:
            return receiver.recv(65_536) == frame
        except BlockingIOError:
            return False


def tcp(flags: int = 0x02, source: int = 50_000, destination: int = 22) -> bytes:
    return struct.pack(">HHIIBBHHH", source, destination, 1, 0, 0x50, flags, 64, 0, 0)


def syn4(source: str, destination: str, flags: int = 0x02, **more: int) -> bytes:
    packet = bytearray(p.ipv4(tcp(flags), source, protocol=6, **more))
    packet[16:20] = socket.inet_aton(destination)
    return p.ethernet(bytes(packet))


def syn6(source: str, destination: str, **more: object) -> bytes:
    packet = bytearray(p.ipv6(tcp(), source, following=6, **more))  # type: ignore[arg-type]
    packet[24:40] = socket.inet_pton(socket.AF_INET6, destination)
    return p.ethernet(bytes(packet))


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(p.QUERY_FRAME, id="IPv4"),
        pytest.param(p.QUERY_FRAME6, id="IPv6"),
        pytest.param(p.ethernet(p.ipv4(p.udp(source=40_000))), id="from another port"),
        pytest.param(p.ethernet(p.ipv4(p.udp(destination=40_000))), id="to another port"),
        pytest.param(p.ethernet(p.ipv4(p.udp(), options=bytes(4))), id="router alert"),
        pytest.param(p.ethernet(p.ipv4(p.udp(), options=bytes(40))), id="all options"),
        pytest.param(p.ethernet(p.ipv4(p.udp(), fragment=0x2000)), id="first fragment"),
        pytest.param(p.ethernet(p.ipv4(bytes(64), fragment=LATER)), id="later fragment"),
        pytest.param(p.ethernet(p.ipv4(p.udp()), tags=[(p.VLAN, 5)]), id="tag"),
        pytest.param(p.ethernet(p.ipv6(p.udp()), tags=[(p.QINQ, 5), (p.VLAN, 6)]), id="two"),
        pytest.param(
            p.ethernet(p.ipv4(p.udp()), tags=[(p.QINQ, 5), (p.QINQ_OLD, 6), (p.VLAN, 7)]),
            id="three tags",
        ),
        pytest.param(p.ethernet(p.ipv6(p.udp(), extensions=[HOP_BY_HOP])), id="hop by hop"),
        pytest.param(
            p.ethernet(p.ipv6(p.udp(), extensions=[HOP_BY_HOP, ROUTING, AUTHENTICATION])),
            id="three extension headers",
        ),
        pytest.param(p.ethernet(p.ipv6(p.udp(), extensions=[HOP_BY_HOP] * 6)), id="six"),
        pytest.param(p.ethernet(p.ipv6(p.udp(), extensions=[HOP_BY_HOP] * 9)), id="nine"),
        pytest.param(
            p.ethernet(p.ipv6(p.udp(), extensions=[fragment(0, True)])), id="IPv6 first fragment"
        ),
        pytest.param(
            p.ethernet(p.ipv6(bytes(64), extensions=[HOP_BY_HOP, fragment(180, False)])),
            id="IPv6 later fragment",
        ),
    ],
)
def test_what_goes_through(frame: bytes) -> None:
    assert passed(bpf.program(), frame)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(p.ethernet(p.ipv4(p.udp(source=53, destination=53))), id="another port"),
        pytest.param(p.ethernet(p.ipv6(p.udp(source=53, destination=53))), id="IPv6, another"),
        pytest.param(
            p.ethernet(p.ipv4(p.udp(source=53, destination=53), options=p.udp()[:8])),
            id="port 5353 among the options",
        ),
        pytest.param(p.ethernet(p.ipv4(p.udp(), protocol=6)), id="TCP"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2"), id="a connection"),
        pytest.param(p.ethernet(p.ipv4(bytes(64), protocol=6, fragment=LATER)), id="TCP fragment"),
        pytest.param(p.ethernet(p.ipv6(p.udp(), following=58)), id="ICMPv6"),
        pytest.param(
            p.ethernet(p.ipv6(bytes(64), following=6, extensions=[fragment(180, False)])),
            id="IPv6 TCP fragment",
        ),
        pytest.param(bytes(12) + b"\x08\x06" + p.ipv4(p.udp()), id="ARP"),
        pytest.param(p.QUERY_FRAME[:30], id="cut in the IP header"),
        pytest.param(p.QUERY_FRAME[:35], id="cut in the ports"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_stays_outside(frame: bytes) -> None:
    assert not passed(bpf.program(), frame)


@pytest.mark.parametrize("packet", [p.ipv4(p.udp()), p.ipv6(p.udp(), extensions=[ROUTING])])
def test_without_an_ethernet_header(packet: bytes) -> None:
    assert passed(bpf.program(ethernet=False), packet)
    assert not passed(bpf.program(ethernet=False), p.ethernet(packet))


@pytest.mark.parametrize("ethernet", [True, False])
@pytest.mark.parametrize("follow_ups", [(), (ip_network("10.0.0.0/24"), ip_network("fe80::/64"))])
def test_the_kernel_takes_every_kind_of_filter(
    ethernet: bool, follow_ups: tuple[bpf.Network, ...]
) -> None:
    program = bpf.program(ethernet=ethernet, incoming_only=True, follow_ups=follow_ups)
    packet = p.ipv4(p.udp())
    assert passed(program, p.ethernet(packet) if ethernet else packet)


def test_nothing_at_all() -> None:
    assert not passed(bpf.REJECT, p.QUERY_FRAME)


PREFIXES = tuple(map(ip_network, ("10.0.0.0/24", "10.9.8.128/25", "fe80::/64", "2001:db8:1::/48")))


@pytest.mark.parametrize(
    ("frame", "through"),
    [
        pytest.param(syn4("10.0.0.1", "10.0.0.2"), True, id="inside"),
        pytest.param(syn4("10.9.8.129", "10.9.8.255"), True, id="inside the other"),
        pytest.param(syn4("10.0.0.1", "10.9.8.129"), False, id="from one to the other"),
        pytest.param(syn4("10.9.8.129", "10.9.8.127"), False, id="beyond the prefix"),
        pytest.param(syn4("192.0.2.1", "10.0.0.2"), False, id="from outside"),
        pytest.param(syn4("10.0.0.1", "192.0.2.1"), False, id="to outside"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2", 0x12), False, id="the answer"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2", 0x10), False, id="an acknowledgement"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2", 0xC2), True, id="with ECN"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2", fragment=LATER), False, id="a fragment"),
        pytest.param(syn6("fe80::1", "fe80::2"), True, id="link-local"),
        pytest.param(syn6("fe80::1", "fe80:0:0:1::2"), False, id="another link-local"),
        pytest.param(syn6("2001:db8:1:2::1", "2001:db8:1:3::1"), True, id="48 bits"),
        pytest.param(syn6("2001:db8:1::1", "2001:db8:2::1"), False, id="another 48 bits"),
        pytest.param(syn6("fe80::1", "fe80::2", extensions=[HOP_BY_HOP]), True, id="extension"),
        pytest.param(p.QUERY_FRAME, True, id="mDNS all the same"),
        pytest.param(p.QUERY_FRAME6, True, id="IPv6 mDNS all the same"),
        pytest.param(p.ethernet(p.ipv4(p.udp(source=53, destination=53))), False, id="DNS"),
    ],
)
def test_connections_inside_the_segment(frame: bytes, through: bool) -> None:
    assert passed(bpf.program(follow_ups=PREFIXES), frame) is through


def test_many_prefixes_are_cut_off_and_the_kernel_still_takes_it() -> None:
    many = [ip_network(f"10.{n // 250}.{n % 250}.0/24") for n in range(400)]
    many += [ip_network(f"2001:db8:{n:x}::/64") for n in range(400)]
    program = bpf.program(follow_ups=many)
    assert len(program) // 8 < 4_096
    assert passed(program, syn4("10.0.3.1", "10.0.3.2"))
    assert not passed(program, syn4("10.1.3.1", "10.1.3.2"))
    sixes = bpf.program(follow_ups=many[400:])
    assert passed(sixes, syn6("2001:db8:3::1", "2001:db8:3::2"))


def test_nothing_that_the_reader_uses_is_kept_outside() -> None:
    """Every frame of the hand-made table that gives a datagram goes through."""
    from whoasks.sources.flow_table import FlowTable
    from whoasks.sources.link import Links

    counts: Counter[str] = Counter()
    read = Links(counts, FlowTable(counts)).reader(1, "eth0")
    program = bpf.program()
    ways = (
        p.ipv4(p.udp(), length=0),
        p.ipv4(p.udp(length=3)),
        p.ipv4(p.udp(length=60_000)),
        p.ipv6(p.udp(), length=0),
        p.ipv6(p.udp(), extensions=[AUTHENTICATION, HOP_BY_HOP]),
        p.ipv4(p.udp(b"")),
    )
    for packet in ways:
        for tags in ([], [(p.VLAN, 0)], [(p.QINQ, 9), (p.VLAN, 9)]):
            frame = p.ethernet(packet, tags=tags)
            assert read(frame, 0, len(frame), len(frame)) is not None
            assert passed(program, frame)
