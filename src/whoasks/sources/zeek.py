"""Zeek's ``dns.log``, tab-separated or JSON: rows on port 5353 → datagrams with one question.

Zeek keeps one question of a packet and joins a query with the answers of its connection; known
answers, the QU bit, the IP TTL and unsolicited announcements are not in the log. Good for who
asked for what, not for how.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from whoasks.core.model import Datagram
from whoasks.sources import dns_bytes
from whoasks.sources.capture_stream import CaptureError
from whoasks.sources.dns_bytes import type_number
from whoasks.sources.link import Links
from whoasks.sources.log_lines import (
    ANSWERS_ONLY,
    UNREADABLE,
    LineParser,
    UnusableError,
    mac_bytes,
    moment,
)

MAGIC = b"#separator"

_NEEDED = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "query", "qtype")
_FIELDS_CAP = 200
_RECURSION = 0x0100
_ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")


class ZeekParser(LineParser):
    """One dns.log; a file may be several, one after the other, each with its own header."""

    what = (
        "a Zeek dns.log, which holds one question a packet and neither known answers nor the QU"
        " bit: sweeps of many questions a packet look smaller than they were, tools are told apart"
        " worse, and services that nobody asked for are missing. A capture shows more."
    )
    _decoder = msgspec.json.Decoder(dict[str, Any])

    def __init__(
        self, path: Path, head: bytes, links: Links, counts: Counter[str], notes: list[str]
    ) -> None:
        super().__init__(path, head, links, counts, notes)
        self._separator = b"\t"
        self._unset = "-"
        self._columns: list[str] = []

    def line(self, line: bytes) -> Datagram | None:
        """As in LineParser."""
        if line.startswith(b"#"):
            self._header(line)
            return None
        row = self._json(line) if line.startswith(b"{") else self._row(line)
        try:
            ends = (
                str(row["id.orig_h"]), int(row["id.orig_p"]),
                str(row["id.resp_h"]), int(row["id.resp_p"]),
            )  # fmt: skip
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise UnusableError(UNREADABLE) from error
        flow = self.flow(ends, "zeek", mac_bytes(row.get("orig_l2_addr")))
        if flow is None:
            return None
        at = moment(row.get("ts"))
        name, kind = row.get("query"), _number(row.get("qtype"))
        number = type_number(kind if kind else row.get("qtype_name"))
        if not isinstance(name, str) or not number:
            raise UnusableError(ANSWERS_ONLY)
        flags = _RECURSION if row.get("RD") in (True, "T") else 0
        id_ = _number(row.get("trans_id")) or 0
        return Datagram(at, flow, dns_bytes.message(id_, flags, [(name, number)]))

    def _header(self, line: bytes) -> None:
        self._counts["packets"] -= 1
        if line.startswith(MAGIC):
            said = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), line)
            self._separator = said[len(MAGIC) + 1 :][:1] or b"\t"
            return
        key, *rest = line[1:].decode("utf-8", "replace").split(self._separator.decode("latin-1"))
        if key == "fields":
            self._columns = rest[:_FIELDS_CAP]
            missing = [name for name in _NEEDED if name not in self._columns]
            if missing:
                self.done = True
                self.error = CaptureError(
                    f"{self._name} is a Zeek log without {', '.join(missing)}: give dns.log, or a"
                    " capture."
                )
        elif key == "unset_field" and rest:
            self._unset = rest[0]

    def _row(self, line: bytes) -> dict[str, Any]:
        cells = line.decode("utf-8", "surrogateescape").split(self._separator.decode("latin-1"))
        pairs = zip(self._columns, cells, strict=False)
        return {name: cell for name, cell in pairs if cell != self._unset}

    def _json(self, line: bytes) -> dict[str, Any]:
        try:
            return self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnusableError(UNREADABLE) from error


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:6])
    return value if isinstance(value, int) else None
