"""Keeping while watching: a store that fails never stops the watch. No clock, no database.

What cannot be saved waits in a bounded backlog and is tried again, at growing intervals; one
sentence says when that starts, and one when it is over. What is too old is deleted in short parts,
between which the watch goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from whoasks.core.habits import Learned
from whoasks.core.model import (
    Asker,
    BurstClosed,
    Event,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
)
from whoasks.store.errors import StoreError
from whoasks.store.retention import Retention

K = TypeVar("K")
V = TypeVar("V")


class Saves(Protocol):
    """What a keeper needs of a store; each raises StoreError only."""

    def save(self, events: Sequence[Event]) -> None: ...

    def save_askers(self, askers: Sequence[Asker]) -> None: ...

    def save_habits(self, learned: Learned) -> None: ...

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]: ...

    def close(self) -> None: ...


class Keeper:
    """Saves events at once, or as soon as it can; says what it had to give up. Once told how
    long things are kept, it deletes the rest again and again."""

    FINDINGS = 1_000
    """Most findings that wait: some 5 MB. A long outage of the disk beside a real incident."""
    BURSTS = 5_000
    """Most bursts that wait: some 10 MB, an hour of a busy network."""
    SERVICES = 5_000
    """Most services that wait; each is one instance, of which only the newest news counts."""
    FIRST_WAIT = 5.0
    """Seconds until the first retry; doubled each time up to the longest."""
    LONGEST_WAIT = 300.0
    PRUNE_EVERY = 600.0
    """Seconds between two passes of deleting: often, so that each has little to do."""
    PRUNE_AFTER = 200
    """For every so many events kept, a pass that is going on does a part at once: a part takes
    away as many, so that no flood outruns it."""
    PASS_AFTER = 20_000
    """Events kept, after which a pass is due whatever the time: some 20 MB."""

    def __init__(self, opener: Callable[[], Saves], report: Callable[[str], None]) -> None:
        """``opener`` opens the store, and is called again while it fails; ``report`` takes
        the sentences that a person should read."""
        self._opener = opener
        self._report = report
        self._store: Saves | None = None
        self._findings: dict[str, FindingOpened | FindingUpdated | FindingClosed] = {}
        self._bursts: dict[str, BurstClosed] = {}
        self._services: dict[tuple[str, str, str], ServiceSeen | ServiceChanged | ServiceGone] = {}
        self._askers: tuple[Asker, ...] = ()
        self._habits: Learned | None = None
        self._wait = 0.0
        self._retry_at = 0.0
        self._failing_since: float | None = None
        self._retention: Retention | None = None
        self._pruning = False
        """Whether a pass is going on."""
        self._pruned_at = 0.0
        self._kept_since_part = self._kept_since_pass = 0
        self.lost: dict[str, int] = {"findings": 0, "bursts": 0, "services": 0}
        """What was given up for good, by kind."""

    @property
    def failing(self) -> bool:
        """Whether the store does not take anything at the moment."""
        return self._failing_since is not None

    @property
    def waiting(self) -> int:
        """How many findings, bursts and services are not saved yet."""
        return len(self._findings) + len(self._bursts) + len(self._services)

    def keep(self, events: Sequence[Event], now: float) -> bool:
        """Save these, and what waits. True once everything is committed; never raises."""
        if self.failing:
            self._set_aside(events)
            return self.retry(now)
        if not events:
            return True
        try:
            self._opened().save(events)
        except StoreError as error:
            self._set_aside(events)
            self._failed(error, now)
            return False
        self._kept_since_part += len(events)
        self._kept_since_pass += len(events)
        while self._kept_since_part >= self.PRUNE_AFTER and not self.failing:
            self._kept_since_part -= self.PRUNE_AFTER
            self._prune_if_due(now)
        return True

    def keep_askers(self, askers: Sequence[Asker], now: float) -> bool:
        """Save a snapshot of the askers. While failing only the newest snapshot waits."""
        self._askers = tuple(askers)
        if self.failing:
            return self.retry(now)
        return self._flush(now)

    def keep_habits(self, learned: Learned, now: float) -> bool:
        """Save what was learned. While failing only the newest waits: give all that changed
        since the last one for which this was True."""
        self._habits = learned
        if self.failing:
            return self.retry(now)
        return self._flush(now)

    def retry(self, now: float) -> bool:
        """Try again if it is time to, and go on with deleting; call it every second or so.
        True when nothing waits."""
        if not self.failing:
            self._prune_if_due(now)
            return not self.failing
        # A clock set back must not put the retry off for ever.
        if self._retry_at - self._wait <= now < self._retry_at:
            return False
        return self._flush(now)

    def finish(self, now: float) -> bool:
        """Try one last time whatever the wait, count what is still unsaved as lost, close."""
        saved = self._flush(now) if self.failing else True
        if not saved:
            for kind, count in self._waiting_by_kind().items():
                self.lost[kind] += count
        if any(self.lost.values()):
            self._report(f"Not kept in the database: {_counted(self.lost)}")
        self._close()
        return saved

    def prune(self, now: float, retention: Retention) -> None:
        """Delete what is too old from now on: a part of it at once, unless the store is failing,
        and the rest whenever something is kept or tried again."""
        self._retention = retention
        self._pruning = True
        if not self.failing:
            self._prune_part(now)

    def _prune_if_due(self, now: float) -> None:
        if self._retention is None:
            return
        # A clock set back must not put the pass off for ever.
        soon = self._pruned_at <= now < self._pruned_at + self.PRUNE_EVERY
        if not soon or self._kept_since_pass >= self.PASS_AFTER:
            self._pruning = True
        if self._pruning:
            self._prune_part(now)

    def _prune_part(self, now: float) -> None:
        try:
            self._pruning = bool(self._opened().prune(now, self._retention))
        except StoreError as error:
            self._failed(error, now)
            return
        if not self._pruning:
            self._pruned_at, self._kept_since_pass = now, 0

    def _opened(self) -> Saves:
        if self._store is None:
            self._store = self._opener()
        return self._store

    def _flush(self, now: float) -> bool:
        try:
            store = self._opened()
            store.save([*self._findings.values(), *self._bursts.values(), *self._services.values()])
            if self._askers:
                store.save_askers(self._askers)
            if self._habits is not None:
                store.save_habits(self._habits)
        except StoreError as error:
            self._failed(error, now)
            return False
        self._recovered(now)
        return True

    def _set_aside(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case FindingOpened() | FindingUpdated() | FindingClosed():
                    self._set_finding_aside(event)
                case BurstClosed():
                    if _drop_first(self._bursts, event.burst.id, self.BURSTS):
                        self.lost["bursts"] += 1
                    self._bursts[event.burst.id] = event
                case ServiceSeen() | ServiceChanged() | ServiceGone():
                    service = event.service
                    key = (service.instance, service.type, service.domain)
                    if _drop_first(self._services, key, self.SERVICES):
                        self.lost["services"] += 1
                    self._services[key] = event
                case _:
                    pass

    def _set_finding_aside(self, event: FindingOpened | FindingUpdated | FindingClosed) -> None:
        key = event.finding.id
        if key not in self._findings and len(self._findings) >= self.FINDINGS:
            self.lost["findings"] += 1
            # The oldest of the lowest severity makes room: a flood of small findings must not
            # push out a large one.
            least = min(self._findings.values(), key=lambda waiting: waiting.finding.severity)
            if least.finding.severity > event.finding.severity:
                return
            del self._findings[least.finding.id]
        self._findings[key] = event

    def _failed(self, error: StoreError, now: float) -> None:
        first = self._failing_since is None
        self._wait = self.FIRST_WAIT if first else min(self._wait * 2, self.LONGEST_WAIT)
        self._retry_at = now + self._wait
        if first:
            self._failing_since = now
            self._report(
                f"{error.sentence}. {error.remedy}. The watch goes on; up to {self.FINDINGS:,} "
                f"findings and {self.BURSTS:,} bursts wait in memory until it can be written"
            )

    def _recovered(self, now: float) -> None:
        if self._failing_since is not None:
            seconds = max(0.0, now - self._failing_since)
            lost = f"; given up: {_counted(self.lost)}" if any(self.lost.values()) else ""
            self._report(
                f"The database can be written again after {seconds:.0f} s; "
                f"caught up on {_counted(self._waiting_by_kind())}{lost}"
            )
        self._findings.clear()
        self._bursts.clear()
        self._services.clear()
        self._askers = ()
        self._habits = None
        self._failing_since = None
        self._wait = 0.0

    def _waiting_by_kind(self) -> dict[str, int]:
        return {
            "findings": len(self._findings),
            "bursts": len(self._bursts),
            "services": len(self._services),
        }

    def _close(self) -> None:
        if self._store is not None:
            try:
                self._store.close()
            except StoreError as error:
                self._report(f"{error.sentence}. {error.remedy}")
            self._store = None


def _drop_first(table: dict[K, V], key: K, most: int) -> bool:
    """Make room for ``key`` by dropping the oldest entry; whether one had to go."""
    if key in table or len(table) < most:
        return False
    del table[next(iter(table))]
    return True


def _counted(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count) or "nothing"
