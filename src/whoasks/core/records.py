"""The table of records that are alive: each until its TTL, its goodbye or its flush.

Knows nothing of services. Time is an argument. Nothing here walks a table that a peer can
grow: a set of unique records is capped, a shared set is a dictionary, and one heap with
lazy deletion holds every expiry.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Any

from whoasks.core.entry import Echo, Entry, Hearing, Leaving, Part
from whoasks.core.limits import Limits
from whoasks.core.model import PTR

LEAVE_AFTER = 1.0
"""Seconds a record stays after a goodbye or a flush, so that another copy of the owner, or
the rest of the set in a second packet, can rescue it (RFC 6762 §10.1, §10.2)."""
LONGEST_TTL = 86_400.0
"""Seconds. The longest TTL anything sends in practice is 4,500; a hostile one is 68 years."""

Key = tuple[str, int]


class RecordTable:
    """Live records by (name, type), then by data."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.dropped: dict[str, int] = {}
        self.version = 0
        """Grows with every change but a mere refresh."""
        self._sets: dict[Key, dict[Any, Entry]] = {}
        self._by_owner: dict[str, int] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._serial = 0
        self._size = 0
        self._text_bytes = 0

    def __len__(self) -> int:
        return self._size

    def records(self, name: str, rtype: int) -> dict[Any, Entry]:
        """The live set of a name's key and a type. Not to be changed by the caller."""
        return self._sets.get((name, rtype), {})

    def echo(self, entries: tuple[Entry, ...], interface: str, forgotten: int) -> Echo:
        """How what these records were refreshed by is told from a repetition of it."""
        parts: list[Part] = []
        for entry in entries:
            held = self.records(entry.name, entry.rtype) if entry.rtype != PTR else {}
            parts.append((entry, entry.ttl, entry.interfaces, held, len(held)))
        return Echo(interface, forgotten, tuple(parts))

    def find(self, name: str, rtype: int, identity: Any) -> Entry | None:
        """The live record with that data, or None."""
        found = self._sets.get((name, rtype))
        return None if found is None else found.get(identity)

    def drop(self, cap: str) -> None:
        """Count one thing that a cap kept out."""
        self.dropped[cap] = self.dropped.get(cap, 0) + 1

    def add(self, key: Key, identity: Any, data: Any, ttl: float, by: Hearing) -> Entry | None:
        """Take in a record that ``find`` does not know; None when a cap keeps it out."""
        held = self._sets.get(key)
        cap = self._full(key, held, data, by.owner)
        if cap is not None:
            self.drop(cap)
            return None
        if held is None:
            held = self._sets[key] = {}
        entry = Entry(*key, data, identity, min(ttl, LONGEST_TTL), by)
        held[identity] = entry
        self._size += 1
        self._by_owner[by.owner] = self._by_owner.get(by.owner, 0) + 1
        if isinstance(data, bytes):
            self._text_bytes += len(data)
        self._schedule(entry)
        self.version += 1
        return entry

    def _full(self, key: Key, held: dict[Any, Entry] | None, data: Any, owner: str) -> str | None:
        limits = self.limits
        if self._size >= limits.records:
            return "records"
        if self._by_owner.get(owner, 0) >= limits.records_per_owner:
            return "records_per_owner"
        if held is not None and key[1] != PTR and len(held) >= limits.set_size:
            return "set_size"
        if isinstance(data, bytes) and self._text_bytes + len(data) > limits.text_bytes:
            return "text_bytes"
        return None

    def refresh(self, entry: Entry, ttl: float, by: Hearing) -> None:
        """Hear a known record again, from whomever, wherever."""
        entry.ttl = min(ttl, LONGEST_TTL)
        entry.seen = by.at
        entry.expires = by.at + entry.ttl
        if entry.expires < entry.due:
            entry.due = entry.expires
            self._schedule(entry)
        if entry.leaving is not None:
            entry.leaving = None
            self.version += 1
        known = entry.interfaces
        if by.interface not in known and len(known) < self.limits.interfaces:
            entry.interfaces = (*known, by.interface)
            self.version += 1
        if by.owner not in entry.owners and len(entry.owners) < self.limits.owners:
            entry.owners = (*entry.owners, by.owner)
            self.version += 1

    def reheard(self, entry: Entry, ttl: float, by: Hearing) -> bool:
        """``refresh`` where it changes nothing but times; if it would, nothing is done."""
        ttl = min(ttl, LONGEST_TTL)
        expires = by.at + ttl
        if (
            entry.leaving is not None
            or expires < entry.due
            or by.interface not in entry.interfaces
            or (by.owner not in entry.owners and len(entry.owners) < self.limits.owners)
        ):
            return False
        entry.ttl, entry.seen, entry.expires = ttl, by.at, expires
        return True

    def withdraw(self, entry: Entry, at: float, interface: str, why: Leaving) -> None:
        """Let a record go in a second, or at once for one of several interfaces it is heard on."""
        if interface not in entry.interfaces or entry.leaving is not None:
            return
        self.version += 1
        if len(entry.interfaces) > 1:
            entry.interfaces = tuple(i for i in entry.interfaces if i != interface)
            return
        entry.leaving = why
        entry.expires = min(entry.expires, at + LEAVE_AFTER)
        if entry.expires < entry.due:
            entry.due = entry.expires
            self._schedule(entry)

    def flush(self, key: Key, at: float, interface: str) -> list[Entry]:
        """Let go what a newer set replaces on that interface (RFC 6762 §10.2); what that was.

        Only records heard more than a second ago: the new set may come in several packets.
        """
        if key[1] == PTR:  # shared in DNS-SD, whatever the bit says (RFC 6762 §10.2)
            return []
        old = [
            entry
            for entry in self._sets.get(key, {}).values()
            if entry.seen < at - LEAVE_AFTER
            and entry.leaving is None
            and interface in entry.interfaces
        ]
        for entry in old:
            self.withdraw(entry, at, interface, "flush")
        return old

    def is_due(self, at: float) -> bool:
        """Whether ``expire`` has anything to look at."""
        return bool(self._heap) and self._heap[0][0] <= at

    def expire(self, at: float, most: int) -> Iterator[list[Entry]]:
        """Remove what ends at or before ``at``: one list for each moment, in order of time.

        ``most``: how many records to look at now; ``is_due`` says whether any are left.
        """
        batch: list[Entry] = []
        heap = self._heap
        while heap and heap[0][0] <= at and most > 0:
            most -= 1
            due, _, entry = heappop(heap)
            if not entry.alive or due != entry.due:
                continue
            if entry.expires > due:  # refreshed since
                entry.due = entry.expires
                self._schedule(entry)
                continue
            if batch and batch[0].expires != entry.expires:
                yield batch
                batch = []
            self._remove(entry)
            batch.append(entry)
        if batch:
            yield batch

    def _schedule(self, entry: Entry) -> None:
        self._serial += 1
        heappush(self._heap, (entry.due, self._serial, entry))
        if len(self._heap) > 2 * self._size + 1_024:  # mostly items that no longer count
            # In place: ``expire`` may be looking at this very list.
            self._heap[:] = [i for i in self._heap if i[2].alive and i[0] == i[2].due]
            heapify(self._heap)

    def _remove(self, entry: Entry) -> None:
        entry.alive = False
        key = (entry.name, entry.rtype)
        held = self._sets[key]
        del held[entry.identity]
        if not held:
            del self._sets[key]
        self._size -= 1
        owner = entry.owners[0]
        left = self._by_owner[owner] - 1
        if left:
            self._by_owner[owner] = left
        else:
            del self._by_owner[owner]
        if isinstance(entry.data, bytes):
            self._text_bytes -= len(entry.data)
        self.version += 1
