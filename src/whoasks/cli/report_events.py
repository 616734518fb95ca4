"""Events on their way to a person or a program: blocks and lines, or records. No pipeline here.

``live`` tells of a finding when it opens, changes and closes; otherwise each is told once, in its
final state. Whoever calls has kept the events already: what is shown is committed.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from whoasks.core.model import (
    BurstClosed,
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Service,
    Severity,
    Summary,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from whoasks.outputs import Stream, Writer

_FILE_WIDTH = 120
"""Columns of blocks in a file or a pipe: sentences wrap, and longer lines are hard to read."""


class Report(Protocol):
    """Takes events as they come, and what the run came to at its end."""

    def tell(self, events: Iterable[Event]) -> None:
        """Show or write what of these is worth it. Raises OutputError, BrokenPipeError."""

    def offer(self, services: Iterable[Service]) -> None:
        """Take the services that were seen, once a run is over."""

    def end(self, summary: Summary | None) -> None:
        """Write the rest; ``summary`` is None when the run has none."""


@contextmanager
def opened(
    format_: str, output: Path | None, *, live: bool, no_color: bool = False
) -> Iterator[Report]:
    """The report in a format, on standard output or in a file. Raises OutputError."""
    from whoasks.outputs import Sink, writer

    if format_ == "table" and output is None:
        from whoasks.cli import options

        yield Blocks(options.console(no_color=no_color), sys.stdout, live=live)
        return
    with Sink(output) as sink:
        if format_ == "table":
            from rich.console import Console

            plain = Console(
                file=io.StringIO(), width=_FILE_WIDTH, color_system=None, markup=False, emoji=False
            )
            yield Blocks(plain, sink, live=live)
        else:
            yield Records(writer(format_, sink, live=live), live=live)


class Blocks:
    """For people: a block for a finding, a line for what is not routine."""

    def __init__(self, console: Console, stream: Stream, *, live: bool) -> None:
        """``console`` renders; what it gives is written to ``stream`` and flushed."""
        self._console = console
        self._stream = stream
        self._live = live
        self._open: dict[str, Severity] = {}
        # Severity as last shown, of findings that are open: as many as the engine keeps open.

    def tell(self, events: Iterable[Event]) -> None:
        """As in ``Report``."""
        told = [part for event in events for part in self._parts(event)]
        if told:
            self._print(told)

    def offer(self, services: Iterable[Service]) -> None:
        """Nothing: services are ``list``'s business."""

    def end(self, summary: Summary | None) -> None:
        """The summary's lines."""
        from whoasks.ui import report

        if summary is not None:
            self._print(report.summary(summary))

    def _parts(self, event: Event) -> Iterator[RenderableType]:
        from rich.text import Text

        from whoasks.ui import report
        from whoasks.ui.cells import Clock

        match event:
            case FindingClosed() if not self._live and not event.finding.silenced_by:
                yield report.finding_block(event.finding, Clock())
                yield Text()
            case BurstClosed() if self._live and event.burst.verdict != "routine":
                yield report.burst_line(event.burst, Clock(event.at))
            case FindingOpened() | FindingUpdated() | FindingClosed() if self._live:
                yield from self._finding(event)
            case _:
                pass

    def _finding(
        self, event: FindingOpened | FindingUpdated | FindingClosed
    ) -> Iterator[RenderableType]:
        from whoasks.ui import report
        from whoasks.ui.cells import Clock

        finding = event.finding
        if finding.silenced_by:
            return
        shown = self._open.get(finding.id)
        if isinstance(event, FindingClosed):
            self._open.pop(finding.id, None)
            yield _news(event.at, "closed", finding)
            return
        self._open[finding.id] = finding.severity
        if shown is None:
            yield report.finding_block(finding, Clock(event.at))
        elif finding.severity > shown:
            yield _news(event.at, f"raised from {shown.label}", finding)

    def _print(self, parts: Sequence[RenderableType]) -> None:
        with self._console.capture() as capture:
            for part in parts:
                self._console.print(part, soft_wrap=_is_line(part))
        shown = capture.get()
        if not self._console.is_terminal:
            shown = "".join(f"{line.rstrip()}\n" for line in shown.splitlines())
        self._stream.write(shown)
        self._stream.flush()


class Records:
    """For programs: a record a line or row."""

    def __init__(self, writer: Writer, *, live: bool) -> None:
        self._writer = writer
        self._live = live
        # A table of rows has one row for each finding; only a stream of lines can say it again.
        self._again = live and writer.kind is None
        writer.begin()

    def tell(self, events: Iterable[Event]) -> None:
        """As in ``Report``."""
        for event in events:
            match event:
                case BurstClosed():
                    self._writer.write(event.burst)
                case FindingClosed():
                    self._writer.write(event.finding)
                case FindingOpened() | FindingUpdated() if self._again:
                    self._writer.write(event.finding)
                case _:
                    pass

    def offer(self, services: Iterable[Service]) -> None:
        """As in ``Report``."""
        for service in services:
            self._writer.write(service)

    def end(self, summary: Summary | None) -> None:
        """As in ``Report``."""
        if summary is not None:
            self._writer.write(summary)
        self._writer.end()


def _news(at: float, what: str, finding: Finding) -> RenderableType:
    from whoasks.ui.cells import SEVERITY_STYLES, Clock, host, safe, where

    line = safe(Clock(at).show(at), "dim").append("  ")
    line.append(finding.severity.label.upper(), style=SEVERITY_STYLES[finding.severity])
    who = f"{host(finding.host)} on {where(finding.interface, finding.vlan)}"
    line.append_text(safe(f"  {what}: {finding.title}, {who}; whoasks explain {finding.id}"))
    return line


def _is_line(part: RenderableType) -> bool:
    from rich.text import Text

    return isinstance(part, Text)


def worst(events: Iterable[Event], so_far: Severity | None) -> Severity | None:
    """The highest severity of findings that no role silences."""
    for event in events:
        if isinstance(event, FindingOpened | FindingUpdated | FindingClosed):
            finding = event.finding
            if not finding.silenced_by and (so_far is None or finding.severity > so_far):
                so_far = finding.severity
    return so_far


def merged(summaries: Sequence[Summary]) -> Summary:
    """Several runs as one: numbers added up, sentences once each."""
    first, *others = summaries
    for other in others:
        first = msgspec.structs.replace(
            first,
            **{
                name: _added(getattr(first, name), getattr(other, name))
                for name in Summary.__struct_fields__
            },
        )
    return first


def _added(one: object, other: object) -> object:
    match one, other:
        case dict(), dict():
            return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}
        case tuple(), tuple():
            return tuple(dict.fromkeys(one + other))
        case int(), int():
            return one + other
    raise TypeError(f"a summary holds {one!r} and {other!r}")
