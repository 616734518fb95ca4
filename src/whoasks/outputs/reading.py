"""Records back into values: the services of a list that ``list --format ndjson`` or ``json`` wrote.

A file may come from anybody and from another version: what is not a service is passed over, fields
that are not known are ignored, and whatever is wrong is one sentence that names the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from whoasks.core.model import SCHEMA, Service
from whoasks.outputs.records import TIMES

_BYTES = ("txt_raw", "name_raw")
_BEGINS = re.compile(r"\s*(?:\[|\{\s*\"record\"\s*:)")
"""Other programs write logs of JSON, too."""
_MOST = 1 << 20
"""Characters of one line: a record of a service has some thousands."""


class ReadingError(Exception):
    """The file is no list of services: ``sentence`` says where and why, ``remedy`` what is one."""

    exit_code = 2
    remedy = "Give it the output of `whoasks list --format ndjson`"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence, self.remedy)

    def __str__(self) -> str:
        return f"{self.sentence}. {self.remedy}"


def looks_like_records(begin: str) -> bool:
    """Whether a file that begins so may be one of records."""
    return _BEGINS.match(begin) is not None


def services(lines: Iterable[str], shown: str) -> list[Service]:
    """The services of a file's lines. ``shown``: what errors call the file.

    Raises ReadingError.
    """
    found: list[Service] = []
    records = 0
    for number, record in _records(lines, shown):
        records += 1
        if record.get("record") == "service":
            found.append(_service(record, f"{shown}, line {number}"))
    if records and not found:
        raise ReadingError(f"{shown} holds records, and none of a service")
    return found


def _records(lines: Iterable[str], shown: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        # A JSON array has a line for each element too, the comma in front (see ``json``).
        plain = line.strip().removeprefix("\ufeff").removeprefix(",").removesuffix(",")
        if plain in ("", "[", "]"):
            continue
        if len(plain) > _MOST:
            raise ReadingError(f"{shown}, line {number}: longer than any record")
        try:
            read = msgspec.json.decode(plain)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ReadingError(f"{shown}, line {number}: no JSON ({error})") from error
        for record in read if isinstance(read, list) else [read]:
            if not isinstance(record, dict):
                raise ReadingError(f"{shown}, line {number}: no record")
            yield number, record


def _service(record: dict[str, Any], place: str) -> Service:
    schema = record.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise ReadingError(f"{place}: of schema {schema}; this whoasks knows {SCHEMA}")
    plain = dict(record)
    try:
        for name in TIMES.intersection(plain):
            plain[name] = datetime.fromisoformat(plain[name]).timestamp()
        for name in _BYTES:
            value = plain.get(name)
            plain[name] = None if value is None else bytes.fromhex(value)
        return msgspec.convert(plain, Service)
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError, OSError) as error:
        raise ReadingError(f"{place}: no service ({error})") from error
