"""``whoasks watch``: listen, keep, show; never send.

The edge of the live watcher: options, the words at its start, and how it ends. What happens in
between is in ``watching``.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import errors, learning, memory, options, shaped_report
from whoasks.core.model import Finding

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted
    from whoasks.cli.watching import Ending
    from whoasks.sources.multicast import MulticastSource
    from whoasks.store import Store


@click.command(name="watch")
@click.option(
    "--once-for",
    "seconds",
    type=click.FloatRange(min=0.1),
    metavar="S",
    help="End after that many seconds, with a summary.",
)
@options.interface_option
@options.format_option(choices=options.EVENT_FORMATS)
@options.shaping_options("finding", sort=False)
@options.output_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    seconds: float | None,
    interfaces: tuple[str, ...],
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """Listen for hosts that enumerate services; never send.

    Keeps every burst of questions in the store, prints those that are not routine, and reports
    a host that looks around as a finding. Learns what is usual here, and keeps that in the store
    too. Ctrl-C ends it (exit code 130), SIGTERM does too (0);
    either way what is open is written first. SIGHUP reads the configuration again. A store that
    fails while it runs does not end it.

    \b
    Examples:
      whoasks watch
      whoasks watch -i eth0 --format ndjson
      whoasks watch --once-for 3600 --format csv -o findings.csv
      whoasks watch --filter 'severity>=medium and host.role=""'
    """
    from whoasks.cli.watching import Watch
    from whoasks.store import Keeper, Store

    shape = wanted.of(Finding, time.time())
    shaped_report.allow(format_, shape, live=True)
    loaded = options.settings(config_path)
    url = options.database(db, loaded)
    store = _opened(url)
    habits = learning.stored(store, _say) if store is not None else None
    keeper = Keeper(lambda: store or Store(url), _say)

    def greet(source: MulticastSource) -> None:
        _greet(source, learning.progress(habits, loaded.core.learning, time.time()), store)

    try:
        with shaped_report.opened(format_, output, shape, live=True, no_color=no_color) as report:
            watch = Watch(
                loaded,
                interfaces or loaded.interfaces,
                keeper,
                report,
                _say,
                habits=habits,
                reload=lambda: options.settings(config_path),
            )
            memory.settle()
            ending = asyncio.run(watch.run(seconds, greet))
            if watch.failure is not None:
                raise watch.failure
    finally:
        if store is not None:
            store.close()
    return _code(ending)


def _opened(url: str) -> Store | None:
    """The store, or None while it is locked, full or read-only: that is waited out. Anything
    else that is wrong with it is a mistake to mend now."""
    from whoasks.store import Store, StoreError

    try:
        return Store(url)
    except StoreError as error:
        if not error.passing:
            raise
        _say(f"{error.sentence}. {error.remedy}. The watch starts all the same")
        return None


def _greet(source: MulticastSource, progress: str, store: Store | None) -> None:
    """Who is listened to, what cannot be heard, what is not known yet, where it is kept."""
    places = (
        f"{each.name} ({', '.join((*each.ipv4, *each.ipv6)) or 'no address'})"
        for each in source.interfaces
    )
    _say(f"Listening on {', '.join(places)}. Nothing is ever sent; Ctrl-C ends it.")
    for line in source.coverage():
        _say(f"Not seen: {line}")
    if progress:
        _say(progress)
    _say(f"Kept in {store}" if store is not None else "Kept in memory until it can be written")


def _say(sentence: str) -> None:
    """One line for the person at the terminal, or the journal."""
    click.echo(f"whoasks: {text.terminal(sentence)}", err=True)


def _code(ending: Ending) -> int:
    # A service manager stops a watch with SIGTERM; a watch that wrote everything went well.
    return errors.INTERRUPTED if ending == "interrupted" else 0
