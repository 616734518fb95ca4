"""The pcapng file format (draft-ietf-opsawg-pcapng): blocks → datagrams.

Sections, interfaces and packets are read, blocks of other kinds are stepped over. A block
whose length cannot be right ends the reading with an error, after what stands before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from struct import Struct

import msgspec

from whoasks.core.model import Datagram
from whoasks.sources import skim
from whoasks.sources.capture_stream import CaptureError, shown
from whoasks.sources.link import Holder, Links
from whoasks.sources.pcap import CORRUPT, PACKETS, RECORD_CAP

MAGIC = b"\x0a\x0d\x0d\x0a"

UNDESCRIBED = "undescribed interface"
UNTIMED = "without time"
IMPOSSIBLE_TIME = "impossible time"

BLOCK_CAP = 16 * 1024 * 1024
"""Longest block believed; a block is held whole, to compare the length at both its ends."""

INTERFACE_CAP = 1_024
"""Interfaces of one section; the packets of any more are counted as undescribed."""

_NAME_CAP = 255
_LAST_SECOND = 253_402_300_799.0  # of the year 9999, the last that outputs can write

_SECTION, _INTERFACE, _OBSOLETE, _SIMPLE = 0x0A0D0D0A, 1, 2, 3
_ENHANCED = skim.ENHANCED
_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 2, 9, 14
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_SMALLEST = {_SECTION: 28, _INTERFACE: 20, _OBSOLETE: 32, _SIMPLE: 16, _ENHANCED: 32}


class _Interface(msgspec.Struct, frozen=True):
    """An interface description: how to read its frames and its clock."""

    read: Holder
    snap_length: int
    """0: no limit."""
    ticks: int = 1_000_000
    """In a second."""
    tick: float = 1e-6
    offset: int = 0
    """Seconds to add to every time."""

    def time(self, high: int, low: int) -> float:
        """Seconds since the epoch; a time that no clock shows is 0.0."""
        seconds, ticks = divmod(high << 32 | low, self.ticks)
        at = seconds + self.offset + ticks * self.tick
        return at if 0.0 <= at <= _LAST_SECOND else 0.0


class _Layout:
    """The fixed fields in the byte order of a section."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.head = Struct(order + "II").unpack_from  # block type, length
        self.word = Struct(order + "I").unpack_from
        self.interface = Struct(order + "H2xI").unpack_from  # link type, snap length
        self.enhanced = Struct(order + "IIIII").unpack_from  # interface, time (2), kept, wire
        self.obsolete = Struct(order + "H2xIIII").unpack_from
        self.option = Struct(order + "HH").unpack_from
        self.offset = Struct(order + "q").unpack


