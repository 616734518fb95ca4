"""Tables of chosen columns, for values of any kind. Which rows and in which order is the caller's.

A column's title is the name that chooses it. Nothing is cut, and where there is no room for a
list on one line it has a line an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from whoasks.core.model import Claim, Host, Severity, Tool
from whoasks.ui.cells import VERDICT_STYLES, Clock, dotless, host_cell, safe, severity, stacked
from whoasks.ui.fields import Field, words
from whoasks.ui.tables import Adaptive

_NARROW = ("number", "severity", "verdict", "yesno")
"""Types whose cells never wrap."""
_HOSTS = {"hostname"}


def chosen(
    values: Iterable[msgspec.Struct], columns: Sequence[Field], clock: Clock
) -> RenderableType:
    """A row a value."""
    listed = list(values)

    def build(wide: bool) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold underline")
        for field in columns:
            table.add_column(
                safe(field.name),
                overflow="fold",
                no_wrap=field.type in _NARROW,
                justify="right" if field.type == "number" else "left",
            )
        for value in listed:
            table.add_row(*(cell(field, value, clock, wide=wide) for field in columns))
        return table

    return Adaptive(build)


def cell(field: Field, value: msgspec.Struct, clock: Clock, *, wide: bool) -> Text:
    """What a value has in a field, safe to show; nothing where it has nothing."""
    items = [_item(field, item, clock, wide=wide) for item in field.items(value)]
    if wide or field.type == "number":
        return Text(", ").join(items)
    return Text("\n").join(items)


def _item(field: Field, item: Any, clock: Clock, *, wide: bool) -> Text:  # noqa: PLR0911
    if field.type == "time":
        return safe(clock.show(item))
    if isinstance(item, Severity):
        return severity(item)
    if isinstance(item, Host):
        return host_cell(item, wide)
    if isinstance(item, Tool):
        return safe(item.name)
    if isinstance(item, Claim):
        return safe(f"{item.rule}={item.severity.label}")
    if field.type == "verdict":
        return safe(item, VERDICT_STYLES.get(item, ""))
    return _words(field, item, wide=wide)


def _words(field: Field, item: Any, *, wide: bool) -> Text:
    if isinstance(item, bool):
        return safe("yes" if item else "no")
    if isinstance(item, str):
        return safe(dotless(item) if field.path[-1] in _HOSTS and item else item)
    if isinstance(item, int):
        # Ports and ids are numbers too: a name that is copied has no comma in it.
        return safe(str(item))
    return safe(", ".join(words(item))) if wide else stacked(words(item))
