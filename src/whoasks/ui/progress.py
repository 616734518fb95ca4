"""One line that says how far long work has come: on a terminal only, and gone at the end."""

from __future__ import annotations

from typing import TextIO

from whoasks.ui.cells import clip

_EVERY = 0.1
"""Seconds between two drawings: faster than that nobody reads."""


class ProgressLine:
    """Rewrites one line of ``stream``; where that is no terminal nothing is written.

    The caller gives the time, on any clock that only goes forward.
    """

    def __init__(self, stream: TextIO, width: int = 80) -> None:
        self._stream = stream
        self._width = width
        self._on = stream.isatty()
        self._drawn_at: float | None = None

    def show(self, words: str, at: float) -> None:
        """Draw ``words`` (raw names are made safe) unless the last drawing is too fresh."""
        if not self._on or (self._drawn_at is not None and at - self._drawn_at < _EVERY):
            return
        self._drawn_at = at
        # One cell stays free: a full line would wrap, and could not be taken back.
        self._put(f"\r\x1b[2K{clip(words, self._width - 1)}")

    def clear(self) -> None:
        """Take the line back, so that other output may follow."""
        if self._drawn_at is not None:
            self._put("\r\x1b[2K")
            self._drawn_at = None

    def _put(self, piece: str) -> None:
        self._stream.write(piece)
        self._stream.flush()
