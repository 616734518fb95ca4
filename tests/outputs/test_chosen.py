"""Chosen fields, in every format that has rows."""

from __future__ import annotations

import csv
import io
import json

import pytest
from tests.helpers import samples

from whoasks.outputs import chosen
from whoasks.outputs.chosen import at, picked
from whoasks.outputs.csv import columns


def written(name, value, *paths, kind=None, live=False) -> str:
    stream = io.StringIO()
    writer = chosen.writer(name, stream, kind, paths, live=live)
    writer.begin()
    writer.write(value)
    writer.end()
    return stream.getvalue()


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


RECORD = {"a": 1, "host": {"mac": "m", "key": "k"}, "txt": {"Model": "X", "flag": None}, "no": None}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param([("a",)], {"a": 1}, id="one"),
        pytest.param([("txt",), ("a",)], {"txt": RECORD["txt"], "a": 1}, id="in the order asked"),
        pytest.param([("host", "mac")], {"host": {"mac": "m"}}, id="nested stays nested"),
        pytest.param(
            [("host", "mac"), ("a",), ("host", "key")],
            {"host": {"mac": "m", "key": "k"}, "a": 1},
            id="two of one thing",
        ),
        pytest.param([("host",), ("host", "mac")], {"host": RECORD["host"]}, id="all and a part"),
        pytest.param([("txt", "model")], {"txt": {"model": "X"}}, id="a key in any case"),
        pytest.param([("txt", "flag")], {"txt": {"flag": None}}, id="a key without a value"),
        pytest.param([("no", "where")], {"no": {"where": None}}, id="in what is not there"),
        pytest.param([("a", "b")], {"a": {"b": None}}, id="in what has no parts"),
        pytest.param([("zzz",)], {"zzz": None}, id="nowhere"),
        pytest.param([], {}, id="none"),
    ],
)
def test_picked(paths, expected):
    before = json.dumps(RECORD)
    found = picked(RECORD, paths)
    assert found == expected
    assert list(found) == list(expected)
    assert json.dumps(RECORD) == before


def test_a_key_as_it_is_written_comes_before_one_in_another_case():
    assert at({"txt": {"Model": "A", "model": "b"}}, ("txt", "model")) == "b"


PATHS = (("instance",), ("port",), ("txt", "rp"), ("addresses",))


def test_ndjson():
    value = samples.service(txt={"rp": "ipp"})
    (row,) = written("ndjson", value, *PATHS).splitlines()
    assert row == (
        '{"instance":"Büro-Drucker","port":631,"txt":{"rp":"ipp"},'
        '"addresses":["10.0.0.9","fe80::9%eth0"]}'
    )


def test_json_is_the_same_in_an_array():
    value = samples.service()
    (row,) = written("ndjson", value, *PATHS).splitlines()
    assert written("json", value, *PATHS) == f"[\n{row}\n]\n"


def test_csv():
    value = samples.service(txt={"rp": "ipp"})
    assert written("csv", value, *PATHS, kind="service") == (
        "instance,port,txt_rp,addresses\r\nBüro-Drucker,631,ipp,10.0.0.9; fe80::9%eth0\r\n"
    )


def test_csv_columns_of_what_is_nested_are_those_of_the_full_csv():
    header, row = cells(written("csv", samples.finding(), ("host",), ("tool", "name")))
    assert header == [*(name for name in columns("finding") if name.startswith("host_")),
                      "tool_name"]  # fmt: skip
    assert row[-1] == "avahi-browse -a"


@pytest.mark.parametrize("kind", ["finding", "burst", "service", "asker", "summary"])
def test_all_columns_are_the_full_csv(kind):
    value = getattr(samples, kind)()
    paths = [(name,) for name in ("record", "schema", *value.__struct_fields__)]
    chosen_cells = cells(written("csv", value, *paths, kind=kind))
    stream = io.StringIO()
    from whoasks import outputs

    full = outputs.writer("csv", stream, kind)
    full.begin()
    full.write(value)
    header, row = cells(stream.getvalue())
    assert dict(zip(*chosen_cells, strict=True)) == dict(zip(header, row, strict=True))


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
@pytest.mark.parametrize("format_", chosen.FORMATS)
def test_hostile_values_and_keys(format_, name):
    value = samples.service(instance=name, txt={name: name, "k": name})
    text = written(format_, value, ("instance",), ("txt", "k"), ("txt", name), kind="service")
    assert not any(ord(c) < 0x20 and c not in "\r\n" for c in text)
    assert not any(c in text for c in "\x7f\x9b\u202e\u2028\u2066\u200b")
    if format_ == "csv":
        assert not any(
            cell.lstrip().startswith(tuple("=+-@")) for row in cells(text) for cell in row
        )
    else:
        (record,) = json.loads(text) if format_ == "json" else [json.loads(text)]
        assert record["txt"]["k"] == name


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (3, "3"), (0.5, "0.5"), (True, "true"), ("x", "x"), ([1, "a"], '[1, ""a""]')],
)
def test_cells_of_keys_that_are_not_ours(value, cell):
    finding = samples.finding(observed={"x": value})
    assert written("csv", finding, ("observed", "x")).splitlines()[1].strip('"') == cell.strip('"')


def test_other_kinds_are_passed_over():
    assert written("csv", samples.burst(), ("id",), kind="finding") == "id\r\n"
    assert written("ndjson", samples.burst(), ("id",), kind="finding") == ""


def test_the_formats_of_rows():
    assert chosen.FORMATS == ("csv", "ndjson", "json")
