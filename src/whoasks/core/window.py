"""What one asker asked within a sliding time: distinct names, counted as they come and go.

Holds utterances in the order in which they were last said, so that a repeat costs one move
and ageing costs what has aged. Capped: beyond the cap the oldest leaves early, counted.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from whoasks.core.utterance import Utterance

MAX_UTTERANCES = 1_024
"""Distinct payloads of one asker in a window. The busiest benign asker seen had 219; every
threshold of the catalogue is reached long before."""
MAX_NAMES = 8_192
"""Names in all of them together."""


class Window:
    """Distinct types asked in the last ``length`` seconds, and packets that added one."""

    __slots__ = ("_names", "_said", "_steps", "dropped", "length", "types")

    def __init__(self, length: float) -> None:
        self.length = length
        self._said: OrderedDict[Utterance, float] = OrderedDict()
        self._steps: deque[float] = deque(maxlen=MAX_UTTERANCES)
        self._names = 0
        self.types: dict[str, int] = {}
        """Type → utterances in the window that ask for it."""
        self.dropped = 0

    def say(self, utterance: Utterance, at: float) -> bool:
        """Enter an utterance; whether it was not in the window before."""
        self._age(at)
        if utterance in self._said:
            self._said[utterance] = at
            self._said.move_to_end(utterance)
            return False
        self._said[utterance] = at
        self._names += len(utterance.types)
        for name in utterance.types:
            self.types[name] = self.types.get(name, 0) + 1
        while len(self._said) > MAX_UTTERANCES or self._names > MAX_NAMES:
            self._leave()
            self.dropped += 1
        return True

    def step(self, at: float) -> None:
        """A packet brought a type that this asker had never asked for."""
        self._steps.append(at)

    def steps(self, at: float) -> int:
        """Packets within the window that brought a type new for the asker."""
        while self._steps and at - self._steps[0] > self.length:
            self._steps.popleft()
        return len(self._steps)

    def _age(self, at: float) -> None:
        while self._said:
            if at - next(iter(self._said.values())) <= self.length:
                return
            self._leave()

    def _leave(self) -> None:
        utterance, _ = self._said.popitem(last=False)
        self._names -= len(utterance.types)
        for name in utterance.types:
            left = self.types[name] - 1
            if left:
                self.types[name] = left
            else:
                del self.types[name]
