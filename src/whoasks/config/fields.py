"""Checking a mapping against a struct's fields, every field on its own, so all errors show."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from whoasks.config.problems import Problems, below, did_you_mean, shown

S = TypeVar("S", bound=msgspec.Struct)

Length = Annotated[float, msgspec.Meta(extra={"length": True})]
"""Seconds, as a number or as text with a unit: ``90``, ``15m``, ``7d``."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([smhdw])")
_DAY = 86_400

_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
}


def structured(
    problems: Problems,
    path: str,
    kind: type[S],
    given: Mapping[Any, Any],
    caps: Mapping[str, float] | None = None,
) -> S | None:
    """``kind`` with the given fields; None, with the problems noted, when any is wrong.

    ``caps``: by field, the largest number that could ever be reached.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    before = len(problems.errors)
    values: dict[str, Any] = {}
    for key, value in given.items():
        here = below(path, key)
        field = fields.get(key)
        if field is None:
            problems.error(here, f"unknown setting{did_you_mean(key, fields)}")
            continue
        if _is_length(field.type) and isinstance(value, str):
            value = _seconds(value)  # noqa: PLW2901  the text's meaning
        wrong = _wrong(field, value, (caps or {}).get(field.name))
        if wrong:
            problems.error(here, wrong)
            continue
        values[field.name] = msgspec.convert(value, field.type)
    if len(problems.errors) > before:
        return None
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:  # what ``__post_init__`` has to say
        problems.error(path, str(error))
        return None


def length(seconds: float) -> str | float:
    """Seconds as a configuration writes them: in days where those are whole."""
    days, rest = divmod(seconds, _DAY)
    return f"{days:.0f}d" if days and not rest else seconds


def _seconds(text: str) -> str | float:
    """What a text with a unit comes to; the text itself where it is none."""
    found = _LENGTH.fullmatch(text.strip().lower())
    return float(found[1]) * _UNITS[found[2]] if found else text


def _is_length(kind: Any) -> bool:
    extras = (getattr(meta, "extra", None) for meta in getattr(kind, "__metadata__", ()))
    return any(extra and extra.get("length") for extra in extras)


def _wrong(field: msgspec.structs.FieldInfo, value: Any, cap: float | None) -> str | None:
    """What is wrong with a value for this field."""
    default = _default(field)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # Integers first: one of a thousand digits is too large to become a float.
    if number and (abs(value) > 2**53 or not math.isfinite(value)):
        return f"expected a number within reason, got {shown(value)}"
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        return f"expected {_expected(field.type, default)}, got {shown(value)}{_limits(error)}"
    if number and isinstance(default, int | float):
        if value < 0 or (value == 0 and default > 0):
            return f"must be more than 0, got {shown(value)}"
        if cap is not None and value > cap:
            return (
                f"{shown(value)} would never be reached: no more than {cap:g} are counted; "
                f"give at most {cap:g}"
            )
    return None


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _limits(error: msgspec.ValidationError) -> str:
    """The part of msgspec's message that names a limit (``>= 1``), when that is the matter."""
    text = str(error)
    return f" ({text})" if any(sign in text for sign in (">", "<", "matching")) else ""


def _expected(kind: Any, default: Any) -> str:
    """A type in words, with the default as the example."""
    if _is_length(kind):
        return f"seconds, or a number with one of the units s, m, h, d, w such as {length(default)}"
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (tuple, list, frozenset, set):
        words = f"a list of {_WORDS.get(inside[0], 'values')}"
    else:
        base = inside[0] if hasattr(kind, "__metadata__") else kind
        words = _WORDS.get(base, "a value of another kind")
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        words += f" such as {default!r}"
    elif isinstance(default, tuple | list | frozenset) and default:
        words += f" such as [{', '.join(map(str, sorted(default)))}]"
    return words
