"""``whoasks audit``: what the hosts here give away by announcing. It decides nothing itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks.cli import browsing, errors, listed, options, rows
from whoasks.cli.interrupts import Interrupts, noted
from whoasks.core.model import Severity

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape, Wanted
    from whoasks.core.auditing.results import AuditOf, Exposure

_COLUMNS = "severity,title,hostname,subject,services"
"""Of a table that is filtered or sorted."""


@click.command(name="audit")
@click.option(
    "--from",
    "source",
    metavar="FILE|NAME",
    shell_complete=options.completed("lists"),
    help="Audit a capture, the output of `whoasks list --format ndjson` (- for standard input) "
    "or a saved list instead; nothing is sent.",
)
@click.option(
    "--stored", is_flag=True, help="Audit what the store knows to be there; nothing is sent."
)
@listed.at_option("With --stored, which it implies: as it was then.", multiple=False)
@click.option("--brief", is_flag=True, help="In a table: the hosts and their grades alone.")
@click.option(
    "--skip",
    multiple=True,
    metavar="CHECK",
    shell_complete=options.completed("checks"),
    help="Leave that check out, such as person-name; may be repeated. docs/audit.md has them all.",
)
@options.severity_option("--fail-on", "Exit with 1 when something is at or above this.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=browsing.TIMEOUT,
    show_default=True,
    metavar="S",
    help="End the browse after that many seconds at the latest.",
)
@options.interface_option
@options.db_option
@options.config_option
@options.format_option(choices=options.ROW_FORMATS)
@options.shaping_options("exposure")
@options.output_option
@options.no_color_option
@noted
def command(
    *,
    interrupts: Interrupts,
    source: str | None,
    stored: bool,
    moment: float | None,
    brief: bool,
    skip: tuple[str, ...],
    fail_on: Severity | None,
    timeout: float,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    no_color: bool,
) -> int:
    """What this network gives away.

    Reads what hosts announce: ways in, services without encryption or login, open shares, names
    of people, serial numbers, versions. Grades each host from A to F, with reasons, references
    and remedies. Logs in nowhere and tries nothing.

    \b
    Examples:
      whoasks audit
      whoasks audit --brief
      whoasks audit --from office.pcapng --format csv -o audit.csv
      whoasks audit --stored --at 2026-01-31
      whoasks audit --skip person-name --fail-on high
    """
    from whoasks.core.audit import audit
    from whoasks.core.auditing.results import Exposure as Row

    _check(skip)
    if source is not None and (stored or moment is not None):
        raise click.UsageError("--from and --stored (or --at) name two places; give one.")
    shape = wanted.of(Row, time.time())
    lists = listed.Lists(
        interrupts, db=db, config_path=config_path, interfaces=interfaces, timeout=timeout
    )
    if source is not None:
        found = lists.named(source)
    elif stored or moment is not None:
        found = lists.stored(time.time() if moment is None else moment)
    else:
        found = lists.now()
    audited = audit(found.services, skip=skip)
    chosen = list(shape.rows(e for one in audited for e in one.exposures))
    if format_ == "table":
        _show(audited, chosen, shape, output, brief=brief, no_color=no_color)
    else:
        _write(audited, chosen, shape, format_, output)
    _say(found, audited)
    if found.code:
        return found.code
    failed = fail_on is not None and any(e.severity >= fail_on for e in chosen)
    return errors.NOTHING_FOUND if failed or not audited else 0


def _check(skip: Sequence[str]) -> None:
    from whoasks.core.auditing.checks import ALL

    known = [check.id for check in ALL]
    for given in skip:
        if given not in known:
            import difflib

            close = difflib.get_close_matches(given, known, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else f" There are {', '.join(known)}."
            raise click.BadParameter(f"there is no check '{given}'.{hint}", param_hint="--skip")


def _show(
    audited: Sequence[AuditOf],
    chosen: Sequence[Exposure],
    shape: Shape,
    output: Path | None,
    *,
    brief: bool,
    no_color: bool,
) -> None:
    from whoasks.cli import shaping
    from whoasks.core.auditing.results import Exposure
    from whoasks.ui import audit, columns
    from whoasks.ui.cells import Clock

    if not audited:
        return
    if shape:
        # Chosen items are a flat table: a host's block and grade are of all that it gives away.
        fields = shape.columns or shaping.columns(Exposure, _COLUMNS)
        if chosen:
            table = columns.chosen(chosen, fields, Clock(time.time()))
            options.show(table, output, no_color=no_color)
        return
    report = audit.grades(audited) if brief else audit.report(audited)
    options.show(report, output, no_color=no_color)


def _write(
    audited: Sequence[AuditOf],
    chosen: Sequence[Exposure],
    shape: Shape,
    format_: str,
    output: Path | None,
) -> None:
    from whoasks.outputs import Sink

    if format_ == "csv" or shape:
        rows.write(chosen, "exposure", shape, format_, output)
        return
    with Sink(output) as sink:
        out = rows.writer(format_, sink, None, shape)
        out.begin()
        for one in audited:
            out.write(one.grade)
            for exposure in one.exposures:
                out.write(exposure)
        out.end()


def _say(found: listed.Listed, audited: Sequence[AuditOf]) -> None:
    from whoasks.ui.audit import summary

    for note in found.notes:
        click.echo(note, err=True)
    if audited:
        click.echo(summary(audited), err=True)
    else:
        click.echo("No host announces anything there.", err=True)
