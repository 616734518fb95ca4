"""Captures (pcap, pcapng; logs of Suricata and Zeek; compressed or not) → mDNS datagrams.

One pass, in bounded memory. Times are handed on as they were recorded, backwards and zeros
included; the core clamps them. Whatever the file holds, nothing but CaptureError leaves here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Protocol

from whoasks.core.model import Datagram
from whoasks.sources import capture_notes, eve, flow_table, link, log_lines, pcap, pcapng, zeek
from whoasks.sources.capture_stream import CaptureError, CaptureStream, Raw, opened, shown
from whoasks.sources.time_watch import TimeWatch

__all__ = ["BATCH", "CaptureError", "CaptureFile"]

BATCH = 512
"""Datagrams handed on at once, at most."""

MDNS = "mdns"
TRUNCATED = "truncated"

_LONGEST_HEAD = 28  # what a parser wants to see of a file before it starts
_LOG_HEAD = 65_536
"""Bytes of a log in which its kind must show: one line of Suricata's statistics has 20,000."""


class Parser(Protocol):
    """Takes a capture piece by piece."""

    unit: str
    done: bool
    error: CaptureError | None

    def parse(self, buffer: bytes, base: int, found: list[Datagram]) -> int:
        """Takes what is whole in ``buffer``; returns where the rest starts. ``base`` is the
        buffer's own position in the file."""

    def end(self, rest: bytes, found: list[Datagram]) -> int:
        """Takes what can be taken of the rest at the end of the file; returns how much."""


def _never() -> bool:
    return False


class CaptureFile:
    """One capture file, or standard input for ``-``. ``read`` may be called again.

    ``counts`` holds ``packets`` (all in the file), ``mdns`` (handed on) and what was left
    out or bent, by reason; it is current after every batch. ``notes`` says the same in
    sentences, whole after the last batch.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        ended: Callable[[], bool] = _never,
        source: Callable[[], Raw] | None = None,
    ) -> None:
        """``ended`` is asked once a piece, and while a pipe gives nothing; ``source`` opens the
        bytes where that is not the file of that name."""
        self.path = Path(path)
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self.consumed = 0
        """Bytes of the file read so far; with the file's size, the progress."""
        self._ended = ended
        self._source = source or (lambda: opened(self.path, ended))

    def read(self) -> Generator[list[Datagram], None, None]:
        """Batches of datagrams in the order of the file, none empty.

        Raises CaptureError: before the first batch when this is no capture file; after the
        last one that could be read when a pcapng block is broken.
        """
        self.notes, self.counts, self.consumed = [], Counter(), 0
        stream = CaptureStream(self.path, self._source())
        try:
            yield from self._batches(stream)
        finally:
            stream.close()

    def _batches(self, stream: CaptureStream) -> Iterator[list[Datagram]]:
        buffer = _head(stream)
        links = link.Links(self.counts, flow_table.FlowTable(self.counts))
        parser = _parser_for(buffer, self.path)(self.path, buffer, links, self.counts, self.notes)
        watch = TimeWatch()
        try:
            yield from self._parsed(stream, parser, buffer, watch)
        finally:  # notes are whole for whoever stops before the end, too
            links.fragments.end()
            name = shown(self.path)
            self.notes += capture_notes.sentences(name, self.counts, links.unsupported)
            self.notes += watch.sentences(name)
        if parser.error is not None:
            raise parser.error

    def _parsed(
        self, stream: CaptureStream, parser: Parser, buffer: bytes, watch: TimeWatch
    ) -> Iterator[list[Datagram]]:
        base = 0
        while True:
            found: list[Datagram] = []
            position = parser.parse(buffer, base, found)
            self.consumed = stream.consumed
            yield from self._pieces(found, watch)
            piece = b"" if parser.done or self._ended() else stream.read()
            if not piece:
                break
            base += position
            buffer = buffer[position:] + piece
        if not parser.done:
            found = []
            position += parser.end(buffer[position:], found)
            yield from self._pieces(found, watch)
        self.consumed = stream.consumed
        if not parser.done and not self._ended():
            self._breaks_off(stream, parser, base + position, len(buffer) - position)

    def _pieces(self, found: list[Datagram], watch: TimeWatch) -> Iterator[list[Datagram]]:
        self.counts[MDNS] += len(found)
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            watch.look(batch)
            yield batch

    def _breaks_off(self, stream: CaptureStream, parser: Parser, position: int, left: int) -> None:
        if left or stream.damage:
            self.counts[TRUNCATED] += 1
            why = f" ({stream.damage})" if stream.damage else ""
            where = f"inside a {parser.unit}" if left else f"after a {parser.unit}"
            self.notes.append(
                f"{shown(self.path)} breaks off {where} at byte {position}{why}: what was whole"
                " was read."
            )


def _head(stream: CaptureStream) -> bytes:
    """The first piece, long enough for any parser to start; shorter only if the file is."""
    head = b""
    while len(head) < _LONGEST_HEAD or (
        head[:1] == b"{" and b"\n" not in head and len(head) < _LOG_HEAD
    ):
        piece = stream.read()
        if not piece:
            break
        head += piece
    return head


def _parser_for(head: bytes, path: Path) -> Callable[..., Parser]:
    """The parser for what starts like that. Raises CaptureError."""
    if head[:4] in pcap.MAGICS:
        return pcap.PcapParser
    if head[:4] == pcapng.MAGIC:
        return pcapng.PcapngParser
    log = _log_for(head)
    if log is not None:
        return log
    raise CaptureError(
        f"{shown(path)} is not a pcap or pcapng file (its first bytes are"
        f" {head[:4].hex(' ') or 'none'}): give a file written by tcpdump or Wireshark, or convert"
        " it with editcap."
    )


def _log_for(head: bytes) -> type[log_lines.LineParser] | None:
    if head.startswith(zeek.MAGIC):
        return zeek.ZeekParser
    if head.startswith(b"{"):
        first = head.partition(b"\n")[0]
        if b'"event_type"' in first:
            return eve.EveParser
        if b'"id.orig_h"' in first:
            return zeek.ZeekParser
    return None
