"""``whoasks --help`` without click: the same words, and a start that is nearly Python's own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from whoasks import __main__ as start
from whoasks.cli import main

PLAIN = {name: value for name, value in os.environ.items() if name != "COLUMNS"}


def printed(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "whoasks", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=PLAIN | environment
    )
    return done.stdout


def test_it_is_what_click_prints(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["--help"])
    assert capsys.readouterr().out == printed("--help")


def test_it_loads_no_click() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from whoasks.__main__ import main\n"
        "main(); sys.exit('click' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=PLAIN)
    assert done.returncode == 0
    assert b"Commands:" in done.stdout


@pytest.mark.parametrize("columns", ["40", "nonsense"])
def test_a_narrow_terminal_gets_clicks(columns: str) -> None:
    shown = printed("--help", COLUMNS=columns)
    assert "Commands:" in shown


def test_everything_else_goes_to_the_command_line() -> None:
    assert printed("--version").startswith("whoasks")
    assert start.WIDTH == 80
