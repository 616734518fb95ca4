"""Older files become current ones, step by step, inside the transaction that opens them.

A step works on the tables as they were at its own version and never uses ``schema``, which
goes on changing. Steps are never edited once released.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa

from whoasks.core.activity import Tally, hour_of, told
from whoasks.core.model import Burst
from whoasks.store import values

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


def _bursts_leave_their_activity(connection: sa.Connection) -> None:
    """Version 5: ``activity``, filled from the bursts; ``findings.burst``, from the values."""
    run = connection.exec_driver_sql
    run(
        "CREATE TABLE activity (id VARCHAR(64) NOT NULL PRIMARY KEY, host VARCHAR(64) NOT NULL, "
        "first_seen DOUBLE PRECISION NOT NULL, last_seen DOUBLE PRECISION NOT NULL, "
        "minutes SMALLINT NOT NULL, value TEXT NOT NULL)"
    )
    run("CREATE INDEX ix_activity_minutes ON activity (minutes, last_seen)")
    for column in ("first_seen", "last_seen"):
        run(f"CREATE INDEX ix_activity_{column} ON activity ({column})")
    _fill_activity(connection)
    run("ALTER TABLE findings ADD COLUMN burst VARCHAR(64)")
    run("CREATE INDEX ix_findings_burst ON findings (burst)")
    run("CREATE INDEX ix_findings_worth ON findings (severity, last_seen, id)")
    update = sa.text("UPDATE findings SET burst = :burst WHERE id = :id")
    rows = connection.execute(sa.text("SELECT id, value FROM findings ORDER BY id"))
    for page in rows.partitions(_PAGE):
        refers = [
            {"id": row.id, "burst": values.as_id(burst)}
            for row in page
            if (burst := msgspec.json.decode(row.value).get("burst")) is not None
        ]
        if refers:
            connection.execute(update, refers)


def _fill_activity(connection: sa.Connection) -> None:
    """Host by host: all its hours are held, never all bursts."""
    tallies: dict[str, Tally] = {}
    at: str | None = None
    rows = connection.execute(
        sa.text("SELECT host, value FROM bursts ORDER BY host"),
        execution_options={"stream_results": True},
    )
    for row in rows:
        if row.host != at:
            _insert_activity(connection, tallies)
            tallies, at = {}, row.host
        burst = _burst(row.value)
        if burst is not None:
            segment, host = values.segment_and_host(burst)
            key = values.digest([segment, host, f"{hour_of(burst):.0f}"])
            tallies[key] = told(tallies.get(key), burst)
    _insert_activity(connection, tallies)


def _insert_activity(connection: sa.Connection, tallies: dict[str, Tally]) -> None:
    if not tallies:
        return
    insert = sa.text(
        "INSERT INTO activity (id, host, first_seen, last_seen, minutes, value) "
        "VALUES (:id, :host, :first_seen, :last_seen, 1, :value)"
    )
    rows: list[dict[str, Any]] = [
        {
            "id": key,
            "host": values.host_key(tally.host),
            "first_seen": tally.first_seen,
            "last_seen": tally.last_seen,
            "value": values.encode(tally),
        }
        for key, tally in tallies.items()
    ]
    connection.execute(insert, rows)


def _burst(value: str) -> Burst | None:
    """The burst; None for what cannot be read, as nobody could export it either."""
    try:
        return msgspec.json.decode(value, type=Burst)
    except (msgspec.MsgspecError, TypeError, UnicodeError):
        return None


MIGRATIONS: tuple[tuple[int, Callable[[sa.Connection], None]], ...] = (
    (2, _askers_know_their_role),
    (3, _habits_are_kept),
    (4, _services_have_a_past),
    (5, _bursts_leave_their_activity),
)
"""(version it leads to, step), in running order, one for each version after the first."""
