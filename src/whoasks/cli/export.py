"""``whoasks export``: what the store holds, in the formats of ``outputs``. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks.cli import options, rows
from whoasks.core.model import Severity

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted
    from whoasks.outputs import Kind, Value
    from whoasks.store import Store

KINDS: dict[str, Kind] = {
    "findings": "finding",
    "bursts": "burst",
    "services": "service",
    "askers": "asker",
    "activity": "activity",
}


@click.command(name="export")
@click.argument("what", type=click.Choice(list(KINDS)))
@options.period_options
@options.severity_option("--severity", "Only findings at or above this.")
@options.format_option(default="csv", choices=options.EVENT_FORMATS[1:])
@options.shaping_options()
@options.output_option
@options.db_option
@options.config_option
def command(
    *,
    what: str,
    since: float | None,
    until: float | None,
    severity: Severity | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    config_path: Path | None,
) -> None:
    """Findings, bursts, services, askers or their activity as CSV, NDJSON or JSON.

    Findings and bursts also as events of a SOC's schemas: --format ecs or ocsf.

    Activity is what each asker did in each hour, and for the last days in each minute; it is
    kept when the bursts are not any more.

    Without --since and --until it is everything that the store holds; with them, what was
    active at some moment between them.

    \b
    Examples:
      whoasks export findings -o findings.csv
      whoasks export findings --since 7d --severity medium
      whoasks export bursts --since 2026-01-31 --until 2026-01-31 --format ndjson
      whoasks export findings --since 24h --format ecs
      whoasks export activity --since 30d --columns hour,host.mac,bursts,questions
      whoasks export services --columns instance,addresses,last_seen --filter 'type~_ip*'
    """
    if severity is not None and what != "findings":
        raise click.UsageError(f"--severity is about findings; {what} have none.")
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not before --until.")
    from whoasks.outputs import holding
    from whoasks.outputs.records import STRUCTS
    from whoasks.store import Store

    formats = holding(KINDS[what])
    if format_ not in formats:
        raise click.UsageError(
            f"--format {format_} holds findings and bursts, no {what}; they can be had as "
            f"{' or '.join(formats)}."
        )
    shape = wanted.of(STRUCTS[KINDS[what]], time.time())
    rows.allow(format_, shape)
    url = options.database(db, options.settings(config_path))
    # The store is opened first: a file that is to be replaced is not emptied in vain.
    with Store(url, read_only=True) as store:
        values = shape.rows(_stored(store, what, since, until, severity))
        rows.write(values, KINDS[what], shape, format_, output)


def _stored(
    store: Store, what: str, since: float | None, until: float | None, severity: Severity | None
) -> Iterable[Value]:
    if what == "findings":
        return store.findings(since, until, severity)
    if what == "bursts":
        return store.bursts(since, until)
    if what == "services":
        return store.services(since, until)
    if what == "activity":
        return store.activity(since, until)
    return store.askers(since, until)
