"""``whoasks watch`` as a command: its words at the start, its exit codes, its bad input."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from whoasks.cli import main
from whoasks.core.habits import Learned
from whoasks.store import Store


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("interfaces: [lo]\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))


@pytest.mark.parametrize(
    ("format_", "starts"),
    [
        pytest.param("table", "0 mDNS packets of 0 packets", id="table"),
        pytest.param("csv", "record,schema,id,rule,", id="csv"),
        pytest.param("ndjson", '{"record":"summary"', id="ndjson"),
    ],
)
def test_a_silent_watch(
    format_: str, starts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--once-for", "0.1", "--format", format_]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(starts)
    said = err.splitlines()
    assert said[0].startswith("whoasks: Listening on lo (127.0.0.1")
    assert "Nothing is ever sent" in said[0]
    assert "whoasks: Not seen: Unicast between other hosts" in err
    assert said[-2] == ("whoasks: Still learning what is usual here: 0 seconds of 7 days watched")
    assert said[-1] == f"whoasks: Kept in {tmp_path / 'kept.db'}"
    with Store(tmp_path / "kept.db", read_only=True) as store:
        assert list(store.findings()) == []


@pytest.mark.parametrize(
    ("days", "learning", "says"),
    [
        pytest.param(3, "7d", "Still learning what is usual here: 3 days of 7 days", id="begun"),
        pytest.param(3, "2d", None, id="a shorter time"),
        pytest.param(8, "7d", None, id="ended"),
    ],
)
def test_it_says_how_far_learning_has_got(
    days: int, learning: str, says: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text(
        f"{{interfaces: [lo], findings: {{learning: {learning}}}}}\n"
    )
    with Store(tmp_path / "kept.db") as store:
        store.save_habits(Learned(time.time() - days * 86_400))
    assert main(["watch", "--once-for", "0.1"]) == 0
    err = capsys.readouterr().err
    assert ("Still learning" in err) is (says is not None)
    assert says is None or says in err


def test_habits_that_cannot_be_read_stop_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(tmp_path / "kept.db").close()
    with closing(sqlite3.connect(tmp_path / "kept.db")) as other:
        other.execute("DROP TABLE owner_habits")
        other.execute("INSERT INTO meta VALUES ('habits', '{\"started\": 1}')")
        other.commit()
    assert main(["watch", "--once-for", "0.1"]) == 0
    assert "What was learned before is not known to this watch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, id="Ctrl-C"), pytest.param(signal.SIGTERM, 0, id="TERM")],
)
def test_exit_codes_of_signals(number: int, code: int) -> None:
    timer = threading.Timer(0.7, os.kill, (os.getpid(), number))
    timer.start()
    try:
        assert main(["watch"]) == code
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        pytest.param(["-i", "nosuch"], 3, "There is no interface 'nosuch'", id="interface"),
        pytest.param(["--db", "/proc/version"], 3, "/proc/version", id="database"),
        pytest.param(["--config", "/nonexistent.yaml"], 2, "no such file", id="configuration"),
        pytest.param(["-o", "/nonexistent/out"], 2, "cannot be written", id="output"),
        pytest.param(["--once-for", "0"], 2, "--once-for", id="no time at all"),
    ],
)
def test_bad_input(
    options: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--once-for", "0.1", *options]) == code
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert not out or out.startswith("record,")


def test_a_database_that_is_locked_at_the_start_is_waited_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.db"
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE mine (it)")
        assert main(["watch", "--once-for", "0.1"]) == 0
    err = capsys.readouterr().err
    assert "is locked by another process" in err
    assert "The watch starts all the same" in err
    assert "Kept in memory until it can be written" in err
