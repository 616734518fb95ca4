"""The pieces of tables and reports: safe, of known width, in the reader's time."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.helpers import samples

from whoasks.core.model import Severity
from whoasks.ui import cells
from whoasks.ui.cells import Clock

TODAY = Clock(samples.AT + 60, UTC)


@pytest.mark.parametrize(
    ("clock", "at", "shown"),
    [
        pytest.param(TODAY, samples.AT, "10:00:00", id="today"),
        pytest.param(TODAY, samples.AT - 86_400, "2025-12-31 10:00:00", id="yesterday"),
        pytest.param(Clock(None, UTC), samples.AT, "2026-01-01 10:00:00", id="no now"),
        pytest.param(
            Clock(samples.AT, timezone(timedelta(hours=15))),
            samples.AT,
            "01:00:00",
            id="another zone",
        ),
        pytest.param(TODAY, 1e18, "9999-12-31 23:59:59", id="after the calendar"),
        pytest.param(TODAY, -1e18, "0001-01-01 00:00:00", id="before the calendar"),
    ],
)
def test_times(clock, at, shown):
    assert clock.show(at) == shown


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        pytest.param(0, 0.2, "10:00:00", id="a moment"),
        pytest.param(0, 3, "10:00:00 to 10:00:03", id="today"),
        pytest.param(-86_400, -86_390, "2025-12-31 10:00:00 to 10:00:10", id="another day"),
        pytest.param(-86_400, 0, "2025-12-31 10:00:00 to 10:00:00", id="until today"),
    ],
)
def test_spans(start, end, shown):
    assert TODAY.span(samples.AT + start, samples.AT + end) == shown


@given(st.text(), st.integers(0, 12))
def test_a_clipped_name_fits(name, width):
    assert cell_len(cells.clip(name, width)) <= width


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("printer", 7, "printer"),
        ("printer", 6, "print…"),
        ("東京東京", 5, "東京…"),
        ("\x1b", 4, "\\x1b"),
    ],
)
def test_clip(name, width, shown):
    assert cells.clip(name, width) == shown


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_a_cell_is_safe(name):
    assert cells.safe(name).plain.isprintable() or "\xa0" in name
    assert cells.stacked([name, name]).plain.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        pytest.param(samples.HOST, "10.0.0.23 (cli.local, 02:00:00:00:00:17)", id="all"),
        pytest.param(samples.Host("address", None, ("10.0.0.5",)), "10.0.0.5", id="bare"),
        pytest.param(samples.Host("mac", "02:00:00:00:00:01", ()), "02:00:00:00:00:01", id="mac"),
        pytest.param(samples.Host("address", None, ()), "unknown", id="nothing"),
        pytest.param(
            samples.Host("mac", None, ("10.0.0.5",), None, "Acme", "hub"),
            "10.0.0.5 (Acme, role hub)",
            id="vendor and role",
        ),
    ],
)
def test_hosts(host, shown):
    assert cells.host(host) == shown


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (True, "yes"),
        (38, "38"),
        (120_000, "120,000"),
        (0.97, "0.97"),
        (["a", "b"], "a, b"),
        ({"b", "a"}, "a, b"),
        ({"a": 1}, '{"a": 1}'),
        (None, "null"),
    ],
)
def test_values(item, shown):
    assert cells.value(item) == shown


@pytest.mark.parametrize(
    ("names", "dropped", "shown"),
    [
        (("a.local.",), 0, "a.local"),
        (("a", "b", "c"), 0, "a, b and 1 more"),
        (("a", "b"), 7, "a, b and 7 more"),
        ((), 7, "7 names"),
    ],
)
def test_some(names, dropped, shown):
    assert cells.some(names, 2, dropped) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [(3.55, "3.5 s"), (600, "10 min"), (9000, "2.5 h"), (604_800, "7 days")],
)
def test_lengths(length, shown):
    assert cells.seconds(length) == shown


def test_a_severity_is_a_word():
    assert [cells.severity(each).plain for each in Severity] == ["info", "low", "medium", "high"]


def test_words():
    assert cells.where("eth0", 12) == "eth0 VLAN 12"
    assert cells.dotless(".") == "."
    assert cells.count(1, "query", "queries") == "1 query"
    assert cells.count(2000, "packet") == "2,000 packets"
