"""What is usual here, between runs: rows for hosts and owners of names, one for the rest.

Saving is idempotent and never goes back. A row that cannot be read is left out, and written
anew when its host is heard again: habits can be learned twice, a watch must go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from whoasks.core.habits import (
    MAX_HOSTS,
    MAX_OWNERS,
    MAX_TYPES,
    HostHabit,
    Learned,
    OwnerHabit,
    TypeHabit,
)
from whoasks.store import values
from whoasks.store.pruning import cap
from whoasks.store.schema import HOST_HABITS, META, OWNER_HABITS
from whoasks.store.upserting import PAGE, upsert

H = TypeVar("H", HostHabit, OwnerHabit)

_KEY = "habits"
"""The row of ``meta`` that holds ``_Rest``."""
_MAX_RULES = 256
# Far more than there are rules: a file that somebody edited must not grow without end.


class _Rest(msgspec.Struct, frozen=True):
    """All that is no host's and no name's."""

    started: float
    rules: dict[str, float] = {}


def save(connection: sa.Connection, learned: Learned) -> None:
    """Keep this beside what is stored, inside the caller's transaction, and hold the caps."""
    _save_rest(connection, _Rest(learned.started, learned.rules))
    upsert(
        connection,
        HOST_HABITS,
        # Merged with itself a habit has its types in the order in which they are compared.
        {_host_id(habit): merged_hosts(habit, habit) for habit in learned.hosts},
        decoded=lambda row: _decoded(HostHabit, row.value),
        merged=merged_hosts,
        row_of=lambda habit: _row(_host_id(habit), habit.last_seen, habit),
    )
    upsert(
        connection,
        OWNER_HABITS,
        {_owner_id(habit): habit for habit in learned.owners},
        decoded=lambda row: _decoded(OwnerHabit, row.value),
        merged=merged_owners,
        row_of=lambda habit: _row(_owner_id(habit), habit.last, habit),
    )
    cap(connection, HOST_HABITS, MAX_HOSTS)
    cap(connection, OWNER_HABITS, MAX_OWNERS)


def load(connection: sa.Connection) -> Learned | None:
    """All that is stored, whoever was silent longest first; None when nothing ever was."""
    rest = _rest(connection)
    if rest is None:
        return None
    return Learned(
        started=rest.started,
        hosts=tuple(_all(connection, HOST_HABITS, HostHabit)),
        owners=tuple(_all(connection, OWNER_HABITS, OwnerHabit)),
        rules=rest.rules,
    )


def merged_hosts(old: HostHabit, new: HostHabit) -> HostHabit:
    """What both know of one host; beyond the cap the types asked for longest ago go."""
    types = {habit.type: habit for habit in old.types}
    for habit in new.types:
        known = types.get(habit.type)
        types[habit.type] = habit if known is None else _merged_types(known, habit)
    kept = sorted(types.values(), key=lambda habit: (-habit.last, habit.type))[:MAX_TYPES]
    return HostHabit(
        key=new.key,
        first_seen=min(old.first_seen, new.first_seen),
        last_seen=max(old.last_seen, new.last_seen),
        types=tuple(sorted(kept, key=lambda habit: (habit.first, habit.type))),
    )


def _merged_types(old: TypeHabit, new: TypeHabit) -> TypeHabit:
    earlier = min(old, new, key=lambda habit: (habit.first, habit.alone))
    return TypeHabit(
        old.type, earlier.first, max(old.last, new.last), max(old.days, new.days), earlier.alone
    )


def merged_owners(old: OwnerHabit, new: OwnerHabit) -> OwnerHabit:
    """Who owned the name last; its time goes back as far as it is known of that host."""
    if old.key != new.key:
        return max(old, new, key=lambda habit: (habit.last, habit.key))
    return OwnerHabit(new.name, new.key, min(old.since, new.since), max(old.last, new.last))


def _save_rest(connection: sa.Connection, given: _Rest) -> None:
    stored = _rest(connection, lock=True)
    started, rules = given.started, dict(given.rules)
    if stored is not None:
        started = min(started, stored.started)
        for rule, at in stored.rules.items():
            rules[rule] = max(at, rules.get(rule, at))
    newest = sorted(rules.items(), key=lambda item: (-item[1], item[0]))[:_MAX_RULES]
    right = _Rest(started, dict(sorted(newest)))
    if right == stored:
        return
    value = values.encode(right)
    if connection.execute(sa.update(META).where(META.c.key == _KEY).values(value=value)).rowcount:
        return
    connection.execute(sa.insert(META).values(key=_KEY, value=value))


def _rest(connection: sa.Connection, *, lock: bool = False) -> _Rest | None:
    query = sa.select(META.c.value).where(META.c.key == _KEY)
    value = connection.scalar(query.with_for_update() if lock else query)
    return None if value is None else _decoded(_Rest, value)


def _all(connection: sa.Connection, table: sa.Table, kind: type[H]) -> Iterator[H]:
    query = sa.select(table.c.value).order_by(table.c.last_seen, table.c.id)
    for page in connection.execute(query).partitions(PAGE):
        for row in page:
            habit = _decoded(kind, row.value)
            if habit is not None:
                yield habit


R = TypeVar("R", HostHabit, OwnerHabit, _Rest)


def _decoded(kind: type[R], value: str) -> R | None:
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, TypeError, UnicodeError):
        return None


def _row(key: str, last: float, habit: msgspec.Struct) -> dict[str, Any]:
    return {"id": key, "last_seen": last, "value": values.encode(habit)}


def _host_id(habit: HostHabit) -> str:
    return values.as_id(habit.key)


def _owner_id(habit: OwnerHabit) -> str:
    return values.digest([habit.name])
