"""Differences between two lists on a screen. Order is the caller's; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from whoasks.core.difference import Comparison, ServiceChange, What
from whoasks.ui.cells import dotless, safe, stacked, value
from whoasks.ui.tables import Adaptive

STYLES: dict[What, str] = {"new": "bold green", "gone": "bold red", "changed": "bold yellow"}
_SIGNS: dict[What, str] = {"new": "+", "gone": "-", "changed": "~"}


def changes(values: Iterable[ServiceChange]) -> RenderableType:
    """A row a service; what changed of it a line each."""
    listed = list(values)

    def build(wide: bool) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold underline")
        titles = ["Change", "Name", "Type", "What", *(["Host", "Is"] if wide else [])]
        for title in titles:
            table.add_column(title, overflow="fold", no_wrap=title == "Change")
        for change in listed:
            more = (safe(dotless(change.hostname or "")), safe(change.description or ""))
            table.add_row(
                Text(f"{_SIGNS[change.change]} {change.change}", style=STYLES[change.change]),
                safe(change.instance),
                safe(change.type),
                _what(change, wide=wide),
                *(more if wide else ()),
            )
        return table

    return Adaptive(build)


def summary(found: Comparison) -> str:
    """``2 new, 1 gone, 3 changed, 20 the same.``; what was left out on a line of its own."""
    counts = [f"{found.count(what):,} {what}" for what in STYLES]
    sentence = f"{', '.join(counts)}, {found.same:,} the same."
    if found.by_themselves:
        values = "1 value" if found.by_themselves == 1 else f"{found.by_themselves:,} values"
        sentence += f"\n{values} that change by themselves left out; --all shows them."
    return sentence


def _what(change: ServiceChange, *, wide: bool) -> Text:
    if change.change != "changed":
        return stacked(_place(change, wide=wide))
    return stacked(
        f"{field}: {_told(change.before, field)} → {_told(change.after, field)}"
        for field in change.fields
    )


def _place(change: ServiceChange, *, wide: bool = False) -> list[str]:
    """``nas.local``, and ``port 445, 10.0.0.12``; a wide table has a column for hosts."""
    host = [dotless(change.hostname)] if change.hostname and not wide else []
    port = [] if change.port is None else [f"port {change.port}"]
    return [part for part in (*host, ", ".join([*port, *change.addresses[:1]])) if part]


def _told(side: dict[str, Any], field: str) -> str:
    if field not in side:
        return "not there"
    told = side[field]
    if told is None:
        return "without a value" if field.startswith("txt.") else "not known"
    if field == "host":
        return dotless(told)
    return value(told) or "empty"
