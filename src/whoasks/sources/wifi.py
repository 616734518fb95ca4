"""IEEE 802.11 data frames → IP, with the asker's own MAC, whichever way the frame goes.

A monitor hears what a station multicasts twice, to the access point and back from it, and a
frame that was not acknowledged again and again: each is one packet here. What is encrypted
is counted and left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from struct import Struct
from typing import TypeVar

import msgspec

from whoasks.core.model import Flow
from whoasks.sources.encapsulation import is_snap, snap
from whoasks.sources.ip import TOO_SHORT, Found, Frame, IpReader, Ready

# Keys of CaptureFile.counts.
ENCRYPTED = "encrypted"
DAMAGED = "damaged in the air"
PART = "wi-fi fragment"
COPY = "wi-fi copy"

_DATA = 0x08
_TO_DS, _FROM_DS, _MORE, _RETRY, _PROTECTED, _ORDER = 0x01, 0x02, 0x04, 0x08, 0x40, 0x80
_QOS, _NO_DATA = 0x80, 0x40  # bits of the subtype
_AGGREGATED = 0x80  # in the QoS control field: the payload is an A-MSDU
_IV = 8  # TKIP, CCMP and GCMP alike

SUBFRAMES = 64
"""Subframes of one A-MSDU: 11,454 bytes of the smallest that could be mDNS."""
REMEMBERED = 256
"""Frames and packets remembered to know copies by; they come within milliseconds."""

_RADIOTAP = Struct("<2xHI").unpack_from  # length, present
_SUBFRAME = Struct(">6s6sH").unpack_from


K = TypeVar("K")


class Several(msgspec.Struct, frozen=True):
    """The packets of an A-MSDU."""

    found: tuple[Found, ...]

    def release(self, at: float) -> Iterable[Ready]:
        """All that are whole."""
        for each in self.found:
            if isinstance(each, tuple):
                yield each
            elif each is not None:
                yield from each.release(at)


class Wifi:
    """Link type 105, and what stands behind radiotap and its like."""

    def __init__(self, ip: IpReader, counts: Counter[str]) -> None:
        self._ip = ip
        self._counts = counts
        self._sent: dict[tuple[bytes, int], int] = {}
        self._uplink: dict[tuple[Flow, bytes], int] = {}

    def read(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        """A Reader."""
        return self.frame(buffer, start, end, end - start < wire)

    def radiotap(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        """A Reader of frames behind a radiotap header (link type 127)."""
        cut = end - start < wire
        if end - start < 8:
            return self._ip.unusable(TOO_SHORT)
        length, present = _RADIOTAP(buffer, start)
        flags = _radiotap_flags(buffer[start : min(start + length, end)], present)
        if flags & 0x40:  # the frame check sequence did not match: any byte may be wrong
            return self._ip.unusable(DAMAGED)
        return self.frame(buffer, start + length, end, cut, padded=bool(flags & 0x20))

    def frame(
        self, buffer: bytes, start: int, end: int, cut: bool, *, padded: bool = False
    ) -> Found:
        """One 802.11 frame; ``padded``: zeros bring its header to a multiple of four bytes."""
        if end - start < 24:
            # An acknowledgement has ten bytes: control frames are not told apart here.
            return None
        kind, flags = buffer[start], buffer[start + 1]
        if kind & 0x0F != _DATA or kind & _NO_DATA:
            return None
        body = _body(kind, flags)
        if padded:
            body = body + 3 & ~3
        at = start + body
        if end - at < 8:
            return self._ip.unusable(TOO_SHORT)
        if flags & _PROTECTED:
            at = _decrypted(buffer, at)
        why = PART if flags & _MORE or buffer[start + 22] & 0x0F else ENCRYPTED if not at else None
        if why is not None:
            return self._ip.unusable(why)
        aggregated = kind & _QOS and buffer[start + _qos_at(flags)] & _AGGREGATED
        frame = Frame(buffer, end, cut, _source(buffer, start, flags))
        found = self._subframes(frame, at) if aggregated else snap(self._ip, frame, at)
        return self._once(found, buffer, start) if found is not None else None

    def _subframes(self, frame: Frame, at: int) -> Found:
        """An A-MSDU (IEEE 802.11 §9.3.2.2): each subframe has a source address of its own."""
        found = []
        for _ in range(SUBFRAMES):
            if frame.end - at < 14:
                break
            _, source, length = _SUBFRAME(frame.buffer, at)
            at += 14
            stop = at + length
            inside = Frame(frame.buffer, min(stop, frame.end), frame.cut, source)
            found.append(snap(self._ip, inside, at))
            at = stop + (-(14 + length) & 3)
        ours = tuple(each for each in found if each is not None)
        if len(ours) > 1 and self._ip.fragments is not None:
            return Several(ours)
        return ours[0] if ours else None

    def _once(self, found: Found, buffer: bytes, start: int) -> Found:
        """What was found, unless it is a repetition or the access point's copy."""
        flags, sender = buffer[start + 1], buffer[start + 10 : start + 16]
        sequence = int.from_bytes(buffer[start + 22 : start + 24], "little")
        traffic = buffer[start + _qos_at(flags)] & 0x0F if buffer[start] & _QOS else 16
        before = self._sent.get((sender, traffic))
        _remember(self._sent, (sender, traffic), sequence)
        if flags & _RETRY and before == sequence:
            return self._ip.unusable(COPY)
        if isinstance(found, tuple):
            waiting = self._uplink.get(found, 0)
            if flags & (_TO_DS | _FROM_DS) == _TO_DS:
                _remember(self._uplink, found, waiting + 1)
            elif flags & _FROM_DS and waiting:
                _remember(self._uplink, found, waiting - 1)
                return self._ip.unusable(COPY)
        return found


def _body(kind: int, flags: int) -> int:
    """Bytes of the header (IEEE 802.11 §9.2.3)."""
    size = _qos_at(flags)
    if kind & _QOS:
        size += 6 if flags & _ORDER else 2  # the order bit of a QoS frame: HT control
    return size


def _qos_at(flags: int) -> int:
    """Where the QoS control field stands, in a frame that has one."""
    return 30 if flags & (_TO_DS | _FROM_DS) == _TO_DS | _FROM_DS else 24


def _source(buffer: bytes, start: int, flags: int) -> bytes:
    """The source address (IEEE 802.11 §9.3.2.1): not the access point's that relays it."""
    at = start + (10 if not flags & _FROM_DS else 24 if flags & _TO_DS else 16)
    return buffer[at : at + 6]


def _decrypted(buffer: bytes, at: int) -> int:
    """Where the payload of a protected frame stands in the clear, as some drivers leave it,
    with its IV or without; 0 when it is encrypted."""
    for place in (at, at + _IV):
        if is_snap(buffer, place):
            return place
    return 0


def _radiotap_flags(header: bytes, present: int) -> int:
    """The flags field, 0 when there is none. Fields are aligned from the header's start."""
    if not present & 2:
        return 0
    at, word = 8, present
    while word & 1 << 31:
        if len(header) < at + 4:
            return 0
        word = int.from_bytes(header[at : at + 4], "little")
        at += 4
    if present & 1:  # the TSF timer comes first
        at = (at + 7 & ~7) + 8
    return header[at] if at < len(header) else 0


def _remember(table: dict[K, int], key: K, value: int) -> None:
    table.pop(key, None)
    table[key] = value
    if len(table) > REMEMBERED:
        del table[next(iter(table))]
