"""Two lists of services → what is new, gone and changed between them. Pure.

A service is (instance, type, domain), compared as DNS compares names. What one of the two lists
does not know (a service without its SRV or TXT yet, no device) is no change. Not compared are
scopes of addresses, the listener's own, and subtypes, which are heard of by chance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from whoasks.core.model import Service
from whoasks.core.names import normal

What = Literal["new", "gone", "changed"]

FIELDS = ("port", "host", "addresses", "txt", "device")
"""What is compared, as ``--ignore`` names it; ``txt.KEY`` is one key of the TXT record."""

_ORDER: dict[str, int] = {"new": 0, "gone": 1, "changed": 2}
_DEVICE = ("kind", "vendor", "model", "marketing_name", "os", "os_version", "software", "firmware")
"""Facts of a device that are compared; how sure they are and why is not."""

_BY_THEMSELVES: dict[str, frozenset[str]] = {
    "_googlecast._tcp": frozenset(("rs", "st", "nf")),  # what is playing
    "_airplay._tcp": frozenset(("flags", "acl", "gcgl", "gid", "igl", "pgcgl", "pgid", "tsid")),
    "_raop._tcp": frozenset(("sf", "flags")),  # playing, grouped
    "_companion-link._tcp": frozenset(("rpba", "rpad", "rphi", "rphn", "rpha", "rpfl")),
    "_homekit._tcp": frozenset(("si",)),
    "_hap._tcp": frozenset(("s#",)),
    "_hap._udp": frozenset(("s#",)),
    "_matterc._udp": frozenset(("ri",)),  # rotating on purpose
    "_meshcop._udp": frozenset(("at", "sb", "pt", "lci")),
    "_ipp._tcp": frozenset(("printer-state", "printer-state-change-time")),
    "_ipps._tcp": frozenset(("printer-state", "printer-state-change-time")),
    "_printer._tcp": frozenset(("printer-state", "printer-state-change-time")),
    "_sonos._tcp": frozenset(("bootseq", "mdnssequence", "minappversion")),
    "_touch-able._tcp": frozenset(("dvsv",)),
    "_daap._tcp": frozenset(("dvsv",)),
}
"""TXT keys, lower-case, whose values change while nothing is done to the service."""


class ServiceChange(msgspec.Struct, frozen=True):
    """One service that is in one list alone, or differs between the two."""

    change: What
    instance: str
    type: str
    domain: str
    hostname: str | None
    port: int | None
    addresses: tuple[str, ...]
    description: str | None
    fields: tuple[str, ...]
    """``port``, ``host``, ``addresses``, ``txt.KEY`` or ``device.FACT``."""
    before: dict[str, Any]
    """Field → what it was; a TXT key that was not there is not in it."""
    after: dict[str, Any]
    first_seen: float
    last_seen: float


class Comparison(msgspec.Struct, frozen=True):
    """All of it, and what was left out."""

    changes: tuple[ServiceChange, ...]
    same: int
    """Services that are in both, and alike."""
    by_themselves: int
    """Values left out because they change by themselves."""

    def count(self, what: What) -> int:
        """How many of one sort."""
        return sum(change.change == what for change in self.changes)


class Ignoring(msgspec.Struct, frozen=True):
    """What is not compared."""

    fields: frozenset[str] = frozenset()
    """Of ``FIELDS``, and ``txt.key`` in lower case."""
    by_themselves: bool = True
    """Leave out what changes by itself (a song, a sequence number)."""


def ignoring(named: Iterable[str], *, by_themselves: bool = True) -> Ignoring:
    """What these words of a person name; raises ValueError with a sentence for one that is none."""
    fields = set()
    for word in named:
        lower = word.strip().lower()
        if lower not in FIELDS and not (lower.startswith("txt.") and len(lower) > 4):
            raise ValueError(
                f"{word!r} is no field of a service; there are {', '.join(FIELDS)} and txt.KEY."
            )
        fields.add(lower)
    return Ignoring(frozenset(fields), by_themselves)


def compare(
    old: Iterable[Service], new: Iterable[Service], ignored: Ignoring | None = None
) -> Comparison:
    """What came, went and changed from ``old`` to ``new``; services that said goodbye are not
    there. Ordered by sort of change, then by name."""
    ignored = ignored or Ignoring()
    before, after = _living(old), _living(new)
    changes = [_alone("new", after[key]) for key in after.keys() - before.keys()]
    changes += [_alone("gone", before[key]) for key in before.keys() - after.keys()]
    left_out, both = 0, before.keys() & after.keys()
    for key in both:
        changed, silent = _changed(before[key], after[key], ignored)
        left_out += silent
        changes += [changed] if changed is not None else []
    changes = sorted(_devices_once(sorted(changes, key=_by_name)), key=_by_name)
    same = len(both) - sum(change.change == "changed" for change in changes)
    return Comparison(tuple(changes), same, left_out)


def _devices_once(changes: Iterable[ServiceChange]) -> Iterator[ServiceChange]:
    """What changed of a device is told with one of its services: best one that changed itself."""
    told: set[tuple[str, str, str, str]] = set()
    for change in sorted(changes, key=lambda each: all(map(_of_device, each.fields))):
        host = normal(change.hostname or "")
        again = set()
        for field in filter(_of_device, change.fields):
            fact = (host, field, str(change.before[field]), str(change.after[field]))
            again |= {field} if fact in told else set()
            told.add(fact)
        if again:
            change = _without(change, again)  # noqa: PLW2901
        if change.fields or change.change != "changed":
            yield change


def _of_device(field: str) -> bool:
    return field.startswith("device.")


def _without(change: ServiceChange, fields: set[str]) -> ServiceChange:
    return msgspec.structs.replace(
        change,
        fields=tuple(field for field in change.fields if field not in fields),
        before={field: was for field, was in change.before.items() if field not in fields},
        after={field: now for field, now in change.after.items() if field not in fields},
    )


_Key = tuple[str, str, str]


def _living(services: Iterable[Service]) -> dict[_Key, Service]:
    """By key; of two of one key the one heard later."""
    living: dict[_Key, Service] = {}
    for service in services:
        key = (normal(service.instance), normal(service.type), _domain(service))
        other = living.get(key)
        if not service.stale and (other is None or service.last_seen >= other.last_seen):
            living[key] = service
    return living


def _domain(service: Service) -> str:
    return normal(service.domain).removesuffix(".")


def _by_name(change: ServiceChange) -> tuple[int, str, str, str, str]:
    name = change.instance
    return _ORDER[change.change], name.casefold(), name, change.type, change.domain


def _alone(what: What, service: Service) -> ServiceChange:
    return _change(what, service, service.first_seen, {}, {})


def _change(
    what: What, service: Service, first_seen: float, before: dict[str, Any], after: dict[str, Any]
) -> ServiceChange:
    return ServiceChange(
        change=what,
        instance=service.instance,
        type=service.type,
        domain=service.domain,
        hostname=service.hostname,
        port=service.port,
        addresses=service.addresses,
        description=service.description,
        fields=tuple(dict.fromkeys((*before, *after))),
        before=before,
        after=after,
        first_seen=first_seen,
        last_seen=service.last_seen,
    )


def _changed(old: Service, new: Service, ignored: Ignoring) -> tuple[ServiceChange | None, int]:
    """The change, and how many values were left out as changing by themselves."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, was, now in _differing(old, new):
        if field.partition(".")[0] not in ignored.fields and field.lower() not in ignored.fields:
            before |= {} if was is _ABSENT else {field: was}
            after |= {} if now is _ABSENT else {field: now}
    restless = _BY_THEMSELVES.get(new.type, frozenset()) if ignored.by_themselves else frozenset()
    silent = {
        field
        for field in (*before, *after)
        if field.startswith("txt.") and field[4:].lower() in restless
    }
    for field in silent:
        before.pop(field, None)
        after.pop(field, None)
    if not before and not after:
        return None, len(silent)
    first = min(old.first_seen, new.first_seen)
    return _change("changed", new, first, before, after), len(silent)


