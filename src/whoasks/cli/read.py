"""``whoasks read``: the watcher over recordings, one pipeline a capture, in bounded memory.

Each capture is a world of its own, so that its findings do not depend on what else is read.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
import msgspec

from whoasks import text
from whoasks.cli import (
    errors,
    learning,
    memory,
    options,
    report_events,
    shaped_report,
    vendors,
)
from whoasks.core.model import Event, Finding, Severity, Summary
from whoasks.ui import roles

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted
    from whoasks.config import Settings
    from whoasks.core.habits import Learned
    from whoasks.core.pipeline import Pipeline
    from whoasks.sources.capture_file import CaptureFile
    from whoasks.store import Store
    from whoasks.ui.progress import ProgressLine

_SAVED_AT_ONCE = 500
"""Events in one transaction with ``--save``: one for each would be slow, all would be memory."""


@click.command(name="read")
@click.argument(
    "captures",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="CAPTURE...",
)
@click.option("--save", is_flag=True, help="Keep it in the store too. Without it nothing is kept.")
@click.option(
    "--learn",
    is_flag=True,
    help="Take what is in the captures for usual here: compare with, and add to, what the store "
    "(--db) has learned. Without it habits are neither read nor changed.",
)
@options.severity_option("--fail-on", "Exit with 1 when there is a finding at or above this.")
@options.format_option(choices=options.EVENT_FORMATS)
@options.shaping_options("finding")
@options.output_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    captures: tuple[Path, ...],
    save: bool,
    learn: bool,
    fail_on: Severity | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """Look in captures for hosts that enumerate services.

    Reads pcap and pcapng, gzipped or not, and reports what `whoasks watch` would have reported.
    A capture that breaks off is read as far as it goes; the exit code is then 2. With --columns,
    --sort or --filter the findings alone are shown; what is kept and --fail-on stay as they are.

    \b
    Examples:
      whoasks read office.pcapng.gz
      whoasks read monday.pcap tuesday.pcap --format csv -o findings.csv
      whoasks read night.pcap --save --fail-on medium
      whoasks read an-ordinary-week.pcap --learn
      whoasks read night.pcap --columns severity,rule,host --filter 'severity>=medium'
    """
    shape = wanted.of(Finding, time.time())
    shaped_report.allow(format_, shape)
    loaded = options.settings(config_path)
    with ExitStack() as stack:
        store: Store | None = None
        if save or learn:
            from whoasks.store import Store as Opened

            store = stack.enter_context(Opened(options.database(db, loaded)))
        reading = Reading(
            loaded,
            store if save else None,
            store if learn else None,
            lambda: stack.enter_context(
                shaped_report.opened(format_, output, shape, live=False, no_color=no_color)
            ),
        )
        memory.settle()
        with _interruptible(reading.interrupt):
            for path in captures:
                reading.capture(path)
        reading.end()
    if reading.failure is not None:
        raise reading.failure
    return reading.exit_code(fail_on)


class Reading:
    """One run over several captures: what is known across them, and how it ends."""

    def __init__(
        self,
        loaded: Settings,
        store: Store | None,
        lessons: Store | None,
        open_report: Callable[[], report_events.Report],
    ) -> None:
        """``store`` keeps what is found, ``lessons`` what is learned; None for nothing kept.
        ``open_report`` is called when there is something to report on, so that a capture that
        cannot be read empties no output file."""
        from whoasks.ui.progress import ProgressLine

        self._loaded = loaded
        self._store = store
        self._lessons = lessons
        self._open_report = open_report
        self._report: report_events.Report | None = None
        self._summaries: list[Summary] = []
        self._waiting: list[Event] = []
        self._worst: Severity | None = None
        self._broken = False
        self._interrupted = False
        self._progress = ProgressLine(sys.stderr)
        self._vendor = asyncio.run(vendors.load())
        self.failure: errors.WhoasksError | None = None
        """The store's, told at the end: the results are written all the same."""

    def interrupt(self) -> None:
        """End after the batch at hand."""
        self._interrupted = True

    def capture(self, path: Path) -> None:
        """Read one capture to its end, or to where it breaks."""
        from whoasks.sources.capture_file import CaptureError, CaptureFile

        if self._ends():
            return
        file = CaptureFile(path)
        batches = file.read()
        try:
            first = next(batches, [])
        except CaptureError as error:
            self._complain(error)
            return
        if self._report is None:
            self._report = self._open_report()
        before = self._lessons.habits() if self._lessons is not None else None
        pipeline = self._pipeline(before)
        last = 0.0
        pipeline.note("a capture holds what passed its tap: between others on a switch, no unicast")
        try:
            for batch in itertools.chain((first,), batches):
                self._take(pipeline.feed_all(batch))
                last = max(last, batch[-1].at) if batch else last
                _show(self._progress, file)
                if self._ends():
                    pipeline.notes.append(f"{path}: interrupted; the rest of it was not read.")
                    break
        except CaptureError as error:
            self._complain(error)
            pipeline.notes.append(str(error))
        pipeline.notes += file.notes
        self._conclude(pipeline, file)
        self._learn(pipeline.learned(), before, last)

    def end(self) -> None:
        """Write what waits, and the summary of all captures."""
        self._flush()
        self._progress.clear()
        if self._report is not None:
            self._report.end(report_events.merged(self._summaries))

    def exit_code(self, fail_on: Severity | None) -> int:
        """As the design has it; an interruption tells more than a finding."""
        if self._interrupted:
            return errors.INTERRUPTED
        if self._broken:
            return errors.USAGE
        found = fail_on is not None and self._worst is not None and self._worst >= fail_on
        return errors.NOTHING_FOUND if found else 0

    def _ends(self) -> bool:
        return self._interrupted

    def _pipeline(self, habits: Learned | None) -> Pipeline:
        from whoasks import knowledge
        from whoasks.core.pipeline import Pipeline as Made

        return Made(self._loaded.core, knowledge.load(), vendor=self._vendor, habits=habits)

    def _conclude(self, pipeline: Pipeline, file: CaptureFile) -> None:
        self._take(pipeline.finish())
        self._flush()
        if self._store is not None and self.failure is None:
            self._saved(lambda store: store.save_askers(pipeline.askers()), self._store)
        if self._report is not None:
            self._report.offer(pipeline.inventory.services())
        summary = pipeline.summary()
        # The pipeline only ever saw the mDNS packets of the file.
        self._summaries.append(
            msgspec.structs.replace(summary, packets=file.counts["packets"] or summary.packets)
        )

    def _learn(self, learned: Learned, before: Learned | None, last: float) -> None:
        """Keep what a capture taught; an interrupted one teaches what was read of it."""
        if self._lessons is None or self.failure is not None or not learning.is_kept(learned):
            return
        lesson = learning.of_recording(learned, before, last=last, now=time.time())
        self._saved(lambda store: store.save_habits(lesson), self._lessons)

    def _take(self, events: Sequence[Event] | Iterator[Event]) -> None:
        self._waiting.extend(roles.told(events, self._loaded.core.roles))
        if self._store is None or len(self._waiting) >= _SAVED_AT_ONCE:
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
            self._progress.clear()
            self._report.tell(events)

    def _saved(self, save: Callable[[Store], None], store: Store) -> None:
        from whoasks.store import StoreError

        try:
            save(store)
        except StoreError as error:
            self.failure = errors.of(error)

    def _complain(self, error: Exception) -> None:
        self._broken = True
        self._progress.clear()
        click.echo(f"whoasks: {text.terminal(str(error))}", err=True)


def _show(progress: ProgressLine, file: CaptureFile) -> None:
    try:
        size = file.path.stat().st_size
    except OSError:  # gone while it is read; it stays open
        size = 0
    part = f" {100 * file.consumed // size} %" if size else ""
    packets = file.counts["packets"]
    progress.show(f"{file.path}:{part}, {packets:,} packets", time.monotonic())


@contextmanager
def _interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C ends the work in good order; the second is the usual one."""

    def once(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        interrupt()

    before: Any = signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
