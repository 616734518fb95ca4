"""One JSON object a line, safe to look at, exact to a parser."""

from __future__ import annotations

import io
import json

import pytest
from tests.helpers import samples

from whoasks.outputs.ndjson import NdjsonWriter, line
from whoasks.outputs.records import record_of


class Counting(io.StringIO):
    flushes = 0

    def flush(self) -> None:
        self.flushes += 1
        super().flush()


def test_the_exact_line():
    assert line(samples.asker()) == (
        '{"record":"asker","schema":1,"host":{"key":"02:00:00:00:00:17","identity":"mac",'
        '"mac":"02:00:00:00:00:17","addresses":["10.0.0.23","fe80::17%eth0"],'
        '"hostname":"cli.local.","vendor":null,"role":null},"interface":"eth0","vlan":null,'
        '"first_seen":"2026-01-01T10:00:00.250000Z","last_seen":"2026-01-01T10:00:03.750000Z",'
        '"packets":6,"questions":41,"types":["_ipp._tcp","_ssh._tcp"],"types_dropped":36,'
        '"bursts":1,"findings":1}'
    )


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_are_safe_and_whole(name):
    value = samples.service(instance=name, txt={name: name}, hostname=name)
    written = line(value)
    assert written.isprintable() or written == written.replace("\n", "")
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028" for c in written)
    assert json.loads(written) == record_of(value)


def test_kinds_may_be_mixed():
    stream = io.StringIO()
    writer = NdjsonWriter(stream)
    writer.begin()
    for value in (samples.finding(), samples.burst(), samples.summary()):
        writer.write(value)
    writer.end()
    kinds = [json.loads(row)["record"] for row in stream.getvalue().splitlines()]
    assert kinds == ["finding", "burst", "summary"]


def test_or_one_kind_alone():
    stream = io.StringIO()
    writer = NdjsonWriter(stream, "burst")
    writer.write(samples.finding())
    writer.write(samples.burst())
    assert [json.loads(row)["record"] for row in stream.getvalue().splitlines()] == ["burst"]


@pytest.mark.parametrize(("live", "flushes"), [(True, 3), (False, 1)])
def test_a_live_writer_flushes_each_line(live, flushes):
    stream = Counting()
    writer = NdjsonWriter(stream, live=live)
    writer.begin()
    writer.write(samples.finding())
    writer.end()
    assert stream.flushes == flushes
