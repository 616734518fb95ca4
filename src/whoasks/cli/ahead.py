"""Between reading and the pipeline: what was read waits here, in its order, as long as it must.

Reading goes on while the pipeline works, in another thread or in between, so that the kernel's
buffer does not run over. What waits is bounded: ``Shedding`` says what is left out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from whoasks.core.model import Datagram
from whoasks.core.shedding import Shedding

AT_ONCE = 1_000
"""Packets worked on in one turn of the event loop, some 30 ms: signals and ticks come between.
What they came to is kept in one transaction, which costs as much as many packets."""
TOGETHER = 64
"""Packets between two looks at how many wait."""


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
        self._home = 0
        self.shedding = Shedding()

    def start(self) -> None:
        """Work from now on; inside the loop."""
        self._loop = asyncio.get_running_loop()
        self._home = get_ident()

    def put(self, batch: list[Datagram]) -> None:
        """Datagrams that were read."""
        for first in range(0, len(batch), TOGETHER):
            some = batch[first : first + TOGETHER]
            kept, units = self.shedding.admit(some, self._came - self._done)
            if kept:
                self._came += units
                self._batches.append((kept, units))
        if self._batches and not self._called and self._loop is not None:
            self._called = True
            # To wake a loop that is awake costs more than a packet does.
            at_home = get_ident() == self._home
            (self._loop.call_soon if at_home else self._loop.call_soon_threadsafe)(self._turn)

    def turns_away(self, key: str) -> bool:
        """Whether a packet of that host would be left out in any case; by the caller of ``put``."""
        return self.shedding.turns_away(key, self._came - self._done)

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
        try:
            self._next()
        finally:
            if self._batches and not self._called and self._loop is not None:
                self._called = True
                self._loop.call_soon(self._turn)

    def _next(self) -> None:
        """Work on what waits longest."""
        together: list[Datagram] = []
        done = 0
        while self._batches and len(together) < AT_ONCE:
            batch, units = self._batches.popleft()
            together += batch
            done += units
        try:
            if together:
                self._work(together)
        finally:
            self._done += done


@contextmanager
def failures_to(
    loop: asyncio.AbstractEventLoop, fail: Callable[[BaseException], None]
) -> Iterator[None]:
    """An exception in a callback ends the watch, where asyncio would log it and go on deaf."""

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            loop.default_exception_handler(context)
        else:
            fail(error)

    loop.set_exception_handler(handler)
    try:
        yield
    finally:
        loop.set_exception_handler(None)
