"""``whoasks live``: the full screen over the network or over a recording.

Here is only what it is started with and how it ends; it is drawn by ``ui.live``.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import errors, options

if TYPE_CHECKING:
    from whoasks.cli.living import Living
    from whoasks.cli.playing import Playing
    from whoasks.config import Settings
    from whoasks.store import Store
    from whoasks.ui.live.outside import Ending, Feed, Hands


def _speed(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """A number above 0, or ``max``."""
    if value is None:
        return None
    try:
        speed = math.inf if value == "max" else float(value)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise click.BadParameter(
            f"'{value}' is no speed; write max, or a number such as 60.", context, parameter
        )
    return speed


@click.command(name="live")
@click.option(
    "--from",
    "capture",
    type=click.Path(path_type=Path),
    metavar="CAPTURE",
    help="Show a pcap or pcapng recording instead; nothing is sent, nothing kept.",
)
@click.option(
    "--speed",
    metavar="X",
    callback=_speed,
    help="With --from: seconds of the recording in a second, or max (the default) for all of it "
    "at once.",
)
@click.option(
    "--no-browse",
    "--passive",
    "passive",
    is_flag=True,
    help="Never send a question: show only what is heard by itself.",
)
@click.option(
    "--no-save",
    is_flag=True,
    help="Keep nothing in the store, and do without what it has learned.",
)
@click.option(
    "--terminal",
    metavar="COMMAND",
    envvar="WHOASKS_TERMINAL",
    help="Open ssh with this, such as 'xterm -e'; otherwise in this terminal, and the screen "
    "comes back after it. [env: WHOASKS_TERMINAL]",
)
@click.option(
    "--theme",
    type=click.Choice(("dark", "light", "terminal")),
    default=None,
    help="Colours; terminal takes the terminal's own. Default: dark, or what COLORFGBG says.",
)
@options.interface_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    capture: Path | None,
    speed: float | None,
    passive: bool,
    no_save: bool,
    terminal: str | None,
    theme: str | None,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """Services, hosts, askers and findings on a full screen, as they come.

    Asks as `whoasks list` does (not with --no-browse) and watches as `whoasks watch` does: it
    keeps findings and habits in the store (not with --no-save). Writes no other file unless you
    export one. Press ? for the keys, q to end.

    \b
    Examples:
      whoasks live
      whoasks live --passive -i eth0
      whoasks live --from office.pcapng --speed 60
      whoasks live --terminal 'xterm -e'
    """
    _check(capture, speed, interfaces, passive=passive, no_save=no_save)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise errors.WhoasksError(
            "A full screen needs a terminal, and this is none",
            "Use 'whoasks list' or 'whoasks watch'",
        )
    from whoasks.cli.hands import Hands as OurHands

    hands = OurHands(terminal)
    loaded = options.settings(config_path)
    feed: Playing | Living
    if capture is not None:
        feed = _playing(capture, loaded, math.inf if speed is None else speed)
    else:
        kept = None if no_save else options.database(db, loaded)
        feed = _living(loaded, interfaces or loaded.interfaces, kept, asks=not passive)
    colours = not (no_color or os.environ.get("NO_COLOR"))
    ending = _shown(feed, hands, theme or _theme(os.environ.get("COLORFGBG", "")), colours=colours)
    for sentence in feed.last_words:
        _say(sentence)
    if ending == "interrupted":
        return errors.INTERRUPTED
    return errors.USAGE if feed.broken else 0


def _check(
    capture: Path | None,
    speed: float | None,
    interfaces: Sequence[str],
    *,
    passive: bool,
    no_save: bool,
) -> None:
    if capture is None:
        if speed is not None:
            raise click.UsageError("--speed is for a recording: give one with --from.")
    elif interfaces or passive or no_save:
        raise click.UsageError(
            "--from shows a recording, sends nothing and keeps nothing: "
            "no --interface, --no-browse or --no-save."
        )


def _theme(colours: str) -> str:
    """``dark`` or ``light``, by what some terminals say of themselves (``0;15``: on white)."""
    background = colours.rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"


def _shown(feed: Feed, hands: Hands, theme: str, *, colours: bool) -> Ending | None:
    """Show it until it ends; raises what ended it before its time."""
    from whoasks.ui.live.app import LiveApp

    if not colours:
        os.environ["NO_COLOR"] = "1"  # which is where textual looks
    app = LiveApp(feed, hands, theme=theme, colours=colours)
    ending = app.run()
    if app.failure is not None:
        raise app.failure
    return ending


def _playing(capture: Path, loaded: Settings, speed: float) -> Playing:
    from whoasks.cli import vendors
    from whoasks.cli.playing import Playing
    from whoasks.sources.capture_file import CaptureError

    try:
        return Playing(capture, loaded.core, asyncio.run(vendors.load()), speed=speed)
    except CaptureError as error:
        raise errors.WhoasksError(str(error)) from error


def _living(loaded: Settings, interfaces: Sequence[str], db: str | None, *, asks: bool) -> Living:
    """The network; ``db`` is None when nothing is to be kept. Raises SourceError, StoreError."""
    from whoasks.cli import learning, vendors
    from whoasks.cli.known_devices import KnownDevices
    from whoasks.cli.living import Living, Nothing
    from whoasks.sources.interfaces import choose
    from whoasks.store import Keeper, Store

    choose(interfaces)  # what is wrong with them is said before there is a screen
    store = None if db is None else _opened(db)

    def saves() -> Store | Nothing:
        return store or (Nothing() if db is None else Store(db))

    return Living(
        loaded,
        interfaces,
        lambda say: Keeper(saves, say),
        KnownDevices(asyncio.run(vendors.load())),
        asks=asks,
        habits=None if store is None else learning.stored(store, _say),
    )


def _opened(db: str) -> Store | None:
    """The store, or None while it is locked, full or read-only: that is waited out."""
    from whoasks.store import Store, StoreError

    try:
        return Store(db)
    except StoreError as error:
        if not error.passing:
            raise
        return None


def _say(sentence: str) -> None:
    click.echo(f"whoasks: {text.terminal(sentence)}", err=True)
