"""NDJSON: one JSON object a line, any kinds mixed; ``record`` tells them apart.

Names are as on the wire; only what a terminal must not get is written as ``\\uNNNN``, which
a JSON parser turns back.
"""

from __future__ import annotations

import json
from typing import ClassVar

import msgspec

from whoasks import text
from whoasks.outputs.base import LineWriter
from whoasks.outputs.records import KINDS, Kind, Value, record_of

_encode = msgspec.json.Encoder().encode


def line(value: Value) -> str:
    """The value as one line, without its end."""
    record = record_of(value)
    try:
        encoded = str(_encode(record), "utf-8")
    except UnicodeEncodeError:  # half a character, which only the slow encoder writes
        encoded = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.json(encoded)


class NdjsonWriter(LineWriter):
    """Writes a line a value."""

    name: ClassVar[str] = "ndjson"
    kinds: ClassVar[tuple[Kind, ...]] = KINDS

    def encode(self, value: Value) -> str:
        """As ``line``."""
        return line(value)
