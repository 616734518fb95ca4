"""Logs of other sensors, a line an event → datagrams, as far as the log tells.

The frame of a reader for one: lines whole, however the file comes in pieces, and bounded.
What an event says is written as a DNS message and goes the way of a captured one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from whoasks.core.model import MDNS_PORT, Datagram, Flow
from whoasks.sources.capture_stream import CaptureError, shown
from whoasks.sources.dns_bytes import UnwritableError
from whoasks.sources.flow_table import FlowKey
from whoasks.sources.link import Links
from whoasks.sources.pcap import PACKETS

# Keys of CaptureFile.counts.
UNREADABLE = "unreadable line"
UNWRITABLE = "event without a message"
ANSWERS_ONLY = "answers only"
UNTIMED_LINE = "line without time"

LINE_CAP = 1 << 20
"""Longest line believed: an mDNS message has 9,000 bytes, and a log writes few twice."""

_LAST_SECOND = 253_402_300_799.0


class UnusableError(Exception):
    """A line that says less than it takes; its argument is the key it is counted under."""


class LineParser(ABC):
    """One log, from its first byte. Has the face of the other parsers."""

    unit = "line"

    def __init__(
        self, path: Path, head: bytes, links: Links, counts: Counter[str], notes: list[str]
    ) -> None:
        self._name, self._links, self._counts = shown(path), links, counts
        self._skipping = False
        self.done = False
        self.error: CaptureError | None = None
        notes.append(f"{self._name} is {self.what}")

    what: str
    """What it is and what it lacks, as the end of a sentence."""

    @abstractmethod
    def line(self, line: bytes) -> Datagram | None:
        """The datagram of one line, None when it is about something else.

        Raises UnusableError, UnwritableError.
        """

    def parse(self, buffer: bytes, base: int, found: list[Datagram]) -> int:
        """Takes every whole line of ``buffer``; returns where the first other one starts."""
        stop = buffer.rfind(b"\n") + 1
        if stop:
            lines = buffer[: stop - 1].split(b"\n")
            if self._skipping:
                del lines[0]
                self._skipping = False
            for line in lines:
                if not self.done:
                    self._take(line, found)
        if len(buffer) - stop > LINE_CAP:
            if not self._skipping:
                self._counts[UNREADABLE] += 1
            self._skipping = True
            return len(buffer)
        return stop

    def end(self, rest: bytes, found: list[Datagram]) -> int:
        """Takes the last line, which may lack its end."""
        if rest.strip() and not self._skipping:
            before = self._counts[UNREADABLE]
            self._take(rest, found)
            if self._counts[UNREADABLE] > before:  # written in part: it is truncated
                self._counts[UNREADABLE] -= 1
                self._counts[PACKETS] -= 1
                return 0
        return len(rest)

    def _take(self, line: bytes, found: list[Datagram]) -> None:
        if not line or line.isspace():
            return
        self._counts[PACKETS] += 1
        try:
            datagram = self.line(line) if len(line) <= LINE_CAP else _refuse()
        except UnusableError as error:
            self._counts[str(error)] += 1
        except UnwritableError:
            self._counts[UNWRITABLE] += 1
        else:
            if datagram is not None:
                found.append(datagram)

    def flow(
        self,
        ends: tuple[str, int, str, int],
        interface: str,
        mac: bytes = b"",
        vlans: tuple[int, ...] = (),
    ) -> Flow | None:
        """The flow between those ends (address and port twice); None if no port is mDNS's.

        Raises UnusableError.
        """
        source, source_port, destination, port = ends
        if MDNS_PORT not in (source_port, port):
            return None
        try:
            block = ip_address(source).packed + ip_address(destination).packed
            block += source_port.to_bytes(2, "big") + port.to_bytes(2, "big")
        except (ValueError, OverflowError) as error:
            raise UnusableError(UNREADABLE) from error
        if len(block) not in (12, 36):
            raise UnusableError(UNREADABLE)
        cache = self._links.flows(interface)
        if len(vlans) > 1:
            cache = cache.inside("".join(f".{vlan}" for vlan in vlans[:-1]))
        key: FlowKey = (mac, None, block, vlans[-1]) if vlans else (mac, None, block)
        return cache.find(key)


def moment(value: object) -> float:
    """Seconds since the epoch, from such a number or an ISO 8601 time (UTC when it names no
    zone). Raises UnusableError."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            parsed = datetime.fromisoformat(value)
            at = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        else:
            at = float(value)  # type: ignore[arg-type] # refused below
    except (TypeError, ValueError, OverflowError) as error:
        raise UnusableError(UNTIMED_LINE) from error
    if not (math.isfinite(at) and 0.0 <= at <= _LAST_SECOND):
        raise UnusableError(UNTIMED_LINE)
    return at


def mac_bytes(text: object) -> bytes:
    """A MAC address as a log writes it; nothing when it is none."""
    if not isinstance(text, str):
        return b""
    try:
        raw = bytes.fromhex(text.replace(":", "").replace("-", ""))
    except ValueError:
        return b""
    return raw if len(raw) == 6 else b""


def _refuse() -> Datagram | None:
    raise UnusableError(UNREADABLE)
