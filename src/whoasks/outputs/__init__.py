"""Output formats: values in, text out. One file each; a new one is a file and a line in ``ALL``."""

from __future__ import annotations

from whoasks.outputs.base import Stream, Writer
from whoasks.outputs.csv import CsvWriter
from whoasks.outputs.ecs import EcsWriter
from whoasks.outputs.json import JsonWriter
from whoasks.outputs.ndjson import NdjsonWriter
from whoasks.outputs.ocsf import OcsfWriter
from whoasks.outputs.records import Kind, Value, record_of
from whoasks.outputs.sink import OutputError, Sink

__all__ = [
    "ALL",
    "FORMATS",
    "Kind",
    "OutputError",
    "Sink",
    "Stream",
    "Value",
    "Writer",
    "holding",
    "record_of",
    "writer",
]

ALL: tuple[type[Writer], ...] = (CsvWriter, NdjsonWriter, JsonWriter, EcsWriter, OcsfWriter)

FORMATS: tuple[str, ...] = tuple(format_.name for format_ in ALL)


def writer(name: str, stream: Stream, kind: Kind | None = None, *, live: bool = False) -> Writer:
    """The writer of a format by its name, one of ``FORMATS``."""
    for format_ in ALL:
        if format_.name == name:
            return format_(stream, kind, live=live)
    raise ValueError(f"there is no output format {name!r}")


def holding(kind: Kind) -> tuple[str, ...]:
    """The formats that can hold a kind."""
    return tuple(format_.name for format_ in ALL if kind in format_.kinds)
