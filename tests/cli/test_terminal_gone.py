"""A terminal that was closed ends what wrote to it, whether or not a signal says so."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

HOME = str(Path(__file__).parents[2] / "fixtures" / "home.pcap")
ASK = """
import sys
from whoasks.cli import terminal
sys.stdin.read(1)
sys.exit(terminal.is_gone())
"""


def asked(*, closed: bool, **outputs: object) -> int:
    """What a process says that has a terminal for the outputs that are given as None."""
    ours, theirs = pty.openpty()
    given = {name: theirs if value is None else value for name, value in outputs.items()}
    process = subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=subprocess.PIPE, start_new_session=True, **given
    )  # fmt: skip
    os.close(theirs)
    if closed:
        os.close(ours)
    process.communicate(b"x", timeout=30)
    if not closed:
        os.close(ours)
    return process.returncode


@pytest.mark.parametrize(
    ("outputs", "closed", "gone"),
    [
        ({"stdout": None, "stderr": None}, False, 0),
        ({"stdout": None, "stderr": None}, True, 1),
        ({"stdout": None, "stderr": subprocess.DEVNULL}, True, 1),
        ({"stdout": subprocess.DEVNULL, "stderr": None}, True, 1),
        ({"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}, True, 0),
    ],
    ids=["there", "closed", "output alone", "messages alone", "never had one"],
)
def test_is_gone(outputs, closed, gone):
    assert asked(closed=closed, **outputs) == gone


def test_live_ends_with_its_terminal(tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "whoasks", "live", "--from", HOME, "--speed", "1"],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=os.environ | {"TERM": "xterm", "XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip
    os.close(theirs)
    os.read(ours, 1)  # it has begun to draw
    os.close(ours)
    assert process.wait(timeout=30) in (0, -1)
