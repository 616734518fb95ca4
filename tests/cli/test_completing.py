"""What shells are told: candidates for the last word of a command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from whoasks import cli
from whoasks.cli import completion, main
from whoasks.core.detect.rules import ALL
from whoasks.core.model import Service
from whoasks.sources.interfaces import Interface, SourceError
from whoasks.store import Store
from whoasks.ui.fields import fields


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Two interfaces, one of a name that no shell should see; the command is there."""
    known = (
        Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.1",)),
        Interface("eth\x1b", 3, up=True, multicast=True),
        Interface("wlan0", 4, up=True, multicast=True),
    )
    monkeypatch.setattr("whoasks.sources.interfaces.discover", lambda: known)
    monkeypatch.setitem(cli.COMMANDS, "completion", ("whoasks.cli.completion", "x"))


def told(*typed: str) -> list[list[str]]:
    """Type and candidate of each line."""
    return [line.split("\t")[:2] for line in completion.answer(typed)]


def words(*typed: str) -> list[str]:
    return [word for _, word in told(*typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param(["as"], ["askers"], id="a command"),
        pytest.param(["list", "--form"], ["--format"], id="an option"),
        pytest.param(["list", "--format", "nd"], ["ndjson"], id="a value"),
        pytest.param(["list", "--format", ""], ["table", "csv", "ndjson", "json"], id="values"),
        pytest.param(["list", "--format=c"], ["--format=csv"], id="behind ="),
        pytest.param(["list", "--format", "=", "c"], ["csv"], id="as bash splits it"),
        pytest.param(["list", "--format", "="], ["table", "csv", "ndjson", "json"], id="bash, ="),
        pytest.param(["config", "s"], ["show"], id="a command of a command"),
        pytest.param(["export", "f"], ["findings"], id="an argument"),
        pytest.param(["rules", "type-"], ["type-sweep"], id="a rule"),
        pytest.param(["list", "-i", "e"], ["eth0"], id="an interface"),
        pytest.param(["watch", "--interface", ""], ["eth0", "wlan0"], id="interfaces"),
        pytest.param(["list", "--columns", "po"], ["port"], id="a field"),
        pytest.param(["list", "--columns", "type,po"], ["type,port"], id="another field"),
        pytest.param(["list", "--columns", "port,po"], [], id="no field twice"),
        pytest.param(["list", "--sort", "-po"], ["-port"], id="the other way round"),
        pytest.param(["list", "--sort", "type,-po"], ["type,-port"], id="and behind another"),
        pytest.param(["list", "--sort=-po"], ["--sort=-port"], id="and behind ="),
        pytest.param(["list", "--filter", "po"], ["port"], id="a condition"),
        pytest.param(["askers", "--columns", "findi"], ["findings"], id="of askers"),
        pytest.param(["read", "--sort", "sever"], ["severity"], id="of findings"),
        pytest.param(["export", "bursts", "--sort", "verd"], ["verdict"], id="of what is exported"),
        pytest.param(["audit", "--sort", "-rem"], ["-remedy"], id="of exposures"),
        pytest.param(["diff", "a", "b", "--columns", "chan"], ["change"], id="of changes"),
        pytest.param(["tune", "--sort", "-ti"], ["-times"], id="of what settings change"),
        pytest.param(["export", "--columns", "x"], [], id="of what is not said yet"),
        pytest.param(["completion", "f"], ["fish"], id="a shell"),
        pytest.param(["list", "sftp"], ["sftp-ssh"], id="a type"),
        pytest.param(["list", "ssh", "_sftp"], ["_sftp-ssh._tcp"], id="another, in full"),
        pytest.param(["audit", "--skip", "serial"], ["serial-number"], id="a check"),
        pytest.param(["nonsense", ""], [], id="no command"),
        pytest.param(["zzz"], [], id="nothing"),
    ],
)
def test_candidates(typed, expected):
    assert words(*typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param(["diff", ""], [["plain", "tuesday"], ["plain", "monday"]], id="all"),
        pytest.param(["diff", "monday", "tu"], [["plain", "tuesday"]], id="the second"),
        pytest.param(["audit", "--from", "mon"], [["plain", "monday"]], id="of an option"),
        pytest.param(["diff", "./m"], [["file", "./m"]], id="a file"),
        pytest.param(["diff", "--config", "bad.yaml", "m"], [["file", "m"]], id="no configuration"),
        pytest.param(["diff", "--db", "none.db", "m"], [["file", "m"]], id="no store"),
    ],
)
def test_saved_lists(typed, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WHOASKS_DB", "kept.db")
    (tmp_path / "bad.yaml").write_text("nonsense: 1\n")
    with Store("kept.db") as store:
        store.save_list("monday", 5.0, [], ())
        store.save_list("tuesday", 6.0, [], ())
    assert told(*typed) == expected


def test_all_there_is():
    assert words() == words("") == list(cli.COMMANDS)
    assert words("rules", "") == [detector.rule.id for detector in ALL]
    assert words("list", "--columns", "") == list(fields(Service))
    assert "--no-color" in words("rules", "-")


@pytest.mark.parametrize(
    ("typed", "type_"),
    [
        pytest.param(["list", "--from", ""], "file", id="a file"),
        pytest.param(["list", "--config", "x"], "file", id="another"),
        pytest.param(["read", ""], "file", id="an argument"),
        pytest.param(["list", "--columns", "po"], "open", id="more may follow"),
        pytest.param(["list", "--form"], "plain", id="a word"),
    ],
)
def test_types(typed, type_):
    assert {kind for kind, _ in told(*typed)} == {type_}


def test_what_a_candidate_means_is_one_sentence():
    (line,) = completion.answer(["list", "--fast"])
    assert line.split("\t")[2] == "Ask once and end in half the time"


@pytest.mark.parametrize("error", [SourceError("x", "y"), OSError()], ids=["refused", "broken"])
def test_a_machine_that_does_not_answer(monkeypatch, error):
    def refuse():
        raise error

    monkeypatch.setattr("whoasks.sources.interfaces.discover", refuse)
    assert words("list", "-i", "") == []


def test_the_command_answers(capsys):
    assert main(["completion", "bash", "--words", "--", "list", "-h", "--", "x"]) == 0
    assert main(["completion", "bash", "--words", "--", "rules", "type-"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("plain\ttype-sweep\t")


@pytest.mark.parametrize(
    ("argv", "said"),
    [(["completion"], "bash"), (["completion", "csh"], "csh"), (["completion", "zsh", "x"], "x")],
)
def test_wrong_usage(capsys, argv, said):
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_commands_are_completed_without_importing_them():
    code = (
        "import sys; from whoasks.cli import completion; list(completion.answer(['l']));"
        "print([m for m in sys.modules if m in ('rich', 'whoasks.cli.list_', 'sqlalchemy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
