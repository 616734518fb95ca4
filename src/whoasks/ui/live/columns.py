"""Columns: how a value is shown in one, how it is ordered by it, how wide it may be.

Widths depend on the width of the screen alone, never on what is in the cells: nothing jitters
when rows come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from whoasks.ui import ordering

V = TypeVar("V")

LOCAL = ".local"
"""The ending of nearly every host's name."""
GAP = 1
"""Cells between two columns."""

_LAST = (1, ())


def natural(name: str) -> Any:
    """As people order texts, empty ones last."""
    return (0, ordering.natural(name)) if name else _LAST


def numeric(number: float | None) -> Any:
    """By size, unknown ones last."""
    return _LAST if number is None else (0, (number,))


def by_address(address: str | None) -> Any:
    """IPv4 before IPv6, each by number, unknown ones last."""
    return (0, ordering.address(address)) if address else _LAST


class Column(msgspec.Struct, Generic[V], frozen=True):
    """One column of a table of ``V``."""

    title: str
    cell: Callable[[V], str]
    """The raw text; it is made safe where it is drawn."""
    order: Callable[[V], Any] | None = None
    """What to sort by; without it the text, in natural order."""
    least: int = 6
    """Cells it gets in any case."""
    share: int = 0
    """Its part of the room that is left over."""
    most: int = 60
    right: bool = False
    wide: int = 0
    """Columns of screen from which on it is shown."""
    style: Callable[[V], str] | None = None
    """A rich style of the cell."""
    ending: str = ""
    """What goes first where a cell is too narrow, such as the domain that nearly all share."""
    falling: bool = False
    """Whether the first sort by it is with the largest on top."""

    def key(self, value: V) -> Any:
        """What to sort this value by."""
        return natural(self.cell(value)) if self.order is None else self.order(value)


class Placed(msgspec.Struct, frozen=True):
    """A column on a screen of some width."""

    at: int
    """Its place among all columns of the table."""
    width: int


def place(columns: Sequence[Column[Any]], width: int) -> list[Placed]:
    """The columns that are shown in so many cells, and how wide each is.

    What does not fit although it should is left out from the right.
    """
    shown = [at for at, column in enumerate(columns) if width >= column.wide]
    while len(shown) > 1 and _needs(columns, shown) > width:
        shown.pop()
    widths = {at: columns[at].least for at in shown}
    left = width - _needs(columns, shown)
    growing = [at for at in shown if columns[at].share]
    while left > 0 and growing:
        shares = sum(columns[at].share for at in growing)
        before = left
        for at in growing:
            grown = min(columns[at].most, widths[at] + max(1, before * columns[at].share // shares))
            grown = min(grown, widths[at] + left)
            left -= grown - widths[at]
            widths[at] = grown
        growing = [at for at in growing if widths[at] < columns[at].most]
    return [Placed(at, min(widths[at], width)) for at in shown]


def _needs(columns: Sequence[Column[Any]], shown: Sequence[int]) -> int:
    return sum(columns[at].least for at in shown) + GAP * (len(shown) - 1)
