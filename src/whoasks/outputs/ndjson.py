"""NDJSON: one JSON object a line, any kinds mixed; ``record`` tells them apart.

Names are as on the wire; only what a terminal must not get is written as ``\\uNNNN``, which
a JSON parser turns back.
"""

from __future__ import annotations

import json
from typing import ClassVar

from whoasks import text
from whoasks.outputs.base import LineWriter
from whoasks.outputs.records import KINDS, Kind, Value, record_of


def line(value: Value) -> str:
    """The value as one line, without its end."""
    encoded = json.dumps(record_of(value), ensure_ascii=False, separators=(",", ":"))
    return text.json(encoded)


class NdjsonWriter(LineWriter):
    """Writes a line a value."""

    name: ClassVar[str] = "ndjson"
    kinds: ClassVar[tuple[Kind, ...]] = KINDS

    def encode(self, value: Value) -> str:
        """As ``line``."""
        return line(value)
