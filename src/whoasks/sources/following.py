"""Which of the chosen interfaces there are, and that they are looked at again when it may change.

Reads only; a change is known at the kernel's word, or within the time between two looks.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from whoasks.sources import netlink
from whoasks.sources.interfaces import Interface, choose, discover, present

SETTLE = 0.2
"""Seconds between the kernel's word of a change and our looking: changes come in flocks."""

Look = Callable[[Sequence[Interface], dict[str, Interface]], None]
"""(every interface, the chosen ones that can be used now, by name)."""


class Follower:
    """Calls ``on_look`` inside the event loop, often without any change."""

    def __init__(self, names: Sequence[str], on_look: Look, poll: float) -> None:
        """``names``: the interfaces wanted, none for every suitable one."""
        self._names = tuple(names)
        self._on_look = on_look
        self._poll = poll
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changes: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.TimerHandle | None = None

    def begin(self) -> tuple[Sequence[Interface], dict[str, Interface]]:
        """The first look, which is returned. Raises SourceError as ``choose`` does."""
        everything = discover()
        return everything, {each.name: each for each in choose(self._names, everything)}

    def start(self) -> None:
        """Look again from now on; inside a running loop."""
        self._loop = asyncio.get_running_loop()
        self._changes = netlink.open_changes()
        if self._changes is not None:
            self._loop.add_reader(self._changes, self._told)
        self._timer = self._loop.call_later(self._poll, self._tick)

    def close(self) -> None:
        """Look no more; may be called twice."""
        for timer in (self._timer, self._soon):
            if timer is not None:
                timer.cancel()
        self._timer = self._soon = None
        if self._changes is not None and self._loop is not None:
            self._loop.remove_reader(self._changes)
            self._changes.close()
            self._changes = None

    def look_soon(self) -> None:
        """Something seems to have changed."""
        if self._soon is None and self._timer is not None and self._loop is not None:
            self._soon = self._loop.call_later(SETTLE, self._look)

    def _told(self) -> None:
        assert self._changes is not None  # noqa: S101  only called while it is open
        with suppress(OSError):  # read empty, or overrun: both mean "look"
            while self._changes.recv(65_536):
                pass
        self.look_soon()

    def _tick(self) -> None:
        assert self._loop is not None  # noqa: S101  set by start
        self._timer = self._loop.call_later(self._poll, self._tick)
        self._look()

    def _look(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        everything = discover()
        self._on_look(everything, present(self._names, everything))
