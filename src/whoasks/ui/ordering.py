"""What comes before what: texts as people order them, addresses, ports and times as numbers.

Every order here is total, and sorting is stable. Nothing is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeVar

import msgspec

from whoasks.core.model import Host
from whoasks.ui.fields import VERDICTS, Field, number, words

S = TypeVar("S", bound=msgspec.Struct)

Order = tuple[Any, ...]
"""Compared as tuples are; those of one field always can be."""

_DIGITS = re.compile(r"([0-9]+)")


def natural(text: str) -> Order:
    """Orders texts in any case, and ``Printer 2`` before ``Printer 10``."""
    parts: list[tuple[Any, ...]] = []
    for at, part in enumerate(_DIGITS.split(text.casefold())):
        if at % 2:
            digits = part.lstrip("0")
            # By length, then digit by digit: as numbers, however long.
            parts.append((0, len(digits), digits))
        elif part:
            parts.append((1, part))
    return (tuple(parts), text)


def address(text: str) -> Order:
    """Orders addresses as numbers, IPv4 first, and what is no address behind them."""
    bare, _, scope = text.partition("%")
    try:
        parsed: IPv4Address | IPv6Address = ip_address(bare)
    except ValueError:
        return (9, 0, text)
    return (parsed.version, int(parsed), scope)


def order(field: Field, item: Any) -> Order:
    """What an item of the field is compared by."""
    if field.type == "address":
        return address(str(item))
    if field.type == "verdict":
        return (VERDICTS.index(item) if item in VERDICTS else len(VERDICTS),)
    if field.type in ("number", "time", "yesno", "severity"):
        return (item,)
    if isinstance(item, Host):
        return (*map(address, item.addresses), address(item.mac or ""))
    if field.type == "open" and (found := number(item)) is not None:
        return (0, found)
    return (1, natural(", ".join(words(item))))


def ordered(values: Iterable[S], by: Sequence[tuple[Field, bool]]) -> list[S]:
    """Values in the order of these fields, each with whether it is reversed.

    Values that are alike keep the order they came in. What has nothing there comes last,
    however the rest is ordered.
    """
    listed = list(values)
    for field, reverse in reversed(by):
        listed.sort(key=partial(_key, field, reverse), reverse=reverse)
    return listed


def _key(field: Field, reverse: bool, value: msgspec.Struct) -> Order:
    keys = tuple(order(field, item) for item in field.items(value))
    return (bool(keys) is reverse, keys)
