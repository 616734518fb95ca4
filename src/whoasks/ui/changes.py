"""What other settings would change, as values and as a table. Nothing is compared here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from whoasks.core.model import Host
from whoasks.ui.cells import Clock, host_cell, safe, where
from whoasks.ui.tables import Adaptive

Kind = Literal["appears", "vanishes", "changes", "silenced", "may appear", "may vanish"]

_STYLES: dict[str, str] = {
    "appears": "bold yellow",
    "vanishes": "bold green",
    "changes": "bold cyan",
    "silenced": "green",
}


class Change(msgspec.Struct, frozen=True):
    """What becomes of one rule's findings about one host."""

    change: Kind
    rule: str
    before: str
    """Severities under the settings in force, or by what role they are silenced."""
    after: str
    """The same under the settings that are tried."""
    host: Host
    interface: str
    vlan: int | None
    times: int
    """Findings, or bursts, that it is about."""
    first_seen: float
    last_seen: float
    source: str
    """The capture, or the store."""
    why: str
    """What was seen, in a sentence; raw."""


def table(changes: Iterable[Change], clock: Clock) -> RenderableType:
    """Changes, a row each, in the order given."""
    listed = list(changes)

    def build(wide: bool) -> Table:
        made = Table(box=None, pad_edge=False, header_style="bold underline")
        titles = ["Change", "Rule", "Before", "After", "Host", "Times", "Last"]
        for title in titles + (["Where", "Why"] if wide else []):
            made.add_column(
                title,
                overflow="fold",
                no_wrap=title in ("Change", "Rule", "Times"),
                justify="right" if title == "Times" else "left",
            )
        for each in listed:
            more = (safe(_where(each)), safe(each.why))
            made.add_row(
                Text(each.change, style=_STYLES.get(each.change, "dim")),
                safe(each.rule),
                safe(each.before),
                safe(each.after),
                host_cell(each.host, wide),
                Text(f"{each.times:,}"),
                safe(clock.show(each.last_seen)),
                *(more if wide else ()),
            )
        return made

    return Adaptive(build)


def _where(change: Change) -> str:
    return f"{where(change.interface, change.vlan)}, {change.source}"
