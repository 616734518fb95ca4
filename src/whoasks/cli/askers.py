"""``whoasks askers``: who asked for what, from the store; those to look at first come first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks.cli import options, rows

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted


@click.command(name="askers")
@options.period_options
@options.format_option(choices=options.ROW_FORMATS)
@options.shaping_options("asker")
@options.output_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    since: float | None,
    until: float | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> None:
    """Who asked for what, from the store.

    Hosts with findings come first, then those that asked for most types.

    \b
    Examples:
      whoasks askers
      whoasks askers --since 24h
      whoasks askers --format csv -o askers.csv
      whoasks askers --columns host,types,last_seen --sort -last_seen --filter 'questions>=20'
    """
    from whoasks.core.model import Asker
    from whoasks.store import Store

    shape = wanted.of(Asker, time.time())

    url = options.database(db, options.settings(config_path))
    with Store(url, read_only=True) as store:
        found = store.askers(since, until)
    found.sort(key=lambda a: (-a.findings, -len(a.types) - a.types_dropped, -a.questions))
    chosen = list(shape.rows(found))
    if format_ != "table":
        rows.write(chosen, "asker", shape, format_, output)
        return
    if not found:
        click.echo("Nobody asked for anything in that time, as far as the store knows.", err=True)
        return
    if not chosen:
        click.echo("The filter lets nobody of those that asked through.", err=True)
        return
    from whoasks.ui import columns, tables
    from whoasks.ui.cells import Clock

    clock = Clock(time.time())
    table = tables.askers(chosen, clock)
    if shape.columns:
        table = columns.chosen(chosen, shape.columns, clock)
    options.show(table, output, no_color=no_color)
