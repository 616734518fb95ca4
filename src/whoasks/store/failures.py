"""What a database can answer when it fails, as sentences. Nothing else leaves the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from whoasks.store.errors import StoreError

_ANOTHER = "or give another path with --db"

# SQLite's primary result codes (sqlite.org/rescode.html) that mean something to a person.
_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: ("may not be opened", f"Check its permissions, {_ANOTHER}"),
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "End the other process that writes to it, or wait; see `fuser` or `lsof` with its path",
    ),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", "Wait, or end the other process"),
    sqlite3.SQLITE_READONLY: (
        "is read-only",
        f"Check the permissions of the file and of its folder, {_ANOTHER}",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written (input/output error)",
        f"Check the disk and the free space on it, {_ANOTHER}",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Move it away and a new one is made; `sqlite3 FILE .recover` may save its contents",
    ),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", f"Make room on the disk, {_ANOTHER}"),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        f"Check that it exists and the permissions of its folder, {_ANOTHER}",
    ),
    sqlite3.SQLITE_NOTADB: ("is not a database", "Give the path of a whoasks database to --db"),
}


_PASSING = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}  # fmt: skip


@contextmanager
def as_store_errors(shown: str) -> Iterator[None]:
    """Turn what SQLAlchemy and its drivers raise inside into StoreError about ``shown``."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        raise store_error(error, shown) from error
    except ImportError as error:
        raise StoreError(
            f"The database {shown} needs a driver that cannot be imported: {_first_line(error)}",
            "For PostgreSQL: pipx install 'whoasks[postgres]'",
        ) from error


def store_error(error: sa.exc.SQLAlchemyError | sqlite3.Error, shown: str) -> StoreError:
    """The sentence and remedy for one failure."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and (known := _SQLITE.get(code & 0xFF)):
        return StoreError(
            f"The database {shown} {known[0]}", known[1], passing=code & 0xFF in _PASSING
        )
    why = _first_line(cause if cause is not None else error)
    match error:
        case sa.exc.NoSuchModuleError():
            return StoreError(
                f"No such kind of database is known: {shown}",
                "Give a path, or a URL such as postgresql://user@host/whoasks",
            )
        case sa.exc.OperationalError() | sa.exc.InterfaceError() | sa.exc.TimeoutError():
            return StoreError(
                f"The database {shown} cannot be reached: {why}",
                "Check that it runs and that its URL, user and password are right",
            )
        case sa.exc.IntegrityError():
            return StoreError(
                f"The database {shown} is being written by another process",
                "Wait, or end the other process",
            )
        case _:
            return StoreError(
                f"The database {shown} cannot be used: {why}",
                f"Check that it is a whoasks database, {_ANOTHER}",
            )


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
