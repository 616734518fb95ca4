"""Changes for programs: the same shape as every other record, no formula, nothing lost."""

from __future__ import annotations

import csv
import io
import json

import pytest
from tests.helpers import samples
from tests.ui.test_changes import PLAIN, change

from whoasks import text
from whoasks.cli.change_records import csv_lines, ndjson_lines


def rows(*changes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(changes)), newline="")))


def test_ndjson() -> None:
    (line,) = ndjson_lines([PLAIN])
    assert json.loads(line) == {
        "record": "change",
        "schema": 1,
        "change": "vanishes",
        "rule": "type-sweep",
        "before": "medium",
        "after": "none",
        "host": {
            "key": "02:00:00:00:00:17",
            "identity": "mac",
            "mac": "02:00:00:00:00:17",
            "addresses": ["10.0.0.23", "fe80::17%eth0"],
            "hostname": "cli.local.",
            "vendor": None,
            "role": None,
        },
        "interface": "eth0",
        "vlan": 12,
        "times": 1200,
        "first_seen": "2026-01-01T10:00:00.250000Z",
        "last_seen": "2026-01-01T10:00:03.250000Z",
        "source": "store",
        "why": "asked for 30 types",
    }


def test_csv() -> None:
    (row,) = rows(PLAIN)
    assert row["record"] == "change"
    assert row["host_key"] == "02:00:00:00:00:17"
    assert row["host_addresses"] == "10.0.0.23; fe80::17%eth0"
    assert (row["times"], row["vlan"], row["host_vendor"]) == ("1200", "12", "")
    assert "host" not in row


def test_nothing_has_a_header_as_csv() -> None:
    assert len(list(csv_lines([]))) == 1
    assert list(ndjson_lines([])) == []


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name: str) -> None:
    hostile = change(host=samples.Host("mac", None, (), name), why=name)
    (line,) = ndjson_lines([hostile])
    assert line.removesuffix("\n").isprintable()
    assert json.loads(line)["why"] == name
    (row,) = rows(hostile)
    assert row["why"].isprintable()
    assert not row["why"].startswith(("=", "+", "-", "@"))
    assert text.csv_text(row["host_hostname"]) == name or ";" in name
