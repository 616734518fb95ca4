"""Who waits until a descriptor has something to read: the event loop, or a thread of its own.

Nothing is read here. A source that is called in a thread takes ``lock`` for whatever it does in
the loop with what both use.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from threading import RLock
from typing import Protocol

SWITCH = 0.001
"""Seconds that a thread which has something to read waits for the one that works, at most; a
flood of 50,000 packets a second fills the default buffer of a socket in ten times that."""
PAUSE = 0.002
"""Seconds between two times of reading in a thread: each time the one that works has to stop,
which costs more than reading a hundred packets."""


class Reader(Protocol):
    """Calls back whenever a descriptor has something."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while it calls back."""

    def start(self) -> None:
        """From now on; inside the loop."""

    def add(self, fd: int, call: Callable[[], None]) -> None:
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

    def add(self, fd: int, call: Callable[[], None]) -> None:
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
    """In a thread of its own, while the loop is busy; what goes wrong there, the loop is told."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._selector = selectors.DefaultSelector()
        self._calls: dict[int, Callable[[], None]] = {}
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._interval = 0.0
        self._stopping = False

    @property
    def lock(self) -> AbstractContextManager[object]:
        """See ``Reader``."""
        return self._lock

    def start(self) -> None:
        """See ``Reader``."""
        self._loop = asyncio.get_running_loop()
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH, self._interval))
        self._pool = ThreadPoolExecutor(1, "reading")
        running = self._loop.run_in_executor(self._pool, self._run)
        # Raised there, an error gets to the loop's own handler.
        running.add_done_callback(lambda ended: ended.result())

    def add(self, fd: int, call: Callable[[], None]) -> None:
        """See ``Reader``."""
        with self._lock:
            self._calls[fd] = call
            self._selector.register(fd, selectors.EVENT_READ)
        self._wake.send(b"\0")

    def remove(self, fd: int) -> None:
        """See ``Reader``."""
        with self._lock:
            if self._calls.pop(fd, None) is not None and not self._stopping:
                self._selector.unregister(fd)

    def in_loop(self, call: Callable[[], None]) -> None:
        """See ``Reader``."""
        assert self._loop is not None  # noqa: S101  set by start
        self._loop.call_soon_threadsafe(call)

    def stop(self) -> None:
        """See ``Reader``."""
        if self._stopping:
            return
        self._stopping = True
        self._wake.send(b"\0")
        if self._pool is not None:
            self._pool.shutdown()
            sys.setswitchinterval(self._interval)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        while not self._stopping:
            time.sleep(PAUSE)
            for key, _ in self._selector.select():
                if key.fd == self._woken.fileno():
                    self._woken.recv(4_096)
                    continue
                with self._lock:
                    call = self._calls.get(key.fd)
                    if call is not None:
                        call()
