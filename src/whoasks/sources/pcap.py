"""The pcap file format (draft-ietf-opsawg-pcap): records → datagrams.

A parser is fed the file piece by piece and never holds one itself. What is broken at the
end of a file costs only that end.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from struct import Struct

from whoasks.core.model import Datagram
from whoasks.sources import skim
from whoasks.sources.capture_stream import CaptureError, shown
from whoasks.sources.ip import Found
from whoasks.sources.link import Links

PACKETS = "packets"
CORRUPT = "corrupt"

RECORD_CAP = 256 * 1024
"""Longest packet believed: the largest snap length that libpcap writes."""

INTERFACE = "capture"
"""A pcap file does not say where it was taken."""

MAGICS: dict[bytes, tuple[str, float]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
"""Magic number → byte order and length of a tick in seconds."""

_HEADER_SIZE = 24


class PcapParser:
    """One file, from its first byte. ``done`` tells that the rest is not worth reading."""

    unit = "packet"

    def __init__(
        self, path: Path, head: bytes, links: Links, counts: Counter[str], notes: list[str]
    ) -> None:
        """``head`` starts the file. Raises CaptureError when it ends inside the header."""
        if len(head) < _HEADER_SIZE:
            raise CaptureError(
                f"{shown(path)} ends inside its file header ({len(head)} of {_HEADER_SIZE} bytes):"
                " copy it again from where it was recorded."
            )
        order, self._tick = MAGICS[head[:4]]
        (network,) = Struct(order + "20xI").unpack_from(head)
        # The high half holds the length of a frame check sequence; the IP length rules it out.
        self._read = links.holder(network & 0xFFFF, INTERFACE)
        self._record = Struct(order + "IIII").unpack_from
        self._leap = skim.pcap_leap(order) if network & 0xFFFF == skim.ETHERNET else None
        self._name, self._counts, self._notes = shown(path), counts, notes
        self._at_start = True
        self.done = False
        self.error: CaptureError | None = None

    def parse(self, buffer: bytes, base: int, found: list[Datagram]) -> int:
        """Takes every whole record of ``buffer``; returns where the first other one starts.

        ``base`` is the buffer's own position in the file, for messages.
        """
        position = _HEADER_SIZE if self._at_start else 0
        self._at_start = False
        size = len(buffer)
        last = size - 16
        packets = 0
        record, read, tick, leap = self._record, self._read, self._tick, self._leap
        ours: Found = None
        while position <= last:
            if leap is not None and ours is None:  # where one of ours is, the next may be as well
                position, leapt = leap(buffer, position, RECORD_CAP)
                packets += leapt
                if position > last:
                    break
            seconds, ticks, kept, wire = record(buffer, position)
            if kept > RECORD_CAP:
                self._stop(base + position, kept)
                break
            start = position + 16
            end = start + kept
            if end > size:
                break
            packets += 1
            ours = read(buffer, start, end, wire)
            if ours is not None:
                at = seconds + ticks * tick
                if isinstance(ours, tuple):
                    found.append(Datagram(at, ours[0], ours[1]))
                else:
                    found += [Datagram(at, *each) for each in ours.release(at)]
            position = end
        self._counts[PACKETS] += packets
        return position

    def end(self, rest: bytes, found: list[Datagram]) -> int:
        """Takes nothing of what is left: no record is whole without all of its bytes."""
        return 0

    def _stop(self, position: int, kept: int) -> None:
        self.done = True
        self._counts[CORRUPT] += 1
        self._notes.append(
            f"{self._name} is corrupt at byte {position} (a packet of {kept} bytes): what stands"
            " before it was read, the rest was not."
        )
