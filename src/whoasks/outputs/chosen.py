"""Records cut down to chosen fields, as CSV, NDJSON or JSON. Which fields there are is not known
here: a path that leads nowhere in a record has no value.

A path is a field's name and, inside what is nested, more names: ``("host", "mac")``. JSON keeps
the nesting, so that a program finds a field where it always was; CSV has a column a path, under
the name that the full CSV gives it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from whoasks import text
from whoasks.outputs import csv
from whoasks.outputs.base import Stream, Writer
from whoasks.outputs.json import JsonWriter
from whoasks.outputs.ndjson import NdjsonWriter
from whoasks.outputs.records import Kind, Value, kind_of, record_of

Path = tuple[str, ...]


def picked(record: dict[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """The record with these fields alone, in this order; what has no value is None."""
    chosen: dict[str, Any] = {}
    for path in paths:
        inside = chosen
        for name in path[:-1]:
            part = inside.get(name)
            inside[name] = inside = dict(part) if isinstance(part, dict) else {}
        inside[path[-1]] = at(record, path)
    return chosen


def at(record: Any, path: Path) -> Any:
    """What a path leads to; a key that is not there as it is written is found in any case
    (RFC 6763 §6.4)."""
    for name in path:
        if not isinstance(record, dict):
            return None
        record = record[name] if name in record else _in_any_case(record, name)
    return record


def _in_any_case(record: dict[str, Any], name: str) -> Any:
    folded = name.casefold()
    return next((value for key, value in record.items() if key.casefold() == folded), None)


class _Choosing(Writer):
    """A writer that knows its paths."""

    paths: Sequence[Path] = ()

    def line(self, value: Value) -> str:
        """The chosen part of a value's record, safe to look at."""
        chosen = picked(record_of(value), self.paths)
        return text.json(json.dumps(chosen, ensure_ascii=False, separators=(",", ":")))


class ChosenNdjson(_Choosing, NdjsonWriter):
    """NDJSON of chosen fields."""

    def encode(self, value: Value) -> str:
        """The value as one line."""
        return self.line(value)


class ChosenJson(_Choosing, JsonWriter):
    """A JSON array of chosen fields."""

    def element(self, value: Value) -> str:
        """The value as an element."""
        return self.line(value)


class ChosenCsv(_Choosing, csv.CsvWriter):
    """CSV of chosen columns; a nested value (``host``) is all of its columns."""

    def begin(self) -> None:
        """Write the header."""
        self._row([text.csv_cell(name) for name in self._names()])
        Writer.begin(self)

    def write(self, value: Value) -> None:
        """Write a row, and with ``live`` flush it."""
        if kind_of(value) != self.kind:
            return
        whole = dict(zip(csv.columns(self.kind), csv.row(value), strict=True))
        cells: list[csv.Cell] = []
        for path in self.paths:
            names = self._flat(path)
            known = [whole[name] for name in names if name in whole]
            cells += known if len(known) == len(names) else [_leaf(at(record_of(value), path))]
        self._row(cells)
        if self.live:
            self.stream.flush()

    def _names(self) -> list[str]:
        return [name for path in self.paths for name in self._flat(path)]

    def _flat(self, path: Path) -> list[str]:
        """The columns of a path: one, or those of what is nested in the full CSV."""
        name = "_".join(path)
        columns = csv.columns(self.kind or "finding")
        if name in columns or len(path) > 1:
            return [name]
        return [column for column in columns if column.startswith(f"{name}_")] or [name]


def _leaf(value: Any) -> csv.Cell:
    """A cell of what the full CSV has no column for, such as one TXT key."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return text.csv_cell(value if isinstance(value, str) else json.dumps(value))


_BY_NAME: dict[str, type[_Choosing]] = {
    writer.name: writer for writer in (ChosenCsv, ChosenNdjson, ChosenJson)
}

FORMATS: tuple[str, ...] = tuple(_BY_NAME)
"""Formats of rows, whose fields can be chosen; a schema of events has the fields it has."""


def writer(
    name: str,
    stream: Stream,
    kind: Kind | None,
    paths: Sequence[Path],
    *,
    live: bool = False,
) -> Writer:
    """The writer of one of ``FORMATS`` for these paths."""
    made = _BY_NAME[name](stream, kind, live=live)
    made.paths = paths
    return made
