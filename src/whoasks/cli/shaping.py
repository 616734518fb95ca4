"""``--columns``, ``--sort`` and ``--filter``: what is asked of rows, read once, then applied.

Pure, and the same for every command and format. Whatever is wrong with one of the options is
said before anything is browsed, read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

import msgspec

from whoasks.cli.errors import WhoasksError
from whoasks.cli.filtering import Condition, Filter, parse, unknown
from whoasks.ui.fields import Field, find
from whoasks.ui.ordering import ordered

S = TypeVar("S", bound=msgspec.Struct)


class ShapingError(WhoasksError):
    """What is wrong with ``--columns`` or ``--sort``, and what would be right."""


class Shape(msgspec.Struct, frozen=True):
    """What becomes of the rows of one kind; nothing where nothing is asked."""

    columns: tuple[Field, ...] = ()
    """None chosen: all of a record, or a table's own."""
    order: tuple[tuple[Field, bool], ...] = ()
    """Fields to sort by, the first one first, each with whether it is reversed."""
    filter: Filter | None = None

    def __bool__(self) -> bool:
        return bool(self.columns or self.order or self.filter)

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Where the columns stand in a record."""
        return tuple(field.path for field in self.columns)

    def names(self, field: str) -> bool:
        """Whether a column, the order or the filter is about a field, or a part of it."""
        conditions = self.filter.conditions if self.filter is not None else ()
        asked = [*self.columns, *(each for each, _ in self.order)]
        asked += [condition.field for condition in conditions]
        return any(each.path[0] == field for each in asked)

    def lets_through(self, value: msgspec.Struct) -> bool:
        """Whether the filter does."""
        return self.filter is None or self.filter.matches(value)

    def rows(self, values: Iterable[S]) -> Iterable[S]:
        """The values that pass, in order; only sorting holds all of them."""
        passed: Iterator[S] = (value for value in values if self.lets_through(value))
        return ordered(passed, self.order) if self.order else passed

    def groups(self, values: Iterable[S], key: Callable[[S], Hashable]) -> list[S]:
        """``rows``, with those of one key together: the first row of each says which is first."""
        together: dict[Hashable, list[S]] = {}
        for value in self.rows(values):
            together.setdefault(key(value), []).append(value)
        return [value for members in together.values() for value in members]


class Wanted(msgspec.Struct, frozen=True):
    """The options as they were given, before it is known what the rows are."""

    columns: str | None = None
    sort: str | None = None
    filters: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.columns is not None or self.sort is not None or bool(self.filters)

    def of(self, kind: type[msgspec.Struct], now: float) -> Shape:
        """The shape of rows of a kind. ``now``: epoch seconds, for ages in filters.

        Raises ShapingError and FilterError.
        """
        return Shape(
            () if self.columns is None else columns(kind, self.columns),
            () if self.sort is None else order(kind, self.sort),
            _joined([parse(kind, expression, now) for expression in self.filters], now),
        )


def columns(kind: type[msgspec.Struct], given: str) -> tuple[Field, ...]:
    """Fields by their names, once each. Raises ShapingError."""
    names = _names("--columns", given, "instance,port,addresses")
    return tuple(dict.fromkeys(_field(kind, name) for name in names))


def order(kind: type[msgspec.Struct], given: str) -> tuple[tuple[Field, bool], ...]:
    """Fields and whether each is reversed, as a ``-`` before its name says. Raises ShapingError."""
    names = _names("--sort", given, "type,-port")
    fields = [(_field(kind, name.removeprefix("-").removeprefix("+")), name) for name in names]
    return tuple((field, name.startswith("-")) for field, name in fields)


def _names(option: str, given: str, example: str) -> list[str]:
    names = [name.strip() for name in given.split(",")]
    if not all(name.strip("+-") for name in names):
        raise ShapingError(
            f"{option} '{given[:80]}' lacks a name", f"Write for example {option} {example}"
        )
    return names


def _field(kind: type[msgspec.Struct], name: str) -> Field:
    field = find(kind, name)
    if field is None:
        raise ShapingError(*unknown(kind, name))
    return field


def _joined(filters: list[Filter], now: float) -> Filter | None:
    """Several filters are one in which all conditions hold."""
    conditions: list[Condition] = [each for one in filters for each in one.conditions]
    return Filter(conditions, now) if conditions else None
