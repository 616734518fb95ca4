"""What each service was like at a time: a row whenever that changed, at most one a minute.

More than that would let a host that changes its port in every packet fill the disk. Nothing is
written while nothing changes, so a service is there until a row says that it has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from whoasks.core.model import Event, Service, ServiceChanged, ServiceGone, ServiceSeen
from whoasks.store import values
from whoasks.store.errors import StoreError
from whoasks.store.schema import SERVICE_STATES, SERVICES
from whoasks.store.upserting import upsert

_ROLL = 60.0
"""Seconds that one row stands for; the last news in them counts."""


class ServiceState(msgspec.Struct, frozen=True):
    """A service from a time on."""

    at: float
    gone: bool
    service: Service


def of(events: Iterable[Event]) -> list[ServiceState]:
    """What events say of services."""
    return [
        ServiceState(event.at, isinstance(event, ServiceGone), event.service)
        for event in events
        if isinstance(event, ServiceSeen | ServiceChanged | ServiceGone)
    ]


def save(connection: sa.Connection, states: Sequence[ServiceState]) -> None:
    """Keep these; older news of a minute never replaces newer."""
    given: dict[str, _Row] = {}
    for state in states:
        row = _row(state)
        given[row.id] = _newer(given.get(row.id, row), row)
    upsert(
        connection,
        SERVICE_STATES,
        given,
        decoded=lambda stored: _read(connection, stored.id),
        merged=_newer,
        row_of=msgspec.structs.asdict,
    )


def at(connection: sa.Connection, moment: float) -> list[Service]:
    """The services that were there, by their keys; raises StoreError for a row nobody can read."""
    table = SERVICE_STATES
    newest = (
        sa.select(table.c.service, sa.func.max(table.c.last_seen).label("at"))
        .where(table.c.last_seen <= moment)
        .group_by(table.c.service)
        .subquery()
    )
    same = (table.c.service == newest.c.service) & (table.c.last_seen == newest.c.at)
    query = (
        sa.select(table.c.id, table.c.service, table.c.gone, table.c.value)
        .join(newest, same)
        .order_by(table.c.service, table.c.id)
    )
    # Of two rows of one moment (from an older schema) the later id, which tells of going.
    rows = {row.service: row for row in connection.execute(query)}
    return [_service(row) for row in rows.values() if not row.gone]


def useless_before(oldest: float) -> tuple[sa.Select[tuple[str]], ...]:
    """The ids of rows that tell of no time after ``oldest``: first those that a later row has
    replaced, then those of services that are gone or that nobody knows any more."""
    table, later = SERVICE_STATES, SERVICE_STATES.alias()
    old = sa.select(table.c.id).where(table.c.last_seen < oldest)
    replaced = sa.exists().where(
        later.c.service == table.c.service,
        later.c.last_seen > table.c.last_seen,
        later.c.last_seen <= oldest,
    )
    forgotten = table.c.service.not_in(sa.select(SERVICES.c.id))
    return old.where(replaced), old.where((table.c.gone == 1) | forgotten)


class _Row(msgspec.Struct, frozen=True):
    id: str
    service: str
    last_seen: float
    gone: int
    value: str


def _row(state: ServiceState) -> _Row:
    service = values.key_of(state.service)
    return _Row(
        id=f"{service}.{state.at // _ROLL:.0f}"[:64],
        service=service,
        last_seen=state.at,
        gone=int(state.gone),
        value=values.encode(state.service),
    )


def _newer(old: _Row, new: _Row) -> _Row:
    return new if new.last_seen >= old.last_seen else old


def _read(connection: sa.Connection, key: str) -> _Row:
    row = connection.execute(sa.select(SERVICE_STATES).where(SERVICE_STATES.c.id == key)).one()
    return _Row(row.id, row.service, row.last_seen, row.gone, row.value)


def _service(row: Any) -> Service:
    try:
        return values.decode(Service, row.value)
    except (msgspec.MsgspecError, TypeError, UnicodeError) as error:
        raise StoreError(
            f"The row {row.id} of {SERVICE_STATES.name} cannot be read: {error}",
            f"Delete that row from {SERVICE_STATES.name} with your database's own tool",
        ) from error
