"""What captures came to, kept and told in their order; and how such a run is ended.

Reads nothing itself.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from whoasks import text
from whoasks.cli import errors, learning, report_events
from whoasks.cli.reading import Outcome, Piece, Source
from whoasks.core.model import Event, Severity, Summary
from whoasks.sources.capture_stream import shown
from whoasks.ui import roles
from whoasks.ui.progress import ProgressLine

if TYPE_CHECKING:
    from whoasks.config import Settings
    from whoasks.core.habits import Learned
    from whoasks.store import Store

_SAVED_AT_ONCE = 500
"""Events in one transaction with ``--save``: one for each would be slow, all would be memory."""


class Telling:
    """One run over captures: keeps and reports what they came to, and how it ends."""

    def __init__(
        self,
        loaded: Settings,
        store: Store | None,
        lessons: Store | None,
        open_report: Callable[[], report_events.Report],
        *,
        live: bool = False,
    ) -> None:
        """``store`` keeps what is found, ``lessons`` what is learned; None for nothing kept.
        ``open_report`` is called when there is something to report on, so that a capture that
        cannot be read empties no output file. With ``live`` all is told at once."""
        self.core = loaded.core
        self.lessons = lessons
        self.progress = ProgressLine(sys.stderr)
        self.failure: errors.WhoasksError | None = None
        """The store's, told at the end: the results are written all the same."""
        self._store = store
        self._open_report = open_report
        self._report: report_events.Report | None = None
        self._live = live
        self._summaries: list[Summary] = []
        self._waiting: list[Event] = []
        self._worst: Severity | None = None
        self._broken = False
        self._signal: int | None = None

    def interrupt(self, number: int) -> None:
        """End after the batch at hand, because of that signal."""
        self._signal = number

    def ended(self) -> bool:
        """Whether to end."""
        return self._signal is not None

    def tell(self, pieces: Iterable[Piece]) -> Outcome:
        """Keep and report one capture; returns what it came to at its end."""
        outcome = Outcome()
        for piece in pieces:
            if self._report is None and (isinstance(piece, list) or piece.summary is not None):
                self._report = self._open_report()
            if isinstance(piece, list):
                self._take(piece)
            else:
                outcome = piece
        self._conclude(outcome)
        return outcome

    def learn(self, outcome: Outcome, before: Learned | None) -> None:
        """Keep what a capture taught; an interrupted one teaches what was read of it."""
        learned = outcome.learned
        if self.lessons is None or self.failure is not None or learned is None:
            return
        if learning.is_kept(learned):
            lesson = learning.of_recording(learned, before, last=outcome.last, now=time.time())
            self._saved(lambda store: store.save_habits(lesson), self.lessons)

    def end(self) -> None:
        """Write what waits, and the summary of all captures."""
        self._flush()
        self.progress.clear()
        if self._report is not None and self._summaries:
            self._report.end(report_events.merged(self._summaries))

    def exit_code(self, fail_on: Severity | None) -> int:
        """As the design has it; an interruption tells more than a finding. A follower that is
        stopped by SIGTERM has done what it was asked for."""
        if self._signal is not None and not (self._live and self._signal == signal.SIGTERM):
            return errors.INTERRUPTED
        if self._broken:
            return errors.USAGE
        found = fail_on is not None and self._worst is not None and self._worst >= fail_on
        return errors.NOTHING_FOUND if found else 0

    def show(self, source: Source) -> None:
        """How far a capture has come."""
        _show(self.progress, source)

    def say(self, sentence: str) -> None:
        """A line for the person at the terminal."""
        self.progress.clear()
        click.echo(f"whoasks: {text.terminal(sentence)}", err=True)

    def _conclude(self, outcome: Outcome) -> None:
        self._flush()
        if self._store is not None and self.failure is None and outcome.askers:
            self._saved(lambda store: store.save_askers(outcome.askers), self._store)
        if self._report is not None:
            self._report.offer(outcome.services)
        if outcome.summary is not None:
            self._summaries.append(outcome.summary)
        if outcome.error is not None:
            self._broken = True
            self.say(outcome.error)

    def _take(self, events: Sequence[Event]) -> None:
        self._waiting.extend(roles.told(events, self.core.roles))
        if self._live or self._store is None or len(self._waiting) >= _SAVED_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        """Keep what waits, then report it."""
        events, self._waiting = self._waiting, []
        if not events:
            return
        if self._store is not None and self.failure is None:
            self._saved(lambda store: store.save(events), self._store)
        self._worst = report_events.worst(events, self._worst)
        if self._report is not None:
            self.progress.clear()
            self._report.tell(events)

    def _saved(self, save: Callable[[Store], None], store: Store) -> None:
        from whoasks.store import StoreError

        try:
            save(store)
        except StoreError as error:
            self.failure = errors.of(error)
            if self._live:  # the end may be far
                self.say(f"{self.failure}")


def _show(progress: ProgressLine, source: Source) -> None:
    try:
        size = source.path.stat().st_size
    except (OSError, ValueError):  # gone while it is read, or a pipe
        size = 0
    part = f" {100 * source.consumed // size} %" if size and source.consumed else ""
    packets = source.counts["packets"]
    progress.show(f"{shown(source.path)}:{part}, {packets:,} packets", time.monotonic())


@contextmanager
def endable(telling: Telling) -> Iterator[None]:
    """The first Ctrl-C ends the work in good order, the second is the usual one. So does SIGTERM,
    by which a service is stopped."""
    before: dict[int, Any] = {}

    def once(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[number])
        telling.interrupt(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, once)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
