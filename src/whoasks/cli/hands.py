"""What the full screen reaches out with: files, browsers, terminals, the clock. Nothing is shown.

Whatever fails is a sentence for the status line; nothing that another program prints reaches
the screen.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whoasks.cli.errors import WhoasksError
from whoasks.ui.live.doors import Door


class Hands:
    """The hands of one run."""

    def __init__(self, terminal: str | None = None) -> None:
        """``terminal``: the command that opens a terminal and runs what follows it in there;
        None for this terminal. Raises WhoasksError for one that cannot be split into words."""
        self._started: list[subprocess.Popen[bytes]] = []
        """Those that may still run: each is waited for, or it would stay a zombie."""
        try:
            self._terminal = shlex.split(terminal or "")
        except ValueError as error:
            raise WhoasksError(
                f"--terminal '{terminal}' is no command: {error}", "Write it as in a shell"
            ) from error

    def clock(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def exists(self, path: str) -> bool:
        """Whether there is a file already."""
        return os.path.lexists(_expanded(path))

    def export(self, path: str, values: Sequence[Any]) -> str | None:
        """CSV or NDJSON by the ending; only the user may read the file."""
        from whoasks.outputs import OutputError, Sink, writer
        from whoasks.outputs.records import kind_of

        name = "csv" if path.endswith(".csv") else "ndjson"
        kind = kind_of(values[0]) if values and name == "csv" else None
        try:
            with Sink(_expanded(path)) as sink:
                out = writer(name, sink, kind)
                out.begin()
                for value in values:
                    out.write(value)
                out.end()
        except OutputError as error:
            return error.sentence
        return None

    def takes_terminal(self, door: Door) -> bool:
        """A text browser needs this terminal, and ssh does where no other was chosen."""
        if door.kind == "shell":
            return not self._terminal
        try:
            return type(webbrowser.get()) is webbrowser.GenericBrowser
        except webbrowser.Error:
            return False

    def open(self, door: Door) -> str | None:
        """Open it; with ``takes_terminal`` this returns when it is over."""
        alone = self.takes_terminal(door)
        if door.kind == "shell":
            return _run(door.command) if alone else self._start([*self._terminal, *door.command])
        try:
            browser = webbrowser.get()
        except webbrowser.Error:
            return "no browser was found here; copy the address with c"
        if alone:
            return (
                None if browser.open(door.url) else f"the browser ended with an error: {door.url}"
            )
        # In a process of its own, so that nothing it prints reaches the screen.
        return self._start([sys.executable, "-m", "webbrowser", door.url])

    def _start(self, command: Sequence[str]) -> str | None:
        """Start a list of words, never a shell, beside us and without our terminal."""
        self._started = [child for child in self._started if child.poll() is None]
        try:
            child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return _not_started(command, error)
        self._started.append(child)
        return None


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # a home that nobody has
        return Path(path)


def _run(command: Sequence[str]) -> str | None:
    """Run a list of words, never a shell, in this terminal until it ends."""
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603
    except OSError as error:
        return _not_started(command, error)
    return f"{command[0]} ended with {code}" if code else None


def _not_started(command: Sequence[str], error: OSError) -> str:
    return f"{command[0]} cannot be started: {error.strerror}"
