"""How a connection is set up: SQLite's pragmas and transactions, PostgreSQL's time limits.

SQLite runs in WAL mode, so that ``export`` reads while ``watch`` writes, with
``synchronous=FULL``: in WAL mode NORMAL survives the death of the process but may lose the
last commits when the power goes, and a finding is shown only once it is safe. The price is
one fsync for each batch of findings, which are rare.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from whoasks.store.location import Location

WRITES = {"whoasks_begin": "BEGIN IMMEDIATE"}
"""Execution options of a transaction that writes: it takes the lock at once, since a reader
that starts to write later fails without waiting (SQLITE_BUSY_SNAPSHOT)."""


def connect(location: Location, *, read_only: bool, busy_timeout: float) -> sa.Engine:
    """An engine for this place. Opens nothing yet; ``busy_timeout`` in seconds."""
    if location.url.get_backend_name() != "sqlite":
        return sa.create_engine(location.url, **_server_arguments(location.url))
    path = location.path
    if path is None:
        engine = sa.create_engine(
            "sqlite://",
            poolclass=sa.pool.StaticPool,
            connect_args={"check_same_thread": False},
        )
    else:
        engine = sa.create_engine(
            "sqlite://",
            creator=lambda: _open_file(path, read_only, busy_timeout),
            poolclass=sa.pool.QueuePool,
            pool_size=1,
        )
    sa.event.listen(engine, "connect", _set_up)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _server_arguments(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_args": {"connect_timeout": 5}}
    return {}


def _open_file(path: Path, read_only: bool, busy_timeout: float) -> sqlite3.Connection:
    """Open a file that exists: SQLite never creates one here, ``location`` does."""
    mode = "ro" if read_only else "rw"
    try:
        return _open_mode(path, f"mode={mode}", busy_timeout)
    except sqlite3.OperationalError:
        if not read_only or _has_log(path):
            raise
        # On a read-only disk SQLite cannot make the shared-memory file that WAL needs. With no
        # log beside it nobody is writing, and the file alone is the whole truth.
        return _open_mode(path, "immutable=1", busy_timeout)


def _has_log(path: Path) -> bool:
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except OSError:
        return False


def _open_mode(path: Path, mode: str, busy_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{mode}",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # The first look at the file, so that a failure is known here.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mode == "mode=rw":
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy begins transactions through ``_begin``; the driver must not begin its own.
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("whoasks_begin", "BEGIN"))
