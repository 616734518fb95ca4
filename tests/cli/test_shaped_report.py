"""Findings that were asked for, in every format of ``read`` and ``watch``."""

from __future__ import annotations

import csv
import io
import json

import click
import pytest
from tests.helpers import samples

from whoasks.cli.shaped_report import allow, opened
from whoasks.cli.shaping import Shape, Wanted
from whoasks.core.model import (
    BurstClosed,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Severity,
)

AT = samples.AT
LOW = samples.finding(id="a" * 16, severity=Severity.LOW, first_seen=AT + 2)
HIGH = samples.finding(id="b" * 16, severity=Severity.HIGH, first_seen=AT + 1)
SILENT = samples.finding(id="c" * 16, severity=Severity.HIGH, silenced_by="hub", first_seen=AT)
RUN = [
    FindingOpened(AT, LOW),
    BurstClosed(AT, samples.burst()),
    FindingClosed(AT, LOW),
    FindingOpened(AT, HIGH),
    FindingUpdated(AT, HIGH),
    FindingClosed(AT, HIGH),
    FindingClosed(AT, SILENT),
]


def shape(columns=None, sort=None, *filters) -> Shape:
    return Wanted(columns, sort, filters).of(Finding, AT)


def told(tmp_path, format_, made, *, live=False, events=RUN) -> str:
    path = tmp_path / "out"
    with opened(format_, path, made, live=live) as report:
        for event in events:
            report.tell([event])
        report.offer([samples.service()])
        report.end(samples.summary())
    return path.read_bytes().decode()


def ids(format_: str, text: str) -> str:
    """The first letters of what was written, in order."""
    if format_ == "csv":
        found = list(csv.DictReader(io.StringIO(text, newline="")))
    elif format_ == "json":
        found = json.loads(text)
    else:
        found = [json.loads(line) for line in text.splitlines()]
    return "".join((each.get("id") or each["event"]["id"])[0] for each in found)


@pytest.mark.parametrize("format_", ["csv", "ndjson", "json", "ecs"])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param((None, None, "severity>=low"), "abc", id="as they come"),
        pytest.param((None, None, "severity>=high"), "bc", id="those that pass"),
        pytest.param((None, "-severity,first_seen"), "cba", id="in order"),
        pytest.param((None, "first_seen", "silenced_by=''"), "ba", id="both"),
        pytest.param((None, None, "severity=info"), "", id="none"),
    ],
)
def test_findings_alone(tmp_path, format_, asked, expected):
    assert ids(format_, told(tmp_path, format_, shape(*asked))) == expected


@pytest.mark.parametrize("format_", ["csv", "ndjson", "json"])
def test_chosen_columns(tmp_path, format_):
    text = told(tmp_path, format_, shape("id,severity", "severity", "severity>low"))
    assert ids(format_, text) == "bc"
    if format_ != "csv":
        assert "last_seen" not in text
    else:
        assert text.splitlines()[0] == "id,severity"


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        pytest.param((None, None, "severity=low"), "aa", id="opened, closed"),
        pytest.param((None, None, "severity=high"), "bbbc", id="opened, updated, closed"),
        pytest.param(("id", None, "severity=high"), "bbbc", id="with columns"),
    ],
)
def test_a_watch_tells_of_every_change(tmp_path, asked, lines):
    assert ids("ndjson", told(tmp_path, "ndjson", shape(*asked), live=True)) == lines


def test_who_heard_that_a_finding_opened_hears_that_it_closed(tmp_path):
    raised = samples.finding(id=LOW.id, severity=Severity.HIGH, first_seen=LOW.first_seen)
    events = [FindingOpened(AT, LOW), FindingUpdated(AT, raised), FindingClosed(AT, raised)]
    text = told(tmp_path, "ndjson", shape(None, None, "severity=low"), live=True, events=events)
    assert [json.loads(line)["severity"] for line in text.splitlines()] == ["low", "high", "high"]


def test_blocks_of_those_that_pass_and_the_summary(tmp_path):
    text = told(tmp_path, "table", shape(None, None, "severity=low"))
    assert text.count("whoasks explain") == 1
    assert f"whoasks explain {LOW.id}" in text
    assert "packets" in text.rpartition(LOW.id)[2]


def test_a_table_of_chosen_columns_and_the_summary(tmp_path):
    text = told(tmp_path, "table", shape("id,severity,host.mac", "-severity"))
    lines = text.splitlines()
    assert lines[0].split() == ["id", "severity", "host.mac"]
    assert [line.split()[0][0] for line in lines[1:3]] == ["b", "a"]
    assert lines[3] == ""
    assert len(lines) > 4


def test_what_a_role_silences_is_shown_to_who_asks_for_it(tmp_path):
    text = told(tmp_path, "table", shape("id,silenced_by", "id"))
    assert [line.split()[0][0] for line in text.splitlines()[1:4]] == ["a", "b", "c"]


def test_without_options_it_is_the_plain_report(tmp_path):
    text = told(tmp_path, "ndjson", shape())
    kinds = [json.loads(line)["record"] for line in text.splitlines()]
    assert kinds == ["burst", "finding", "finding", "finding", "service", "summary"]


@pytest.mark.parametrize(
    ("format_", "live", "said"),
    [
        pytest.param("ecs", False, "--columns goes with table, csv, ndjson and json", id="ecs"),
        pytest.param("ocsf", True, "--columns goes with table, csv, ndjson and json", id="ocsf"),
        pytest.param("table", True, "draws no table", id="a watch"),
    ],
)
def test_columns_that_a_format_does_not_have(format_, live, said):
    with pytest.raises(click.UsageError, match=said):
        allow(format_, shape("id"), live=live)
    allow(format_, shape(None, None, "severity=low"), live=live)
