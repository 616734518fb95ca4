"""Between reading and the pipeline: what was read waits here, in its order, as long as it must.

Reading goes on while the pipeline works, in another thread or in between, so that the kernel's
buffer does not run over. What waits is bounded: ``Shedding`` says what is left out.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from whoasks.core.model import Datagram
from whoasks.core.shedding import Shedding

SLICE = 0.005
"""Seconds of work in one turn of the event loop, more or less: signals and ticks come between."""
AT_ONCE = 64
"""Packets worked on between two looks at the clock: 1 or 2 ms of real traffic."""


class Ahead:
    """``put`` may be called from another thread, by one caller at a time; all else is the loop's.

    ``work`` gets what was put, in order, inside the loop, with ``drain`` or soon.
    """

    def __init__(self, work: Callable[[list[Datagram]], None]) -> None:
        self._work = work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batches: deque[tuple[list[Datagram], int]] = deque()
        # Each is changed by one side alone: no lock is needed.
        self._came = self._done = 0
        self._called = False
        self.shedding = Shedding()

    def start(self) -> None:
        """Work from now on; inside the loop."""
        self._loop = asyncio.get_running_loop()

    def put(self, batch: list[Datagram]) -> None:
        """Datagrams that were read."""
        for first in range(0, len(batch), AT_ONCE):
            kept, units = self.shedding.admit(
                batch[first : first + AT_ONCE], self._came - self._done
            )
            if kept:
                self._came += units
                self._batches.append((kept, units))
        if self._batches and not self._called and self._loop is not None:
            self._called = True
            self._loop.call_soon_threadsafe(self._turn)

    @property
    def oldest(self) -> float | None:
        """The time of the packet that waits longest: time must not pass it by."""
        try:
            return self._batches[0][0][0].at
        except IndexError:
            return None

    def drain(self) -> None:
        """Work on all that waits; nothing is left afterwards."""
        while self._batches:
            self._next()

    def _turn(self) -> None:
        """Work for a while, and come back if there is more."""
        self._called = False
        until = time.monotonic() + SLICE
        while self._batches:
            if time.monotonic() >= until:
                self._called = True
                assert self._loop is not None  # noqa: S101  it called
                self._loop.call_soon(self._turn)
                return
            self._next()

    def _next(self) -> None:
        batch, units = self._batches.popleft()
        try:
            self._work(batch)
        finally:
            self._done += units
