"""Reports of ``read`` and ``watch`` in the shape that was asked for: findings alone, those that
pass, in order. What is kept in the store, and the exit code, do not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks.cli import report_events, rows
from whoasks.cli.report_events import Report
from whoasks.core.model import (
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Service,
    Summary,
)

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape


def allow(format_: str, shape: Shape, *, live: bool = False) -> None:
    """Raises UsageError where a report of that format has no columns to choose."""
    rows.allow(format_, shape)
    if live and shape.columns and format_ == "table":
        raise click.UsageError(
            "A watch tells of each finding as it comes and draws no table; --columns goes with "
            "--format csv, ndjson or json."
        )


@contextmanager
def opened(
    format_: str, output: Path | None, shape: Shape, *, live: bool, no_color: bool = False
) -> Iterator[Report]:
    """As in ``report_events``; the format and the shape go together (``allow``)."""
    if not shape.columns:
        with report_events.opened(format_, output, live=live, no_color=no_color) as report:
            yield Shaped(report, shape, summarise=format_ == "table") if shape else report
        return
    if format_ != "table":
        from whoasks.outputs import Sink

        with Sink(output) as sink:
            writer = rows.writer(format_, sink, None, shape, live=live)
            yield Shaped(report_events.Records(writer, live=live), shape, summarise=False)
        return
    yield Shaped(Rows(output, shape, no_color=no_color), shape, summarise=True)


class Shaped:
    """Hands on what passes; with an order, at the end."""

    def __init__(self, report: Report, shape: Shape, *, summarise: bool) -> None:
        """``summarise``: whether the report is for people, who are told what a run came to."""
        self._report = report
        self._shape = shape
        self._summarise = summarise
        self._held: list[Finding] = []
        self._told: set[str] = set()
        # Ids of findings that are open and were told of: as many as the engine keeps open.

    def tell(self, events: Iterable[Event]) -> None:
        """As in ``Report``."""
        passing = [event for event in events if self._passes(event)]
        if self._shape.order:
            self._held += [each.finding for each in passing if isinstance(each, FindingClosed)]
        elif passing:
            self._report.tell(passing)

    def offer(self, services: Iterable[Service]) -> None:
        """Nothing: rows are of one kind."""

    def end(self, summary: Summary | None) -> None:
        """What was held, in its order, and the end of the report."""
        if self._held:
            found = self._shape.rows(self._held)
            self._report.tell([FindingClosed(each.last_seen, each) for each in found])
        self._report.end(summary if self._summarise else None)

    def _passes(self, event: Event) -> bool:
        if not isinstance(event, FindingOpened | FindingUpdated | FindingClosed):
            return False
        finding = event.finding
        # Who heard that a finding opened hears that it closed, whatever became of it meanwhile.
        passes = finding.id in self._told or self._shape.lets_through(finding)
        if isinstance(event, FindingClosed):
            self._told.discard(finding.id)
        elif passes:
            self._told.add(finding.id)
        return passes


class Rows:
    """A table of findings, drawn at the end."""

    def __init__(self, output: Path | None, shape: Shape, *, no_color: bool) -> None:
        self._output = output
        self._shape = shape
        self._no_color = no_color
        self._found: list[Finding] = []

    def tell(self, events: Iterable[Event]) -> None:
        """As in ``Report``; what a role silences is shown to who asks for ``silenced_by``."""
        closed = [event.finding for event in events if isinstance(event, FindingClosed)]
        silenced = self._shape.names("silenced_by")
        self._found += [each for each in closed if silenced or not each.silenced_by]

    def offer(self, services: Iterable[Service]) -> None:
        """Nothing: rows are of one kind."""

    def end(self, summary: Summary | None) -> None:
        """The table, and the summary's lines."""
        from rich.console import Group, RenderableType
        from rich.text import Text

        from whoasks.cli import options
        from whoasks.ui import columns, report
        from whoasks.ui.cells import Clock

        parts: list[RenderableType] = []
        if self._found:
            parts += [columns.chosen(self._found, self._shape.columns, Clock()), Text()]
        if summary is not None:
            parts += report.summary(summary)
        options.show(Group(*parts), self._output, no_color=self._no_color)
