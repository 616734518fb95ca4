"""The manual page: all commands are on it, and roff takes nothing in it for a request."""

from __future__ import annotations

import shutil
import subprocess

import click
import pytest
from docs import generate


def test_every_command_and_option_is_on_it():
    page = generate.manual_page().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
    for path, command in generate.commands():
        assert f"{path} " in page
        for param in command.params:
            if isinstance(param, click.Option) and not param.hidden:
                assert all(name in page for name in param.opts), f"{path} {param.opts}"


def test_it_has_the_sections_of_a_manual_page():
    lines = generate.manual_page().splitlines()
    assert lines[1].startswith(".TH WHOASKS 1 ")
    sections = [line.removeprefix(".SH ") for line in lines if line.startswith(".SH ")]
    assert sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT",
        "SEE ALSO",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("--by [a|b]", r"\-\-by [a|b]", id="hyphens can be copied"),
        pytest.param(".TH x", r"\&.TH x", id="a line that begins with a full stop"),
        pytest.param("'br", r"\&'br", id="or an apostrophe"),
        pytest.param(r"a\fBb", r"a\efBb", id="a backslash"),
        pytest.param("``x`` and `y`", "x and y", id="quotes of other languages"),
    ],
)
def test_text_as_roff_takes_it(text, expected):
    assert generate._roff(text) == expected


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["mandoc", "-T", "lint", "-W", "error"], id="mandoc"),
        pytest.param(["groff", "-man", "-Tascii", "-ww", "-z"], id="groff"),
    ],
)
def test_the_tools_have_nothing_to_say_against_it(argv):
    if shutil.which(argv[0]) is None:
        pytest.skip(f"there is no {argv[0]}")
    done = subprocess.run(
        argv, input=generate.manual_page(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
