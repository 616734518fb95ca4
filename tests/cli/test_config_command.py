"""``whoasks config`` and ``whoasks rules``."""

from __future__ import annotations

import stat

import pytest

from whoasks.cli import config, main, rules
from whoasks.core.detect.rules import ALL


@pytest.fixture(autouse=True)
def no_own_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)


@pytest.fixture
def good(tmp_path) -> str:
    path = tmp_path / "good.yaml"
    path.write_text("interfaces: [eth7]\n")
    return str(path)


@pytest.fixture
def bad(tmp_path) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text("interfaces: 7\nnonsense: 1\n")
    return str(path)


@pytest.mark.parametrize("how", ["argument", "option", "environment"])
def test_check_what_is_in_order(capsys, monkeypatch, good, how):
    if how == "environment":
        monkeypatch.setenv("WHOASKS_CONFIG", good)
    argv = {"argument": [good], "option": ["--config", good], "environment": []}[how]
    assert main(["config", "check", *argv]) == 0
    assert capsys.readouterr().out == f"{good} is in order.\n"


def test_check_names_every_problem_at_once(capsys, bad):
    assert main(["config", "check", bad]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "interfaces" in err
    assert "nonsense" in err
    assert err.startswith(f"whoasks: {bad}: ")


def test_check_a_file_that_is_missing(capsys, tmp_path):
    assert main(["config", "check", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_check_nothing(capsys):
    assert main(["config", "check"]) == 0
    assert "the defaults are in force" in capsys.readouterr().out


def test_check_warns_of_a_role_that_has_ended(capsys, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "hosts:\n"
        "  - {match: {mac: '02:00:00:00:00:01'}, role: hub, reason: old, until: 2001-01-01}\n"
    )
    assert main(["config", "check", str(path)]) == 0
    assert capsys.readouterr().err.startswith("warning: ")


def test_every_command_refuses_a_bad_configuration(capsys, bad, tmp_path):
    for argv in (["export", "findings"], ["askers"], ["explain", "x"], ["config", "show"]):
        assert main([*argv, "--config", bad]) == 2
        assert "nonsense" in capsys.readouterr().err


def test_show(capsys, good, tmp_path):
    assert main(["config", "show", "--config", good]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# From {good}\n")
    assert "eth7" in out
    (tmp_path / "again.yaml").write_text(out)
    assert main(["config", "check", str(tmp_path / "again.yaml")]) == 0


def test_show_the_defaults(capsys):
    assert main(["config", "show"]) == 0
    assert capsys.readouterr().out.startswith("# The defaults\n")


def test_init(capsys, tmp_path):
    assert main(["config", "init"]) == 0
    printed = capsys.readouterr().out
    path = tmp_path / "new.yaml"
    assert main(["config", "init", "-o", str(path)]) == 0
    assert path.read_text() == printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["config", "check", str(path)]) == 0


def test_init_replaces_nothing(capsys, good):
    assert main(["config", "init", "-o", good]) == 2
    assert "is there already" in capsys.readouterr().err


def test_config_alone_shows_its_help(capsys):
    assert main(["config"]) == 0
    assert "check" in capsys.readouterr().out
    assert set(config.command.commands) == {"check", "show", "init"}


def test_the_catalogue_has_every_rule(capsys):
    assert main(["rules"]) == 0
    out = capsys.readouterr().out
    for detector in ALL:
        assert f"\n{detector.rule.id} " in out
        assert detector.rule.attack[0] in out
    assert rules.command.name == "rules"


@pytest.mark.parametrize("detector", ALL, ids=lambda detector: detector.rule.id)
def test_every_rule_has_its_page(capsys, detector):
    assert main(["rules", detector.rule.id]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{detector.rule.id}  {detector.rule.severity.label}")
    for field in detector.Settings.__struct_fields__:
        assert f"\n  {field} " in out
    for cause in detector.rule.benign:
        assert cause.replace("``", "`").split()[0] in out


def test_no_such_rule(capsys):
    assert main(["rules", "nonsense"]) == 2
    assert "'whoasks rules' lists them" in capsys.readouterr().err
