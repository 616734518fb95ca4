"""Values to rows and back, and which of two versions of one value is right. No database.

Saving is idempotent because of what is merged here: the same events again, in any number of
runs, change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from whoasks.core.activity import Activity
from whoasks.core.model import (
    Asker,
    Burst,
    BurstClosed,
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Host,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
)

Value = Finding | Burst | Service | Asker
V = TypeVar("V", Finding, Burst, Service, Asker, Activity)

KINDS: tuple[tuple[str, type[Value]], ...] = (
    ("findings", Finding),
    ("bursts", Burst),
    ("services", Service),
    ("askers", Asker),
)
"""Table name and what its rows hold, in the order in which they are written."""

_TYPES_SHOWN = 200
_ADDRESSES_SHOWN = 64
# Of one asker over all its runs: the core caps one run's, but months of runs add up (a phone
# takes a new IPv6 address every day).


def kept(events: Iterable[Event]) -> list[Value]:
    """The values of the events that are kept; malformed packets are only counted elsewhere."""
    values: list[Value] = []
    for event in events:
        match event:
            case FindingOpened() | FindingUpdated() | FindingClosed():
                values.append(event.finding)
            case BurstClosed():
                values.append(event.burst)
            case ServiceSeen() | ServiceChanged() | ServiceGone():
                values.append(event.service)
            case _:
                pass
    return values


def by_key(values: Iterable[Value]) -> dict[str, dict[str, Value]]:
    """Table name → key → the one value that the given ones of this key come to."""
    tables: dict[str, dict[str, Value]] = {name: {} for name, _ in KINDS}
    names = {kind: name for name, kind in KINDS}
    for value in values:
        table = tables[names[type(value)]]
        key = key_of(value)
        old = table.get(key)
        table[key] = value if old is None else merged(old, value)
    return tables


def key_of(value: Value) -> str:
    """The primary key: at most 64 ASCII characters, whatever the wire said."""
    match value:
        case Finding() | Burst():
            return as_id(value.id)
        case Service():
            return digest([value.instance, value.type, value.domain])
        case Asker():
            # The first packet's time tells the stretches of one host apart: a later snapshot
            # of a run, and the same capture read again, come back to the same row.
            return digest([*segment_and_host(value), repr(value.first_seen)])


def merged(old: Value, new: Value) -> Value:
    """What is true after hearing both. Never goes back: an old snapshot changes nothing."""
    if isinstance(old, Service) and isinstance(new, Service):
        newest = new if new.last_seen >= old.last_seen else old
        first = min(old.first_seen, new.first_seen)
        return msgspec.structs.replace(newest, first_seen=first)
    return new if _progress(new) >= _progress(old) else old


def _progress(value: Value) -> tuple[float, int, bool]:
    if isinstance(value, Burst):
        return value.ended, value.packets, True
    closed = isinstance(value, Finding) and value.status == "closed"
    packets = 0 if isinstance(value, Service) else value.packets
    return value.last_seen, packets, closed


def encode(value: msgspec.Struct) -> str:
    """A value as JSON."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8; the exact bytes stand in the raw fields anyway.
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value))).decode()


def decode(kind: type[V], text: str) -> V:
    """The value again. Fields a newer version added are ignored, missing ones defaulted."""
    return msgspec.json.decode(text, type=kind)


def row_of(value: Value) -> dict[str, Any]:
    """The columns of a value's table."""
    first, last = (
        (value.started, value.ended)
        if isinstance(value, Burst)
        else (value.first_seen, value.last_seen)
    )
    row = {"id": key_of(value), "first_seen": first, "last_seen": last, "value": encode(value)}
    if isinstance(value, Finding | Burst | Asker):
        row["host"] = host_key(value.host)
    if isinstance(value, Finding):
        burst = None if value.burst is None else as_id(value.burst)
        row |= {"rule": value.rule, "severity": int(value.severity), "burst": burst}
    if isinstance(value, Asker):
        row["role"] = value.host.role
    return row


def host_key(host: Host) -> str:
    """What a host is looked up by: its MAC, else its address."""
    return host.mac or next(iter(host.addresses), "")[:64]


def together(stretches: Iterable[Asker]) -> list[Asker]:
    """One asker a host out of its stretches, ordered by when it was first seen.

    Stretches that overlap in time are the same packets seen by two runs (a live watch, and a
    capture of the same hour): the one that saw more counts. Others are added up.
    """
    hosts: dict[tuple[str, str], Asker] = {}
    counted: dict[tuple[str, str], Asker] = {}
    for stretch in sorted(stretches, key=lambda asker: (asker.first_seen, asker.last_seen)):
        key = segment_and_host(stretch)
        total = hosts.get(key)
        if total is None:
            hosts[key] = counted[key] = stretch
            continue
        last = counted[key]
        if stretch.first_seen > last.last_seen:
            hosts[key] = _joined(total, stretch, stretch)
            counted[key] = stretch
        else:
            bigger = stretch if stretch.packets > last.packets else last
            hosts[key] = _joined(total, stretch, _difference(bigger, last))
            until = max(last.last_seen, stretch.last_seen)
            counted[key] = msgspec.structs.replace(bigger, last_seen=until)
    return sorted(hosts.values(), key=lambda asker: (asker.first_seen, host_key(asker.host)))


def _joined(total: Asker, stretch: Asker, added: Asker) -> Asker:
    """``total`` with what ``stretch`` says of the host and the counts of ``added``."""
    newest, other = (stretch, total) if stretch.last_seen >= total.last_seen else (total, stretch)
    addresses = tuple(dict.fromkeys(newest.host.addresses + other.host.addresses))
    host = msgspec.structs.replace(
        newest.host,
        addresses=addresses[:_ADDRESSES_SHOWN],
        hostname=newest.host.hostname or other.host.hostname,
        vendor=newest.host.vendor or other.host.vendor,
    )
    types = tuple(dict.fromkeys(total.types + stretch.types))
    beyond = max(0, len(types) - _TYPES_SHOWN)
    return msgspec.structs.replace(
        total,
        host=host,
        first_seen=min(total.first_seen, stretch.first_seen),
        last_seen=max(total.last_seen, stretch.last_seen),
        packets=total.packets + added.packets,
        questions=total.questions + added.questions,
        types=types[:_TYPES_SHOWN],
        types_dropped=max(total.types_dropped, stretch.types_dropped) + beyond,
        bursts=total.bursts + added.bursts,
        findings=total.findings + added.findings,
    )


def _difference(bigger: Asker, counted: Asker) -> Asker:
    """What ``bigger`` saw beyond what has been counted already."""
    return msgspec.structs.replace(
        bigger,
        packets=max(0, bigger.packets - counted.packets),
        questions=max(0, bigger.questions - counted.questions),
        bursts=max(0, bigger.bursts - counted.bursts),
        findings=max(0, bigger.findings - counted.findings),
    )


def segment_and_host(asker: Asker | Burst | Activity) -> tuple[str, str]:
    """The key of an asker (a VLAN is one segment, whichever interface it came in by)."""
    segment = asker.interface if asker.vlan is None else f"vlan {asker.vlan}"
    return segment, host_key(asker.host)


def as_id(text: str) -> str:
    """The text itself where a key column takes it, else its digest."""
    return text if len(text) <= 64 and text.isascii() and text.isprintable() else digest([text])


def digest(parts: list[str]) -> str:
    """32 hex digits that stand for names from the wire."""
    text = msgspec.json.encode(_without_surrogates(parts))
    return hashlib.sha256(text).hexdigest()[:32]


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
