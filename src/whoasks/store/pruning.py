"""Deleting what is too old or too much, in parts that are short. Packet time decides, as
everywhere.

A part looks at ``PART`` rows at the most and is a transaction of its own, so that a watch goes
on between two of them. A pass that breaks off has done what it has done; the next one begins
anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from whoasks.store import hours, states
from whoasks.store.retention import Retention
from whoasks.store.schema import (
    ACTIVITY,
    ASKERS,
    BURSTS,
    FINDINGS,
    SERVICE_STATES,
    SERVICES,
)

PART = 200
"""Rows: some 10 ms of work for an SQLite file on a disk, and one fsync."""
MERGED = 100
"""Hours that are merged in a part: each is read and written anew, among rows far apart."""

_DAY = 86_400.0

Task = Callable[[sa.Connection], tuple[int, bool]]
"""Does a part of its work; how many rows it changed, and whether there may be more."""


class Pruning:
    """One pass over everything that may be too old."""

    def __init__(self, now: float, retention: Retention) -> None:
        """``now``: epoch seconds from which ages are counted back."""
        keep, rows = retention, retention.rows
        services = now - keep.services * _DAY
        useless = states.useless_before(services)
        # Findings go first: a burst may be deleted once no finding refers to it any more.
        self._tasks: deque[tuple[str, Task]] = deque(
            [
                (FINDINGS.name, _aged(FINDINGS, now - keep.findings * _DAY)),
                (FINDINGS.name, _Excess(FINDINGS, rows)),
                (BURSTS.name, _Bursts(now - keep.bursts * _DAY, rows)),
                (SERVICES.name, _aged(SERVICES, services)),
                (SERVICES.name, _Excess(SERVICES, rows)),
                (ASKERS.name, _aged(ASKERS, now - keep.askers * _DAY)),
                (ASKERS.name, _Excess(ASKERS, rows)),
                (ACTIVITY.name, _aged(ACTIVITY, now - keep.activity * _DAY)),
                (ACTIVITY.name, _Excess(ACTIVITY, rows)),
                (ACTIVITY.name, _minutes(now - keep.activity_minutes * _DAY)),
                *(
                    (SERVICE_STATES.name, _while_found(SERVICE_STATES, query, _delete))
                    for query in useless
                ),
                (SERVICE_STATES.name, _Excess(SERVICE_STATES, rows)),
            ]
        )

    def part(self, connection: sa.Connection) -> dict[str, int]:
        """Do a part inside the caller's transaction; rows that went or were merged, by table.
        Empty once the pass is over."""
        while self._tasks:
            name, task = self._tasks[0]
            gone, more = task(connection)
            if not more:
                self._tasks.popleft()
            if gone or more:
                return {name: gone}
        return {}


def cap(connection: sa.Connection, table: sa.Table, rows: int) -> int:
    """Delete the least worth keeping beyond ``rows``, all at once; how many went."""
    excess, gone, more = _Excess(table, rows), 0, True
    while more:
        part, more = excess(connection)
        gone += part
    return gone


def _aged(table: sa.Table, oldest: float) -> Task:
    """Rows last seen before ``oldest``."""
    query = sa.select(table.c.id).where(table.c.last_seen < oldest)
    return _while_found(table, query.order_by(table.c.last_seen), _delete)


def _minutes(oldest: float) -> Task:
    """Hours last seen before ``oldest`` are merged."""
    table = ACTIVITY
    query = sa.select(table.c.id).where(table.c.minutes == 1, table.c.last_seen < oldest)

    def merge(connection: sa.Connection, _table: sa.Table, ids: Sequence[str]) -> None:
        hours.merge(connection, ids)

    return _while_found(table, query, merge, MERGED)


def _while_found(
    table: sa.Table,
    query: sa.Select[tuple[Any]],
    deal: Callable[[sa.Connection, sa.Table, Sequence[str]], None],
    most: int = PART,
) -> Task:
    def part(connection: sa.Connection) -> tuple[int, bool]:
        ids: Sequence[str] = connection.scalars(query.limit(most)).all()
        if ids:
            deal(connection, table, ids)
        return len(ids), len(ids) == most

    return part


class _Excess:
    """The rows least worth keeping beyond a number."""

    def __init__(self, table: sa.Table, rows: int) -> None:
        self._table, self._rows = table, rows
        self._left: int | None = None
        """Rows that still have to go; None before they are counted."""
        order = [table.c.last_seen, table.c.id]
        if table is FINDINGS:
            order.insert(0, table.c.severity)
        self._query = sa.select(table.c.id).order_by(*order)

    def __call__(self, connection: sa.Connection) -> tuple[int, bool]:
        if self._left is None:
            self._left = max(0, _count(connection, self._table) - self._rows)
        if not self._left:
            return 0, False
        query = self._query.limit(min(self._left, PART))
        ids = connection.scalars(query).all()
        _delete(connection, self._table, ids)
        self._left = self._left - len(ids) if ids else 0
        return len(ids), bool(self._left)


class _Bursts:
    """Bursts that no finding refers to: those that are too old and, from the oldest on, those
    that are too many."""

    def __init__(self, oldest: float, rows: int) -> None:
        self._oldest, self._rows = oldest, rows
        self._left: int | None = None
        self._after: tuple[float, str] | None = None
        """Where the last part ended: those that stay are not looked at twice."""

    def __call__(self, connection: sa.Connection) -> tuple[int, bool]:
        if self._left is None:
            self._left = max(0, _count(connection, BURSTS) - self._rows)
        rows = connection.execute(self._query().limit(PART)).all()
        doomed = [row.id for row in rows if row.burst is None]
        old = sum(row.burst is None and row.last_seen < self._oldest for row in rows)
        doomed = doomed[: max(old, self._left)]
        _delete(connection, BURSTS, doomed)
        self._left = max(0, self._left - len(doomed))
        if rows:
            self._after = (rows[-1].last_seen, rows[-1].id)
        return len(doomed), len(rows) == PART

    def _query(self) -> sa.Select[tuple[str, float, str | None]]:
        at, key = BURSTS.c.last_seen, BURSTS.c.id
        referring = FINDINGS.alias()
        referred = (
            sa.select(referring.c.burst).where(referring.c.burst == key).limit(1).scalar_subquery()
        )
        query = sa.select(key, at, referred.label("burst")).order_by(at, key)
        if not self._left:
            query = query.where(at < self._oldest)
        if self._after is not None:
            last, last_key = self._after
            query = query.where(at >= last, (at > last) | (key > last_key))
        return query


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _delete(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> None:
    if ids:
        connection.execute(sa.delete(table).where(table.c.id.in_(ids)))
