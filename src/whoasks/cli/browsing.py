"""One browse of the network into an inventory, with a line that says how far it is: for ``list``,
and for whoever takes its list from there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import asking

if TYPE_CHECKING:
    from whoasks.browse.plan import Plan
    from whoasks.browse.session import Ending
    from whoasks.cli.interrupts import Interrupts
    from whoasks.core.device_senders import Senders
    from whoasks.core.inventory import Inventory

TIMEOUT = 15.0
"""Seconds. A browse ends by itself; this is for a network that changes without a pause."""

_NAMED = 4
"""Interfaces that are named of those that were left out."""

CUT_OFF = "Interrupted; the rest of the recording was not read."


def browse(
    plan: Plan,
    inventory: Inventory,
    senders: Senders,
    interfaces: Sequence[str],
    interrupts: Interrupts,
    *,
    families: asking.Families = (True, True),
    timeout: float = TIMEOUT,
    prepare: Callable[[], None],
) -> Ending:
    """Fill the inventory from the network; ``prepare`` while it thinks about its answers.

    Raises WhoasksError, SourceError and BrowseError where the machine does not allow it.
    """
    from whoasks.browse.intake import Intake
    from whoasks.browse.session import Browser
    from whoasks.cli.devices import both
    from whoasks.sources.interfaces import choose

    chosen = choose(interfaces)
    feed = both(senders, Intake(inventory).feed)
    browser = Browser(plan, inventory, feed, asking.places(chosen, families))
    progress = Progress(inventory)
    asked = asking.listen_and_ask(
        browser, chosen, families, timeout, on_tick=progress.show, on_idle=prepare
    )
    try:
        return asking.run(browser, asked, interrupts)
    finally:
        progress.clear()


def left_out(interfaces: Sequence[str]) -> str:
    """Where a browse did not ask though it could, in a line that begins with its line end; empty
    where there is no such place, or where somebody chose."""
    if interfaces:
        return ""
    from whoasks.sources.interfaces import left_out as unasked

    names = [text.terminal(each.name) for each in unasked()]
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"\nNot asked on {', '.join(names[:_NAMED])}{more}, of containers or virtual machines by "
        "name; --interface takes one in."
    )


class Progress:
    """A line on a terminal that says how far the browse is; nothing anywhere else."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._shown = ""
        self._on = sys.stderr.isatty()

    def show(self) -> None:
        """Bring the line up to date."""
        unresolved = len(self._inventory.unresolved_names())
        line = f"{len(self._inventory)} services, {unresolved} to resolve"
        if self._on and line != self._shown:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
            self._shown = line

    def clear(self) -> None:
        """Leave no trace of it."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
