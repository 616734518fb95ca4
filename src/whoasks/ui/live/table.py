"""One table as a view-model: rows by identity, a sort, a query, groups, a cursor, fading marks.

Pure: knows no widget and no clock; ``now`` is an argument. The cursor belongs to a row, not to
a place: sorting, filtering and new rows move it along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from whoasks.ui.live.columns import natural
from whoasks.ui.live.look import Grouping, Heading, Look
from whoasks.ui.live.marks import Kind, Marks
from whoasks.ui.live.query import Query, parse

V = TypeVar("V")
_ROW, _GROUP = "r", "g"


class Table(Generic[V]):
    """Rows of ``V``. After changes ``arrange`` once, then draw ``items``."""

    def __init__(self, look: Look[V]) -> None:
        self.look = look
        self.sort, self.falling = look.sort, look.falling
        self.typed = ""
        self.grouping: Grouping[V] | None = None
        self.hides_stale = False
        self.items: list[str] = []
        """Keys of rows and headings, from top to bottom."""
        self.shown = 0
        """Rows among them, those of closed groups included."""
        self.follows = True
        """Whether the cursor stays on the first line, since nobody has moved it yet."""
        self.dropped = 0
        self._values: dict[str, V] = {}
        self._query = Query()
        self._words: dict[str, str] = {}
        self._orders: dict[str, Any] = {}
        self._marks = Marks()
        self._leaving: dict[str, None] = {}
        self._closed: set[str] = set()
        self._headings: dict[str, Heading] = {}
        self._at: dict[str, int] = {}
        self._cursor: str | None = None
        self._index = 0
        self._dirty = True
        self._touched = False

    # Rows in and out.

    def put(self, value: V, now: float, *, mark: Kind | None = "changed") -> None:
        """Add or replace a row. A new one is marked as new, another as ``mark`` says."""
        key = _ROW + self.look.key(value)
        known = key in self._values
        self._values[key] = value
        self._words.pop(key, None)
        self._orders.pop(key, None)
        self._leaving.pop(key, None)
        self._dirty = True
        if not known:
            self._marks.set(key, "new", now)
            self._make_room()
        elif mark is not None:
            self._marks.set(key, mark, now)

    def touch(self, value: V) -> None:
        """Replace a row of which only times, or what is told of its host, have changed: no mark."""
        key = _ROW + self.look.key(value)
        if key in self._values:
            self._values[key] = value
            self._words.pop(key, None)
            self._touched = True
            # What its place depends on may be what has changed.
            self._dirty |= self._orders.pop(key, None) is not None or bool(self._query)

    def leave(self, key: str, now: float) -> None:
        """Mark a row as gone; it is taken out when the mark has faded."""
        if _ROW + key in self._values:
            self._marks.set(_ROW + key, "gone", now)
            self._leaving[_ROW + key] = None

    def get(self, key: str) -> V | None:
        """The row's value by its own key."""
        return self._values.get(_ROW + key)

    def __contains__(self, key: str) -> bool:
        return _ROW + key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> list[V]:
        """All rows, as they came."""
        return list(self._values.values())

    def listed(self) -> list[V]:
        """What is shown, in its order; rows of closed groups are not."""
        return [self._values[item] for item in self.items if item in self._values]

    def _make_room(self) -> None:
        cap = self.look.cap
        while cap is not None and len(self._values) > cap:
            self._forget(next(iter(self._values)))
            self.dropped += 1

    def _forget(self, key: str) -> None:
        for held in (self._values, self._words, self._orders, self._leaving):
            held.pop(key, None)
        self._marks.drop(key)
        self._dirty = True

    # Marks.

    def tick(self, now: float) -> bool:
        """Let marks fade; whether anything looks different now."""
        if not self._marks.fade(now):
            return False
        for key in self._marks.expire(now):
            if key in self._leaving:
                self._forget(key)
            elif self.hides_stale:
                self._dirty = True
        return True

    def mark(self, item: str, now: float) -> tuple[Kind, int] | None:
        """What happened to a row lately and how fresh that is: 0 for just now, up to 2."""
        return self._marks.get(item, now)

    # What is shown, and how.

    def sort_by(self, column: int) -> None:
        """Sort by that column; once more turns it round."""
        if column == self.sort:
            self.falling = not self.falling
        else:
            self.sort, self.falling = column, self.look.columns[column].falling
            self._orders.clear()
        self._dirty = True

    def search(self, typed: str) -> None:
        """Show only rows that match; an empty query shows all."""
        self.typed = typed
        self._query = parse(typed, [column.title for column in self.look.columns])
        self._dirty = True

    def group_next(self) -> None:
        """The next way of grouping, and after the last one none."""
        ways = (None, *self.look.groupings)
        at = ways.index(self.grouping)
        self.grouping = ways[(at + 1) % len(ways)]
        self._closed.clear()
        self._dirty = True

    def hide_stale(self, hide: bool) -> None:
        """Whether rows that are gone are left out."""
        self.hides_stale = hide
        self._dirty = True

    def toggle_group(self) -> bool:
        """Close or open the group of the cursor; whether there is one."""
        item = self.cursor
        if item is None or self.grouping is None:
            return False
        group = item if item in self._headings else self._group_of(item)
        self._closed ^= {group}
        self._cursor, self.follows = group, False
        self._dirty = True
        return True

    def was_touched(self) -> bool:
        """Whether a row has been replaced in its place since this was asked last."""
        touched, self._touched = self._touched, False
        return touched

    def arrange(self) -> bool:
        """Bring ``items`` up to date; whether there was anything to do."""
        if not self._dirty:
            return False
        self._dirty = False
        keys = self._sorted(self._matching())
        self.shown = len(keys)
        self._headings = {}
        self.items = keys if self.grouping is None else self._grouped(keys)
        self._at = {item: at for at, item in enumerate(self.items)}
        self._find_cursor()
        return True

    def heading(self, item: str) -> Heading | None:
        """The heading at that item, None where it is a row."""
        return self._headings.get(item)

    def row(self, item: str) -> V | None:
        """The row's value at that item, None where it is a heading or has gone."""
        return self._values.get(item)

    def is_stale(self, item: str) -> bool:
        """Whether the row is past its time, or leaving."""
        value = self._values.get(item)
        return value is not None and (item in self._leaving or self.look.stale(value))

    def _matching(self) -> list[str]:
        if not self._query and not self.hides_stale:
            return list(self._values)
        return [key for key, value in self._values.items() if self._fits(key, value)]

    def _fits(self, key: str, value: V) -> bool:
        if self.hides_stale and self.look.stale(value) and key not in self._marks:
            return False
        words = self._words.get(key)
        if words is None and self._query:
            texts = [column.cell(value) for column in self.look.columns]
            words = "\n".join((*texts, self.look.more_words(value))).casefold()
            self._words[key] = words
        columns = self.look.columns
        return self._query.matches(words or "", lambda at: columns[at].cell(value))

    def _sorted(self, keys: list[str]) -> list[str]:
        orders, key_of = self._orders, self.look.columns[self.sort].key
        for key in keys:
            if key not in orders:
                orders[key] = key_of(self._values[key])
        return sorted(keys, key=orders.__getitem__, reverse=self.falling)

    def _group_of(self, key: str) -> str:
        assert self.grouping is not None  # noqa: S101  only called while grouping
        return _GROUP + self.grouping.of(self._values[key])

    def _grouped(self, keys: Sequence[str]) -> list[str]:
        groups: dict[str, list[str]] = {}
        for key in keys:
            groups.setdefault(self._group_of(key), []).append(key)
        return list(self._laid_out(groups))

    def _laid_out(self, groups: dict[str, list[str]]) -> Iterator[str]:
        for group in sorted(groups, key=lambda name: natural(name[1:])):
            is_open = group not in self._closed
            self._headings[group] = Heading(group[1:], len(groups[group]), is_open)
            yield group
            if is_open:
                yield from groups[group]

    @property
    def emptiness(self) -> str:
        """Why no row is shown, in words; raw. Empty where there are rows."""
        if self.items:
            return ""
        if self._values and self.typed:
            return "No row fits the filter; Esc clears it."
        return "All of it is hidden; x shows it." if self._values else self.look.empty

    # The cursor.

    @property
    def index(self) -> int:
        """The line of the cursor."""
        return self._index

    @property
    def cursor(self) -> str | None:
        """The item under the cursor."""
        return self.items[self._index] if self.items else None

    @property
    def current(self) -> V | None:
        """The value under the cursor; None on a heading, and where there is nothing."""
        return None if self.cursor is None else self._values.get(self.cursor)

    def to(self, index: int) -> None:
        """Put the cursor on a line, or as near as can be."""
        if self.items:
            self._index = min(max(index, 0), len(self.items) - 1)
            self._cursor, self.follows = self.items[self._index], False

    def move(self, lines: int) -> None:
        """Move the cursor down, or up."""
        self.to(self._index + lines)

    def follow(self) -> None:
        """Back to the first line, whatever will stand there."""
        self._cursor, self._index, self.follows = None, 0, True

    def _find_cursor(self) -> None:
        if self.follows:
            self._index = 0
            return
        # A row that is filtered out is remembered: with the query gone the cursor is on it again.
        found = self._at.get(self._cursor or "")
        last = max(0, len(self.items) - 1)
        self._index = min(self._index, last) if found is None else found
