"""Capture files (pcap and pcapng, gzip or not) → mDNS datagrams, as they were recorded.

Only the standard library reads them, in one pass and in bounded memory. Times are handed
on as they stand, backwards and zeros included; the core clamps them. Whatever the file
holds, nothing but CaptureError leaves here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from whoasks.core.model import Datagram
from whoasks.sources import flow_table, ip, link, pcap, pcapng
from whoasks.sources.capture_stream import CaptureError, CaptureStream

__all__ = ["BATCH", "CaptureError", "CaptureFile"]

BATCH = 512
"""Datagrams handed on at once, at most."""

MDNS = "mdns"
TRUNCATED = "truncated"

_LONGEST_HEAD = 28  # what a parser wants to see of a file before it starts

_Parser = pcap.PcapParser | pcapng.PcapngParser

_SENTENCES = (
    (ip.CUT, "mDNS packets were cut by the snap length and left out: record with tcpdump -s 0."),
    (ip.FRAGMENT, "mDNS packets were in IP fragments and left out (nothing is reassembled)."),
    (pcapng.UNDESCRIBED, "packets name an interface that the file does not describe; left out."),
    (pcapng.UNTIMED, "mDNS packets carry no time (simple packet blocks): windows mean nothing."),
    (pcapng.IMPOSSIBLE_TIME, "mDNS packets carry an impossible time; it was taken as zero."),
    (ip.BAD_IP_LENGTH, "mDNS packets have an IP length that cannot be; what was there was read."),
    (ip.BAD_UDP_LENGTH, "mDNS packets have a UDP length that cannot be; what was there was read."),
    (ip.TOO_SHORT, "packets ended inside their headers, so their ports are unknown."),
)
"""Counts that change what a reader of the findings should believe, in words."""


class CaptureFile:
    """One capture file. ``read`` may be called again and starts anew.

    ``counts`` holds ``packets`` (all in the file), ``mdns`` (handed on) and what was left
    out or bent, by reason; it is current after every batch. ``notes`` says the same in
    sentences, whole after the last batch.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self.consumed = 0
        """Bytes of the file read so far; with the file's size, the progress."""

    def read(self) -> Iterator[list[Datagram]]:
        """Batches of datagrams in the order of the file, none empty.

        Raises CaptureError: before the first batch when this is no capture file; after the
        last one that could be read when a pcapng block is broken.
        """
        self.notes, self.counts, self.consumed = [], Counter(), 0
        stream = CaptureStream(self.path)
        try:
            yield from self._batches(stream)
        finally:
            stream.close()

    def _batches(self, stream: CaptureStream) -> Iterator[list[Datagram]]:
        buffer = _head(stream)
        links = link.Links(self.counts, flow_table.FlowTable(self.counts))
        parser = _parser_for(buffer, self.path)(self.path, buffer, links, self.counts, self.notes)
        base = 0
        while True:
            found: list[Datagram] = []
            position = parser.parse(buffer, base, found)
            self.consumed = stream.consumed
            self.counts[MDNS] += len(found)
            for start in range(0, len(found), BATCH):
                yield found[start : start + BATCH]
            piece = b"" if parser.done else stream.read()
            if not piece:
                break
            base += position
            buffer = buffer[position:] + piece
        self.consumed = stream.consumed
        left = len(buffer) - position
        self._conclude(stream, parser, links, base + position, left)
        if parser.error is not None:
            raise parser.error

    def _conclude(
        self, stream: CaptureStream, parser: _Parser, links: link.Links, position: int, left: int
    ) -> None:
        """Says what the counts mean, once the file has been read."""
        if not parser.done and (left or stream.damage):
            self.counts[TRUNCATED] += 1
            why = f" ({stream.damage})" if stream.damage else ""
            where = f"inside a {parser.unit}" if left else f"after a {parser.unit}"
            self.notes.append(
                f"{self.path} breaks off {where} at byte {position}{why}: what was whole was read."
            )
        for key, sentence in _SENTENCES:
            count = self.counts[key]
            if count:
                self.notes.append(f"{self.path}: {count} {sentence}")
        if self.counts[link.UNSUPPORTED]:
            types = ", ".join(map(str, sorted(links.unsupported)))
            self.notes.append(
                f"{self.path}: {self.counts[link.UNSUPPORTED]} packets have a link type that is not"
                f" read ({types}): record on an Ethernet or Wi-Fi interface in normal mode."
            )


def _head(stream: CaptureStream) -> bytes:
    """The first piece, long enough for any parser to start; shorter only if the file is."""
    head = b""
    while len(head) < _LONGEST_HEAD:
        piece = stream.read()
        if not piece:
            break
        head += piece
    return head


def _parser_for(head: bytes, path: Path) -> Callable[..., _Parser]:
    """The parser for that magic number. Raises CaptureError."""
    if head[:4] in pcap.MAGICS:
        return pcap.PcapParser
    if head[:4] == pcapng.MAGIC:
        return pcapng.PcapngParser
    raise CaptureError(
        f"{path} is not a pcap or pcapng file (its first bytes are {head[:4].hex(' ') or 'none'}):"
        " give a file written by tcpdump or Wireshark, or convert it with editcap."
    )
