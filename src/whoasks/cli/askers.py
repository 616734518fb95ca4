"""``whoasks askers``: who asked for what, from the store; those to look at first come first."""

from __future__ import annotations

import time
from pathlib import Path

import click

from whoasks.cli import options


@click.command(name="askers")
@options.period_options
@options.format_option()
@options.output_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    since: float | None,
    until: float | None,
    format_: str,
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
    """
    from whoasks.store import Store

    url = options.database(db, options.settings(config_path))
    with Store(url, read_only=True) as store:
        found = store.askers(since, until)
    found.sort(key=lambda a: (-a.findings, -len(a.types) - a.types_dropped, -a.questions))
    if format_ != "table":
        from whoasks.outputs import Sink, writer

        with Sink(output) as sink:
            out = writer(format_, sink, "asker")
            out.begin()
            for asker in found:
                out.write(asker)
            out.end()
        return
    if not found:
        click.echo("Nobody asked for anything in that time, as far as the store knows.", err=True)
        return
    from whoasks.ui import tables
    from whoasks.ui.cells import Clock

    options.show(tables.askers(found, Clock(time.time())), output, no_color=no_color)
