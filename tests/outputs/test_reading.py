"""Lists that were written come back as they were; what is no list is said in a sentence."""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import samples
from tests.store.things import SERVICES

from whoasks import outputs
from whoasks.outputs.ndjson import line
from whoasks.outputs.reading import ReadingError, looks_like_records, services

GOOD = line(samples.service())


def written(format_: str, *values) -> list[str]:
    stream = io.StringIO()
    writer = outputs.writer(format_, stream)
    writer.begin()
    for value in values:
        writer.write(value)
    writer.end()
    return stream.getvalue().splitlines(keepends=True)


@pytest.mark.parametrize("format_", ["ndjson", "json"])
def test_what_was_written_comes_back(format_):
    given_ = [samples.service(), samples.service(port=None, txt_raw=None, stale=True)]
    assert services(written(format_, *given_), "x") == given_


# A lone surrogate is in no name (see ``names.escape_label``): no text holds it.
HOSTILE = {label: name for label, name in samples.HOSTILE.items() if "\udc80" not in name}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_come_back(name):
    service = samples.service(instance=name, txt={name: name})
    assert services(written("ndjson", service), "x") == [service]


@given(st.lists(SERVICES, max_size=3))
def test_any_services_come_back(given_):
    times = {"first_seen": samples.AT, "last_seen": samples.AT}
    given_ = [msgspec.structs.replace(each, **times) for each in given_]
    try:
        lines = written("ndjson", *given_)
        "".join(lines).encode()
    except UnicodeEncodeError:
        return
    assert services(lines, "x") == given_


def test_one_line_of_json_by_another_program():
    assert len(services([f"[{GOOD},{GOOD}]"], "x")) == 2


def test_other_records_are_passed_over():
    assert len(services([line(samples.summary()), "", GOOD], "x")) == 1


def test_an_older_and_a_newer_version():
    record = json.loads(GOOD)
    del record["missing"], record["stale"]
    record["of_the_future"] = [1]
    assert services([json.dumps(record)], "x") == [samples.service()]


def test_an_empty_list():
    assert services(["[\n", "]\n"], "x") == services([], "x") == []


def changed(**fields) -> str:
    return json.dumps(json.loads(GOOD) | fields)


WRONG = {
    "no JSON": ("{", "line 1: no JSON"),
    "text": ("hello", "line 1: no JSON"),
    "a number": ("7", "line 1: no record"),
    "no service": (line(samples.finding()), "none of a service"),
    "a port of letters": (changed(port="x"), "line 1: no service"),
    "a time of nobody": (changed(last_seen="x"), "line 1: no service"),
    "a time of a number": (changed(last_seen=7), "line 1: no service"),
    "no hex": (changed(txt_raw="zz"), "line 1: no service"),
    "a newer schema": (changed(schema=2), "of schema 2; this whoasks knows 1"),
    "a bomb": ("[" * 200_000, "line 1: no JSON"),
    "a long line": ("[" + " " * 2_000_000 + "]", "longer than any record"),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong(text, sentence):
    with pytest.raises(ReadingError, match=r"file\.ndjson") as caught:
        services([text], "file.ndjson")
    assert sentence in caught.value.sentence
    assert "--format ndjson" in str(caught.value)


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ('{"record":"service"', True),
        ('{"ts":1}', False),
        ("[\n", True),
        (' \n{ "record" :', True),
        ("", False),
        ("\xd4\xc3", False),
    ],
)
def test_what_looks_like_records(begin, expected):
    assert looks_like_records(begin) is expected
