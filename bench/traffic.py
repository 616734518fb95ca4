"""Makes the network the benchmarks run on: a home and office mix, the same for the same seed.

200 hosts. 85 of 100 packets repeat a payload that their host has sent before, as on real
networks; 15 are new: a changed TXT, known answers whose TTL has run down, a name looked up
once. Built with dnslib, so that nothing measured here also made its input.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from dnslib import AAAA, PTR, QTYPE, RR, SRV, TXT, A, DNSHeader, DNSQuestion, DNSRecord

HOSTS = 200
UNIQUE = 0.15
NEW = (70, 20, 10)
"""Of the new ones in 100: known answers with other TTLs, names looked up, a changed TXT."""
IPV6 = 0.25
"""Share of packets over IPv6."""
RATE = 40.0
"""Packets a second: a busy office of 200 hosts."""

FLUSH = 0x8001
QU = 0x8001
START = 1_700_000_000.0

KINDS = (
    ("_ipp._tcp", "Printer", 631),
    ("_http._tcp", "Web", 80),
    ("_googlecast._tcp", "Chromecast", 8009),
    ("_airplay._tcp", "TV", 7000),
    ("_raop._tcp", "Speaker", 7000),
    ("_hap._tcp", "Light", 80),
    ("_companion-link._tcp", "Phone", 49152),
    ("_smb._tcp", "NAS", 445),
    ("_spotify-connect._tcp", "Radio", 8080),
    ("_esphomelib._tcp", "Sensor", 6053),
)
BUNDLE = (
    "_nfs",
    "_ipp",
    "_ipps",
    "_ftp",
    "_webdav",
    "_webdavs",
    "_sftp-ssh",
    "_smb",
    "_afpovertcp",
)


class Host:
    """One made-up device: what it offers, what it asks for, what it has already sent."""

    def __init__(self, number: int, chance: random.Random, unique: float) -> None:
        self.number = number
        self.chance = chance
        self.unique = unique
        self.mac = bytes((2, 0, 0x5E, 0, number >> 8, number & 0xFF))
        self.ipv4 = IPv4Address("10.20.0.10") + number
        self.ipv6 = IPv6Address("fe80::20:0") + number
        self.name = f"host-{number:03d}.local."
        self.service, label, self.port = KINDS[number % len(KINDS)]
        self.instance = f"{label} {number}.{self.service}.local."
        self.wants = [f"{kind[0]}.local." for kind in chance.sample(KINDS, 2)]
        self.counter = 0
        self.said = [self.announcement(), self.browse(), self.resolve()]
        if number % 10 == 0:
            self.said.append(self.bundle())

    def next(self) -> bytes:
        """A payload: one of those it keeps sending, or a new one."""
        if self.chance.random() >= self.unique:
            return self.chance.choice(self.said)
        self.counter += 1
        kind = self.chance.choices(("known answers", "name", "state"), NEW)[0]
        if kind == "known answers":
            return self.browse()
        if kind == "name":
            return self.lookup()
        # A changed state is what it announces from now on.
        self.said[0] = self.announcement()
        return self.said[0]

    def announcement(self) -> bytes:
        """What it offers, in the form of RFC 6763 §12.1."""
        message = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
        base = f"{self.service}.local."
        texts = [b"txtvers=1", b"model=Bench,1", f"state={self.counter}".encode()]
        message.add_answer(RR(base, QTYPE.PTR, 1, 4500, PTR(self.instance)))
        message.add_ar(
            RR(self.instance, QTYPE.SRV, FLUSH, 120, SRV(0, 0, self.port, self.name)),
            RR(self.instance, QTYPE.TXT, FLUSH, 4500, TXT(texts)),
            RR(self.name, QTYPE.A, FLUSH, 120, A(str(self.ipv4))),
            RR(self.name, QTYPE.AAAA, FLUSH, 120, AAAA(str(self.ipv6))),
        )
        return bytes(message.pack())

    def browse(self) -> bytes:
        """Browsing for what it wants, with known answers (RFC 6762 §7.1)."""
        message = DNSRecord(DNSHeader(id=0, bitmap=0))
        for wanted in self.wants:
            message.add_question(DNSQuestion(wanted, QTYPE.PTR, 1))
            known = f"Known {self.number % 7}.{wanted}"
            message.add_answer(RR(wanted, QTYPE.PTR, 1, 4500 - self.counter % 4_000, PTR(known)))
        return bytes(message.pack())

    def resolve(self) -> bytes:
        """Resolving one instance, unicast answer wanted (RFC 6762 §5.4)."""
        message = DNSRecord(DNSHeader(id=0, bitmap=0))
        message.add_question(DNSQuestion(f"Known 1.{self.wants[0]}", QTYPE.SRV, QU))
        message.add_question(DNSQuestion(f"Known 1.{self.wants[0]}", QTYPE.TXT, QU))
        return bytes(message.pack())

    def lookup(self) -> bytes:
        """A host name looked up once."""
        message = DNSRecord(DNSHeader(id=0, bitmap=0))
        name = f"host-{self.chance.randrange(HOSTS):03d}.local."
        message.add_question(DNSQuestion(name, QTYPE.A, 1))
        message.add_question(DNSQuestion(f"n{self.number}-{self.counter}.local.", QTYPE.AAAA, 1))
        return bytes(message.pack())

    def bundle(self) -> bytes:
        """A desktop's file manager: many types in one packet."""
        message = DNSRecord(DNSHeader(id=0, bitmap=0))
        for service in BUNDLE:
            message.add_question(DNSQuestion(f"{service}._tcp.local.", QTYPE.PTR, 1))
        return bytes(message.pack())


