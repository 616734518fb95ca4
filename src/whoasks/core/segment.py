"""What is known of everybody together: who is usual, who claims what, what was asked of late.

One for each pipeline; handed to the rules with every occasion. All of it is capped.
"""

from __future__ import annotations

from collections import deque

from whoasks.core.habits import Habits
from whoasks.core.identity import HostState
from whoasks.core.ownership import Ownership
from whoasks.core.prefixes import Prefixes
from whoasks.core.reflection import Reflection
from whoasks.core.utterance import Utterance

ASKED_WITHIN = 2.0
"""Seconds in which an answer counts as one to a question."""
MAX_ASKED = 512
"""Questions remembered; in a flood of them the oldest go first."""
MAX_NAMES = 4_096


class Segment:
    """The common knowledge of one run."""

    __slots__ = ("_asked", "habits", "ownership", "prefixes", "reflection")

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.ownership = Ownership()
        self.prefixes = Prefixes()
        self.reflection = Reflection()
        self._asked: deque[tuple[float, HostState, Utterance]] = deque(maxlen=MAX_ASKED)

    def ask(self, host: HostState, said: Utterance, at: float) -> None:
        """Remember that a host asked."""
        self._asked.append((at, host, said))

    def is_known(self, name: str) -> bool:
        """Whether anybody has announced that name."""
        return self.ownership.is_claimed(name)

    def asked_of(self, host: HostState, at: float) -> set[str]:
        """Names (keys) that others than this host asked for just before."""
        names: set[str] = set()
        for when, asker, said in reversed(self._asked):
            if at - when > ASKED_WITHIN or len(names) > MAX_NAMES:
                break
            if asker is not host:
                names |= said.means.keys
        return names

    def has_asked(self, other: HostState, names: set[str], at: float) -> bool:
        """Whether anybody else than that host asked for one of the names (keys) just before."""
        for when, asker, said in reversed(self._asked):
            if at - when > ASKED_WITHIN:
                break
            if asker is not other and not said.means.keys.isdisjoint(names):
                return True
        return False
