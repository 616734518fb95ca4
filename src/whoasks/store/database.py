"""The store itself: one transaction for each save, pages for each question, no clock.

``save`` has committed when it returns: only then may a finding be shown. Every failure is a
``StoreError``, after which the next call starts with a fresh connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from whoasks.core.activity import Activity
from whoasks.core.habits import Learned
from whoasks.core.model import Asker, Burst, Event, Finding, Service, Severity
from whoasks.store import habits, hours, lists, states, values
from whoasks.store.connection import Connected
from whoasks.store.errors import StoreError
from whoasks.store.lists import SavedList
from whoasks.store.pruning import Pruning
from whoasks.store.retention import Retention
from whoasks.store.schema import ACTIVITY, ASKERS, BURSTS, FINDINGS, METADATA, SERVICES
from whoasks.store.upserting import PAGE, upsert


class Store(Connected):
    """A database of findings, bursts, services, askers, their activity, and habits."""

    _pruning: Pruning | None = None
    """The pass that is going on."""
    _pruned_with: Retention | None = None

    # Writing

    def save(self, events: Iterable[Event]) -> None:
        """Keep the findings, bursts and services of these events: all of them, or StoreError.

        Saving the same events again changes nothing, and older news never replaces newer.
        """
        given = list(events)
        self._write(values.kept(given), states.of(given))

    def save_list(
        self, name: str, at: float, services: Sequence[Service], asked: Sequence[str] = ()
    ) -> None:
        """Keep a list under a name, in the place of an earlier one of that name.

        ``asked``: the types that were asked for, as full names; none for all.
        """
        with self._transaction(writes=True) as connection:
            lists.save(connection, SavedList(name, at, tuple(services), tuple(asked)))

    def save_askers(self, askers: Iterable[Asker]) -> None:
        """Keep snapshots of askers; a later snapshot of the same run takes the earlier's place."""
        self._write(list(askers))

    def save_habits(self, learned: Learned) -> None:
        """Keep what was learned beside what is stored of it; never goes back, never outgrows
        the caps of ``core.habits``: whoever was silent longest is forgotten."""
        with self._transaction(writes=True) as connection:
            habits.save(connection, learned)

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]:
        """Do a short part of a pass that deletes what is older than its age at ``now`` and
        beyond the cap; rows that went or were merged in it, by table.

        Call it again until the answer is empty: then the pass is over.
        """
        kept = retention or Retention()
        if self._pruning is None or self._pruned_with != kept:
            self._pruning, self._pruned_with = Pruning(now, kept), kept
        pruning, self._pruning = self._pruning, None  # a part that fails ends the pass
        with self._transaction(writes=True) as connection:
            gone = pruning.part(connection)
        self._pruning = pruning if gone else None
        return gone

    # Reading. Periods are half-open: what was active at some moment in [since, until).

    def findings(
        self,
        since: float | None = None,
        until: float | None = None,
        severity: Severity | None = None,
        rule: str | None = None,
    ) -> Iterator[Finding]:
        """Findings at or above ``severity``, by when they were first seen."""
        conditions = []
        if severity is not None:
            conditions.append(FINDINGS.c.severity >= int(severity))
        if rule is not None:
            conditions.append(FINDINGS.c.rule == rule)
        return self._rows(FINDINGS, Finding, since, until, conditions)

    def finding(self, id_prefix: str) -> Finding:
        """The one finding whose id begins so; StoreError for none and for several."""
        starts = sa.func.substr(FINDINGS.c.id, 1, len(id_prefix)) == id_prefix
        query = sa.select(FINDINGS.c.id, FINDINGS.c.value).where(starts).order_by(FINDINGS.c.id)
        with self._transaction() as connection:
            rows = connection.execute(query.limit(11)).all() if id_prefix else []
        if not rows:
            raise StoreError(
                f"No finding in {self} has an id that begins with {id_prefix!r}",
                "`whoasks export findings` lists them",
            )
        if len(rows) > 1 and rows[0].id != id_prefix:
            listed = ", ".join(row.id for row in rows[:10]) + (", …" if len(rows) > 10 else "")
            raise StoreError(
                f"Several findings have an id that begins with {id_prefix!r}: {listed}",
                "Give more of the id",
            )
        return self._decoded(Finding, FINDINGS, rows[0])

    def bursts(
        self, since: float | None = None, until: float | None = None, host: str | None = None
    ) -> Iterator[Burst]:
        """Bursts, by when they started; of one host by its key (MAC, else first address)."""
        conditions = [] if host is None else [BURSTS.c.host == host]
        return self._rows(BURSTS, Burst, since, until, conditions)

    def services(self, since: float | None = None, until: float | None = None) -> Iterator[Service]:
        """Services, by when they were first seen."""
        return self._rows(SERVICES, Service, since, until)

    def services_at(self, at: float) -> list[Service]:
        """Services as they were then, as far as was heard: a service that nobody saw go is
        taken to be there still."""
        with self._transaction() as connection:
            return states.at(connection, at)

    def saved_list(self, name: str) -> SavedList | None:
        """The list of that name."""
        with self._transaction() as connection:
            return lists.load(connection, name)

    def lists(self) -> list[tuple[str, float, int]]:
        """(name, when it was saved, how many services) of every saved list, newest first."""
        with self._transaction() as connection:
            return lists.names(connection)

    def askers(self, since: float | None = None, until: float | None = None) -> list[Asker]:
        """One asker a host, over every run that saw it in the period."""
        return values.together(self._rows(ASKERS, Asker, since, until))

    def activity(
        self, since: float | None = None, until: float | None = None
    ) -> Iterator[Activity]:
        """What each asker did in each hour, by when it was first seen in it."""
        return self._rows(ACTIVITY, Activity, since, until)

    def habits(self) -> Learned | None:
        """All that was learned, whoever was silent longest first; None for a new database."""
        with self._transaction() as connection:
            return habits.load(connection)

    # Inside

    def _write(
        self, things: Sequence[values.Value], news: Sequence[states.ServiceState] = ()
    ) -> None:
        tables = values.by_key(things)
        if not things:
            return
        with self._transaction(writes=True) as connection:
            for name, kind in values.KINDS:
                written = self._upsert(connection, METADATA.tables[name], kind, tables[name])
                if name == BURSTS.name:
                    hours.save(connection, written)
            states.save(connection, news)

    def _upsert(
        self, connection: sa.Connection, table: sa.Table, kind: Any, given: dict[str, Any]
    ) -> list[Any]:
        return upsert(
            connection,
            table,
            given,
            decoded=lambda row: self._decoded(kind, table, row),
            merged=values.merged,
            row_of=values.row_of,
        )

    def _rows(
        self,
        table: sa.Table,
        kind: type[values.V],
        since: float | None,
        until: float | None,
        conditions: Sequence[sa.ColumnElement[bool]] = (),
    ) -> Iterator[values.V]:
        """Page after page, each its own transaction: a slow reader holds up no writer."""
        query = sa.select(table.c.id, table.c.first_seen, table.c.value).where(*conditions)
        if since is not None:
            query = query.where(table.c.last_seen >= since)
        if until is not None:
            query = query.where(table.c.first_seen < until)
        query = query.order_by(table.c.first_seen, table.c.id).limit(PAGE)
        page = query
        while True:
            with self._transaction() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield self._decoded(kind, table, row)
            if len(rows) < PAGE:
                return
            at, key = rows[-1].first_seen, rows[-1].id
            page = query.where(
                (table.c.first_seen > at) | ((table.c.first_seen == at) & (table.c.id > key))
            )

    def _decoded(self, kind: type[values.V], table: sa.Table, row: Any) -> values.V:
        try:
            return values.decode(kind, row.value)
        except (msgspec.MsgspecError, TypeError, UnicodeError) as error:
            raise StoreError(
                f"The row {row.id} of {table.name} in {self} cannot be read: {error}",
                f"Delete that row from {table.name} with your database's own tool",
            ) from error
