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
            return _started([*self._terminal, *door.command], wait=alone)
        try:
            browser = webbrowser.get()
        except webbrowser.Error:
            return "no browser was found here; copy the address with c"
        if alone:
            return (
                None if browser.open(door.url) else f"the browser ended with an error: {door.url}"
            )
        # In a process of its own, so that nothing it prints reaches the screen.
        return _started([sys.executable, "-m", "webbrowser", door.url], wait=False)


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # a home that nobody has
        return Path(path)


def _started(command: Sequence[str], *, wait: bool) -> str | None:
    """Run a list of words, never a shell."""
    try:
        if wait:
            code = subprocess.run(command, check=False).returncode  # noqa: S603
            return f"{command[0]} ended with {code}" if code else None
        subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror}"
    return None
