"""The table of what other settings would change. Nothing is compared here."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from whoasks.core.setting_changes import Change
from whoasks.ui.cells import Clock, host_cell, safe, where
from whoasks.ui.tables import Adaptive

_STYLES: dict[str, str] = {
    "appears": "bold yellow",
    "vanishes": "bold green",
    "changes": "bold cyan",
    "silenced": "green",
}


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
