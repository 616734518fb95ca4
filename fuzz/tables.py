"""How large the tables of a pipeline are: every container that it reaches, by where it hangs.

Looks through attributes, whatever they are called, so that a table that is added tomorrow is
measured too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import msgspec

LARGEST = 40_000
"""Entries of one table. The largest caps are two generations of 16,384 hosts or flows."""

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type, ModuleType)
_CONTAINERS = (dict, list, set, frozenset, deque, tuple)


def sizes(root: object) -> dict[str, int]:
    """Where a container hangs → its largest size; elements of a table share its place."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = [("", root)]
    while todo:
        place, thing = todo.pop()
        if isinstance(thing, _PLAIN) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, (*_CONTAINERS, Mapping)):
            found[place] = max(found.get(place, 0), len(thing))
            todo += [(f"{place}[]", item) for item in _items(thing)]
        elif type(thing).__module__.startswith("whoasks"):
            todo += [(f"{place}.{name}", value) for name, value in _attributes(thing)]
    return found


def too_large(found: Mapping[str, int]) -> dict[str, int]:
    """The tables that no cap explains."""
    return {place: size for place, size in found.items() if size > LARGEST}


def _items(thing: Any) -> Iterator[Any]:
    if isinstance(thing, Mapping):
        yield from thing.keys()
        yield from thing.values()
    else:
        yield from thing


def _fields(thing: object) -> tuple[str, ...]:
    return thing.__struct_fields__ if isinstance(thing, msgspec.Struct) else ()


def _attributes(thing: object) -> Iterator[tuple[str, Any]]:
    names = dict.fromkeys((*getattr(thing, "__dict__", ()), *_fields(thing)))
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names |= dict.fromkeys((slots,) if isinstance(slots, str) else slots)
    for name in names:
        value = getattr(thing, name, None)
        if value is not None and not callable(value):
            yield name, value
