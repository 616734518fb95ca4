"""``whoasks watch``: listen, keep, show; never send.

The edge of the live watcher: options, the words at its start, and how it ends. What happens in
between is in ``watching``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import errors, learning, memory, options, shaped_report
from whoasks.core.model import Finding

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted
    from whoasks.cli.watching import Ending, Source
    from whoasks.sources.capture_sockets import CaptureSockets
    from whoasks.store import Store


@click.command(name="watch")
@click.option(
    "--once-for",
    "seconds",
    type=click.FloatRange(min=0.1),
    metavar="S",
    help="End after that many seconds, with a summary.",
)
@click.option(
    "--capture",
    is_flag=True,
    help="Capture packets instead of listening to the groups (Linux, CAP_NET_RAW): the MAC of "
    "every host, VLANs, unicast to this host. What needs privileges is opened first, then they "
    "are given up.",
)
@click.option(
    "--promiscuous",
    is_flag=True,
    help="With --capture: take in frames that are for others too, as on a mirror port.",
)
@click.option(
    "--follow-ups",
    is_flag=True,
    help="With --capture: also notice TCP connections between hosts of the segment. They are "
    "counted and the last ones kept in memory; no rule uses them yet.",
)
@click.option(
    "--user",
    metavar="NAME",
    help="With --capture, when root starts it: go on as this user. Default: whoever said sudo.",
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
    capture: bool,
    promiscuous: bool,
    follow_ups: bool,
    user: str | None,
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
    too. Ctrl-C ends it (exit code 130), SIGTERM and a terminal that is closed do too (0); each
    time what is open is written first. SIGHUP reads the configuration again. A store that fails
    while it runs does not end it.

    \b
    Examples:
      whoasks watch
      whoasks watch -i eth0 --format ndjson
      whoasks watch --once-for 3600 --format csv -o findings.csv
      sudo whoasks watch --capture -i eth0
      whoasks watch --filter 'severity>=medium and host.role=""'
    """
    from whoasks.cli.watching import Watch
    from whoasks.store import Keeper, Store

    if not capture:
        _no_capture(promiscuous=promiscuous, follow_ups=follow_ups, user=user is not None)
    shape = wanted.of(Finding, time.time())
    shaped_report.allow(format_, shape, live=True)
    # First of all: what is opened after it, belongs to whom the watch runs as.
    with _privileged(user) if capture else nullcontext() as sockets:
        loaded = options.settings(config_path)
        url = options.database(db, loaded)
        store = _opened(url)
        habits = learning.stored(store, _say) if store is not None else None
        keeper = Keeper(lambda: store or Store(url), _say)

        def greet(source: Source) -> None:
            doing = "Listening" if sockets is None else "Capturing"
            _greet(source, doing, learning.progress(habits, loaded.core.learning, time.time()))
            _say(
                f"Kept in {store}"
                if store is not None
                else "Kept in memory until it can be written"
            )

        try:
            with shaped_report.opened(
                format_, output, shape, live=True, no_color=no_color
            ) as report:
                watch = Watch(
                    loaded,
                    interfaces or loaded.interfaces,
                    keeper,
                    report,
                    _say,
                    habits=habits,
                    reload=lambda: options.settings(config_path),
                    make_source=_source(sockets, promiscuous=promiscuous, follow_ups=follow_ups),
                )
                memory.settle()
                ending = asyncio.run(watch.run(seconds, greet))
                if watch.failure is not None:
                    raise watch.failure
        finally:
            if store is not None:
                store.close()
    return _code(ending)


def _no_capture(**given: bool) -> None:
    """Raises WhoasksError for an option that means nothing without ``--capture``."""
    for name, is_given in given.items():
        if is_given:
            flag = f"--{name.replace('_', '-')}"
            raise errors.WhoasksError(f"{flag} needs --capture", "Give both, or neither")


def _privileged(user: str | None) -> CaptureSockets:
    """The capture sockets; afterwards this process has no privileges. Raises SourceError."""
    from whoasks.sources import capture_sockets

    sockets = capture_sockets.opened(user)
    _say(capture_sockets.running_as())
    return sockets


def _source(
    sockets: CaptureSockets | None, *, promiscuous: bool, follow_ups: bool
) -> Callable[..., Source]:
    """What makes the source of a watch, which reads in a thread of its own."""
    from whoasks.sources import multicast, packet_capture
    from whoasks.sources.reader import ThreadReader

    reader = ThreadReader()
    if sockets is None:
        return partial(multicast.MulticastSource, reader=reader)
    return partial(
        packet_capture.CaptureSource,
        sockets=sockets,
        promiscuous=promiscuous,
        follow_ups=follow_ups,
        reader=reader,
    )


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


def _greet(source: Source, doing: str, progress: str) -> None:
    """Who is listened to, what cannot be heard, what is not known yet."""
    places = (
        f"{each.name} ({', '.join((*each.ipv4, *each.ipv6)) or 'no address'})"
        for each in source.interfaces
    )
    _say(f"{doing} on {', '.join(places)}. Nothing is ever sent; Ctrl-C ends it.")
    for line in source.coverage():
        _say(f"Not seen: {line}")
    if progress:
        _say(progress)


def _say(sentence: str) -> None:
    """One line for the person at the terminal, or the journal."""
    click.echo(f"whoasks: {text.terminal(sentence)}", err=True)


def _code(ending: Ending) -> int:
    # A service manager stops a watch with SIGTERM; a watch that wrote everything went well.
    return errors.INTERRUPTED if ending == "interrupted" else 0
