"""The progress line: on a terminal only, not too often, gone at the end."""

from __future__ import annotations

import io

from whoasks.ui.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal():
    stream = Terminal()
    line = ProgressLine(stream, width=12)
    line.show("reading \x1b[2J of many", at=0.0)
    line.show("too soon", at=0.05)
    line.show("done", at=0.2)
    line.clear()
    line.clear()
    assert stream.getvalue() == "\r\x1b[2Kreading \\x…\r\x1b[2Kdone\r\x1b[2K"


def test_anything_else():
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.show("reading", at=0.0)
    line.clear()
    assert stream.getvalue() == ""
