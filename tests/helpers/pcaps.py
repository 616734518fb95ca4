"""Capture files made by hand: frames, pcap records and pcapng blocks, right or wrong on purpose.

Everything returns bytes, and every length can be given a lie.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from struct import pack

MAC = "02:00:00:00:00:01"
SOURCE4, GROUP4 = "10.0.0.1", "224.0.0.251"
SOURCE6, GROUP6 = "fe80::1", "ff02::fb"
QUERY = bytes.fromhex("000000000001000000000000") + b"\x04_ssh\x04_tcp\x05local\0\0\x0c\0\x01"

IPV4, IPV6, VLAN, QINQ, QINQ_OLD = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x9100

ETHERNET, NULL, RAW, LOOP, COOKED1, COOKED2 = 1, 0, 101, 108, 113, 276


def udp(
    payload: bytes = QUERY, source: int = 5353, destination: int = 5353, length: int | None = None
) -> bytes:
    """A UDP datagram."""
    return pack(">HHHH", source, destination, length or 8 + len(payload), 0) + payload


def ipv4(
    body: bytes,
    source: str = SOURCE4,
    *,
    ttl: int = 255,
    protocol: int = 17,
    length: int | None = None,
    fragment: int = 0,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet to the mDNS group; ``fragment`` is flags and offset as they stand."""
    header = 20 + len(options)
    return (
        pack(">BxH", 0x40 | header // 4, header + len(body) if length is None else length)
        + pack(">HHBBH", 7, fragment, ttl, protocol, 0)
        + socket.inet_aton(source)
        + socket.inet_aton(GROUP4)
        + options
        + body
    )


def ipv6(
    body: bytes,
    source: str = SOURCE6,
    *,
    hops: int = 255,
    extensions: Iterable[tuple[int, bytes]] = (),
    following: int = 17,
    length: int | None = None,
) -> bytes:
    """An IPv6 packet to the mDNS group; an extension is (its number, its bytes after the first)."""
    chain = list(extensions)
    numbers = [number for number, _ in chain] + [following]
    rest = b"".join(
        bytes([number]) + data for number, (_, data) in zip(numbers[1:], chain, strict=True)
    )
    rest += body
    return (
        pack(">IHBB", 0x60000000, len(rest) if length is None else length, numbers[0], hops)
        + socket.inet_pton(socket.AF_INET6, source)
        + socket.inet_pton(socket.AF_INET6, GROUP6)
        + rest
    )


def kind_of(packet: bytes) -> int:
    """The Ethertype of an IP packet."""
    return IPV4 if packet[0] >> 4 == 4 else IPV6


def ethernet(packet: bytes, mac: str = MAC, tags: Iterable[tuple[int, int]] = ()) -> bytes:
    """A frame; a tag is (Ethertype of the tag, VLAN), the outer one first."""
    frame = bytes.fromhex("01005e0000fb") + bytes.fromhex(mac.replace(":", ""))
    for kind, vlan in tags:
        frame += pack(">HH", kind, vlan)
    return frame + pack(">H", kind_of(packet)) + packet


def cooked1(packet: bytes, mac: str = MAC, address_length: int = 6) -> bytes:
    """Linux cooked v1."""
    address = bytes.fromhex(mac.replace(":", "")) + b"\0\0"
    return pack(">HHH", 1, 1, address_length) + address + pack(">H", kind_of(packet)) + packet


def cooked2(packet: bytes, mac: str = MAC, address_length: int = 6) -> bytes:
    """Linux cooked v2."""
    address = bytes.fromhex(mac.replace(":", "")) + b"\0\0"
    head = pack(">HHIHBB", kind_of(packet), 0, 3, 1, 1, address_length)
    return head + address + packet


def record(
    frame: bytes,
    seconds: int = 1_700_000_000,
    ticks: int = 0,
    *,
    order: str = "<",
    kept: int | None = None,
    wire: int | None = None,
) -> bytes:
    """A pcap record."""
    kept = len(frame) if kept is None else kept
    return pack(order + "IIII", seconds, ticks, kept, len(frame) if wire is None else wire) + frame


def pcap(*records: bytes, order: str = "<", nano: bool = False, link_type: int = ETHERNET) -> bytes:
    """A pcap file."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    return pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262_144, link_type) + b"".join(records)


def block(kind: int, body: bytes, order: str = "<", length: int | None = None) -> bytes:
    """A pcapng block; its body is padded."""
    body += bytes(-len(body) % 4)
    size = pack(order + "I", 12 + len(body) if length is None else length)
    return pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """A section header of unknown length."""
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """A pcapng option, padded."""
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(
    link_type: int = ETHERNET,
    *,
    name: bytes | None = None,
    resolution: int | None = None,
    offset: int | None = None,
    snap: int = 0,
    order: str = "<",
) -> bytes:
    """An interface description; ``resolution`` is the option's byte, ``offset`` in seconds."""
    body = pack(order + "HHI", link_type, 0, snap)
    if name is not None:
        body += option(2, name, order)
    if resolution is not None:
        body += option(9, bytes([resolution]), order)
    if offset is not None:
        body += option(14, pack(order + "q", offset), order)
    return block(1, body + option(0, b"", order), order)


def enhanced(
    frame: bytes,
    ticks: int = 1_700_000_000_000_000,
    number: int = 0,
    *,
    order: str = "<",
    kept: int | None = None,
    wire: int | None = None,
) -> bytes:
    """An enhanced packet block."""
    kept = len(frame) if kept is None else kept
    wire = len(frame) if wire is None else wire
    head = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, kept, wire)
    return block(6, head + frame, order)


def obsolete(frame: bytes, ticks: int, number: int = 0, order: str = "<") -> bytes:
    """An obsolete packet block."""
    size = len(frame)
    head = pack(order + "HHIIII", number, 0, ticks >> 32, ticks & 0xFFFFFFFF, size, size)
    return block(2, head + frame, order)


def simple(frame: bytes, order: str = "<", wire: int | None = None) -> bytes:
    """A simple packet block."""
    return block(3, pack(order + "I", len(frame) if wire is None else wire) + frame, order)


QUERY_FRAME = ethernet(ipv4(udp()))
QUERY_FRAME6 = ethernet(ipv6(udp()))
