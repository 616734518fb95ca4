"""Deleting what is too old or too much. Packet time decides, as everywhere."""

from __future__ import annotations

import sqlalchemy as sa

from whoasks.store import states
from whoasks.store.retention import Retention
from whoasks.store.schema import FINDINGS, KEPT, SERVICE_STATES

_DAY = 86_400.0
_PAGE = 500


def prune(connection: sa.Connection, now: float, retention: Retention) -> dict[str, int]:
    """Delete inside the caller's transaction; how many rows went, by table."""
    gone: dict[str, int] = {}
    for table in KEPT:
        oldest = now - getattr(retention, table.name) * _DAY
        aged = connection.execute(sa.delete(table).where(table.c.last_seen < oldest)).rowcount
        gone[table.name] = aged + cap(connection, table, retention.rows)
    aged = states.prune(connection, now - retention.services * _DAY)
    gone[SERVICE_STATES.name] = aged + cap(connection, SERVICE_STATES, retention.rows)
    return gone


def cap(connection: sa.Connection, table: sa.Table, rows: int) -> int:
    """Delete the least worth keeping beyond ``rows``; how many went."""
    count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    excess = count - rows
    if excess <= 0:
        return 0
    order = [table.c.last_seen, table.c.id]
    if table is FINDINGS:
        order.insert(0, table.c.severity)
    doomed = connection.scalars(sa.select(table.c.id).order_by(*order).limit(excess)).all()
    for at in range(0, len(doomed), _PAGE):
        connection.execute(sa.delete(table).where(table.c.id.in_(doomed[at : at + _PAGE])))
    return excess
