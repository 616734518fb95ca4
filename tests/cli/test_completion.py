"""The scripts, in the shells that are there: bash always, zsh and fish where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from whoasks.cli import completion

WHOASKS = """#!{python}
from whoasks.cli import COMMANDS, run
COMMANDS.setdefault("completion", ("whoasks.cli.completion", ""))
run()
"""
# Each shell is asked as its own editor asks, without the editor: what that would draw depends on
# its version, and when on the machine.
BASH = """
source <(whoasks completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
compopt() { echo "compopt $*"; }
_whoasks whoasks
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { :; }
source <(whoasks completion zsh)
compset() { :; }
_files() { echo "files $*"; }
_describe() { print -l -- ${(P)3} "${@:4}"; }
words=("$@") CURRENT=$#
_whoasks
"""
FISH = """
whoasks completion fish | source
complete -C "$argv"
"""
CASES = [
    pytest.param("ask", ["askers"], id="a command"),
    pytest.param("list --form", ["--format"], id="an option"),
    pytest.param("list --format nd", ["ndjson"], id="a value"),
    pytest.param("rules type-", ["type-sweep"], id="a rule"),
    pytest.param("watch -i l", ["lo"], id="an interface"),
    pytest.param("list --columns type,inst", ["type,instance"], id="fields"),
    pytest.param("list --sort -por", ["-port"], id="a sign"),
    pytest.param("list zzz", [], id="nothing"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    """A PATH with our command on it."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "whoasks"
    command.write_text(WHOASKS.format(python=sys.executable))
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def asked(shell: list[str], script: str, *words: str, path: str, home: Path) -> list[str]:
    """The lines that a script prints in a shell."""
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]}")
    done = subprocess.run(
        [*shell, "-c", script, *words],
        env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,  # a shell is told by the code whether there is anything
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_bash(path, tmp_path, typed, expected):
    words = ["bash", "whoasks", *typed.split()]
    said = asked(["bash", "--norc"], BASH, *words, path=path, home=tmp_path)
    assert [line for line in said if not line.startswith("compopt")] == expected
    assert ("compopt -o nospace" in said) is ("," in typed or "sort" in typed)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["list", "--format", "=", "nd"], ["ndjson"], id="a value behind ="),
        pytest.param(["list", "--format", "="], ["table", "csv", "ndjson", "json"], id="all"),
        pytest.param(["list", "--from", "/etc/x"], ["compopt -o default"], id="a file"),
        pytest.param(["list", "--from", ""], ["compopt -o default"], id="a file, nothing typed"),
        pytest.param(["rules", "'type-"], [], id="an open quote is not ours"),
    ],
)
def test_what_bash_does_its_own_way(path, tmp_path, words, expected):
    said = asked(["bash", "--norc"], BASH, "bash", "whoasks", *words, path=path, home=tmp_path)
    assert said == expected


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_zsh(path, tmp_path, typed, expected):
    words = ["zsh", "whoasks", *typed.split()]
    said = asked(["zsh", "-f"], ZSH, *words, path=path, home=tmp_path)
    found = [line for line in said if line not in ("-S",)]
    assert [line.partition(":")[0] for line in found] == expected
    assert ("-S" in said) is ("," in typed or "sort" in typed)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["list", "--from", "/etc/x"], ["files "], id="a file"),
        pytest.param(["list", "--format=nd"], ["--format=ndjson"], id="a value behind ="),
        pytest.param(
            ["rules", "type\\-"], ["type-sweep:asked for many service types"], id="escaped"
        ),
    ],
)
def test_what_zsh_does_its_own_way(path, tmp_path, words, expected):
    assert asked(["zsh", "-f"], ZSH, "zsh", "whoasks", *words, path=path, home=tmp_path) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *CASES,
        pytest.param("list --format=nd", ["--format=ndjson"], id="a value behind ="),
        pytest.param("list --from /etc/hostn", ["/etc/hostname"], id="a file"),
    ],
)
def test_fish(path, tmp_path, typed, expected):
    said = asked(["fish", "--no-config"], FISH, f"whoasks {typed}", path=path, home=tmp_path)
    assert [line.partition("\t")[0] for line in said] == expected


@pytest.mark.parametrize("name", completion.SCRIPTS)
def test_a_script_says_where_it_goes(name, capsys):
    from whoasks.cli import COMMANDS, main

    COMMANDS.setdefault("completion", ("whoasks.cli.completion", ""))
    assert main(["completion", name]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (completion.SCRIPTS[name], "")
    assert "# Now:" in out
    assert "# For ever:" in out


@pytest.mark.parametrize("name", completion.SCRIPTS)
def test_a_script_is_good_syntax(name):
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name}")
    subprocess.run([name, "-n"], input=completion.SCRIPTS[name], text=True, check=True)
