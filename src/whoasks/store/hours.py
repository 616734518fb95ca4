"""The activity of askers by the hour: what stays when their bursts are deleted.

It is written when a burst is kept, in the same transaction, and not when bursts are deleted:
so it is whole at any moment and for any period, a kill leaves both or neither, and deleting
stays as cheap as deleting can be. What a burst adds is told from what is stored of it under
its own id, so that saving it again, by another run or another watcher, adds nothing; once it
is deleted, from the marks that its hour keeps for as long as it has its minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from whoasks.core.activity import Tally, hour_of, merged, told
from whoasks.core.model import Burst
from whoasks.store import values
from whoasks.store.schema import ACTIVITY
from whoasks.store.upserting import rewrite

Grown = tuple[Burst | None, Burst]
"""What is stored of a burst, and what is stored of it from now on."""


def save(connection: sa.Connection, bursts: Iterable[Grown]) -> None:
    """Add what these bursts were and have become to their hours."""
    news: dict[str, list[Grown]] = {}
    for before, burst in sorted(bursts, key=lambda pair: (pair[1].started, pair[1].id)):
        news.setdefault(key_of(burst), []).append((before, burst))
    rewrite(connection, ACTIVITY, news, decoded=_decoded, after=_after, row_of=_row)


def merge(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Take the minutes out of these hours, at most ``PAGE`` of them."""
    key = ACTIVITY.c.id
    query = sa.select(key, ACTIVITY.c.value).where(key.in_(ids)).with_for_update()
    hours = {row.id: _decoded(row) for row in connection.execute(query)}
    whole = {id_: _row(merged(tally)) for id_, tally in hours.items() if tally is not None}
    if whole:
        # Deleted and written anew, not updated: rows that shrink where they stand leave SQLite
        # pages that are half empty for good.
        connection.execute(sa.delete(ACTIVITY).where(key.in_(list(whole))))
        connection.execute(sa.insert(ACTIVITY), list(whole.values()))
    unreadable = [id_ for id_ in hours if id_ not in whole]
    if unreadable:
        # They stay as they are, and are not looked at again and again.
        connection.execute(sa.update(ACTIVITY).where(key.in_(unreadable)).values(minutes=0))


def key_of(burst: Burst) -> str:
    """The key of the asker's hour in which a burst began."""
    return values.digest([*values.segment_and_host(burst), f"{hour_of(burst):.0f}"])


def _after(tally: Tally | None, bursts: list[Grown]) -> Tally:
    for before, burst in bursts:
        tally = told(tally, burst, before)
    assert tally is not None  # noqa: S101  no news is no row
    return tally


def _decoded(row: Any) -> Tally | None:
    """The hour; None where the row cannot be read, and is written anew with the next burst."""
    try:
        return msgspec.json.decode(row.value, type=Tally)
    except (msgspec.MsgspecError, TypeError, UnicodeError):
        return None


def _row(tally: Tally) -> dict[str, Any]:
    segment, host = values.segment_and_host(tally)
    return {
        "id": values.digest([segment, host, f"{tally.hour:.0f}"]),
        "host": host,
        "first_seen": tally.first_seen,
        "last_seen": tally.last_seen,
        "minutes": int(tally.minutes is not None),
        "value": values.encode(tally),
    }
