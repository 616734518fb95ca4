"""Values as records: the one shape that every output format starts from. Nothing is escaped here.

A record is the value's fields in their order, behind ``record`` (its kind) and ``schema``.
Times are RFC 3339 in UTC with microseconds, severities are words, bytes are hex.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from whoasks.core.activity import Activity
from whoasks.core.auditing.results import Exposure, Grade
from whoasks.core.difference import ServiceChange
from whoasks.core.model import SCHEMA, Asker, Burst, Finding, Host, Service, Severity, Summary
from whoasks.core.setting_changes import Change

Kind = Literal[
    "finding",
    "burst",
    "service",
    "asker",
    "activity",
    "summary",
    "exposure",
    "grade",
    "service_change",
    "change",
]
Value = (
    Finding
    | Burst
    | Service
    | Asker
    | Activity
    | Summary
    | Exposure
    | Grade
    | ServiceChange
    | Change
)

STRUCTS: dict[Kind, type[Value]] = {
    "finding": Finding,
    "burst": Burst,
    "service": Service,
    "asker": Asker,
    "activity": Activity,
    "summary": Summary,
    "exposure": Exposure,
    "grade": Grade,
    "service_change": ServiceChange,
    "change": Change,
}
_KINDS: dict[type[Value], Kind] = {struct: kind for kind, struct in STRUCTS.items()}
KINDS: tuple[Kind, ...] = get_args(Kind)

TIMES = frozenset({"first_seen", "last_seen", "started", "ended", "hour"})

_Maker = Callable[[Any], Any]
_AS_IT_IS = frozenset({str, int, bool, type(None)})
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def kind_of(value: Value) -> Kind:
    """The word that names its kind in every output."""
    return _KINDS[type(value)]


def record_of(value: Value) -> dict[str, Any]:
    """The value as a record of plain values, nested ones included."""
    record: dict[str, Any] = {"record": kind_of(value), "schema": SCHEMA}
    record |= msgspec.structs.asdict(value)
    for name, made_plain in _plan(type(value), whole=True):
        record[name] = made_plain(record[name])
    return record


def rfc3339(at: float) -> str:
    """Seconds since the epoch as ``2026-01-31T08:00:00.000000Z``.

    What no calendar holds (a capture may claim any time) becomes the nearest time that it does.
    """
    try:
        second = int(at)
        micros = round((at - second) * 1e6)
        if 0 <= micros < 1_000_000:
            return f"{_second(second)}.{micros:06d}Z"
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        moment = _LATEST if at > 0 else _EARLIEST
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@lru_cache(1_024)
def _second(at: int) -> str:
    """Without the fraction. Records come in the order of their times: most are of the same few."""
    return datetime.fromtimestamp(at, UTC).isoformat()[: len("2026-01-31T08:00:00")]


def host_key(host: Host) -> str:
    """What two records of one host on one interface share: its MAC, else its address."""
    return host.mac or (host.addresses[0] if host.addresses else "")


@cache
def _plan(struct: type[msgspec.Struct], *, whole: bool) -> tuple[tuple[str, _Maker], ...]:
    """How to make plain which fields of a struct, by their types; the others are as they are.

    ``whole``: of a record itself, whose times are written out.
    """
    plan: list[tuple[str, _Maker]] = []
    for field in msgspec.structs.fields(struct):
        made_plain = rfc3339 if whole and field.name in TIMES else _maker(field.type)
        if made_plain is not None:
            plan.append((field.name, made_plain))
    return tuple(plan)


def _maker(declared: Any) -> _Maker | None:
    """What makes a value of that type plain; None when it is."""
    if _is_plain(declared):
        return None
    if declared is float:
        return _number
    if get_origin(declared) is tuple and all(map(_is_plain, get_args(declared))):
        return list
    return _plain


def _is_plain(declared: Any) -> bool:
    if get_origin(declared) in (Union, UnionType):
        return all(map(_is_plain, get_args(declared)))
    if get_origin(declared) is Literal:
        return all(type(word) in _AS_IT_IS for word in get_args(declared))
    return declared in _AS_IT_IS or declared is Ellipsis


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    return _other(value)


def _other(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _leaf(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, Severity):
        return value.label
    if isinstance(value, bytes):
        return value.hex()
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON has no word for the others


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = {"key": host_key(struct)} if isinstance(struct, Host) else {}
    fields |= msgspec.structs.asdict(struct)
    for name, made_plain in _plan(type(struct), whole=False):
        fields[name] = made_plain(fields[name])
    return fields