class PcapngParser:
    """One file, from its first byte. ``done`` tells that the rest is not worth reading."""

    unit = "block"

    def __init__(
        self, path: Path, head: bytes, links: Links, counts: Counter[str], notes: list[str]
    ) -> None:
        """``head`` starts the file. Raises CaptureError when it ends inside the header."""
        self._name, self._links = shown(path), links
        self._counts, self._notes = counts, notes
        if len(head) < _SMALLEST[_SECTION]:
            raise CaptureError(
                f"{shown(path)} ends inside its section header ({len(head)} bytes in all): copy it"
                " again from where it was recorded."
            )
        self._layout = _Layout("<")
        self._interfaces: list[_Interface] = []
        self._numbered = 0
        self._ethernet: frozenset[int] = frozenset()
        self._leap: skim.Leap | None = None
        self._base = 0
        self.done = False
        self.error: CaptureError | None = None

    def parse(self, buffer: bytes, base: int, found: list[Datagram]) -> int:
        """Takes every whole block of ``buffer``; returns where the first other one starts.

        ``base`` is the buffer's own position in the file, for messages.
        """
        self._base = base
        position = 0
        size = len(buffer)
        packets = 0
        layout = self._layout
        before = len(found)
        while size - position >= 12 and not self.done:
            # Where one of ours is, the next may be as well.
            if self._leap is not None and len(found) == before:
                position, leapt = self._leap(buffer, position, RECORD_CAP)
                packets += leapt
                if size - position < 12:
                    break
            before = len(found)
            kind, length = layout.head(buffer, position)
            if kind == _SECTION:
                order = _ORDERS.get(buffer[position + 8 : position + 12])
                if order is None:
                    self._refuse(position, "a section without byte order")
                    break
                layout = self._layout = _Layout(order)
                kind, length = layout.head(buffer, position)
            if length & 3 or not _SMALLEST.get(kind, 12) <= length <= BLOCK_CAP:
                self._refuse(position, f"a block with the wrong length {length}")
                break
            end = position + length
            if end > size:
                break
            if layout.word(buffer, end - 4)[0] != length:
                self._refuse(position, "a block with two different lengths")
                break
            if kind == _ENHANCED:
                packets += 1
                packet = layout.enhanced(buffer, position + 8)
                self._packet(buffer, position + 28, end - 4, packet, found)
            else:
                self._other(buffer, position, end, kind, found)
            position = end
        self._counts[PACKETS] += packets
        return position

    def end(self, rest: bytes, found: list[Datagram]) -> int:
        """Takes nothing of what is left: no block is whole without all of its bytes."""
        return 0

    def _packet(
        self,
        buffer: bytes,
        start: int,
        stop: int,
        packet: tuple[int, int, int, int, int],
        found: list[Datagram],
    ) -> None:
        """A packet with its interface and time; ``stop`` is the end of the block's body."""
        number, high, low, kept, wire = packet
        end = start + kept
        if kept > RECORD_CAP or end > stop:
            self._corrupt(start, kept)
            return
        if number >= len(self._interfaces):
            self._counts[UNDESCRIBED] += 1
            return
        interface = self._interfaces[number]
        ours = interface.read(buffer, start, end, wire)
        if ours is not None:
            at = interface.time(high, low)
            if at == 0.0 and (high or low):
                self._counts[IMPOSSIBLE_TIME] += 1
            if isinstance(ours, tuple):
                found.append(Datagram(at, ours[0], ours[1]))
            else:
                found += [Datagram(at, *each) for each in ours.release(at)]

    def _other(
        self, buffer: bytes, position: int, end: int, kind: int, found: list[Datagram]
    ) -> None:
        """Every block but the common one."""
        body = position + 8
        if kind == _INTERFACE:
            self._describe(buffer, body, end - 4)
        elif kind == _SECTION:
            self._interfaces = []
            self._numbered = 0
            self._ethernet, self._leap = frozenset(), None
        elif kind == _OBSOLETE:
            self._counts[PACKETS] += 1
            packet = self._layout.obsolete(buffer, body)
            self._packet(buffer, position + 28, end - 4, packet, found)
        elif kind == _SIMPLE:
            self._counts[PACKETS] += 1
            self._simple(buffer, body, end - 4, found)

    def _simple(self, buffer: bytes, body: int, stop: int, found: list[Datagram]) -> None:
        """A packet of the first interface, without a time and without its kept length."""
        (wire,) = self._layout.word(buffer, body)
        kept = min(wire, stop - body - 4)
        if self._interfaces and self._interfaces[0].snap_length:
            kept = min(kept, self._interfaces[0].snap_length)
        before = len(found)
        self._packet(buffer, body + 4, stop, (0, 0, 0, kept, wire), found)
        self._counts[UNTIMED] += len(found) - before

    def _describe(self, buffer: bytes, body: int, stop: int) -> None:
        """An interface description block."""
        number = self._numbered
        self._numbered += 1
        if number >= INTERFACE_CAP:
            return
        link_type, snap_length = self._layout.interface(buffer, body)
        name, ticks, tick, offset = f"if{number}", 1_000_000, 1e-6, 0
        for code, value in self._options(buffer, body + 8, stop):
            if code == _IF_NAME:
                # The name is a stranger's: kept whatever its bytes, made safe where it is shown.
                text = value.rstrip(b"\0").decode("utf-8", "backslashreplace")
                name = text[:_NAME_CAP] or name
            elif code == _IF_TSRESOL and value:
                ticks, tick = _resolution(value[0])
            elif code == _IF_TSOFFSET and len(value) == 8:
                (offset,) = self._layout.offset(value)
        if link_type == skim.ETHERNET:
            self._ethernet |= {number}
            self._leap = skim.pcapng_leap(self._layout.order, self._ethernet)
        read = self._links.holder(link_type, name)
        self._interfaces.append(_Interface(read, snap_length, ticks, tick, offset))

    def _options(self, buffer: bytes, position: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Options up to the end mark, or to the first that runs out of its block."""
        while stop - position >= 4:
            code, length = self._layout.option(buffer, position)
            position += 4
            if code == 0 or position + length > stop:
                return
            yield code, buffer[position : position + length]
            position += length + 3 & ~3

    def _refuse(self, position: int, what: str) -> None:
        self.done = True
        self._counts[CORRUPT] += 1
        self.error = CaptureError(
            f"{self._name} holds {what} at byte {self._base + position}, so nothing from there on"
            " can be read: copy the file again, or save it anew with Wireshark."
        )

    def _corrupt(self, position: int, kept: int) -> None:
        self.done = True
        self._counts[CORRUPT] += 1
        self._notes.append(
            f"{self._name} is corrupt at byte {self._base + position} (a packet of {kept} bytes"
            " does not fit its block): what stands before it was read, the rest was not."
        )


def _resolution(value: int) -> tuple[int, float]:
    """if_tsresol → ticks in a second, seconds in a tick."""
    exponent = value & 0x7F
    if value & 0x80:
        return 1 << exponent, 2.0**-exponent
    return 10**exponent, float(f"1e-{exponent}")
