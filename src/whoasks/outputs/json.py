"""JSON: one document, an array of the records that NDJSON has on its lines.

Each record is written as it comes, on a line of its own: nothing is held back. A comma begins
the line of the record that needs it, so that every line is whole the moment it is written; only
``end`` makes the document whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from whoasks.outputs.base import LineWriter
from whoasks.outputs.ndjson import line
from whoasks.outputs.records import KINDS, Kind, Value


def document(lines: Iterable[str]) -> Iterator[str]:
    """Lines of NDJSON, with or without their ends, as the lines of one JSON array."""
    yield "[\n"
    comma = ""
    for each in lines:
        yield f"{comma}{each.rstrip()}\n"
        comma = ","
    yield "]\n"


class JsonWriter(LineWriter):
    """Writes an array with an element a value."""

    name: ClassVar[str] = "json"
    kinds: ClassVar[tuple[Kind, ...]] = KINDS

    _comma = ""

    def begin(self) -> None:
        """Open the array."""
        self.stream.write("[\n")
        super().begin()

    def encode(self, value: Value) -> str:
        """The value's line of the array."""
        encoded = self._comma + self.element(value)
        self._comma = ","
        return encoded

    def element(self, value: Value) -> str:
        """The value as it is in NDJSON."""
        return line(value)

    def end(self) -> None:
        """Close the array."""
        self.stream.write("]\n")
        super().end()
