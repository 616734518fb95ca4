"""What is kept of a host that asks: its totals, its past, how fast it asks. All of it capped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from whoasks.core.habits import HostHabit
from whoasks.core.utterance import Utterance
from whoasks.core.window import Window

if TYPE_CHECKING:
    from whoasks.core.bursts import OpenBurst

MAX_SET = 4_096
"""Distinct types, instances, … counted exactly up to here."""
MAX_TYPES_EVER = 2_048
"""Types remembered of one asker: more than are registered by any one vendor."""
FOLLOW_UP = 60.0
"""Seconds after a meta-query in which questions count as its follow-up."""
STORM_STEP = 10
"""Questions between two looks at the rate at which an asker asks, repeats counted."""
STORM_MARKS = 200
"""Looks remembered: the largest number of questions that a rule may ask for is ten times that."""
MAX_LOOSE = 512
"""Types new of late that are told apart; more than any threshold may ask for."""
BUNDLE = 5
"""Types in one packet that make it a bundle; 3 to 9 separate equally well in what was measured."""
Names = frozenset[str]


class AskerState:
    """What is kept of a host that asks: its totals, its past, and its burst when one is open."""

    __slots__ = (
        "_lengths", "_next_mark", "after_meta", "after_meta_instances", "burst", "bursts",
        "dropped", "findings", "first", "interface", "last", "loose_new", "marks", "meta_at",
        "packets", "questions", "types", "windows",
    )  # fmt: skip

    def __init__(self, at: float, interface: str, windows: tuple[float, ...]) -> None:
        self.first = self.last = at
        self.interface = interface
        self.packets = self.questions = self.bursts = self.findings = 0
        self.types: dict[str, int] = {}
        """Every type asked for → the serial number of the burst that asked for it first."""
        self.loose_new: dict[str, float] = {}
        """Types asked for the first time outside a bundle → when; the newest ones."""
        self.dropped = 0
        self.marks: list[float] = []
        """When every tenth question was asked, the latest ones."""
        self._next_mark = STORM_STEP
        """Questions at which the next one is."""
        self._lengths = windows
        self.windows: dict[float, Window] = {}
        """By length; made at the first question."""
        self.meta_at = float("-inf")
        self.after_meta: Names = frozenset()
        self.after_meta_instances: Names = frozenset()
        self.burst: OpenBurst | None = None

    def count(self, questions: int, at: float) -> bool:
        """Count a packet and its questions; whether it is time to look at their rate."""
        self.last = at
        self.packets += 1
        before = self.questions
        self.questions = after = before + questions
        if after < self._next_mark:
            return False
        self._next_mark = after - after % STORM_STEP + STORM_STEP
        steps = after // STORM_STEP - before // STORM_STEP
        marks = self.marks
        marks.extend([at] * min(steps, STORM_MARKS))
        if len(marks) > 2 * STORM_MARKS:
            del marks[:-STORM_MARKS]
        return True

    def storm(self, questions: int, window: float) -> bool:
        """Whether so many questions, repeats counted, were asked within that time."""
        back = questions // STORM_STEP
        marks = self.marks
        return len(marks) >= back and marks[-1] - marks[-back] <= window

    def knows(self, habits: HostHabit) -> None:
        """Enter what the host is known to ask for from earlier runs."""
        for habit in habits.types:
            if len(self.types) < MAX_TYPES_EVER:
                self.types[habit.type] = -1
            if habit.alone:
                self.loose_new[habit.type] = habit.first

    def learn(self, utterance: Utterance, burst: OpenBurst, at: float) -> tuple[bool, bool]:
        """Enter what is asked: whether a window did not hold it, and whether it adds to what
        the asker has ever asked for or asked after the list of types."""
        entered = gained = False
        if not self.windows:
            self.windows = {length: Window(length) for length in self._lengths}
        for window in self.windows.values():
            entered |= window.say(utterance.asked, at)
        if utterance.means.types:
            gained = self._remember(utterance.means.types, burst, at)
        if utterance.means.meta:
            if at - self.meta_at > FOLLOW_UP:
                self.after_meta = self.after_meta_instances = frozenset()
            self.meta_at = at
        if at - self.meta_at <= FOLLOW_UP:
            types = joined(self.after_meta, utterance.means.types)
            instances = joined(self.after_meta_instances, utterance.means.instances)
            gained |= len(types) > len(self.after_meta)
            gained |= len(instances) > len(self.after_meta_instances)
            self.after_meta, self.after_meta_instances = types, instances
        return entered, gained

    def window(self, length: float) -> Window:
        """The window of that length; one that a new configuration brought starts empty."""
        found = self.windows.get(length)
        if found is None:
            found = self.windows[length] = Window(length)
        return found

    def is_calm(self, floors: Iterable[tuple[str, float]]) -> bool:
        """Whether every window holds fewer different names of each kind than that."""
        for window in self.windows.values():
            for kind, least in floors:
                if kind in window.counts and len(window.counts[kind]) >= least:
                    return False
        return True

    def _remember(self, types: frozenset[str], burst: OpenBurst, at: float) -> bool:
        """Enter types asked for the first time ever; the packet is a step of the sweep counts."""
        if self.types.keys() >= types:
            return False
        # In an order of their own: that of a set is another one in each process.
        fresh = sorted(name for name in types if name not in self.types)
        for window in self.windows.values():
            window.step(at)
        burst.new_type_packets += 1
        loose = len(types) < BUNDLE
        for name in fresh:
            if loose and name not in self.loose_new:
                self.loose_new[name] = at
                if len(self.loose_new) > MAX_LOOSE:
                    # The oldest makes room: what counts is how many were new of late.
                    del self.loose_new[next(iter(self.loose_new))]
            if len(self.types) < MAX_TYPES_EVER:
                self.types[name] = burst.serial
            else:
                self.dropped += 1
        return True


def joined(known: Names, more: frozenset[str]) -> Names:
    """Both together, capped; shares the utterance's own set as long as there is only one."""
    if not known:
        return more
    if len(known) >= MAX_SET or more <= known:
        return known
    return known | more
