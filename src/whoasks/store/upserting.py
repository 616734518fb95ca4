"""Writing values over what is stored of them: read, merge, write. It works on every database,
and the caller's transaction holds the lock throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa

PAGE = 500
"""Keys asked for at once: half of the 999 variables old SQLites allow."""

T = TypeVar("T")


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    values: Mapping[str, T],
    *,
    decoded: Callable[[Any], T | None],
    merged: Callable[[T, T], T],
    row_of: Callable[[T], dict[str, Any]],
) -> None:
    """Keep these values by their keys (column ``id``).

    ``decoded`` makes a row a value, or None where it is to be written anew; ``merged`` says
    what is right of the stored and the given one; ``row_of`` gives all columns.
    """
    keys = list(values)
    for at in range(0, len(keys), PAGE):
        page = {key: values[key] for key in keys[at : at + PAGE]}
        query = sa.select(table.c.id, table.c.value).where(table.c.id.in_(page)).with_for_update()
        stored = {row.id: decoded(row) for row in connection.execute(query)}
        new, changed = [], []
        for key, value in page.items():
            if key not in stored:
                new.append(row_of(value))
                continue
            old = stored[key]
            right = value if old is None else merged(old, value)
            if right != old:
                row = row_of(right)
                changed.append({"b_id": key} | {f"b_{name}": row[name] for name in row})
        if new:
            connection.execute(sa.insert(table), new)
        if changed:
            _update(connection, table, changed)


def _update(connection: sa.Connection, table: sa.Table, changed: list[dict[str, Any]]) -> None:
    bound: dict[str, Any] = {name[2:]: sa.bindparam(name) for name in changed[0] if name != "b_id"}
    same = table.c.id == sa.bindparam("b_id")
    connection.execute(sa.update(table).where(same).values(bound), changed)
