"""A network segment: a clock of its own, the hosts on it, and every frame recorded.

Nothing waits: time is the time of the next thing that is due.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tests.traces.wire import Message

if TYPE_CHECKING:
    from tests.traces.hosts import Host

META = "_services._dns-sd._udp.local"
START = 1_770_000_000.0


class Heard(NamedTuple):
    """What a host hears: who said what, over which IP version, from which port."""

    sender: Host
    message: Message
    version: int
    port: int
    address: str


class Segment:
    """The wire and the clock. Frames are (time, bytes)."""

    def __init__(self, seed: int = 1) -> None:
        self.now = START
        self.chance = random.Random(seed)
        self.frames: list[tuple[float, bytes]] = []
        self.hosts: list[Host] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, delay: float, action: Callable[[], None]) -> None:
        """Do something ``delay`` seconds from now."""
        heapq.heappush(self._due, (self.now + delay, next(self._order), action))

    def run(self, seconds: float) -> None:
        """Let this much time pass, and what is due in it happen."""
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = until

    def record(self, data: bytes) -> None:
        """One frame on the wire, never at the very same microsecond as the one before."""
        last = self.frames[-1][0] if self.frames else 0.0
        self.frames.append((max(self.now, last + 0.000_02), data))

    def soon(self, low: float, high: float) -> float:
        return self.chance.uniform(low, high)


@dataclass(frozen=True)
class Service:
    """What a host offers: the instance label, type, port and TXT strings."""

    label: str
    type: str
    port: int = 80
    txt: tuple[str, ...] = ("txtvers=1",)
