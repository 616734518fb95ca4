"""Questions and known answers → mDNS query payloads. Pure; nothing is sent here.

Built with dnslib from labels as bytes, because zeroconf's builder cannot say a label that
holds a dot or is not UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import dnslib
import msgspec
from dnslib.dns import DNSBuffer

from whoasks.core.model import PTR
from whoasks.core.names import labels

LARGEST = 1_400
"""Bytes of payload: within an Ethernet frame, IPv6 and a tunnel's header included
(RFC 6762 §17)."""
_TRUNCATED = 0x0200
_HEADER = 12


class KnownAnswer(msgspec.Struct, frozen=True):
    """A PTR record that the asker holds (RFC 6762 §7.1)."""

    data: str
    """The name pointed to, presentation form."""
    ttl: int
    """Seconds left."""


class Ask(msgspec.Struct, frozen=True):
    """One QM question, with the answers already known."""

    name: str
    qtype: int
    known: tuple[KnownAnswer, ...] = ()


def build(asks: Sequence[Ask]) -> list[bytes]:
    """The fewest packets that ask all of it, each at most ``LARGEST`` bytes.

    Known answers travel in the packet of their question; where one question's do not fit,
    they go on in packets without a question, announced by TC (RFC 6762 §7.2).
    """
    packets: list[bytes] = []
    group: list[Ask] = []
    size = _HEADER
    for ask in asks:
        cost = _cost(ask)
        if group and size + cost > LARGEST:
            packets += _pack(group)
            group, size = [], _HEADER
        group.append(ask)
        size += cost
    return packets + _pack(group) if group else packets


def is_truncated(packet: bytes) -> bool:
    """Whether more known answers follow: the answer may take half a second (RFC 6762 §7.2)."""
    return bool(packet[2] & 2)


def _cost(ask: Ask) -> int:
    """Bytes it will take, about: names share their ends."""
    return len(labels(ask.name)[0]) + 20 + sum(15 + len(k.data.encode()) // 2 for k in ask.known)


def _pack(group: Sequence[Ask]) -> list[bytes]:
    answers = [(ask.name, known) for ask in group for known in ask.known]
    packet = _encode(group, answers)
    if len(packet) <= LARGEST:
        return [packet]
    if len(group) > 1:
        half = len(group) // 2
        return _pack(group[:half]) + _pack(group[half:])
    return _continued(group, answers)


def _continued(group: Sequence[Ask], answers: list[tuple[str, KnownAnswer]]) -> list[bytes]:
    """One question whose known answers need several packets."""
    packets: list[bytes] = []
    asking: Sequence[Ask] = group
    while answers or asking:
        take = len(answers)
        while len(packet := _encode(asking, answers[:take], more=take < len(answers))) > LARGEST:
            take = take * LARGEST // len(packet)
            if not take:  # a single name is at most 255 bytes: cannot be, but must not hang
                break
        packets.append(packet)
        answers, asking = answers[take or 1 :], ()
    return packets


def _encode(
    asks: Sequence[Ask], answers: Sequence[tuple[str, KnownAnswer]], *, more: bool = False
) -> bytes:
    buffer = DNSBuffer()
    header = dnslib.DNSHeader(
        id=0, bitmap=_TRUNCATED if more else 0, q=len(asks), a=len(answers), auth=0, ar=0
    )
    header.pack(buffer)
    for ask in asks:
        dnslib.DNSQuestion(_label(ask.name), ask.qtype).pack(buffer)
    for name, known in answers:
        dnslib.RR(_label(name), PTR, 1, known.ttl, dnslib.PTR(_label(known.data))).pack(buffer)
    return bytes(buffer.data)


@lru_cache(maxsize=4_096)
def _label(name: str) -> dnslib.DNSLabel:
    return dnslib.DNSLabel(labels(name))
