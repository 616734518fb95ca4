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


def _services_have_a_past(connection: sa.Connection) -> None:
    """Version 4: ``service_states``, begun with what is known of each service; ``saved_lists``."""
    run = connection.exec_driver_sql
    run(
        "CREATE TABLE service_states (id VARCHAR(64) NOT NULL PRIMARY KEY, "
        "service VARCHAR(64) NOT NULL, last_seen DOUBLE PRECISION NOT NULL, "
        "gone SMALLINT NOT NULL, value TEXT NOT NULL)"
    )
    run(
        "CREATE TABLE saved_lists (id VARCHAR(64) NOT NULL PRIMARY KEY, "
        "last_seen DOUBLE PRECISION NOT NULL, services INTEGER NOT NULL, value TEXT NOT NULL)"
    )
    run("CREATE INDEX ix_service_states_service ON service_states (service)")
    for table in ("service_states", "saved_lists"):
        run(f"CREATE INDEX ix_{table}_last_seen ON {table} (last_seen)")
    insert = sa.text(
        "INSERT INTO service_states (id, service, last_seen, gone, value) "
        "VALUES (:id, :service, :last_seen, :gone, :value)"
    )
    query = sa.text("SELECT id, first_seen, last_seen, value FROM services ORDER BY id")
    for page in connection.execute(query).partitions(_PAGE):
        rows = []
        for row in page:
            same = {"service": row.id, "value": row.value}
            rows.append(same | {"id": f"{row.id}.f", "last_seen": row.first_seen, "gone": 0})
            if msgspec.json.decode(row.value).get("stale"):
                rows.append(same | {"id": f"{row.id}.l", "last_seen": row.last_seen, "gone": 1})
        connection.execute(insert, rows)


MIGRATIONS: tuple[tuple[int, Callable[[sa.Connection], None]], ...] = (
    (2, _askers_know_their_role),
    (3, _habits_are_kept),
    (4, _services_have_a_past),
)
"""(version it leads to, step), in running order, one for each version after the first."""
