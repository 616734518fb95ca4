"""Announcements → services, host names, owners of names, advertised types.

Only responses announce. Known answers in queries tell which types exist and nothing else;
the proposed records of a probe tell nothing. A repeated announcement refreshes and is
silent; a change is told once. Time is an argument and never runs backwards in here.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from typing import Any

from whoasks.core.entry import MAX_PARTS, Echo, Entry, Hearing
from whoasks.core.instances import Instance, Place, key_of, one_label, scoped
from whoasks.core.join import Join
from whoasks.core.limits import Limits
from whoasks.core.model import (
    AAAA,
    NSEC,
    PTR,
    SRV,
    TXT,
    A,
    Event,
    Message,
    Nsec,
    Record,
    Service,
)
from whoasks.core.names import Name, normal, parse
from whoasks.core.records import Key, RecordTable

_KNOWN_ANSWER = ""
"""Stands for the name of the pseudo-records that remember a type from known answers."""
_WHOLLY = 1 << 60
"""More than there can be to do."""
_HEARD = frozenset((A, PTR, TXT, AAAA, SRV, NSEC))


class Inventory:
    """Everything announced, joined. One for each segment or run."""

    def __init__(self, descriptions: Mapping[str, str], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._table = RecordTable(self._limits)
        self._join = Join(self._table, descriptions)
        self.echo: Echo | None = None
        """How the message observed last is heard again cheaply, where it can be."""
        self._now = 0.0

    # What goes in.

    def observe(  # noqa: PLR0917 - called for every packet: keywords would cost
        self,
        message: Message,
        at: float,
        interface: str,
        host_key: str,
        again: bool = False,
        echo: Echo | None = None,
    ) -> list[Event]:
        """Take in one message that ``host_key`` sent; what changed by it, and by time till then.

        ``again``: it has said so before; then ``self.echo`` is for the next time.
        """
        self._now = at = max(self._now, at)
        table, join = self._table, self._join
        events: list[Event] = []
        join.budget = self._limits.changes
        if table.is_due(at):
            events = self._expire(self._limits.expiries)
        self.echo = echo
        if echo is not None and echo.interface == interface and echo.refresh(at, join.forgotten):
            return events if join.is_settled else events + join.settle(at)
        self.echo = None
        by = Hearing(at, interface, host_key)
        if message.is_response:
            entries = self._announcement(message, by)
            events += join.settle(at)
        elif message.answers:
            entries = self._known_answers(message.answers, by)
        else:
            return events
        if again and entries is not None and len(entries) <= MAX_PARTS:
            self.echo = table.echo(entries, interface, join.forgotten)
        return events

    def advance(self, at: float, *, wholly: bool = False) -> list[Event]:
        """Let time pass: goodbyes take effect, records expire, what waits is settled.

        As much as one packet may cost, or ``wholly``.
        """
        most = _WHOLLY if wholly else self._limits.changes
        self._now = max(self._now, at)
        self._join.budget = most
        events = self._expire(_WHOLLY if wholly else self._limits.expiries)
        return events + self._join.settle(self._now)

    @property
    def is_behind(self) -> bool:
        """Whether ``advance`` has something left to do at this very moment."""
        return not self._join.is_settled or self._table.is_due(self._now)

    def _expire(self, most: int) -> list[Event]:
        """Let go what has expired by now, so many records at most."""
        events: list[Event] = []
        for batch in self._table.expire(self._now, most):
            for entry in batch:
                self._join.detach(entry)
            events += self._join.settle(batch[0].expires)
        return events

    # What comes out.

    def services(self) -> list[Service]:
        """Everything known, by type, then name; what is gone stays, marked stale, until evicted."""
        ordered = sorted(
            self._join.instances.values(), key=lambda i: (i.type, i.label, i.domain)
        )  # fmt: skip
        return [self._join.service(instance) for instance in ordered]

    def service(self, name: str) -> Service | None:
        """The instance of that full name."""
        instance = self._join.instances.get(key_of(name))
        return None if instance is None else self._join.service(instance)

    def __len__(self) -> int:
        return len(self._join.instances)

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many things each cap kept out."""
        return self._table.dropped

    def unresolved_names(self) -> KeysView[str]:
        """Keys of the live instances of which something is not known."""
        return self._join.unresolved.keys()

    def missing(self, name: str) -> tuple[str, ...]:
        """What is not known of that instance (``Service.missing``)."""
        instance = self._join.instances.get(key_of(name))
        if instance is None:
            return ()
        return instance.missing(scoped(self._join.places.get(instance.place or "")))

    def full_name(self, name: str) -> str:
        """That instance's full name as it was heard first, which is how to ask for it."""
        instance = self._join.instances.get(key_of(name))
        return name if instance is None else instance.name

    def hostname(self, name: str) -> str | None:
        """The host name that instance is at."""
        instance = self._join.instances.get(key_of(name))
        return None if instance is None else instance.hostname

    def known_answers(self, name: str) -> list[tuple[str, float]]:
        """What a PTR question of that name need not be told again, with the seconds left.

        Only records with more than half their TTL to live (RFC 6762 §7.1).
        """
        known: list[tuple[str, float]] = []
        for entry in self.live(name, PTR):
            left = entry.expires - self._now
            if left > entry.ttl / 2 and entry.leaving is None:
                subject: Instance | None = entry.subject
                known.append((entry.identity if subject is None else subject.name, left))
        return known

    def advertised_types(self) -> KeysView[str]:
        """Service types offered here (``_http._tcp``): by an instance, the answer to the
        meta-query, or a known answer. Lives with the inventory."""
        return self._join.types.keys()

    def live(self, name: str, rtype: int) -> Iterable[Entry]:
        """The live records of a name and type."""
        return self._table.records(key_of(name), rtype).values()

    def knows(self, record: Record) -> bool:
        """Whether that record, its names perhaps without escapes, is alive here."""
        name, identity = key_of(record.name), record.data
        if record.rtype == PTR and isinstance(identity, str):
            identity = key_of(identity)
        return self._table.find(name, record.rtype, identity) is not None

    def owners_of(self, name: str, rtype: int) -> tuple[str, ...]:
        """Host keys that announced a live record of that name and type, the first one first.

        Of a shared set (PTR), the first few records only: such a set has no owner.
        """
        owners: dict[str, None] = {}
        for entry, _ in zip(self.live(name, rtype), range(self._limits.set_size), strict=False):
            owners.update(dict.fromkeys(entry.owners))
        return tuple(owners)

    def hostname_of(self, host_key: str) -> str | None:
        """The first host name whose live address that host announced."""
        return next(iter(self._join.hostnames.get(host_key, ())), None)

    def addresses_of(self, hostname: str) -> tuple[str, ...]:
        """Live addresses of a host name, sorted, link-local with scope."""
        key = normal(hostname)
        found = {rtype: self._join.addresses(key, rtype) for rtype in (A, AAAA)}
        return scoped(Place(hostname, addresses=found))

    # Records in.

    def _known_answers(self, records: Iterable[Record], by: Hearing) -> tuple[Entry, ...] | None:
        """Remember which types a query's known answers show to exist (RFC 6762 §7.1); the
        entries they refresh, or None when a repeat must be looked at."""
        entries: dict[str, Entry | None] = {}
        last = ""
        for record in records:
            if record.rtype != PTR or not record.ttl or not isinstance(record.data, str):
                continue
            if record.name == last:  # another instance of the type that is known by now
                continue
            name = parse(record.name)
            told = parse(record.data) if name.kind == "meta" else name
            if told.kind == "type" and told.type and told.type not in entries:
                entries[told.type] = self._known_type(told.type, record, by)
            if name.kind != "meta":
                last = record.name
        kept = tuple(entry for entry in entries.values() if entry is not None)
        return kept if len(kept) == len(entries) else None

    def _known_type(self, type_: str, record: Record, by: Hearing) -> Entry | None:
        """A type that a known answer shows to exist; mostly it has been shown before."""
        entry = self._table.find(_KNOWN_ANSWER, PTR, type_)
        if entry is not None and self._table.reheard(entry, record.ttl, by):
            return entry
        return self._keep((_KNOWN_ANSWER, PTR), type_, type_, record, by)

    def _announcement(self, message: Message, by: Hearing) -> tuple[Entry, ...] | None:
        """Apply a response; the entries it refreshes, or None when a repeat must be looked at."""
        entries: list[Entry] = []
        flushed: dict[Key, None] = {}
        repeatable = True
        records = [
            record
            for record in (*message.answers, *message.additionals)
            if record.rtype in _HEARD and record.rclass == 1
        ]
        for record in records:
            if record.rtype == NSEC:
                continue
            entry = self._hear(record, message.exact, by)
            if entry is None:
                repeatable = repeatable and record.ttl > 0
                continue
            entries.append(entry)
            if record.cache_flush:
                flushed[entry.name, entry.rtype] = None
        for record in records:
            if record.rtype == NSEC:  # it says something of what the other records name
                self._lacking(record, message.exact, by)
        for key in flushed:
            for entry in self._table.flush(key, by.at, by.interface):
                self._join.touch(entry)
            if key[1] != PTR:
                # A rival too young to be flushed now must be met again by the next repeat.
                alone = all(e.seen == by.at for e in self._table.records(*key).values())
                repeatable = repeatable and alone
        return tuple(entries) if repeatable else None

    def _hear(self, record: Record, exact: bool, by: Hearing) -> Entry | None:
        rtype, data = record.rtype, record.data
        if rtype in (A, AAAA):
            return self._keep((normal(record.name), rtype), data, data, record, by)
        name = parse(record.name)
        if rtype == PTR:
            return self._pointer(record, name, exact, by)
        if name.kind != "instance":
            return None
        full = record.name if exact else one_label(record.name, name)
        instance = self._join.instance(full, by.at, create=record.ttl > 0)
        if instance is None:
            return None
        return self._keep((instance.key, rtype), data, data, record, by, subject=instance)

    def _lacking(self, record: Record, exact: bool, by: Hearing) -> None:
        """Learn from an NSEC record that an instance has no SRV (RFC 6762 §6.1)."""
        name = parse(record.name)
        if name.kind != "instance" or not isinstance(record.data, Nsec) or not record.ttl:
            return
        full = record.name if exact else one_label(record.name, name)
        instance = self._join.instance(full, by.at, create=False)
        txt_only = TXT in record.data.types and SRV not in record.data.types
        if instance is not None and txt_only != instance.txt_only:
            instance.txt_only = txt_only
            self._join.mark(instance)

    def _pointer(self, record: Record, name: Name, exact: bool, by: Hearing) -> Entry | None:
        if name.kind not in ("meta", "type", "subtype") or not isinstance(record.data, str):
            return None
        key = (name.key, PTR)
        target = parse(record.data)
        if name.kind == "meta":
            if target.kind != "type":
                return None
            return self._keep(key, target.key, target.type, record, by)
        if target.kind != "instance" or target.type != name.type:
            return None
        full = record.data if exact else one_label(record.data, target)
        instance = self._join.instance(full, by.at, create=record.ttl > 0)
        if instance is None:
            return None
        return self._keep(key, instance.key, name.subtype or "", record, by, subject=instance)

    def _keep(
        self,
        key: Key,
        identity: Any,
        data: Any,
        record: Record,
        by: Hearing,
        *,
        subject: Instance | None = None,
    ) -> Entry | None:
        """Add, refresh or withdraw one record; the entry when it lives on."""
        table, join = self._table, self._join
        entry = table.find(*key, identity)
        if record.ttl == 0:
            if entry is not None:
                table.withdraw(entry, by.at, by.interface, "goodbye")
                join.touch(entry)
            return None
        if entry is None:
            entry = table.add(key, identity, data, record.ttl, by)
            if entry is None:
                if subject is not None:  # which may have been made for nothing
                    join.mark(subject)
                return None
            entry.subject = subject
            join.attach(entry, record.name)
        else:
            before = table.version
            table.refresh(entry, record.ttl, by)
            if entry.subject is not subject:  # the one it was about had to make room
                entry.subject = subject
                join.attach(entry, record.name)
            elif table.version != before or (key[1] != PTR and len(table.records(*key)) > 1):
                join.touch(entry)
        if subject is not None:
            join.heard_of(subject, by)
        return entry
