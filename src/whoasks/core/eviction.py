"""Whom a full table forgets: someone silent, as far as a look at the first few tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOKS = 8
"""Entries looked at: a table that is full of the living is not walked for one that is not."""


def forget_one(table: dict[str, T], silent: Callable[[T], bool]) -> None:
    """Take out the first entry that is silent of the first few, which else go to the back;
    without one, whichever is first then. The table must not be empty."""
    for _ in range(LOOKS):
        key = next(iter(table))
        value = table.pop(key)
        if silent(value):
            return
        table[key] = value
    del table[next(iter(table))]
