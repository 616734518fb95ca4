"""Who waits until a descriptor has something to read: the event loop, or a thread of its own too.

Nothing is read here. A source that is called in a thread takes ``lock`` for whatever it does in
the loop with what both use.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from threading import Event, RLock, get_ident
from typing import Protocol

SWITCH = 0.001
"""Seconds that a thread which has something to read waits for the one that works, at most; a
flood of 50,000 packets a second fills the default buffer of a socket in ten times that."""
PAUSE = 0.002
"""Seconds between two times of reading in a thread: each time the one that works has to stop,
which costs more than reading a hundred packets."""
BUSY = 32
"""Packets at once after which the thread helps: with fewer, the loop is back before a buffer is
full, and every change of threads costs more than a packet."""
FEW, ROUNDS = 8, 100
"""The thread rests when it came to fewer packets than that so many times in a row."""
REST = 0.05
"""Seconds after which the thread looks whether it is still wanted."""

Call = Callable[[], int]
"""Reads, and says how many packets there were."""


class Reader(Protocol):
    """Calls back whenever a descriptor has something."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while it calls back."""

    def start(self) -> None:
        """From now on; inside the loop."""

    def add(self, fd: int, call: Call) -> None:
        """Call that, again and again, as long as there is something to read."""

    def remove(self, fd: int) -> None:
        """No longer; before the descriptor is closed."""

    def in_loop(self, call: Callable[[], None]) -> None:
        """Call that inside the loop, from wherever."""

    def stop(self) -> None:
        """No call comes any more; may be called twice."""


class LoopReader:
    """In the event loop, between whatever else it does."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[object] = nullcontext()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """See ``Reader``."""
        self._loop = asyncio.get_running_loop()

    def add(self, fd: int, call: Call) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        self._loop.add_reader(fd, call)

    def remove(self, fd: int) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        self._loop.remove_reader(fd)

    def in_loop(self, call: Callable[[], None]) -> None:
        """See ``Reader``."""
        call()

    def stop(self) -> None:
        """See ``Reader``."""


class ThreadReader:
    """In the loop; and while much comes, also in a thread, for the loop may be busy with it.

    What goes wrong in the thread, the loop is told.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._selector = selectors.DefaultSelector()
        self._calls: dict[int, Call] = {}
        self._wanted = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._interval = 0.0
        self._home = 0
        self._stopping = False

    @property
    def lock(self) -> AbstractContextManager[object]:
        """See ``Reader``."""
        return self._lock

    def start(self) -> None:
        """See ``Reader``."""
        self._loop = asyncio.get_running_loop()
        self._home = get_ident()
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH, self._interval))
        self._pool = ThreadPoolExecutor(1, "reading")
        running = self._loop.run_in_executor(self._pool, self._run)
        # Raised there, an error gets to the loop's own handler.
        running.add_done_callback(lambda ended: ended.result())

    def add(self, fd: int, call: Call) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        with self._lock:
            self._calls[fd] = call
            self._selector.register(fd, selectors.EVENT_READ)
        self._loop.add_reader(fd, self._readable, fd)

    def remove(self, fd: int) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        with self._lock:
            if self._calls.pop(fd, None) is None:
                return
            if not self._stopping:
                self._selector.unregister(fd)
        if get_ident() == self._home:
            self._loop.remove_reader(fd)
        else:
            self._loop.call_soon_threadsafe(self._loop.remove_reader, fd)

    def in_loop(self, call: Callable[[], None]) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        if get_ident() == self._home:
            call()
        else:
            self._loop.call_soon_threadsafe(call)

    def stop(self) -> None:
        """See ``Reader``."""
        if self._stopping:
            return
        self._stopping = True
        self._wanted.set()
        if self._pool is not None:
            self._pool.shutdown()
            sys.setswitchinterval(self._interval)
        self._selector.close()

    def _readable(self, fd: int) -> None:
        """In the loop."""
        if not self._stopping and self._call(fd) >= BUSY:
            self._wanted.set()

    def _call(self, fd: int) -> int:
        with self._lock:
            call = self._calls.get(fd)
            return call() if call is not None else 0

    def _run(self) -> None:
        """In the thread."""
        quiet = ROUNDS
        while True:
            if quiet >= ROUNDS:
                quiet = 0
                self._wanted.clear()
            # Looked at after that: who stops it says so first, and wakes it then.
            if self._stopping:
                return
            self._wanted.wait()
            time.sleep(PAUSE)
            came = sum(self._call(key.fd) for key, _ in self._selector.select(REST))
            quiet = 0 if came >= FEW else quiet + 1