def packets(
    count: int, seed: int = 5353, unique: float = UNIQUE
) -> Iterator[tuple[float, Host, bool, bytes]]:
    """Time, sender, whether over IPv6, payload; ``unique``: the share of payloads that are new."""
    chance = random.Random(seed)
    hosts = [Host(number, chance, unique) for number in range(HOSTS)]
    at = START
    for _ in range(count):
        at += chance.expovariate(RATE)
        host = chance.choice(hosts)
        yield at, host, chance.random() < IPV6, host.next()


def write_pcap(path: Path, count: int, seed: int = 5353, unique: float = UNIQUE) -> None:
    """The mix as a classic little-endian microsecond pcap of Ethernet frames."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for at, host, ipv6, payload in packets(count, seed, unique):
            frame = framed(host, ipv6, payload)
            micros = round(at * 1_000_000)
            size = len(frame)
            file.write(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, size, size))
            file.write(frame)


def framed(host: Host, ipv6: bool, payload: bytes) -> bytes:
    """The payload as that host sends it, to the group of the family."""
    return _over_ipv6(host, payload) if ipv6 else _over_ipv4(host, payload)


def _over_ipv4(host: Host, payload: bytes) -> bytes:
    source, group = host.ipv4.packed, IPv4Address("224.0.0.251").packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0x4000, 255, 17, 0)
    check = _checksum(head + source + group)
    head = head[:10] + struct.pack("!H", check) + source + group
    ethernet = bytes.fromhex("01005e0000fb") + host.mac + b"\x08\x00"
    return ethernet + head + _udp(source + group, payload)


def _over_ipv6(host: Host, payload: bytes) -> bytes:
    source, group = host.ipv6.packed, IPv6Address("ff02::fb").packed
    head = struct.pack("!IHBB", 0x60000000, 8 + len(payload), 17, 255) + source + group
    ethernet = bytes.fromhex("3333000000fb") + host.mac + b"\x86\xdd"
    return ethernet + head + _udp(source + group, payload)


def _udp(addresses: bytes, payload: bytes) -> bytes:
    size = 8 + len(payload)
    # The pseudo-headers of IPv4 and IPv6 add up to the same: addresses, length, protocol.
    head = struct.pack("!HHH", 5353, 5353, size)
    check = _checksum(addresses + struct.pack("!HH", size, 17) + head + payload) or 0xFFFF
    return head + struct.pack("!H", check) + payload


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
