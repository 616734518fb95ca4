"""CSV (RFC 4180, UTF-8): one kind of value a file, always the same columns, a header always.

Nested values are columns of their own (``host_mac``); lists, and what differs from rule to
rule (``observed``), are one cell of items joined by ``; ``. No cell is a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import msgspec

from whoasks import text
from whoasks.core.model import Host, Tool
from whoasks.outputs.base import Stream, Writer
from whoasks.outputs.records import KINDS, STRUCTS, Kind, Value, kind_of, record_of

Cell = str | int | float

_NESTED: dict[str, tuple[str, ...]] = {
    "host": ("key", *Host.__struct_fields__),
    "tool": Tool.__struct_fields__,
}
_LATER = ("tool_why",)
"""Nested columns that came after the first release: a column never moves another one."""


@cache
def columns(kind: Kind) -> tuple[str, ...]:
    """The header of a kind."""
    fields = msgspec.structs.fields(STRUCTS[kind])
    names = ["record", "schema", *(name for field in fields for name in _names(field.name))]
    return (
        *(name for name in names if name not in _LATER),
        *(name for name in _LATER if name in names),
    )


def _names(field: str) -> Iterator[str]:
    if field in _NESTED:
        yield from (f"{field}_{part}" for part in _NESTED[field])
    else:
        yield field


def row(value: Value) -> list[Cell]:
    """The cells of a value, in the order of ``columns``."""
    cells = dict(_cells(record_of(value)))
    return [cells[name] for name in columns(kind_of(value))]


def _cells(record: dict[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, field in record.items():
        if name in _NESTED:
            inside = field or {}
            yield from ((f"{name}_{part}", _cell(inside.get(part))) for part in _NESTED[name])
        elif name == "claims":
            yield name, text.csv_list(map(_claim, field))
        else:
            yield name, _cell(field)


def _claim(claim: dict[str, Any]) -> str:
    """``rule=severity``, and the role that silences it: what it observed is in NDJSON."""
    silenced = claim["silenced_by"]
    return f"{claim['rule']}={claim['severity']}" + (f" ({silenced})" if silenced else "")


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, dict):
        return text.csv_list(_pair(key, item) for key, item in value.items())
    if isinstance(value, list):
        return text.csv_list(_item(item) for item in value)
    return text.csv_cell(value)


def _pair(key: str, value: Any) -> str:
    """``key=value``; a TXT key without a value (RFC 6763 §6.4) is the key alone."""
    return key if value is None else f"{key}={_item(value)}"


def _item(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class CsvWriter(Writer):
    """Writes a header and a row a value; findings where no kind is named."""

    name: ClassVar[str] = "csv"
    kinds: ClassVar[tuple[Kind, ...]] = KINDS

    def __init__(self, stream: Stream, kind: Kind | None = None, *, live: bool = False) -> None:
        super().__init__(stream, kind or "finding", live=live)

    def begin(self) -> None:
        """Write the header."""
        self._row(list(columns(self.kind or "finding")))
        super().begin()

    def write(self, value: Value) -> None:
        """Write a row, and with ``live`` flush it."""
        if kind_of(value) != self.kind:
            return
        self._row(row(value))
        if self.live:
            self.stream.flush()

    def _row(self, cells: list[Any]) -> None:
        # Through a buffer: the stream gets each row whole, so a reader never sees half of one.
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\r\n").writerow(cells)
        self.stream.write(buffer.getvalue())
