"""``whoasks drill``: send a harmless enumeration and see whether a watcher reports it.

With ``list`` the only command that sends. It says first what it will send, and sends nothing
without a yes; its first packet is a mark, by which a watcher knows its findings for a drill's.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.browse.drill import DRILLS, KINDS, Drill, Packet, drill, packets
from whoasks.cli import errors, options

if TYPE_CHECKING:
    from whoasks.cli.drilling import Plan
    from whoasks.config import Settings
    from whoasks.core.model import Finding
    from whoasks.sources.interfaces import Interface
    from whoasks.store import Store

WAIT = 15.0
"""Seconds. A watch keeps a finding at once; a database over a network may take a while."""


@click.command(name="drill")
@click.argument("kind", type=click.Choice(KINDS), required=False, metavar="[KIND]")
@click.option(
    "--list", "listing", is_flag=True, help="Show the kinds, what each sends and who should see it."
)
@click.option("--yes", is_flag=True, help="Send without being asked.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT,
    show_default=True,
    metavar="S",
    help="Look for the finding that many seconds.",
)
@options.interface_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    kind: str | None,
    listing: bool,
    yes: bool,
    wait: float,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """Send a harmless enumeration, and see whether the watcher reports it.

    Says what it will send and asks first. A mark goes ahead of the questions, so that their
    findings are known for a drill's; they are reported all the same. Then it looks for them in
    the watcher's store. Exit code 0: detected; 1: not within the wait.

    \b
    Examples:
      whoasks drill --list
      whoasks drill meta-query
      whoasks drill sweep -i eth0 --db /var/lib/whoasks/whoasks.db --yes
    """
    if listing:
        _show_kinds(no_color=no_color)
        return 0
    if kind is None:
        raise click.UsageError(f"Which drill? One of: {', '.join(KINDS)}.")
    from whoasks.cli.drilling import announced

    loaded = options.settings(config_path)
    plan = _planned(drill(kind), interfaces or loaded.interfaces, wait)
    store = _watched(db, loaded)
    try:
        click.echo(announced(plan), err=True)
        if not _agreed(yes=yes):
            click.echo("Nothing was sent.", err=True)
            return errors.INTERRUPTED
        return _run(plan, store)
    finally:
        if store is not None:
            store.close()


def _planned(chosen: Drill, names: Sequence[str], wait: float) -> Plan:
    """Where to send from and what. Raises SourceError, and WhoasksError without addresses."""
    from whoasks.browse.drill_voice import Place
    from whoasks.cli.drilling import Plan
    from whoasks.sources.interfaces import choose

    found = choose(names)
    usable = [i for i in found if i.ipv4 or (i.ipv6 and not chosen.needs_ipv4)]
    missing = [i.name for i in found if i not in usable]
    # An interface that was named is meant; among all of them one may lack it.
    if missing and (names or not usable):
        raise errors.WhoasksError(
            f"No {'IPv4 ' if chosen.needs_ipv4 else ''}address on {', '.join(missing)}",
            "Give it one, or name another with --interface",
            errors.NOT_ALLOWED,
        )
    places = tuple(
        Place(interface.name, interface.index, ipv6)
        for interface in usable
        for ipv6, addresses in ((False, interface.ipv4), (True, interface.ipv6))
        if addresses
    )
    token = secrets.token_hex(4)
    # The same IDs on every interface: one packet said twice, not two.
    ids = [1 + secrets.randbelow(0xFFFF) for _ in range(8)]

    def script(interface: Interface) -> list[Packet]:
        address = interface.ipv4[0] if interface.ipv4 else None
        return packets(chosen.kind, token, address=address, ident=iter(ids).__next__)

    return Plan(chosen, token, places, {i.name: script(i) for i in usable}, wait)


def _watched(db: str | None, loaded: Settings) -> Store | None:
    """The watcher's store; None when none is named and there is none at the default place.

    Opened before anything is sent. Raises StoreError for one that was named and is not there.
    """
    from whoasks.store import Store

    where = options.database(db, loaded)
    if not db and not loaded.database and not Path(where).exists():
        return None
    return Store(where, read_only=True)


def _agreed(*, yes: bool) -> bool:
    """Whether to send. Raises WhoasksError where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise errors.WhoasksError(
            "Nothing was sent: there is no terminal to ask on", "Add --yes to send all the same"
        )
    try:
        return click.confirm("Send it?", err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _run(plan: Plan, store: Store | None) -> int:
    """Send, look, say what came of it. An interruption ends it with what there is by then."""
    from whoasks import config
    from whoasks.browse.drill_voice import Sent, Voice
    from whoasks.cli.drilling import count, look, only_sent, store_option, verdict

    sent = Sent()
    found: list[Finding] = []
    code = 0
    try:
        with Voice(plan.places, legacy=plan.drill.legacy) as voice:
            voice.say(plan.scripts, sent)
        for place, why in voice.refused.items():
            click.echo(text.terminal(f"Not sent from {place}: {why}."), err=True)
        if store is not None:
            where = text.terminal(str(store))
            click.echo(f"Sent {count(sent.packets, 'packet')}. Looking in {where}.", err=True)
            look(store, plan, sent, found)
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted; {count(sent.packets, 'packet')} had been sent.", err=True)
        code = errors.INTERRUPTED
    if store is None:
        lines = [only_sent(plan, sent)]
    elif code and not found:
        lines = []
    else:
        option = store_option(str(store), config.default_database(os.environ))
        lines = verdict(plan, sent, found, option)
        code = code or (0 if found else errors.NOTHING_FOUND)
    for line in lines:
        click.echo(text.terminal(line))
    return code


def _show_kinds(*, no_color: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold underline")
    for title in ("Drill", "Sends", "Expected rule", "Technique"):
        table.add_column(title, no_wrap=title in ("Drill", "Technique"))
    for each in DRILLS:
        expected = f"{' with '.join(each.rules)} ({each.severity.label})"
        table.add_row(*(Text(cell) for cell in (each.kind, each.sends, expected, each.technique)))
    options.show(table, None, no_color=no_color)
