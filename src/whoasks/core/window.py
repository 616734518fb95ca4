"""What one asker asked within a sliding time: distinct names, counted as they come and go.

Holds utterances in the order in which they were last said, so that a repeat costs one move
and ageing costs what has aged. Capped: beyond the cap the oldest leaves early, counted.
"""

from __future__ import annotations

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
        self._said: dict[Utterance, float] = {}
        self._steps: list[float] = []
        self._names = 0
        self.types: dict[str, int] = {}
        """Type → utterances in the window that ask for it."""
        self.dropped = 0

    def say(self, utterance: Utterance, at: float) -> bool:
        """Enter an utterance that asks for types; whether it was not in the window before."""
        self._age(at)
        known = self._said.pop(utterance, None)
        # Taken out and put in again: a dict keeps the order in which it was last said.
        self._said[utterance] = at
        if known is not None:
            return False
        self._names += len(utterance.types)
        for name in utterance.types:
            self.types[name] = self.types.get(name, 0) + 1
        while len(self._said) > MAX_UTTERANCES or self._names > MAX_NAMES:
            self._leave()
            self.dropped += 1
        return True

    def step(self, at: float) -> None:
        """A packet brought a type that this asker had never asked for."""
        if len(self._steps) < MAX_UTTERANCES:
            self._steps.append(at)

    def steps(self, at: float) -> int:
        """Packets within the window that brought a type new for the asker."""
        aged = 0
        while aged < len(self._steps) and at - self._steps[aged] > self.length:
            aged += 1
        del self._steps[:aged]
        return len(self._steps)

    def _age(self, at: float) -> None:
        while self._said:
            if at - next(iter(self._said.values())) <= self.length:
                return
            self._leave()

    def _leave(self) -> None:
        utterance = next(iter(self._said))
        del self._said[utterance]
        self._names -= len(utterance.types)
        for name in utterance.types:
            left = self.types[name] - 1
            if left:
                self.types[name] = left
            else:
                del self.types[name]
