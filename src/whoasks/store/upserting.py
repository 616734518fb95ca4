"""Writing values over what is stored of them: read, merge, write. It works on every database,
and the caller's transaction holds the lock throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

PAGE = 500
"""Keys asked for at once: half of the 999 variables old SQLites allow."""

T = TypeVar("T")
G = TypeVar("G")


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    values: Mapping[str, T],
    *,
    decoded: Callable[[Any], T | None],
    merged: Callable[[T, T], T],
    row_of: Callable[[T], dict[str, Any]],
) -> list[tuple[T | None, T]]:
    """Keep these values by their keys (column ``id``); what was stored and what now is, of
    those that changed.

    ``decoded`` makes a row a value, or None where it is to be written anew; ``merged`` says
    what is right of the stored and the given one; ``row_of`` gives all columns.
    """
    return rewrite(
        connection,
        table,
        values,
        decoded=decoded,
        after=lambda old, value: value if old is None else merged(old, value),
        row_of=row_of,
    )


def rewrite(
    connection: sa.Connection,
    table: sa.Table,
    news: Mapping[str, G],
    *,
    decoded: Callable[[Any], T | None],
    after: Callable[[T | None, G], T],
    row_of: Callable[[T], dict[str, Any]],
) -> list[tuple[T | None, T]]:
    """The same for news of any kind: ``after`` makes of the stored value and the news what is
    right from now on."""
    written: list[tuple[T | None, T]] = []
    keys = list(news)
    for at in range(0, len(keys), PAGE):
        page = {key: news[key] for key in keys[at : at + PAGE]}
        query = sa.select(table.c.id, table.c.value).where(table.c.id.in_(page)).with_for_update()
        stored = {row.id: decoded(row) for row in connection.execute(query)}
        new, changed = [], []
        for key, given in page.items():
            old = stored.get(key)
            right = after(old, given)
            if right == old:
                continue
            row = row_of(right)
            if key in stored:
                changed.append(row)
            else:
                new.append(row)
            written.append((old, right))
        if new:
            connection.execute(sa.insert(table), new)
        _update(connection, table, changed)
    return written


def _update(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write these rows, whole, over those of the same ids."""
    if not rows:
        return
    bound: dict[str, Any] = {name: sa.bindparam(f"b_{name}") for name in rows[0] if name != "id"}
    same = table.c.id == sa.bindparam("b_id")
    renamed = [{f"b_{name}": row[name] for name in row} for row in rows]
    connection.execute(sa.update(table).where(same).values(bound), renamed)
