"""Fields of values by their names: which there are, and how one is read.

The names are those of the records of schema 1, with a dot into what is nested (``host.mac``,
``txt.model``). Nothing is shown, written or compared here.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from whoasks.core.model import SCHEMA, Host, Severity, Verdict

Type = Literal["text", "number", "yesno", "time", "severity", "verdict", "address", "open", "parts"]
"""What a field, or each item of a list, is. ``open``: whatever stands under a key that is not
ours, such as a TXT value. ``parts``: something with fields or keys of its own."""

TIMES = frozenset({"first_seen", "last_seen", "started", "ended", "hour"})
VERDICTS: tuple[str, ...] = get_args(Verdict)
"""From the least to the most."""

_NAMED: dict[str, Type] = {
    "addresses": "address",
    "severity": "severity",
    "verdict": "verdict",
    **dict.fromkeys(TIMES, "time"),
}

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(?:\.[0-9]{1,300})?")
"""Nothing that ``float`` takes besides, such as ``inf`` or ``1_0``; nor what it makes infinite."""
_MEANT = {
    "name": "instance",
    "ip": "addresses",
    "address": "addresses",
    "interface": "interfaces",
    "mac": "host.mac",
    "vendor": "host.vendor",
    "role": "host.role",
    "host": "hostname",
    "state": "status",
    "time": "last_seen",
}
"""What people call fields that have another name here."""


class Field(msgspec.Struct, frozen=True):
    """One field of a kind of value."""

    path: tuple[str, ...]
    type: Type

    @property
    def name(self) -> str:
        """As it is written: ``host.mac``."""
        return ".".join(self.path)

    def of(self, value: msgspec.Struct) -> Any:
        """What the value has there; None where it has nothing."""
        here: Any = value
        for step in self.path:
            here = _step(here, step)
        return None if _is_nan(here) else here

    def items(self, value: msgspec.Struct) -> tuple[Any, ...]:
        """The same as a list: none for nothing, one for what is no list."""
        here = self.of(value)
        if here is None:
            return ()
        if isinstance(here, (tuple, list)):
            return tuple(here)
        return (here,)


def _is_nan(item: Any) -> bool:
    """NaN stands before and behind everything: to an order it is nothing."""
    return isinstance(item, float) and math.isnan(item)


def _step(here: Any, name: str) -> Any:
    if isinstance(here, Mapping):
        if name in here:
            return here[name]
        # Keys of TXT records are alike in any case (RFC 6763 §6.4).
        folded = name.casefold()
        return next((item for key, item in here.items() if str(key).casefold() == folded), None)
    if isinstance(here, msgspec.Struct):
        made = _MADE.get(name)
        return made(here) if made is not None else getattr(here, name, None)
    return None


def _key(here: msgspec.Struct) -> Any:
    if isinstance(here, Host):
        return here.mac or (here.addresses[0] if here.addresses else "")
    return getattr(here, "key", None)


def kind(struct: type[msgspec.Struct]) -> str:
    """The word that records call a kind: ``service``, ``service_change``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", struct.__name__).lower()


_MADE: dict[str, Callable[[msgspec.Struct], Any]] = {
    "record": lambda here: kind(type(here)),
    "schema": lambda here: SCHEMA,
    "key": _key,
}
"""What a record has though the value has no such attribute."""


@cache
def fields(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """Every field of a kind by its name, nested ones behind what they are part of."""
    found = [Field(("record",), "text"), Field(("schema",), "number")]
    for each in msgspec.structs.fields(struct):
        type_, inside = _type(each.name, each.type)
        found.append(Field((each.name,), type_))
        if inside is not None:
            extra = [Field((each.name, "key"), "text")] if inside is Host else []
            found += extra + [
                Field((each.name, part.name), _type(part.name, part.type)[0])
                for part in msgspec.structs.fields(inside)
            ]
    return {field.name: field for field in found}


def _type(name: str, annotation: Any) -> tuple[Type, type[msgspec.Struct] | None]:
    """The type of a field, and the struct that it holds."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(a for a in get_args(annotation) if a is not type(None))
    if get_origin(annotation) is tuple:
        annotation = get_args(annotation)[0]
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            return "parts", None  # a list has no single part of one name
    if name in _NAMED:
        return _NAMED[name], None
    if get_origin(annotation) is dict or annotation is dict:
        return "parts", None
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return "parts", annotation
    plain: dict[Any, Type] = {bool: "yesno", int: "number", float: "number"}
    return plain.get(annotation, "text"), None


def find(struct: type[msgspec.Struct], name: str) -> Field | None:
    """A field by its name, as in JSON (``host.mac``) or as in CSV (``host_mac``); None for one
    that there is not. What stands behind ``txt.`` and the like is any key."""
    known = fields(struct)
    name = name.strip()
    folded = name.casefold()
    if folded in known:
        return known[folded]
    flat = {each.name.replace(".", "_"): each for each in known.values()}
    if folded in flat:
        return flat[folded]
    first, dot, key = name.partition(".")
    parent = known.get(first.casefold())
    if dot and key and parent is not None and _is_open(struct, parent):
        return Field((*parent.path, key), "open")
    return None


def _is_open(struct: type[msgspec.Struct], field: Field) -> bool:
    """Whether any key may stand in it: a mapping, and no struct with fields of its own."""
    closed = any(name.startswith(f"{field.name}.") for name in fields(struct))
    return field.type == "parts" and not closed and field.name != "claims"


def near(struct: type[msgspec.Struct], name: str) -> list[str]:
    """Names of fields that may have been meant, the likeliest first."""
    import difflib  # noqa: PLC0415  only for who makes a mistake

    known = list(fields(struct))
    folded = name.strip().casefold()
    meant = _MEANT.get(folded)
    likely = [meant] if meant in known else []
    likely += [each for each in known if each.rpartition(".")[2] == folded.rpartition(".")[2]]
    likely += difflib.get_close_matches(folded, known, n=3)
    return list(dict.fromkeys(likely))[:3]


def words(item: Any) -> list[str]:
    """An item as the texts that it may be looked for by; raw."""
    match item:
        case Mapping():
            return [_pair(key, each) for key, each in item.items()]
        case msgspec.Struct():
            return words([getattr(item, name) for name in item.__struct_fields__])
        case tuple() | list() | set() | frozenset():
            return [word for each in item if each is not None for word in words(each)]
    return _leaf(item)


def _leaf(item: Any) -> list[str]:
    match item:
        case bool():
            return ["yes", "true"] if item else ["no", "false"]
        case Severity():
            return [item.label]
        case bytes():
            return [item.hex()]
        case float():
            return [f"{item:g}"]
    return [str(item)]


def _pair(key: Any, item: Any) -> str:
    return str(key) if item is None else f"{key}={', '.join(words(item))}"


def number(item: Any) -> int | float | None:
    """A number, or a text that is one; None for anything else, truths too."""
    if isinstance(item, bool) or _is_nan(item):
        return None
    if isinstance(item, (int, float)):
        return item
    if isinstance(item, str) and _NUMBER.fullmatch(item):
        return float(item) if "." in item else int(item)
    return None
