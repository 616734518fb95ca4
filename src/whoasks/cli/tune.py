"""``whoasks tune``: what other settings would change, shown before anybody sets them.

Nothing is kept and nothing is sent. What is compared how is in ``tuning``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import errors, options, rows, vendors

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape, Wanted
    from whoasks.core.model import Datagram
    from whoasks.core.pipeline import Pipeline
    from whoasks.core.setting_changes import Change
    from whoasks.core.settings import CoreSettings
    from whoasks.sources.capture_file import CaptureFile


@click.command(name="tune")
@click.argument("captures", nargs=-1, type=click.Path(path_type=Path), metavar="[CAPTURE]...")
@click.option(
    "--set",
    "changed",
    multiple=True,
    metavar="KEY=VALUE",
    help="Try that setting, such as type-sweep.types=30 or rules.select='[all, -new-asker]'; "
    "may be repeated.",
)
@click.option(
    "--role",
    "given",
    multiple=True,
    metavar="HOST=ROLE",
    help="Try that role for a MAC, an address, a network or a host name; none takes a role away. "
    "May be repeated.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Try the settings in that file. Those in force are the ones that WHOASKS_CONFIG names, "
    "or of the usual place.",
)
@options.period_options
@options.format_option(choices=options.ROW_FORMATS)
@options.shaping_options("change")
@options.output_option
@options.db_option
@options.no_color_option
def command(
    *,
    captures: tuple[Path, ...],
    changed: tuple[str, ...],
    given: tuple[str, ...],
    config_path: Path | None,
    since: float | None,
    until: float | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    no_color: bool,
) -> int:
    """Show which findings other settings would add, take away, or change.

    With captures, both settings are run over them, which is exact. Without, the bursts in the
    store are judged by what they hold, counts and names: that tells of the rules meta-query,
    type-sweep, instance-sweep, reverse-sweep, query-flood and remote-access-browse, and of roles
    for every rule; where a burst does not tell, it says "may". A finding's severity is then the
    rule's own.

    \b
    Examples:
      whoasks tune --set type-sweep.types=30
      whoasks tune --role 02:00:5e:10:00:01=hub --since 7d
      whoasks tune office.pcapng.gz --set slow-sweep.types_a_day=20
      whoasks tune --set type-sweep.types=9 --filter 'change=appears' --sort -times
      whoasks tune monday.pcap --config new.yaml --format csv -o changes.csv
    """
    if not (changed or given or config_path):
        raise click.UsageError("Nothing to try: give --set, --role or --config.")
    if captures and (since is not None or until is not None):
        raise click.UsageError("--since and --until are about the store; a capture is read whole.")
    from whoasks.cli.trial import trial
    from whoasks.core.setting_changes import Change as Row

    shape = wanted.of(Row, time.time())
    old = options.settings(None)
    new = trial(options.settings(config_path) if config_path else old, changed, given)
    whole = True
    if captures:
        changes, whole = _of_captures(captures, old.core, new.core)
    else:
        changes = _of_store(options.database(db, old), old.core, new.core, since, until)
    if not changes and not whole:
        return errors.USAGE  # nothing is worth emptying a file for
    chosen = list(shape.rows(changes))
    if format_ != "table":
        rows.write(chosen, "change", shape, format_, output)
    elif chosen:
        _show(chosen, shape, output, no_color=no_color)
    kinds = Counter(change.change for change in changes)
    counted = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    _say(f"Findings by host and rule: {counted or 'nothing would change'}.")
    if shape.filter is not None:
        _say(f"The filter lets {len(chosen):,} of {len(changes):,} through.")
    return 0 if whole else errors.USAGE


# Both settings over the same traffic


def _of_captures(
    captures: Sequence[Path], old: CoreSettings, new: CoreSettings
) -> tuple[list[Change], bool]:
    """The changes, and whether every capture could be read to its end."""
    from whoasks import knowledge
    from whoasks.cli import tuning
    from whoasks.core.pipeline import Pipeline as Made
    from whoasks.sources.capture_file import CaptureFile

    vendor = asyncio.run(vendors.load())
    known = knowledge.load()

    def make(settings: CoreSettings) -> Pipeline:
        return Made(settings, known, vendor=vendor)

    changes: list[Change] = []
    failures: list[str] = []
    for path in captures:
        batches = _batches(CaptureFile(path), failures)
        changes += tuning.of_capture(batches, make, old, new, str(path))
    for failure in failures:
        _say(failure)
    return changes, not failures


def _batches(file: CaptureFile, failures: list[str]) -> Iterator[list[Datagram]]:
    """What can be read of a capture; what is wrong with it goes to ``failures``."""
    from whoasks.sources.capture_file import CaptureError
    from whoasks.ui.progress import ProgressLine

    progress = ProgressLine(sys.stderr)
    try:
        for batch in file.read():
            yield batch
            progress.show(f"{file.path}: {file.counts['packets']:,} packets", time.monotonic())
    except CaptureError as error:
        failures.append(str(error))
    finally:
        progress.clear()


def _of_store(
    url: str, old: CoreSettings, new: CoreSettings, since: float | None, until: float | None
) -> list[Change]:
    from whoasks import knowledge
    from whoasks.cli import tuning
    from whoasks.core.detect.rules import ALL
    from whoasks.store import Store

    rules = {detector.rule.id: detector.rule for detector in ALL}
    judged = tuning.Bursts(rules, knowledge.load(), old, new)
    with Store(url, read_only=True) as store:
        for burst in store.bursts(since, until):
            judged.add(burst)
        changes = list(judged.changes("store"))
    _say(f"Judged by {judged.count:,} bursts in the store, by their counts and names alone.")
    if untold := judged.untold():
        _say(f"What they would find, bursts do not tell: {', '.join(untold)}. Give captures.")
    if judged.dropped:
        _say(f"{judged.dropped:,} more changes are not listed.")
    return changes


def _show(changes: list[Change], shape: Shape, output: Path | None, *, no_color: bool) -> None:
    from whoasks.ui import columns
    from whoasks.ui.cells import Clock
    from whoasks.ui.changes import table

    clock = Clock(time.time())
    shown = (
        columns.chosen(changes, shape.columns, clock) if shape.columns else table(changes, clock)
    )
    options.show(shown, output, no_color=no_color)


def _say(sentence: str) -> None:
    click.echo(f"whoasks: {text.terminal(sentence)}", err=True)
