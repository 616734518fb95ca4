"""What one asker asked within a sliding time: distinct names, counted as they come and go.

Holds what was asked in the order in which they were last said, so that a repeat costs one move
and ageing costs what has aged. Capped: beyond the cap the oldest leaves early, counted.
"""

from __future__ import annotations

from collections import defaultdict

from whoasks.core.utterance import Asked

MAX_UTTERANCES = 1_024
"""Distinct payloads of one asker in a window. The busiest benign asker seen had 219; every
threshold of the catalogue is reached long before."""
MAX_NAMES = 8_192
"""Names in all of them together."""


class Window:
    """Distinct names asked in the last ``length`` seconds, and packets that added one."""

    __slots__ = ("_added", "_names", "_oldest", "_said", "_steps", "counts", "dropped", "length")

    def __init__(self, length: float) -> None:
        self.length = length
        self._said: dict[Asked, float] = {}
        self._oldest = 0.0
        """No payload in here was said before."""
        # Lists, not deques: an empty one has a tenth of the size, and most stay short.
        self._steps: list[float] = []
        self._added: dict[str, list[tuple[float, int]]] = {}
        self._names = 0
        self.counts: defaultdict[str, dict[object, int]] = defaultdict(dict)
        """By kind: name → utterances in the window that hold it."""
        self.dropped = 0

    @property
    def types(self) -> dict[object, int]:
        """Type → utterances in the window that ask for it."""
        return self.counts["types"]

    def say(self, asked: Asked, at: float) -> bool:
        """Enter what a packet asks; whether it was not in the window before."""
        if at - self._oldest > self.length:
            self._age(at)
        known = self._said.pop(asked, None)
        # Taken out and put in again: a dict keeps the order in which it was last said.
        self._said[asked] = at
        if known is not None:
            return False
        for kind, names in asked.counted:
            counts = self.counts[kind]
            before = len(counts)
            self._names += len(names)
            for name in names:
                counts[name] = counts.get(name, 0) + 1
            if len(counts) > before:
                added = self._added_lately(kind, at)
                if len(added) < MAX_UTTERANCES:
                    added.append((at, len(counts) - before))
        while len(self._said) > MAX_UTTERANCES or self._names > MAX_NAMES:
            self._leave()
            self.dropped += 1
        return True

    def step(self, at: float) -> None:
        """A packet brought a type that this asker had never asked for."""
        if self.steps(at) < MAX_UTTERANCES:
            self._steps.append(at)

    def steps(self, at: float) -> int:
        """Packets within the window that brought a type new for the asker."""
        steps = self._steps
        aged = 0
        while aged < len(steps) and at - steps[aged] > self.length:
            aged += 1
        del steps[:aged]
        return len(steps)

    def added(self, kind: str, at: float) -> int:
        """Packets within the window that brought a name of that kind new for the window."""
        return len(self._added_lately(kind, at))

    def beside_largest(self, kind: str, at: float) -> int:
        """Names of that kind that came in other packets than the one which brought most."""
        counts = [count for _, count in self._added_lately(kind, at)]
        return sum(counts) - max(counts, default=0)

    def _added_lately(self, kind: str, at: float) -> list[tuple[float, int]]:
        added = self._added.get(kind)
        if added is None:
            added = self._added[kind] = []
        aged = 0
        while aged < len(added) and at - added[aged][0] > self.length:
            aged += 1
        del added[:aged]
        return added

    def _age(self, at: float) -> None:
        self._oldest = at
        while self._said:
            oldest = next(iter(self._said.values()))
            if at - oldest <= self.length:
                self._oldest = oldest
                return
            self._leave()

    def _leave(self) -> None:
        asked = next(iter(self._said))
        del self._said[asked]
        for kind, names in asked.counted:
            counts = self.counts[kind]
            self._names -= len(names)
            for name in names:
                left = counts[name] - 1
                if left:
                    counts[name] = left
                else:
                    del counts[name]
