"""Ctrl-C once there is something to lose: the first one ends the asking, never the writing.

From the first browse or capture on it raises nothing any more, so that what was found gets
written; a second one ends the program where it stands.
"""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

from whoasks.cli import errors


class Interrupts:
    """What becomes of Ctrl-C in one command; nothing changes before ``hold``."""

    def __init__(self) -> None:
        self.seen = False
        self._end: Callable[[], object] | None = None
        self._holds = False

    @contextmanager
    def ending(self, end: Callable[[], object]) -> Iterator[None]:
        """Inside, Ctrl-C calls ``end`` (at once, if there was one before); from then on it is
        only taken note of."""
        self.hold()
        self._end = end
        try:
            if self.seen:
                end()
            yield
        finally:
            self._end = None

    def noting(self) -> AbstractContextManager[None]:
        """Inside, somebody looks at ``seen`` now and then; from then on as for ``ending``."""
        return self.ending(lambda: None)

    def hold(self) -> None:
        """From now on it is taken note of. Not from inside an event loop, which has its own way
        with it."""
        # A program that was started to ignore it goes on ignoring it; only the main thread can
        # be told of it.
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            signal.signal(signal.SIGINT, self._take)
            self._holds = True

    def release(self) -> None:
        """Let it be as it was."""
        if self._holds:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._holds = False

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.seen:
            raise KeyboardInterrupt
        self.seen = True
        if self._end is not None:
            self._end()


def noted(command: Callable[..., int]) -> Callable[..., int]:
    """A command that gets its ``interrupts``, and ends with 130 when there was one."""

    @functools.wraps(command)
    def run(**given: Any) -> int:
        interrupts = Interrupts()
        try:
            code = command(interrupts=interrupts, **given)
        finally:
            interrupts.release()
        return errors.INTERRUPTED if interrupts.seen else code

    return run
