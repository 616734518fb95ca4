"""Options that all commands share."""

from __future__ import annotations

import io
import sys
from datetime import UTC, timedelta, timezone

import click
import pytest
from click.testing import CliRunner
from rich.text import Text

from whoasks.cli import options
from whoasks.config import Settings
from whoasks.core.model import Severity
from whoasks.core.settings import CoreSettings

NOW = 1_767_261_600.0  # 2026-01-01T10:00:00Z
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("given", "zone", "end", "before_now"),
    [
        pytest.param("30m", UTC, False, 1800, id="minutes"),
        pytest.param("2h", UTC, False, 7200, id="hours"),
        pytest.param("7d", UTC, True, 604_800, id="days, at either end"),
        pytest.param(" 2 W ", UTC, False, 1_209_600, id="weeks, loosely"),
        pytest.param("2026-01-01T09:00:00Z", UTC, False, 3600, id="RFC 3339"),
        pytest.param("2026-01-01t09:00:00.5z", UTC, False, 3599.5, id="lower case"),
        pytest.param("2026-01-01 11:00:00+02:00", UTC, False, 3600, id="an offset"),
        pytest.param("2026-01-01T11:00", EAST, False, 3600, id="in the zone"),
        pytest.param("2026-01-01", UTC, False, 36_000, id="a date begins"),
        pytest.param("2026-01-01", EAST, False, 43_200, id="a date begins in the zone"),
        pytest.param("2026-01-01", UTC, True, 36_000 - 86_400, id="a date ends"),
        pytest.param("2026-01-01T09:00:00Z", UTC, True, 3600, id="a moment has no end"),
    ],
)
def test_moments(given, zone, end, before_now):
    assert options.moment(given, NOW, zone=zone, end=end) == NOW - before_now


def test_a_moment_in_the_zone_of_the_machine():
    assert abs(options.moment("2026-01-01", NOW) - (NOW - 36_000)) <= 15 * 3600


@pytest.mark.parametrize("given", ["", "soon", "7", "d", "7y", "2026-13-01", "2026-1-1", "-2h"])
def test_no_moments(given):
    with pytest.raises(ValueError, match=r".*"):
        options.moment(given, NOW)


@click.command()
@options.interface_option
@options.db_option
@options.config_option
@options.format_option()
@options.output_option
@options.no_color_option
@options.period_options
@options.severity_option("--fail-on", "x")
def everything(**given):
    click.echo(repr(given))


def given(*argv: str, **environ: str) -> dict:
    done = CliRunner().invoke(everything, argv, env=environ)
    assert done.exit_code == 0, done.output
    return eval(done.output, {"Severity": Severity, "PosixPath": str})  # noqa: S307


def test_what_commands_get():
    assert given() == {
        "interfaces": (),
        "db": None,
        "config_path": None,
        "format_": "table",
        "output": None,
        "no_color": False,
        "since": None,
        "until": None,
        "fail_on": None,
    }


def test_what_commands_get_when_asked():
    got = given("-i", "eth0", "--interface", "eth1", "--db", "x.db", "-o", "f", "--no-color",
                "--format", "csv")  # fmt: skip
    assert got["interfaces"] == ("eth0", "eth1")
    assert (got["db"], got["output"], got["format_"]) == ("x.db", "f", "csv")
    assert got["no_color"] is True


def test_the_environment_and_what_goes_before_it():
    environ = {"WHOASKS_DB": "env.db", "WHOASKS_CONFIG": "env.yaml"}
    assert given(**environ)["db"] == "env.db"
    assert given(**environ)["config_path"] == "env.yaml"
    assert given("--db", "x.db", **environ)["db"] == "x.db"


def test_a_severity_in_any_case():
    done = CliRunner().invoke(everything, ["--fail-on", "Medium"])
    assert "Severity.MEDIUM" in done.output


def test_the_database_is_the_nearest_that_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("WHOASKS_DB", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    named = Settings(CoreSettings(), database="conf.db")
    assert options.database("x.db", named) == "x.db"
    assert options.database(None, named) == "conf.db"
    assert options.database(None, Settings(CoreSettings())).endswith("whoasks.db")


@pytest.mark.parametrize(
    ("no_color", "environ", "coloured"),
    [
        pytest.param(False, {}, True, id="a terminal"),
        pytest.param(True, {}, False, id="--no-color"),
        pytest.param(False, {"NO_COLOR": "1"}, False, id="NO_COLOR"),
    ],
)
def test_colours(monkeypatch, no_color, environ, coloured):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    options.console(no_color=no_color).print(Text("word", style="red"))
    assert ("\x1b[31m" in sys.stdout.getvalue()) is coloured


def test_a_pipe_is_wide_and_plain(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    options.show(Text("word " * 30, style="red"), None)
    assert capsys.readouterr().out.rstrip() == ("word " * 30).rstrip()


def test_columns_can_be_asked_for(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    options.show(Text("word " * 8), None)
    assert capsys.readouterr().out.count("\n") == 2


def test_a_table_in_a_file(tmp_path):
    options.show(Text("[red]word[/]  ", style="red"), tmp_path / "x")
    assert (tmp_path / "x").read_text() == "[red]word[/]\n"
