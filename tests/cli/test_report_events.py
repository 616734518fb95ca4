"""Events as blocks and as records, live and afterwards; several summaries as one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from tests.helpers import samples

from whoasks.cli.report_events import Blocks, Records, merged, opened, worst
from whoasks.core.model import (
    BurstClosed,
    Event,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Severity,
    Summary,
)
from whoasks.outputs import writer

LOW, HIGH = samples.finding(severity=Severity.LOW), samples.finding(severity=Severity.HIGH)
CLOSED = samples.finding(severity=Severity.HIGH, status="closed")
AT = samples.AT
RUN: Sequence[Event] = (
    BurstClosed(AT, samples.burst(verdict="routine", id="r")),
    FindingOpened(AT, LOW),
    FindingUpdated(AT, LOW),
    FindingUpdated(AT, HIGH),
    BurstClosed(AT, samples.burst(verdict="suspicious", id="s")),
    FindingClosed(AT, CLOSED),
)
SUMMARY = Summary(3, 2, {"truncated": 1}, {}, 0, 1, 1, {"high": 1, "low": 0}, ("a",))


def blocks(events: Sequence[Event], *, live: bool) -> list[str]:
    out = io.StringIO()
    console = Console(file=io.StringIO(), width=100, color_system=None)
    Blocks(console, out, live=live).tell(events)
    return out.getvalue().splitlines()


def test_live_says_what_opens_rises_and_closes() -> None:
    lines = blocks(RUN, live=True)
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads[0].startswith("LOW  Enumerated every service")
    assert "HIGH  raised from low: Enumerated every service" in heads[1]
    assert "suspicious" in heads[2]
    assert "HIGH  closed: Enumerated every service" in heads[3]
    assert len(heads) == 4


def test_afterwards_each_finding_once_in_its_final_state() -> None:
    lines = blocks(RUN, live=False)
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert len(heads) == 1
    assert heads[0].startswith("HIGH  Enumerated every service")


@pytest.mark.parametrize("live", [True, False])
def test_what_a_role_silences_is_not_shown(live: bool) -> None:
    silent = samples.finding(silenced_by="hub")
    assert blocks([FindingOpened(AT, silent), FindingClosed(AT, silent)], live=live) == []


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_a_hostile_title_stays_on_its_line(name: str) -> None:
    finding = samples.finding(title=samples.HOSTILE[name], severity=Severity.LOW)
    raised = msgspec.structs.replace(finding, severity=Severity.HIGH)
    plain = blocks([FindingOpened(AT, LOW), FindingUpdated(AT, HIGH)], live=True)
    lines = blocks([FindingOpened(AT, finding), FindingUpdated(AT, raised)], live=True)
    assert len([x for x in lines if "raised" in x]) == 1
    assert not {c for line in lines for c in line if ord(c) < 32 or 0x7F <= ord(c) < 0xA0}
    assert len(lines) <= len(plain) + 4  # a long title may wrap the block's heading


@pytest.mark.parametrize(
    ("format_", "live", "kinds"),
    [
        pytest.param("ndjson", True, "bfffbfs", id="a line for every change"),
        pytest.param("ndjson", False, "bbfs", id="the final state"),
        pytest.param("csv", True, "f", id="a row when it closes"),
        pytest.param("csv", False, "f", id="a row each"),
    ],
)
def test_records(format_: str, live: bool, kinds: str) -> None:
    out = io.StringIO()
    report = Records(writer(format_, out, live=live), live=live)
    report.tell(RUN)
    report.end(SUMMARY)
    rows: list[dict[str, Any]]
    if format_ == "csv":
        rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    else:
        rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert "".join(row["record"][0] for row in rows) == kinds
    states = [row["status"] for row in rows if row["record"] == "finding"]
    assert states == (["open"] * 3 if len(states) > 1 else []) + ["closed"]


@pytest.mark.parametrize(
    ("live", "told"),
    [
        pytest.param(True, ["burst", 1, 2, 2, "burst", 3], id="a line for every change"),
        pytest.param(False, ["burst", "burst", 3], id="the final state"),
    ],
)
def test_events_of_the_schemas(live: bool, told: list[object]) -> None:
    """Create, update and close; the services and the summary have no place there."""
    ecs, ocsf = io.StringIO(), io.StringIO()
    for format_, out in (("ecs", ecs), ("ocsf", ocsf)):
        report = Records(writer(format_, out, live=live), live=live)
        report.tell(RUN)
        report.offer([samples.service()])
        report.end(SUMMARY)
    read = [json.loads(line) for line in ocsf.getvalue().splitlines()]
    assert [e["activity_id"] if e["class_uid"] == 2004 else "burst" for e in read] == told
    steps = {1: "finding-opened", 2: "finding-updated", 3: "finding-closed"}
    read = [json.loads(line) for line in ecs.getvalue().splitlines()]
    assert [e["event"]["action"] for e in read] == [steps.get(t, "burst-closed") for t in told]


@pytest.mark.parametrize("format_", ["ndjson", "ecs", "ocsf"])
def test_a_live_line_is_on_its_way_when_it_is_told(format_: str, tmp_path: Path) -> None:
    path = tmp_path / "events"
    with opened(format_, path, live=True) as report:
        for number, event in enumerate(RUN, 1):
            report.tell([event])
            assert path.read_text(encoding="utf-8").count("\n") == number


def test_the_worst_is_not_a_silenced_one() -> None:
    silent = FindingOpened(AT, samples.finding(severity=Severity.HIGH, silenced_by="hub"))
    assert worst([silent], None) is None
    assert worst([silent, FindingOpened(AT, LOW)], None) == Severity.LOW
    assert worst([FindingOpened(AT, LOW)], Severity.HIGH) == Severity.HIGH


def test_summaries_are_added_up() -> None:
    other = msgspec.structs.replace(SUMMARY, malformed={"bad label": 2}, coverage=("a", "b"))
    both = merged([SUMMARY, other])
    assert (both.packets, both.mdns, both.askers) == (6, 4, 2)
    assert both.malformed == {"truncated": 1, "bad label": 2}
    assert both.findings == {"high": 2, "low": 0}
    assert both.coverage == ("a", "b")
    assert merged([SUMMARY]) == SUMMARY
