"""``whoasks diff``: two lists of services, what is between them. It decides nothing itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import browsing, errors, listed, options, rows
from whoasks.cli.interrupts import Interrupts, noted
from whoasks.cli.listed import Listed, Lists

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape, Wanted
    from whoasks.core.difference import Ignoring, ServiceChange

DIFFERENT = 1
"""The exit code when there is a difference."""


@click.command(name="diff")
@click.argument(
    "places", nargs=-1, metavar="[OLD [NEW]]", shell_complete=options.completed("lists")
)
@listed.at_option(
    "Compare the store at that time with the store now; given twice, at the two times. "
    "now, 2026-01-31T08:00:00Z, 2026-01-31, or an age such as 2h.",
    multiple=True,
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="FIELD,...",
    help="Do not compare these: port, host, addresses, txt, txt.KEY, device. May be repeated.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Compare also what changes by itself, such as what a Chromecast plays.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=browsing.TIMEOUT,
    show_default=True,
    metavar="S",
    help="End a browse after that many seconds at the latest.",
)
@options.interface_option
@options.db_option
@options.config_option
@options.format_option(choices=options.ROW_FORMATS)
@options.shaping_options("service_change")
@options.output_option
@options.no_color_option
@noted
def command(
    *,
    interrupts: Interrupts,
    places: tuple[str, ...],
    moments: tuple[float, ...],
    ignored: tuple[str, ...],
    everything: bool,
    timeout: float,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    no_color: bool,
) -> int:
    """What is new, gone and changed between two lists.

    OLD and NEW are saved lists (`whoasks list --save NAME`), captures, or files that
    `whoasks list --format ndjson` wrote (- for standard input). With OLD alone it is compared
    with what is on the network now.

    The exit code is 1 when there is a difference, 0 when there is none, 2 or 3 when it cannot
    be told.

    \b
    Examples:
      whoasks diff monday
      whoasks diff monday tuesday
      whoasks diff before.pcap after.pcapng --ignore addresses
      whoasks diff --at 24h
      whoasks diff --at 2026-01-31 --at 2026-02-01 --format csv -o changes.csv
    """
    from whoasks.core.difference import ServiceChange as Row
    from whoasks.core.difference import compare

    lists = Lists(
        interrupts, db=db, config_path=config_path, interfaces=interfaces, timeout=timeout
    )
    shape = wanted.of(Row, time.time())
    ignoring = _ignoring(ignored, everything)
    old, new = _two(lists, places, moments)
    code = old.code or new.code
    found = compare(old.confined(new.asked), new.confined(old.asked), ignoring)
    chosen = list(shape.rows(found.changes))
    if format_ != "table":
        rows.write(chosen, "service_change", shape, format_, output)
    elif chosen:
        _show(chosen, shape, output, no_color=no_color)
    from whoasks.ui.difference import summary

    for note in dict.fromkeys((*old.notes, *new.notes)):
        click.echo(note, err=True)
    shown = f"From {text.terminal(old.shown)} to {text.terminal(new.shown)}"
    click.echo(f"{shown}: {summary(found)}", err=True)
    return code or (DIFFERENT if chosen else 0)


def _ignoring(words: Sequence[str], everything: bool) -> Ignoring:
    from whoasks.core.difference import ignoring

    fields = [field for word in words for field in word.split(",")]
    try:
        return ignoring(fields, by_themselves=not everything)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--ignore") from error


def _two(lists: Lists, places: Sequence[str], moments: Sequence[float]) -> tuple[Listed, Listed]:
    """The two lists that are meant."""
    if places and moments:
        raise click.UsageError("--at is about the store; it does not go with OLD and NEW.")
    if len(places) > 2 or len(moments) > 2:
        raise click.UsageError("Two lists are compared, not more.")
    if len(places) == 2:
        if places[0] == places[1] == "-":
            raise click.UsageError("Standard input can be one of the two only.")
        return lists.named(places[0]), lists.named(places[1])
    if places:
        old = lists.named(places[0])
        return old, lists.now(old.asked)
    if moments:
        until = moments[1] if len(moments) == 2 else time.time()
        return lists.stored(moments[0]), lists.stored(until)
    names = ", ".join(lists.names()[:10])
    raise errors.WhoasksError(
        "There is nothing to compare",
        f"Saved lists: {names}" if names else "`whoasks list --save NAME` saves a list",
    )


def _show(
    chosen: Sequence[ServiceChange], shape: Shape, output: Path | None, *, no_color: bool
) -> None:
    from whoasks.ui import columns, difference
    from whoasks.ui.cells import Clock

    table = difference.changes(chosen)
    if shape.columns:
        table = columns.chosen(chosen, shape.columns, Clock(time.time()))
    options.show(table, output, no_color=no_color)
