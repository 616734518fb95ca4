"""Lists of services under a name that somebody gave them. Nobody but they replaces or counts them:
they do not age."""

from __future__ import annotations

import re

import msgspec
import sqlalchemy as sa

from whoasks.core.model import Service
from whoasks.store import values
from whoasks.store.errors import StoreError
from whoasks.store.schema import SAVED_LISTS

_NAME = re.compile(r"[^\W_][\w-]{0,63}")
"""No dot and no slash: what holds one is a file."""


class SavedList(msgspec.Struct, frozen=True):
    """What was listed at a time."""

    name: str
    at: float
    services: tuple[Service, ...]
    asked: tuple[str, ...] = ()
    """The types that were asked for, as full names; none for all."""


def is_name(name: str) -> bool:
    """Whether a list may be called so."""
    return _NAME.fullmatch(name) is not None


def save(connection: sa.Connection, saved: SavedList) -> None:
    """Write it, replacing what has its name. Raises StoreError for a name that cannot be."""
    if not is_name(saved.name):
        raise _bad_name(saved.name)
    table = SAVED_LISTS
    connection.execute(sa.delete(table).where(table.c.id == saved.name))
    row = {
        "id": saved.name,
        "last_seen": saved.at,
        "services": len(saved.services),
        "value": _encoded(saved),
    }
    connection.execute(sa.insert(table), row)


def load(connection: sa.Connection, name: str) -> SavedList | None:
    """The list of that name; raises StoreError for one that cannot be read."""
    if not is_name(name):
        return None
    query = sa.select(SAVED_LISTS).where(SAVED_LISTS.c.id == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    try:
        content = msgspec.json.decode(row.value, type=_Content)
    except (msgspec.MsgspecError, TypeError, UnicodeError) as error:
        raise StoreError(
            f"The list {name} cannot be read: {error}", f"Save it anew: whoasks list --save {name}"
        ) from error
    return SavedList(row.id, row.last_seen, content.services, content.asked)


def names(connection: sa.Connection) -> list[tuple[str, float, int]]:
    """(name, time, services) of each, newest first."""
    table = SAVED_LISTS
    query = sa.select(table.c.id, table.c.last_seen, table.c.services)
    rows = connection.execute(query.order_by(table.c.last_seen.desc(), table.c.id))
    return [(row.id, row.last_seen, row.services) for row in rows]


class _Content(msgspec.Struct, frozen=True):
    asked: tuple[str, ...]
    services: tuple[Service, ...]


def _encoded(saved: SavedList) -> str:
    asked = msgspec.json.encode(saved.asked).decode()
    # One by one, since each may hold what has no UTF-8 (see ``values.encode``).
    return f'{{"asked":{asked},"services":[{",".join(map(values.encode, saved.services))}]}}'


def _bad_name(name: str) -> StoreError:
    error = StoreError(
        f"A list cannot be called {name!r}", "Use letters, digits, - and _, at most 64 of them"
    )
    error.exit_code = 2
    return error