_ABSENT = object()
_Difference = tuple[str, Any, Any]


def _differing(old: Service, new: Service) -> Iterator[_Difference]:
    unknown = frozenset((*old.missing, *new.missing))
    if "SRV" not in unknown:
        if old.port != new.port:
            yield "port", old.port, new.port
        if normal(old.hostname or "") != normal(new.hostname or ""):
            yield "host", old.hostname, new.hostname
    if not unknown & {"SRV", "address"} and _unscoped(old) != _unscoped(new):
        yield "addresses", list(old.addresses), list(new.addresses)
    if "TXT" not in unknown:
        yield from _txt(old, new)
    yield from _device(old, new)


def _unscoped(service: Service) -> set[str]:
    return {address.partition("%")[0] for address in service.addresses}


def _txt(old: Service, new: Service) -> Iterator[_Difference]:
    """Keys are compared without regard to case (RFC 6763 §6.4)."""
    was, now = _lower(old.txt), _lower(new.txt)
    for key in dict.fromkeys((*was, *now)):
        shown, before = was.get(key, ("", _ABSENT))
        shown, after = now.get(key, (shown, _ABSENT))
        if before != after:
            yield f"txt.{shown}", before, after


def _lower(txt: dict[str, str | None]) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for key, value in txt.items():
        found.setdefault(key.lower(), (key, value))  # the first of two counts
    return found


def _device(old: Service, new: Service) -> Iterator[_Difference]:
    was, now = old.device or {}, new.device or {}
    for fact in _DEVICE:
        if was.get(fact) and now.get(fact) and was[fact] != now[fact]:
            yield f"device.{fact}", was[fact], now[fact]
