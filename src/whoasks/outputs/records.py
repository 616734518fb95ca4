"""Values as records: the one shape that every output format starts from. Nothing is escaped here.

A record is the value's fields in their order, behind ``record`` (its kind) and ``schema``.
Times are RFC 3339 in UTC with microseconds, severities are words, bytes are hex.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Literal, get_args

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
    for name in value.__struct_fields__:
        field = record[name]
        if name in TIMES:
            record[name] = rfc3339(field)
        elif type(field) not in _AS_IT_IS:
            record[name] = _plain(field)
    return record


def rfc3339(at: float) -> str:
    """Seconds since the epoch as ``2026-01-31T08:00:00.000000Z``.

    What no calendar holds (a capture may claim any time) becomes the nearest time that it does.
    """
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        moment = _LATEST if at > 0 else _EARLIEST
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def host_key(host: Host) -> str:
    """What two records of one host on one interface share: its MAC, else its address."""
    return host.mac or (host.addresses[0] if host.addresses else "")


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS:  # most are, and most of the rest are lists of names
        return value
    if kind is tuple:
        return [item if type(item) is str else _plain(item) for item in value]
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
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    return value


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    key = {"key": host_key(struct)} if isinstance(struct, Host) else {}
    return key | {name: _plain(getattr(struct, name)) for name in struct.__struct_fields__}
