"""Older files become current ones, step by step, inside the transaction that opens them.

A step works on the tables as they were at its own version and never uses ``schema``, which
goes on changing. Steps are never edited once released.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import sqlalchemy as sa

_PAGE = 500


def _askers_know_their_role(connection: sa.Connection) -> None:
    """Version 2: ``askers.role``, filled from the values; times can be searched."""
    run = connection.exec_driver_sql
    run("ALTER TABLE askers ADD COLUMN role VARCHAR(32)")
    run("CREATE INDEX ix_askers_role ON askers (role)")
    for table in ("findings", "bursts", "services", "askers"):
        run(f"CREATE INDEX ix_{table}_last_seen ON {table} (last_seen)")
    update = sa.text("UPDATE askers SET role = :role WHERE id = :id")
    rows = connection.execute(sa.text("SELECT id, value FROM askers ORDER BY id"))
    for page in rows.partitions(_PAGE):
        roles = [
            {"id": row.id, "role": role}
            for row in page
            if (role := msgspec.json.decode(row.value)["host"].get("role")) is not None
        ]
        if roles:
            connection.execute(update, roles)


def _habits_are_kept(connection: sa.Connection) -> None:
    """Version 3: ``host_habits`` and ``owner_habits``, still empty."""
    run = connection.exec_driver_sql
    for table in ("host_habits", "owner_habits"):
        run(
            f"CREATE TABLE {table} (id VARCHAR(64) NOT NULL PRIMARY KEY, "
            "last_seen DOUBLE PRECISION NOT NULL, value TEXT NOT NULL)"
        )
        run(f"CREATE INDEX ix_{table}_last_seen ON {table} (last_seen)")


MIGRATIONS: tuple[tuple[int, Callable[[sa.Connection], None]], ...] = (
    (2, _askers_know_their_role),
    (3, _habits_are_kept),
)
"""(version it leads to, step), in running order, one for each version after the first."""
