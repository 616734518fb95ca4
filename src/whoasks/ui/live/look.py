"""What a table is before anything is in it: its columns, its groups, what its rows are known by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from whoasks.ui.live.columns import Column

V = TypeVar("V")


class Grouping(msgspec.Struct, Generic[V], frozen=True):
    """A way to put rows together."""

    title: str
    of: Callable[[V], str]
    """The name of a row's group; raw."""


class Heading(msgspec.Struct, frozen=True):
    """The line above a group."""

    name: str
    count: int
    open: bool


class Look(msgspec.Struct, Generic[V], frozen=True):
    """What a table is like before anybody touches it."""

    columns: tuple[Column[V], ...]
    key: Callable[[V], str]
    """Identity: two values with one key are one row at two times."""
    groupings: tuple[Grouping[V], ...] = ()
    stale: Callable[[V], bool] = lambda value: False
    more_words: Callable[[V], str] = lambda value: ""
    """What a query finds besides the columns."""
    sort: int = 0
    falling: bool = False
    empty: str = "Nothing yet."
    """What stands in it before its first row."""
    cap: int | None = None
    """Rows kept; the oldest is let go first."""
