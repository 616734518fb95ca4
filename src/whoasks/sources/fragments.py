"""IP fragments → whole packets (RFC 791, RFC 8200 §4.5), in bounded memory.

Time is the packet's. Fragments that overlap and differ are refused, and with them all of
their packet (RFC 5722): whoever sends such wants two readers to see two things. What is not
mDNS by the ports of its first fragment is dropped at once.
"""

from __future__ import annotations

from collections import Counter

import msgspec

# Keys of CaptureFile.counts.
FRAGMENT = "fragment"
LATER_FRAGMENT = "later fragment"
OVERLAP = "overlapping fragments"
REASSEMBLED = "reassembled"

PACKETS = 256
"""Packets that may be incomplete at once. mDNS keeps to 9,000 bytes (RFC 6762 §17), seven
fragments that follow each other within a millisecond: this is for floods of other traffic."""
BYTES = 2 << 20
"""Bytes held of them all."""
PIECES = 128
"""Fragments of one packet: 64 KiB over a link of 576 bytes."""
TIMEOUT = 30.0
"""Seconds that a packet may take, either way on a clock that jumps (RFC 791 proposes 15,
RFC 8200 60)."""

LONGEST = 65_535


Key = tuple[bytes, bytes, int | None, str, str]
"""Identification with addresses, source MAC, VLAN, interface, outer VLANs."""


class Piece(msgspec.Struct, frozen=True):
    """One fragment. ``header`` is what to put before the whole."""

    key: Key
    offset: int
    data: bytes
    """Not empty and a multiple of eight bytes where more follow."""
    more: bool
    header: bytes
    ours: bool | None
    """Whether the ports are mDNS's; None where this fragment does not say."""


class _Packet(msgspec.Struct):
    """A packet as far as it has come."""

    started: float
    pieces: dict[int, bytes] = {}
    total: int | None = None
    header: bytes | None = None
    held: int = 0
    dead: bool = False
    """Refused or not ours: nothing more is kept of it."""


class Fragments:
    """The incomplete packets of one capture."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._packets: dict[Key, _Packet] = {}
        self._held = 0

    def add(self, piece: Piece, at: float) -> bytes | None:
        """Take one in: the whole packet, header and all, if that was the last of it."""
        self._expire(at)
        packet = self._packets.get(piece.key)
        if packet is None:
            packet = self._packets[piece.key] = _Packet(at)
            if len(self._packets) > PACKETS:
                self._give_up(next(iter(self._packets)))
        if packet.dead:
            return None
        if piece.ours is False and 0 not in packet.pieces:
            self._kill(packet)
            return None
        if packet.pieces.get(piece.offset) == piece.data:  # a copy
            return None
        if not _fits(packet, piece):
            self._counts[OVERLAP] += 1
            self._kill(packet)
            return None
        return self._grow(piece, packet)

    def end(self) -> None:
        """Count what never became whole."""
        while self._packets:
            self._give_up(next(iter(self._packets)))

    def _grow(self, piece: Piece, packet: _Packet) -> bytes | None:
        packet.pieces[piece.offset] = piece.data
        packet.held += len(piece.data)
        self._held += len(piece.data)
        if not piece.more:
            packet.total = piece.offset + len(piece.data)
        if not piece.offset:
            packet.header = piece.header
        if packet.header is not None and packet.held == packet.total:
            del self._packets[piece.key]
            self._held -= packet.held
            self._counts[REASSEMBLED] += 1
            return packet.header + b"".join(packet.pieces[at] for at in sorted(packet.pieces))
        while self._held > BYTES:
            self._give_up(next(iter(self._packets)))
        return None

    def _expire(self, at: float) -> None:
        while self._packets:
            key = next(iter(self._packets))
            if abs(at - self._packets[key].started) <= TIMEOUT:
                return
            self._give_up(key)

    def _give_up(self, key: Key) -> None:
        packet = self._packets.pop(key)
        self._held -= packet.held
        if packet.header is not None:
            self._counts[FRAGMENT] += 1
        elif packet.pieces:
            self._counts[LATER_FRAGMENT] += len(packet.pieces)

    def _kill(self, packet: _Packet) -> None:
        """Nothing more of it: its key stays until it expires, so that the rest is known."""
        self._held -= packet.held
        packet.held, packet.dead, packet.header = 0, True, None
        packet.pieces = {}


def _fits(packet: _Packet, piece: Piece) -> bool:
    """Whether a fragment lies where none is yet, inside a packet of possible length."""
    end = piece.offset + len(piece.data)
    if len(packet.pieces) >= PIECES or end + len(piece.header) > LONGEST:
        return False
    if packet.total is not None and (not piece.more or end > packet.total):
        return False
    return all(
        at + len(data) <= piece.offset or (piece.more and at >= end)
        for at, data in packet.pieces.items()
    )
