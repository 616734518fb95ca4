"""``python -m whoasks`` and the console script.

A plain ``--help`` is shown from a file that is written from the same help texts: loading click
takes three times as long as starting Python.
"""

from __future__ import annotations

import os
import sys

HELP = os.path.join(os.path.dirname(__file__), "help.txt")
WIDTH = 80
"""Columns that the file is written for; click fills no more than that either."""


def main() -> int:
    """Run one command line; its exit code."""
    if sys.argv[1:] == ["--help"] and (shown := _help()):
        try:
            sys.stdout.write(shown)
            sys.stdout.flush()
        except BrokenPipeError:
            pass
        else:
            return 0
    from whoasks.cli import main as run  # noqa: PLC0415 - it loads click

    return run()


def _help() -> str:
    """The help as click would print it here; empty where that may differ, or is not there."""
    try:
        asked = os.environ.get("COLUMNS", "")
        columns = int(asked) if asked else WIDTH
        if not asked and sys.stdout.isatty():
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        if columns < WIDTH:
            return ""
        with open(HELP, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
