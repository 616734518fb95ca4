"""One JSON document: the records of NDJSON in an array, written as they come."""

from __future__ import annotations

import io
import json

import pytest
from tests.helpers import samples

from whoasks.outputs.json import JsonWriter, document
from whoasks.outputs.ndjson import line
from whoasks.outputs.records import record_of

VALUES = (samples.finding(), samples.burst(), samples.service(), samples.summary())


class Lines(io.StringIO):
    """Remembers each piece that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.flushes = 0

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)

    def flush(self) -> None:
        self.flushes += 1


def written(*values, kind=None, live=False) -> Lines:
    stream = Lines()
    writer = JsonWriter(stream, kind, live=live)
    writer.begin()
    for value in values:
        writer.write(value)
    writer.end()
    return stream


def test_the_exact_document():
    one = samples.asker()
    assert written(one, one).getvalue() == f"[\n{line(one)}\n,{line(one)}\n]\n"


def test_nothing_is_an_empty_array():
    assert written().getvalue() == "[\n]\n"
    assert json.loads(written().getvalue()) == []


@pytest.mark.parametrize("number", range(len(VALUES) + 1))
def test_the_records_are_those_of_ndjson(number):
    values = VALUES[:number]
    assert json.loads(written(*values).getvalue()) == [record_of(value) for value in values]


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_are_safe_and_whole(name):
    value = samples.service(instance=name, txt={name: name}, hostname=name)
    text = written(value).getvalue()
    assert all(row.isprintable() for row in text.splitlines() if name != samples.HOSTILE["marks"])
    assert json.loads(text) == [record_of(value)]


def test_one_kind_alone():
    text = written(*VALUES, kind="burst").getvalue()
    assert [record["record"] for record in json.loads(text)] == ["burst"]


def test_every_piece_is_whole_lines_and_nothing_is_held_back():
    stream = written(*VALUES)
    assert all(piece.endswith("\n") for piece in stream.pieces)
    assert len(stream.pieces) == len(VALUES) + 2


@pytest.mark.parametrize(("live", "flushes"), [(True, 4), (False, 1)])
def test_a_live_writer_flushes_each_record(live, flushes):
    assert written(*VALUES[:2], live=live).flushes == flushes


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_lines_of_others_as_a_document(number, end):
    lines = [f'{{"n":{at}}}{end}' for at in range(number)]
    assert json.loads("".join(document(lines))) == [{"n": at} for at in range(number)]
