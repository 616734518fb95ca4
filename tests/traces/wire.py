"""mDNS packets from bytes: names, records, UDP, IP, Ethernet, pcap, with nothing but ``struct``.

Shares no code with whoasks, its helpers or a DNS library, so that none of their mistakes can
hide here. Values go in, bytes come out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address

A, PTR, TXT, AAAA, SRV, NSEC, HTTPS, ANY = 1, 12, 16, 28, 33, 47, 65, 255
IN, TOP_BIT = 1, 0x8000
"""The top bit of a class: a unicast answer wanted (§5.4), or cache-flush (§10.2)."""
RESPONSE, TRUNCATED, RECURSION = 0x8400, 0x0200, 0x0100
MDNS = 5353
GROUPS = {4: "224.0.0.251", 6: "ff02::fb"}

Data = str | tuple[str, ...] | tuple[int, str] | tuple[int, ...]


@dataclass(frozen=True)
class Question:
    """One question; ``unicast`` is the QU bit."""

    name: str
    type: int = PTR
    unicast: bool = False


@dataclass(frozen=True)
class Record:
    """One record. ``data`` is an address, a name, (port, target), TXT strings or NSEC types."""

    name: str
    type: int
    data: Data
    ttl: int = 120
    flush: bool = True

    def __post_init__(self) -> None:
        if self.type == PTR:
            object.__setattr__(self, "flush", False)

    @cached_property
    def key(self) -> tuple[str, int]:
        return self.name.lower(), self.type


@dataclass(frozen=True)
class Message:
    """One DNS message, its four sections as they go out."""

    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    id: int = 0
    flags: int = 0

    def encode(self) -> bytes:
        """The message with names compressed wherever RFC 1035 §4.1.4 and RFC 6762 §18.14 let."""
        out = bytearray(
            struct.pack(
                ">6H",
                self.id,
                self.flags,
                len(self.questions),
                len(self.answers),
                len(self.authority),
                len(self.additional),
            )
        )
        known: dict[str, int] = {}
        for question in self.questions:
            _name(out, known, question.name)
            out += struct.pack(">HH", question.type, IN | TOP_BIT * question.unicast)
        for record in self.answers + self.authority + self.additional:
            _record(out, known, record)
        return bytes(out)


def ask(*questions: Question | str, **fields: int) -> Message:
    """A query; a bare name is asked for as PTR."""
    made = tuple(Question(q) if isinstance(q, str) else q for q in questions)
    return Message(questions=made, **fields)


def tell(*answers: Record, additional: Iterable[Record] = ()) -> Message:
    """An unsolicited or multicast response (§6: ID 0, no question)."""
    return Message(answers=answers, additional=tuple(additional), flags=RESPONSE)


def _name(out: bytearray, known: dict[str, int], name: str) -> None:
    labels = name.split(".")
    for at in range(len(labels)):
        rest = ".".join(labels[at:]).lower()
        if rest in known:
            out += struct.pack(">H", 0xC000 | known[rest])
            return
        if len(out) < 0x4000:
            known[rest] = len(out)
        label = labels[at].encode()
        out += bytes([len(label)]) + label
    out += b"\0"


def _record(out: bytearray, known: dict[str, int], record: Record) -> None:
    _name(out, known, record.name)
    out += struct.pack(">HHI", record.type, IN | TOP_BIT * record.flush, record.ttl)
    length_at = len(out)
    out += b"\0\0"
    _data(out, known, record)
    struct.pack_into(">H", out, length_at, len(out) - length_at - 2)


def _data(out: bytearray, known: dict[str, int], record: Record) -> None:
    data = record.data
    if isinstance(data, str):
        if record.type == PTR:
            _name(out, known, data)
        else:
            out += ip_address(data).packed
    elif record.type == SRV:
        port, target = data
        out += struct.pack(">HHH", 0, 0, int(port))
        _name(out, known, str(target))
    elif record.type == TXT:
        for text in map(str, data):
            out += bytes([len(text.encode())]) + text.encode()
        out += b"" if data else b"\0"
    else:  # NSEC, one window (§6.1)
        bits = bytearray(max(map(int, data)) // 8 + 1)
        for kind in map(int, data):
            bits[kind // 8] |= 0x80 >> kind % 8
        _name(out, {}, record.name)
        out += bytes([0, len(bits)]) + bits


def reverse(address: str) -> str:
    """``5.1.168.192.in-addr.arpa``, ``…ip6.arpa``."""
    return ip_address(address).reverse_pointer


def frame(
    payload: bytes,
    *,
    macs: tuple[str, str | None],
    addresses: tuple[str, str],
    ports: tuple[int, int] = (MDNS, MDNS),
    ttl: int = 255,
    vlan: int | None = None,
) -> bytes:
    """An Ethernet frame with one UDP datagram; each pair is (from, to).

    A MAC of None is the one that belongs to the group address.
    """
    source, target = (ip_address(text) for text in addresses)
    body = _udp(payload, source, target, ports)
    return ethernet(_ip(body, source, target, ttl, 17), macs, target, vlan)


def icmp_unreachable(quoted: bytes, macs: tuple[str, str], addresses: tuple[str, str]) -> bytes:
    """A port-unreachable error that quotes an IPv4 frame, as a host without mDNS sends it."""
    body = struct.pack(">BBHI", 3, 3, 0, 0) + quoted[14:]
    body = body[:2] + struct.pack(">H", _checksum(body)) + body[4:]
    source, target = (ip_address(text) for text in addresses)
    return ethernet(_ip(body, source, target, 64, 1), macs, target)


def ethernet(
    body: bytes,
    macs: tuple[str, str | None],
    target: IPv4Address | IPv6Address,
    vlan: int | None = None,
) -> bytes:
    sender, receiver = macs
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    kind = struct.pack(">H", 0x0800 if target.version == 4 else 0x86DD)
    to = _group_mac(target) if receiver is None else bytes.fromhex(receiver.replace(":", ""))
    return to + bytes.fromhex(sender.replace(":", "")) + tag + kind + body


def _group_mac(group: IPv4Address | IPv6Address) -> bytes:
    if group.version == 4:
        low = group.packed[1] & 0x7F
        return b"\x01\x00\x5e" + bytes([low]) + group.packed[2:]
    return b"\x33\x33" + group.packed[-4:]


def _udp(
    payload: bytes,
    source: IPv4Address | IPv6Address,
    target: IPv4Address | IPv6Address,
    ports: tuple[int, int],
) -> bytes:
    length = 8 + len(payload)
    pseudo = source.packed + target.packed + struct.pack(">II", length, 17)
    head = struct.pack(">HHH", *ports, length)
    check = _checksum(pseudo + head + b"\0\0" + payload) or 0xFFFF
    return head + struct.pack(">H", check) + payload


def _ip(
    body: bytes,
    source: IPv4Address | IPv6Address,
    target: IPv4Address | IPv6Address,
    ttl: int,
    protocol: int,
) -> bytes:
    ends = source.packed + target.packed
    if source.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(body), protocol, ttl) + ends + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, ttl, protocol, 0) + ends
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + body


def _checksum(data: bytes) -> int:
    """RFC 1071: the number's remainder by 0xFFFF is its one's complement sum."""
    padded = data + b"\0" * (len(data) % 2)
    total = int.from_bytes(padded, "big")
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def pcap(frames: Iterable[tuple[float, bytes]], link: int = 1) -> bytes:
    """A classic pcap of this link type; times are epoch seconds, kept to the microsecond."""
    out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link))
    for at, data in frames:
        seconds, micros = divmod(round(at * 1_000_000), 1_000_000)
        out += struct.pack("<IIII", seconds, micros, len(data), len(data)) + data
    return bytes(out)


def bare(frames: Iterable[tuple[float, bytes]]) -> bytes:
    """The same without Ethernet (raw IP, link type 101): who is who is left to addresses."""
    cut = ((at, data[18:] if data[12:14] == b"\x81\x00" else data[14:]) for at, data in frames)
    return pcap(cut, 101)
