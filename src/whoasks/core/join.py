"""Live records joined into instances: SRV → host name → addresses, and what changed by it.

The inventory tells it which records came, changed and went; ``settle`` then says what that
means, once for each instance, however many records brought it about. A packet that changes
very many is not paid for at once: each later one settles some more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

import msgspec

from whoasks.core.entry import Entry, Hearing
from whoasks.core.instances import Address, Instance, Place, key_of, scoped
from whoasks.core.model import (
    AAAA,
    PTR,
    SRV,
    TXT,
    A,
    Event,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
    Srv,
)
from whoasks.core.names import normal, parse
from whoasks.core.records import RecordTable

_HOSTNAMES_PER_OWNER = 16


class Join:
    """Instances, the places they are at, the types they are of; all by key."""

    def __init__(self, table: RecordTable, descriptions: Mapping[str, str]) -> None:
        self.instances: dict[str, Instance] = {}
        self.unresolved: dict[str, None] = {}
        self.places: dict[str, Place] = {}
        self.types: dict[str, int] = {}
        """How many things show each type to exist."""
        self.hostnames: dict[str, dict[str, int]] = {}
        """By owner: the host names it gave addresses for, with how many."""
        self.forgotten = 0
        """Instances that had to make room so far."""
        self.dirty: dict[str, Instance] = {}
        self.budget = 0
        """How much ``settle`` may still do for this packet, in instances."""
        self._moved: dict[str, None] = {}
        """Host names whose addresses changed, and whose instances are to follow."""
        self._gone: dict[str, None] = {}
        """Instances that are gone, the first to go first: the first to be evicted."""
        self._table = table
        self._limits = table.limits
        self._descriptions = descriptions

    # Instances.

    def instance(self, full: str, at: float, *, create: bool) -> Instance | None:
        """The instance of that full name; when made, room for it is taken from what is gone."""
        key = key_of(full)
        instance = self.instances.get(key)
        if instance is not None or not create:
            return instance
        name = parse(full)
        if name.type is None or name.instance is None:
            return None
        if len(self.instances) >= self._limits.instances:
            if not self._gone:
                self._table.drop("instances")
                return None
            self.forget(self.instances[next(iter(self._gone))])
        instance = Instance(full, key, name, at)
        self.instances[key] = instance
        self._count_type(instance.type)
        return instance

    def heard_of(self, instance: Instance, by: Hearing) -> None:
        """A live record about the instance came: that it was gone is over."""
        instance.last_seen = by.at
        if instance.gone is not None:
            instance.gone = None
            if instance.key in self._gone:  # else nobody was told yet
                del self._gone[instance.key]
                instance.view = None
                self._count_type(instance.type)
            self.mark(instance)
        known = instance.interfaces
        if by.interface and by.interface not in known and len(known) < self._limits.interfaces:
            instance.interfaces = (*known, by.interface)

    def forget(self, instance: Instance) -> None:
        """Make room. Its records live on and find a new instance when they are heard again."""
        del self.instances[instance.key]
        self.forgotten += 1
        self.dirty.pop(instance.key, None)
        self.unresolved.pop(instance.key, None)
        if self._gone.pop(instance.key, instance) is instance:  # was alive, hence counted
            self._uncount_type(instance.type)
        self._leave(instance)

    def service(self, instance: Instance) -> Service:
        """The instance as it is now."""
        if instance.gone is not None and instance.view is not None:
            return instance.view
        place = self.places.get(instance.place or "")
        return instance.service(scoped(place), self._descriptions, stale=self._is_stale(instance))

    def _is_stale(self, instance: Instance) -> bool:
        """Whether something that is shown has outlived its record."""
        alive = self._table.records
        if instance.hostname is not None and not alive(instance.key, SRV):
            return True
        if instance.txt_raw is not None and not alive(instance.key, TXT):
            return True
        place = self.places.get(instance.place or "")
        if place is None or not any(place.addresses.values()):
            return False
        return not (alive(instance.place or "", A) or alive(instance.place or "", AAAA))

    # Records.

    def attach(self, entry: Entry, hostname: str) -> None:
        """A record came to life, or found its instance; ``hostname`` is its name as heard."""
        subject: Instance | None = entry.subject
        if entry.rtype in (A, AAAA):
            names = self.hostnames.setdefault(entry.owners[0], {})
            if hostname in names or len(names) < _HOSTNAMES_PER_OWNER:
                names[hostname] = names.get(hostname, 0) + 1
        elif subject is None:
            self._count_type(entry.data)
        elif entry.rtype == PTR and not entry.data:
            subject.pointers += 1
        else:
            subject.records += 1
            if entry.rtype == PTR and len(subject.subtypes) < self._limits.subtypes:
                subject.subtypes[entry.data] = None
        self.touch(entry)

    def detach(self, entry: Entry) -> None:
        """A record is no more."""
        subject: Instance | None = entry.subject
        if entry.rtype in (A, AAAA):
            self._release_hostname(entry)
            self._move(entry.name, entry.rtype, keep_last=entry.leaving is None)
            return
        if subject is None:
            self._uncount_type(entry.data)
            return
        pointer = entry.rtype == PTR and not entry.data
        if pointer:
            subject.pointers -= 1
        else:
            subject.records -= 1
            if entry.rtype == PTR:
                subject.subtypes.pop(entry.data, None)
        if subject.gone is None and (
            (pointer and entry.leaving == "goodbye")
            or (subject.pointers <= 0 and subject.records <= 0)
        ):
            subject.gone = "goodbye" if entry.leaving == "goodbye" else "expired"
        self.mark(subject)

    def mark(self, instance: Instance) -> None:
        """Something about it changed; of one that had to make room, nobody wants to know."""
        if self.instances.get(instance.key) is instance:
            self.dirty[instance.key] = instance

    def touch(self, entry: Entry) -> None:
        """A record's standing changed: who is current may be another one now."""
        if entry.rtype in (A, AAAA):
            self._move(entry.name, entry.rtype, keep_last=False)
        elif entry.subject is not None:
            self.mark(entry.subject)

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits for ``settle``."""
        return not self.dirty and not self._moved

    def settle(self, at: float) -> list[Event]:
        """What it comes to, as events of the moment ``at``: as much of it as the budget allows,
        what came first before the rest."""
        events: list[Event] = []
        while self.budget > 0 and not self.is_settled:
            if not self.dirty:
                self._follow(next(iter(self._moved)))
            for instance in self._some_dirty():
                event = self._farewell(instance, at) if instance.gone else self._news(instance, at)
                if event is not None:
                    events.append(event)
        return events

    def _some_dirty(self) -> list[Instance]:
        """Instances to look at now, taken off the list."""
        if len(self.dirty) <= self.budget:
            some, self.dirty = list(self.dirty.values()), {}
        else:
            some = list(islice(self.dirty.values(), max(0, self.budget)))
            for instance in some:
                del self.dirty[instance.key]
        self.budget -= len(some)
        return some

    def _follow(self, key: str) -> None:
        """Instances follow the addresses of their host name."""
        del self._moved[key]
        place = self.places.get(key)
        names = () if place is None else place.instances
        self.budget -= 1 + len(names) // 32
        for name in names:
            instance = self.instances[name]
            if instance.gone is None:
                self.dirty[name] = instance

    def _farewell(self, instance: Instance, at: float) -> Event | None:
        if instance.view is None:  # gone before anybody was told of it
            self.forget(instance)
            return None
        if instance.view.stale or instance.gone is None:
            return None
        self._gone[instance.key] = None
        self.unresolved.pop(instance.key, None)
        self._uncount_type(instance.type)
        instance.view = msgspec.structs.replace(
            instance.view, stale=True, last_seen=instance.last_seen
        )
        return ServiceGone(at, instance.view, instance.gone)

    def _news(self, instance: Instance, at: float) -> Event | None:
        if not instance.pointers and not instance.records:  # every record of it met a cap
            self.forget(instance)
            return None
        self._read_records(instance)
        addresses = scoped(self.places.get(instance.place or ""))
        service = instance.service(addresses, self._descriptions, stale=False)
        if service.resolved:
            self.unresolved.pop(instance.key, None)
        else:
            self.unresolved[instance.key] = None
        before, instance.view = instance.view, service
        if before is None:
            return ServiceSeen(at, service)
        return ServiceChanged(at, service) if _facts(before) != _facts(service) else None

    def _read_records(self, instance: Instance) -> None:
        srv = _current(self._table.records(instance.key, SRV).values())
        if srv is not None and isinstance(srv.data, Srv):
            instance.port = srv.data.port
            if srv.data.target != instance.hostname:
                self._leave(instance)
                self._join(instance, srv.data.target)
        txt = _current(self._table.records(instance.key, TXT).values())
        if txt is not None and isinstance(txt.data, bytes):
            instance.txt_raw = txt.data

    # Places.

    def _join(self, instance: Instance, hostname: str) -> None:
        key = normal(hostname)
        instance.hostname, instance.place = hostname, key
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = Place(hostname)
            for rtype in (A, AAAA):
                place.addresses[rtype] = self.addresses(key, rtype)
        place.users += 1
        if len(place.instances) < self._limits.instances_per_hostname:
            place.instances[instance.key] = None
        else:
            self._table.drop("instances_per_hostname")

    def _leave(self, instance: Instance) -> None:
        place = self.places.get(instance.place or "")
        if place is None:
            return
        place.instances.pop(instance.key, None)
        place.users -= 1
        if not place.users:
            del self.places[instance.place or ""]

    def addresses(self, key: str, rtype: int) -> tuple[Address, ...]:
        """The addresses of a host name's key that nothing newer has replaced."""
        return tuple(
            (entry.data, entry.interfaces)
            for entry in self._table.records(key, rtype).values()
            if entry.leaving != "flush"
        )

    def _move(self, key: str, rtype: int, *, keep_last: bool) -> None:
        """The addresses of a host name changed; the last known ones are kept past their TTL."""
        place = self.places.get(key)
        if place is None:
            return
        now = self.addresses(key, rtype)
        if now == place.addresses.get(rtype) or (keep_last and not now):
            return
        place.addresses[rtype] = now
        self._moved[key] = None

    # Counts.

    def _count_type(self, name: str) -> None:
        if name in self.types or len(self.types) < self._limits.types:
            self.types[name] = self.types.get(name, 0) + 1
        else:
            self._table.drop("types")

    def _uncount_type(self, name: str) -> None:
        left = self.types.get(name, 0) - 1
        if left > 0:
            self.types[name] = left
        else:
            self.types.pop(name, None)

    def _release_hostname(self, entry: Entry) -> None:
        names = self.hostnames.get(entry.owners[0], {})
        for shown in names:  # at most _HOSTNAMES_PER_OWNER
            if normal(shown) == entry.name:
                names[shown] -= 1
                if not names[shown]:
                    del names[shown]
                break
        if not names:
            self.hostnames.pop(entry.owners[0], None)


def _facts(service: Service) -> tuple[object, ...]:
    """What a change of is worth an event."""
    return (service.hostname, service.port, service.addresses, service.txt_raw, service.missing)


def _current(entries: Iterable[Entry]) -> Entry | None:
    """Of rival records the one heard last, leaving ones only when there is no other."""
    return max(entries, key=lambda e: (e.leaving is None, e.seen), default=None)
