"""Changes that other settings would make: CSV rows and NDJSON lines like those of ``outputs``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from whoasks import text
from whoasks.core.model import SCHEMA, Host
from whoasks.outputs.records import host_key, rfc3339
from whoasks.ui.changes import Change

_HOST = ("key", *Host.__struct_fields__)
_TIMES = ("first_seen", "last_seen")


def csv_lines(changes: Sequence[Change]) -> Iterator[str]:
    """A header and a row a change, with their line ends; no cell is a formula."""
    names = [
        column
        for field in ("record", "schema", *Change.__struct_fields__)
        for column in ([f"host_{part}" for part in _HOST] if field == "host" else [field])
    ]
    yield _row(names)
    for change in changes:
        record = _record(change)
        record |= {f"host_{part}": value for part, value in record["host"].items()}
        yield _row([_cell(record[name]) for name in names])


def ndjson_lines(changes: Sequence[Change]) -> Iterator[str]:
    """A JSON object a change, with its line end."""
    for change in changes:
        encoded = json.dumps(_record(change), ensure_ascii=False, separators=(",", ":"))
        yield text.json(encoded) + "\n"


def _record(change: Change) -> dict[str, Any]:
    record: dict[str, Any] = {"record": "change", "schema": SCHEMA}
    for name in Change.__struct_fields__:
        value = getattr(change, name)
        record[name] = rfc3339(value) if name in _TIMES else value
    host = change.host
    parts = {name: getattr(host, name) for name in Host.__struct_fields__}
    record["host"] = {"key": host_key(host), **parts, "addresses": list(host.addresses)}
    return record


def _cell(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return text.csv_list(value) if isinstance(value, list) else text.csv_cell(value)


def _row(cells: Sequence[str | int]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
