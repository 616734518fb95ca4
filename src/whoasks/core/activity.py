"""What is left of bursts once they are forgotten: one value for each asker and hour.

A burst counts in the hour and minute in which it began, once, however often and in whatever
order it is told of. No clock here: when minutes are merged into their hour the store says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from whoasks.core.model import Burst, Host
from whoasks.core.names import parse

HOUR = 3600.0
MINUTE = 60.0

MAX_TYPES = 64
"""Types listed of an hour. A person's programs ask for a handful; a sweep's are in its finding."""
MAX_TYPE = 40
"""Longest type that is listed. A service name has 15 characters (RFC 6335 §5.1), so that
``_name._tcp`` has 21; a name made up to fill the disk is counted with those left out."""
MAX_ADDRESSES = 8
MAX_COUNTED = 512
"""Bursts of an hour that are told apart: with the default gap there are no more than 360."""

Counts = tuple[int, int, int]
"""Bursts, packets, questions."""


class Activity(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one asker did in one hour."""

    host: Host
    interface: str
    vlan: int | None
    hour: float
    """When the hour begins, in UTC."""
    first_seen: float
    last_seen: float
    """The end of its last burst, which may be after the hour."""
    bursts: int
    packets: int
    questions: int
    types: tuple[str, ...]
    """Service types asked for (capped)."""
    types_dropped: int
    """At least so many more."""
    minutes: dict[int, Counts] | None = None
    """Minute of the hour → bursts, packets and questions that began in it; None once they have
    been merged into the hour."""


class Tally(Activity, frozen=True, omit_defaults=True):
    """An hour while bursts are added to it."""

    counted: tuple[int, ...] = ()
    """Milliseconds into the hour at which the bursts began that are in it, in the order in
    which they came: these do not count again."""


def hour_of(burst: Burst) -> float:
    """When the hour of a burst begins."""
    return math.floor(burst.started / HOUR) * HOUR


def told(tally: Tally | None, burst: Burst, before: Burst | None = None) -> Tally:
    """The tally of the burst's asker and hour after hearing of it.

    ``before``: the burst as it was told of earlier and is still kept; it has grown since, and
    what it has grown by is added. Without it the burst is new, unless the tally has it already.
    """
    if tally is None:
        return _added(_empty(burst), burst, None)
    if before is None and not _is_new(tally, burst):
        return tally
    return _added(tally, burst, before)


def merged(tally: Tally) -> Tally:
    """The same without its minutes. Of an old hour only what came later than all that is in it
    counts from now on."""
    return msgspec.structs.replace(tally, minutes=None, counted=())


def _is_new(tally: Tally, burst: Burst) -> bool:
    if tally.minutes is None or len(tally.counted) >= MAX_COUNTED:
        return burst.ended > tally.last_seen
    return _offset(burst) not in tally.counted


def _empty(burst: Burst) -> Tally:
    return Tally(
        host=_short(burst.host),
        interface=burst.interface,
        vlan=burst.vlan,
        hour=hour_of(burst),
        first_seen=burst.started,
        last_seen=burst.ended,
        bursts=0,
        packets=0,
        questions=0,
        types=(),
        types_dropped=0,
        minutes={},
    )


def _added(tally: Tally, burst: Burst, before: Burst | None) -> Tally:
    more = (
        (1, burst.packets, burst.questions)
        if before is None
        else (0, burst.packets - before.packets, burst.questions - before.questions)
    )
    types, dropped = _types(tally, burst)
    newest = burst.ended >= tally.last_seen
    counted = tally.counted
    if before is None and tally.minutes is not None and len(counted) < MAX_COUNTED:
        counted += (_offset(burst),)
    return msgspec.structs.replace(
        tally,
        host=_short(burst.host) if newest else tally.host,
        interface=burst.interface if newest else tally.interface,
        first_seen=min(tally.first_seen, burst.started),
        last_seen=max(tally.last_seen, burst.ended),
        bursts=tally.bursts + more[0],
        packets=tally.packets + more[1],
        questions=tally.questions + more[2],
        types=types,
        types_dropped=dropped,
        minutes=_with(tally.minutes, burst, more),
        counted=counted,
    )


def _with(
    minutes: dict[int, Counts] | None, burst: Burst, more: Counts
) -> dict[int, Counts] | None:
    if minutes is None:
        return None
    minute = int((burst.started - hour_of(burst)) // MINUTE)
    bursts, packets, questions = minutes.get(minute, (0, 0, 0))
    now = (bursts + more[0], packets + more[1], questions + more[2])
    return dict(sorted((minutes | {minute: now}).items()))


def _offset(burst: Burst) -> int:
    return round((burst.started - hour_of(burst)) * 1000)


def _types(tally: Tally, burst: Burst) -> tuple[tuple[str, ...], int]:
    asked = types_in(burst.names)
    fitting = [type_ for type_ in asked if len(type_) <= MAX_TYPE]
    kept = tuple(dict.fromkeys((*tally.types, *fitting)))[:MAX_TYPES]
    # A burst lists the first of its names only, but has counted the types among all of them.
    left_out = max(burst.types, len(asked)) - sum(type_ in kept for type_ in asked)
    return kept, max(tally.types_dropped, left_out)


def types_in(names: Iterable[str]) -> tuple[str, ...]:
    """The service types that are asked for by these names, once each, as ``_ipp._tcp``."""
    parsed = map(parse, names)
    found = (name.type for name in parsed if name.kind in ("type", "subtype"))
    return tuple(dict.fromkeys(type_ for type_ in found if type_ is not None))


def _short(host: Host) -> Host:
    if len(host.addresses) <= MAX_ADDRESSES:
        return host
    return msgspec.structs.replace(host, addresses=host.addresses[:MAX_ADDRESSES])
