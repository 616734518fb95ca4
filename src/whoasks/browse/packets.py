"""Questions and known answers → mDNS query payloads. Pure; nothing is sent here.

Built from labels as bytes, because zeroconf's builder cannot say a label that holds a dot
or is not UTF-8, and dnslib takes seconds over the known answers of 5,000 services.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import msgspec

from whoasks.core.model import PTR
from whoasks.core.names import labels

LARGEST = 1_440
"""Bytes of payload: an Ethernet frame's less the headers of IPv6 and UDP, and 12 for a VLAN
or tunnel (RFC 6762 §17)."""
_TRUNCATED = 0x0200
_QUESTIONS_OF_A_STREAM = 1_000
"""Bytes of questions that one row of packets with known answers begins with, at most."""
_HEAD = 12 + 17
"""Bytes of a header, and of ``_tcp``, ``_udp`` and ``local`` the first time."""
_OPEN = 64
"""Packets that are still looked at for room."""
_FARTHEST = 0x3FFF
"""The last byte that a compression pointer reaches (RFC 1035 §4.1.4)."""

_HEADER = Struct("!6H")
_QUESTION = Struct("!2H")
_RECORD = Struct("!2HIH")


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


class _Bin(msgspec.Struct):
    """A packet being planned."""

    room: int
    members: list[int] = []
    """Positions of its asks."""


def build(asks: Sequence[Ask]) -> list[bytes]:
    """Few packets that ask all of it, each at most ``LARGEST`` bytes, the first ask in the first.

    Known answers travel in the packet of their question, which may then be answered at once.
    Questions whose known answers do not fit into a packet share one row of full packets: the
    questions first, then what is known, each but the last announcing more by TC (RFC 6762 §7.2).
    """
    rest: list[Ask] = []
    bins: list[_Bin] = []
    costs = [_cost(ask) for ask in asks]
    # The largest first, each where it fits first: within a fifth of what is possible.
    for at in sorted(range(len(asks)), key=lambda at: -costs[at]):
        if asks[at].known and costs[at] > LARGEST - _HEAD:
            rest.append(asks[at])
            continue
        for each in bins[-_OPEN:]:
            if each.room >= costs[at]:
                break
        else:
            each = _Bin(LARGEST - _HEAD)
            bins.append(each)
        each.room -= costs[at]
        each.members.append(at)
    for each in bins:
        each.members.sort()
    bins.sort(key=lambda each: each.members)
    packets = [packet for each in bins for packet in _pack([asks[at] for at in each.members])]
    return packets + _rows(rest)


def is_truncated(packet: bytes) -> bool:
    """Whether more known answers follow: the answer may take half a second (RFC 6762 §7.2)."""
    return bool(packet[2] & 2)


def _cost(ask: Ask) -> int:
    """Bytes it will take, about: names share their ends."""
    known = sum(15 + len(labels(k.data)[0]) for k in ask.known)
    return len(labels(ask.name)[0]) + 7 + known


def _pack(group: Sequence[Ask]) -> list[bytes]:
    """Without TC; in halves should the estimate have been too low."""
    packet = _Packet()
    fits = all(packet.ask(ask) for ask in group) and all(
        packet.know(ask.name, known) for ask in group for known in ask.known
    )
    if fits:
        return [packet.finish()]
    if len(group) > 1:
        half = len(group) // 2
        return _pack(group[:half]) + _pack(group[half:])
    return _row(group)


def _rows(asks: Sequence[Ask]) -> list[bytes]:
    """The questions whose known answers need several packets."""
    packets: list[bytes] = []
    group: list[Ask] = []
    size = 0
    for ask in asks:
        size += len(ask.name.encode()) + 6
        if group and size > _QUESTIONS_OF_A_STREAM:
            packets += _row(group)
            group, size = [], len(ask.name.encode()) + 6
        group.append(ask)
    return packets + _row(group) if group else packets


def _row(asks: Sequence[Ask]) -> list[bytes]:
    packets: list[bytes] = []
    packet = _Packet()
    for ask in asks:
        packet.ask(ask)
    for ask in asks:
        for known in ask.known:
            if not packet.know(ask.name, known):
                packets.append(packet.finish(more=True))
                packet = _Packet()
                packet.know(ask.name, known)
    return [*packets, packet.finish()]


class _Packet:
    """A query being written: all questions, then all known answers."""

    def __init__(self) -> None:
        self._bytes = bytearray(_HEADER.size)
        self._places: dict[tuple[bytes, ...], int] = {}
        self._questions = self._answers = 0

    def ask(self, ask: Ask) -> bool:
        """Add a question; False, and nothing added, when it does not fit any more."""
        begin = len(self._bytes)
        self._name(labels(ask.name))
        self._bytes += _QUESTION.pack(ask.qtype, 1)
        return self._keep(begin, question=True)

    def know(self, name: str, known: KnownAnswer) -> bool:
        """Add a known answer, likewise."""
        begin = len(self._bytes)
        self._name(labels(name))
        self._bytes += _RECORD.pack(PTR, 1, known.ttl, 0)
        data = len(self._bytes)
        self._name(labels(known.data))
        self._bytes[data - 2 : data] = (len(self._bytes) - data).to_bytes(2, "big")
        return self._keep(begin, question=False)

    def finish(self, *, more: bool = False) -> bytes:
        """The payload; ``more`` says that known answers follow in another one."""
        flags = _TRUNCATED if more else 0
        _HEADER.pack_into(self._bytes, 0, 0, flags, self._questions, self._answers, 0, 0)
        return bytes(self._bytes)

    def _keep(self, begin: int, *, question: bool) -> bool:
        if len(self._bytes) > LARGEST and self._questions + self._answers:
            del self._bytes[begin:]
            self._places = {name: at for name, at in self._places.items() if at < begin}
            return False
        self._questions += question
        self._answers += not question
        return True

    def _name(self, parts: tuple[bytes, ...]) -> None:
        """A name, its end by pointer where that was written before."""
        for at, label in enumerate(parts):
            rest = parts[at:]
            place = self._places.get(rest)
            if place is not None:
                self._bytes += (0xC000 | place).to_bytes(2, "big")
                return
            if len(self._bytes) <= _FARTHEST:
                self._places[rest] = len(self._bytes)
            self._bytes.append(len(label))
            self._bytes += label
        self._bytes.append(0)
