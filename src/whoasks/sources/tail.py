"""One file that another program writes: its bytes as they come, until it is over.

A file is over when it was cut short, rewritten or replaced, or when whoever asked says that
the writer has gone on. Nothing is taken from a file that was rewritten in the meantime.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from whoasks.sources.capture_stream import PATIENCE, CaptureError, open_file

HEAD = 4_096
"""Bytes at the start by which a file is known again: the first packets, with their times."""

KNOWN = 64
"""Bytes of a start that are enough: beyond the file header, some of the first packet."""


class Tail:
    """A Raw that waits at the end of the file, and looks there whether it is over."""

    def __init__(self, path: Path, ended: Callable[[], bool], left: Callable[[Tail], bool]) -> None:
        """``ended``: nobody wants more of anything; ``left``: the writer has gone on to another
        file. Raises CaptureError."""
        self.path = path
        self.position = 0
        """Bytes read."""
        self.head = b""
        self._file: BinaryIO = open_file(path)
        self._ended, self._left = ended, left
        self._over = False

    def read(self, size: int, /) -> bytes:
        """As in Raw; waits while there is nothing."""
        while not self._over:
            data = self._file.read(size)
            if not self._is_same():
                self._over = True
                return b""
            if data:
                self.head += data[: HEAD - len(self.head)]
                self.position += len(data)
                return data
            if not self._wait():
                return b""
        return b""

    def rest(self) -> None:
        """Wait until it is over, taking nothing: what comes is of no use."""
        while not (self._over or self._ended() or self._left(self) or self._was_replaced()):
            self._over = not self._is_same()
            self.position = max(self.position, self.about().st_size)
            time.sleep(PATIENCE)

    def about(self) -> os.stat_result:
        """The file that is open, whatever it is called by now."""
        return os.fstat(self._file.fileno())

    def close(self) -> None:
        """As in Raw."""
        self._file.close()

    def _wait(self) -> bool:
        """Whether there may be more to read, now or after a while."""
        if self._ended():
            self._over = True
            return False
        if (self._was_replaced() and not self._goes_on()) or self._left(self):
            # What the writer put there at the very last is still to be read.
            time.sleep(PATIENCE)
            self._over = self.about().st_size <= self.position
            return not self._over
        time.sleep(PATIENCE)
        return True

    def _goes_on(self) -> bool:
        """Whether the file that has the name now is a longer copy, as a synchronizer makes it."""
        if len(self.head) < KNOWN:
            return False
        try:
            copy = open_file(self.path)
        except CaptureError:
            return False
        number = copy.fileno()
        if os.pread(number, len(self.head), 0) != self.head or (
            os.fstat(number).st_size < self.position
        ):
            copy.close()
            return False
        copy.seek(self.position)
        self._file.close()
        self._file = copy
        return True

    def _is_same(self) -> bool:
        """Whether what was read still stands there: same start, not shorter."""
        number = self._file.fileno()
        return (
            os.fstat(number).st_size >= self.position
            and os.pread(number, len(self.head), 0) == self.head
        )

    def _was_replaced(self) -> bool:
        """Whether another file has the name now; one that has gone may come again."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        mine = self.about()
        return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)
