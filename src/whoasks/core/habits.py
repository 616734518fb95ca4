"""What is usual here: which host asks for what, since when; learned, bounded, kept between runs.

The values are what a store keeps; ``Habits`` is what a watch works with. A watch that starts
without any is still learning, and says so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Set

import msgspec

MAX_HOSTS = 4_096
"""Hosts remembered; the one silent longest is forgotten first."""
MAX_TYPES = 128
"""Types remembered of one host."""
MAX_OWNERS = 4_096
"""Names whose sole owner is remembered."""
DAY = 86_400.0
FRESHEN = 60.0
"""Seconds between two updates of one habit: a poller asks every few seconds."""


class TypeHabit(msgspec.Struct, frozen=True, gc=False):
    """One service type that a host asks for."""

    type: str
    first: float
    """When it was asked for first, epoch seconds."""
    last: float
    days: int = 1
    """Different days (UTC) on which it was asked for."""
    alone: bool = False
    """First asked outside a bundle."""


class HostHabit(msgspec.Struct, frozen=True, gc=False):
    """What one host usually does."""

    key: str
    """As the core names hosts: MAC and VLAN, else the address."""
    first_seen: float
    last_seen: float
    types: tuple[TypeHabit, ...] = ()


class OwnerHabit(msgspec.Struct, frozen=True, gc=False):
    """A host name and the one host that has announced it."""

    name: str
    key: str
    since: float
    last: float


class Learned(msgspec.Struct, frozen=True):
    """All that was learned, as a store keeps it."""

    started: float
    """When the first watch of this store began."""
    hosts: tuple[HostHabit, ...] = ()
    owners: tuple[OwnerHabit, ...] = ()
    rules: dict[str, float] = {}
    """Rule → when it last fired for any host."""


class Habits:
    """What is usual, while it is being learned: from what was kept, and from what is heard."""

    def __init__(self, learned: Learned | None, learning: float) -> None:
        self._learning = learning
        self.started = learned.started if learned is not None else None
        self._rules: dict[str, float] = dict(learned.rules) if learned is not None else {}
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._owners: OrderedDict[str, OwnerHabit] = OrderedDict()
        for habit in sorted(learned.hosts if learned else (), key=lambda h: h.last_seen):
            self._hosts[habit.key] = _Host(habit)
        for owner in learned.owners if learned else ():
            self._owners[owner.name] = owner

    def configure(self, learning: float) -> None:
        """Take another learning time, in seconds."""
        self._learning = learning

    # What is heard.

    def begin(self, at: float) -> None:
        """The first packet with a usable time."""
        if self.started is None or at < self.started:
            self.started = at

    def known(self, key: str) -> HostHabit | None:
        """What is known of a host, from earlier runs and this one."""
        host = self._hosts.get(key)
        return host.value() if host is not None else None

    def ask(
        self, key: str, types: Iterable[str], at: float, *, first: float, alone: Set[str]
    ) -> None:
        """A host, first heard at ``first``, asked for types; for ``alone`` outside bundles."""
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(HostHabit(key, first, at))
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
        else:
            self._hosts.move_to_end(key)
        host.last = at
        host.ask(types, at, alone)

    def own(self, name: str, key: str, at: float, *, since: float) -> None:
        """A host is the only one that announces a name, ``since`` then."""
        owner = self._owners.get(name)
        if owner is not None and owner.key == key:
            since = min(since, owner.since)
        self._owners[name] = OwnerHabit(name, key, since, at)
        self._owners.move_to_end(name)
        if len(self._owners) > MAX_OWNERS:
            self._owners.popitem(last=False)

    def fire(self, rule: str, at: float) -> None:
        """A rule fired for somebody."""
        self._rules[rule] = at

    # What is known.

    def first_seen(self, key: str, first: float) -> float:
        """When a host was first heard of, this run or before."""
        host = self._hosts.get(key)
        return min(first, host.first) if host is not None else first

    def learning_at(self, at: float) -> bool:
        """Whether it is too early to tell what is usual."""
        return self.started is None or at - self.started < self._learning

    def progress(self, at: float) -> str:
        """How far the learning has got, for people; empty when it has ended."""
        if not self.learning_at(at):
            return ""
        watched = max(0.0, at - (self.started if self.started is not None else at))
        so_far = f"{_span(watched)} of {_span(self._learning)}"
        return f"still learning what is usual here: {so_far} watched"

    def is_new(self, key: str, first: float, at: float) -> bool:
        """Whether a host came to be known only after the learning had ended."""
        if self.started is None or self.learning_at(at):
            return False
        return self.first_seen(key, first) >= self.started + self._learning

    def is_owner(self, name: str, key: str, at: float) -> bool:
        """Whether a host has been the only owner of a name for the learning time, or since
        the first half of it."""
        owner = self._owners.get(name)
        if owner is None or owner.key != key or self.started is None or self.learning_at(at):
            return False
        return at - owner.since >= self._learning or (
            owner.since <= self.started + self._learning / 2
        )

    def last_fired(self, rule: str) -> float | None:
        """When a rule last fired for anybody here."""
        return self._rules.get(rule)

    def days(self, key: str, type_: str) -> int:
        """Different days before today on which a host asked for a type."""
        host = self._hosts.get(key)
        habit = host.types.get(type_) if host is not None else None
        return 0 if habit is None else habit.days - 1

    def facts(self, rule: str, key: str, first: float, at: float) -> list[str]:
        """What makes the rule's firing unusual here, as clauses; nothing while learning."""
        if self.learning_at(at):
            return []
        facts = []
        last = self._rules.get(rule)
        week = 7 * DAY
        span = min(week, at - (self.started if self.started is not None else at))
        if last is None or at - last > span:
            facts.append(f"no host here did so in the last {_span(span)}")
        since = self.first_seen(key, first)
        if at - since < DAY:
            facts.append(f"the host was first seen {_span(max(0.0, at - since))} before")
        return facts

    def learned(self, since: float = float("-inf")) -> Learned:
        """All of it as a store keeps it; only what changed after ``since``."""
        return Learned(
            started=self.started if self.started is not None else 0.0,
            hosts=tuple(h.value() for h in self._hosts.values() if h.last >= since),
            owners=tuple(o for o in self._owners.values() if o.last >= since),
            rules=dict(self._rules),
        )


class _Host:
    """One host's habits while they grow."""

    __slots__ = ("_key", "first", "last", "types")

    def __init__(self, habit: HostHabit) -> None:
        self.first, self.last = habit.first_seen, habit.last_seen
        self.types: dict[str, TypeHabit] = {each.type: each for each in habit.types}
        self._key = habit.key

    def ask(self, types: Iterable[str], at: float, alone: Set[str]) -> None:
        for name in sorted(types):
            known = self.types.get(name)
            if known is None:
                if len(self.types) < MAX_TYPES:
                    self.types[name] = TypeHabit(name, at, at, 1, name in alone)
            elif at - known.last >= FRESHEN:
                days = known.days + (at // DAY != known.last // DAY)
                self.types[name] = TypeHabit(name, known.first, at, days, known.alone)

    def value(self) -> HostHabit:
        return HostHabit(self._key, self.first, self.last, tuple(self.types.values()))


def _span(seconds: float) -> str:
    """A length of time for people."""
    for size, unit in ((DAY, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            count = round(seconds / size, 1)
            return f"{count:g} {unit}{'s' if count != 1 else ''}"
    return f"{seconds:.0f} second{'' if round(seconds) == 1 else 's'}"
