"""``whoasks tune`` from outside: over captures, over the store, and with bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.helpers.replays import FIXTURES

from whoasks.cli import main, tune

HUB = str(FIXTURES / "hub-60-types.pcap")
QUIET = str(FIXTURES / "benign-quiet-home.pcap")
MAC = "02:77:00:00:00:0d"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("{}\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))


@pytest.fixture
def saved() -> None:
    """The hub's and the quiet home's bursts in the store."""
    assert main(["read", HUB, QUIET, "--save", "--format", "ndjson", "-o", "/dev/null"]) == 0


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[list[list[str]], str]:
    """Change, rule, before and after of each row, and what was said beside it."""
    capsys.readouterr()
    assert main(["tune", *argv, "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    found = list(csv.DictReader(io.StringIO(out, newline="")))
    return [[row[name] for name in ("change", "rule", "before", "after")] for row in found], err


SILENCED = [
    ["silenced", "remote-access-browse", "low", "low, silenced by hub"],
    ["silenced", "type-sweep", "medium", "medium, silenced by hub"],
]


@pytest.mark.parametrize("source", ["captures", "store"])
def test_a_role(source: str, saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    paths = (HUB, QUIET) if source == "captures" else ()
    changes, err = run(capsys, *paths, "--role", f"{MAC}=hub")
    assert sorted(changes) == SILENCED
    assert "Findings by host and rule: 2 silenced." in err


@pytest.mark.parametrize("source", ["captures", "store"])
def test_a_threshold(source: str, saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    paths = (HUB, QUIET) if source == "captures" else ()
    changes, _ = run(capsys, *paths, "--set", "type-sweep.types=61")
    assert changes == [["vanishes", "type-sweep", "medium", "none"]]
    changes, err = run(capsys, *paths, "--set", "type-sweep.types=60")
    assert changes == []
    assert "nothing would change" in err


def test_a_configuration(saved: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(f'hosts: [{{match: {{mac: "{MAC}"}}, role: hub, reason: HA}}]\n')
    changes, _ = run(capsys, "--config", str(new))
    assert sorted(changes) == SILENCED
    changes, _ = run(capsys, "--config", str(new), "--role", f"{MAC}=none")
    assert changes == []


def test_what_is_in_force_is_where_it_starts(
    saved: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text("rules: {type-sweep: {types: 61}}\n")
    changes, _ = run(capsys, "--set", "type-sweep.types=25")
    assert changes == [["appears", "type-sweep", "none", "medium"]]


def test_a_period(saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    changes, err = run(capsys, "--role", f"{MAC}=hub", "--until", "2020-01-01")
    assert changes == []
    assert "Judged by 0 bursts" in err


def test_what_bursts_do_not_tell_is_said(saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = run(capsys, "--set", "slow-sweep.types_a_day=5")
    assert "bursts do not tell: slow-sweep. Give captures." in err


def test_table_and_ndjson(saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--set", "type-sweep.types=61"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("Change")
    assert out.splitlines()[1].startswith("vanishes")
    assert "Findings by host and rule: 1 vanishes." in err
    assert main(["tune", HUB, "--set", "type-sweep.types=61", "--format", "ndjson"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["source"] == HUB


BOTH = ("--role", f"{MAC}=hub")


@pytest.mark.parametrize("source", ["captures", "store"])
def test_json(source: str, saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    paths = (HUB,) if source == "captures" else ()
    capsys.readouterr()
    assert main(["tune", *paths, *BOTH, "--format", "json"]) == 0
    changes = json.loads(capsys.readouterr().out)
    assert {(each["record"], each["change"]) for each in changes} == {("change", "silenced")}
    assert [each["host"]["mac"] for each in changes] == [MAC, MAC]
    assert main(["tune", *paths, "--set", "type-sweep.types=60", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


SHAPES = {
    "columns": (
        ("--columns", "rule,host.mac", "--sort", "rule"),
        ["rule,host_mac", f"remote-access-browse,{MAC}", f"type-sweep,{MAC}"],
        "",
    ),
    "the other way round": (
        ("--columns", "rule", "--sort", "-rule"),
        ["rule", "type-sweep", "remote-access-browse"],
        "",
    ),
    "a filter": (
        ("--columns", "rule", "--filter", "rule=type-sweep and change=silenced"),
        ["rule", "type-sweep"],
        "The filter lets 1 of 2 through.",
    ),
    "nothing fits": (
        ("--columns", "rule", "--filter", "change=appears"),
        ["rule"],
        "The filter lets 0 of 2 through.",
    ),
}


@pytest.mark.parametrize(("given", "lines", "said"), SHAPES.values(), ids=SHAPES)
def test_in_the_shape_that_is_asked_for(
    given: tuple[str, ...],
    lines: list[str],
    said: str,
    saved: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["tune", *BOTH, *given, "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == lines
    assert "Findings by host and rule: 2 silenced." in err
    assert said in err


def test_a_table_of_chosen_columns(saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["tune", *BOTH, "--columns", "rule,after", "--sort", "-rule"]) == 0
    assert [line.split(None, 1) for line in capsys.readouterr().out.splitlines()] == [
        ["rule", "after"],
        ["type-sweep", "medium, silenced by hub"],
        ["remote-access-browse", "low, silenced by hub"],
    ]


def test_a_field_that_there_is_not(saved: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", *BOTH, "--columns", "severity"]) == 2
    assert "severity" in capsys.readouterr().err


def test_nothing_is_kept(saved: None, tmp_path: Path) -> None:
    before = (tmp_path / "kept.db").read_bytes()
    assert main(["tune", "--role", f"{MAC}=hub"]) == 0
    assert main(["tune", HUB, "--role", f"{MAC}=hub"]) == 0
    assert (tmp_path / "kept.db").read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param([], "Nothing to try", id="nothing"),
        pytest.param(["--set", "x"], "KEY=VALUE", id="set"),
        pytest.param(["--set", "type-swep.types=3"], "did you mean 'type-sweep'", id="rule"),
        pytest.param(["--role", "hub"], "HOST=ROLE", id="role"),
        pytest.param(["--config", "/nonexistent.yaml"], "no such file", id="configuration"),
        pytest.param([HUB, "--set", "bursts.gap=3", "--since", "1d"], "store", id="period"),
        pytest.param(["--set", "bursts.gap=3"], "There is no database at", id="store"),
        pytest.param(["/nonexistent.pcap", "--set", "bursts.gap=3"], "not exist", id="capture"),
    ],
)
def test_bad_input(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", *argv]) in (2, 3)
    out, err = capsys.readouterr()
    assert says in err
    assert "Traceback" not in err
    assert out == ""


def test_a_capture_that_cannot_be_read_leaves_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.pcap"
    bad.write_text("no capture at all, but long enough to be looked at")
    assert main(["tune", str(bad), HUB, "--set", "type-sweep.types=61"]) == 2
    out, err = capsys.readouterr()
    assert "vanishes" in out
    assert "not a pcap" in err


def test_help_has_examples() -> None:
    assert "Examples:" in (tune.command.help or "")
