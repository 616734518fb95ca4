"""The lines around the table: which tables there are, what is going on, which keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from whoasks.ui.cells import clip, count, safe
from whoasks.ui.live.outside import Feed
from whoasks.ui.live.table import Table

SAID_FOR = 8.0
"""Seconds for which a sentence stands on the status line."""
_KEYS = (
    ("?", "keys"), ("q", "end"), ("/", "filter"), ("s", "sort"), ("g", "group"),
    ("Enter", "details"), ("o", "open"), ("c", "copy"), ("p", "pause"), ("e", "export"),
    ("b", "ask again"), ("x", "hide gone"), ("r", "reverse"), ("t", "theme"), ("i", "blind spots"),
)  # fmt: skip


def tabs(titles: Sequence[str], counts: Sequence[int], at: int, width: int) -> Text:
    """The tables with their sizes; the one that is shown stands out without colour too."""
    line = Text(no_wrap=True, end="")
    for number, (title, size) in enumerate(zip(titles, counts, strict=True)):
        name = title if width >= 72 else title[:5]
        style = "bold reverse" if number == at else ""
        line.append(f" {number + 1} {name} {size:,} ", style=style)
    line.truncate(width)
    return line


def status(table: Table[Any], feed: Feed, said: str, width: int, *, paused: bool) -> Text:
    """Rows, query, what the feed does; what was said last instead of that."""
    parts = [
        f"{table.shown:,} of {count(len(table), 'row')}"
        if table.typed
        else count(table.shown, "row")
    ]
    if table.typed:
        parts.append(f"filter {table.typed}")
    if table.grouping:
        parts.append(f"by {table.grouping.title}")
    if table.hides_stale:
        parts.append("gone hidden")
    if table.dropped:
        parts.append(f"{table.dropped:,} older let go")
    line = Text(no_wrap=True, end="")
    if paused:
        line.append(" PAUSED ", style="bold reverse")
    left = safe(" " + " · ".join(parts))
    right = said or f"{feed.title}: {feed.status()}"
    room = width - left.cell_len - line.cell_len - 3
    shown = clip(right, max(room, 0))
    line.append_text(left)
    fill = width - line.cell_len - Text(shown).cell_len - 1
    line.append(" " * max(fill, 1)).append(shown)
    line.truncate(width)
    return line


def keys(width: int) -> Text:
    """As many keys as there is room for."""
    line = Text(no_wrap=True, end="")
    for key, meaning in _KEYS:
        if line.cell_len + len(key) + len(meaning) + 3 > width:
            break
        line.append(f" {key}", style="bold").append(f" {meaning} ")
    return line
