"""``audit`` and ``diff`` on a network of real responders: graded, saved, changed, told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lab.lab import WHOASKS, Lab

Record = dict[str, Any]


@pytest.fixture
def home() -> Iterator[Lab]:
    """A small lab of its own: a host is stopped in it."""
    with Lab("small.json") as built:
        yield built


def run(lab: Lab, *argv: str | Path, code: int = 0) -> tuple[str, str]:
    done = lab.run("client", [*WHOASKS, *argv])
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def records(text: str) -> list[Record]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_audit_of_the_full_lab(full_lab: Lab) -> None:
    done = full_lab.run("cli-raw", [*WHOASKS, "audit", "--format", "ndjson"])
    assert done.returncode == 0, done.stderr
    read = records(done.stdout)
    hosts = {r["hostname"] for r in read if r["record"] == "grade"}
    assert {item.hostname for item in full_lab.advertised} <= hosts
    told = {(r["hostname"], r["check"], r["subject"]) for r in read if r["record"] == "exposure"}
    for expected in (
        ("buero-nas.local.", "serial-number", "20A0PDN123456"),
        ("buero-nas.local.", "mac-in-txt", "00:11:32:aa:bb:cc"),
        ("buero-nas.local.", "backup-disk", "TimeMachine"),
        ("buero-nas.local.", "nfs-export", "the NFS export /volume1"),
        ("fritz-box.local.", "default-share", "fritz.nas"),
        ("linux-dev.local.", "user-in-txt", "dev"),
    ):
        assert expected in told
    assert any(
        host == "linux-dev.local." and check == "workstation-record" for host, check, _ in told
    )
    grades = [r["grade"] for r in read if r["record"] == "grade"]
    assert grades == sorted(grades, reverse=True)


def test_saved_then_the_same_then_changed(home: Lab, tmp_path: Path) -> None:
    db = ("--db", tmp_path / "store.db")
    _, said = run(home, "list", "--save", "monday", *db)
    assert "Saved as monday" in said
    out, said = run(home, "diff", "monday", *db)
    assert (out, "0 new, 0 gone, 0 changed, 10 the same" in said) == ("", True), said
    home.stop("desk", goodbye=True)
    out, said = run(home, "diff", "monday", "--format", "ndjson", *db, code=1)
    gone = [(r["change"], r["instance"], r["type"], r["port"]) for r in records(out)]
    assert gone == [("gone", "desk", "_sftp-ssh._tcp", 22)]
    run(home, "list", "--save", "tuesday", *db)
    _, said = run(home, "diff", "tuesday", "monday", *db, code=1)
    assert "1 new, 0 gone, 0 changed" in said
    assert "desk" not in run(home, "audit", "--from", "tuesday", *db)[0]


def test_what_a_watch_kept_then_and_now(home: Lab, tmp_path: Path) -> None:
    db = ("--db", str(tmp_path / "store.db"))
    run(home, "watch", "--once-for", "1", *db)
    watch = home.popen("client", [*WHOASKS, "watch", "--once-for", "9", *db])
    time.sleep(1.5)  # until it listens
    run(home, "list")  # whose answers it hears
    home.stop("desk", goodbye=True)
    out, err = watch.communicate(timeout=60)
    assert watch.returncode == 0, err
    out, _ = run(home, "diff", "--at", "1m", "--at", "now", "--format", "ndjson", *db, code=1)
    changes = {record["change"] for record in records(out)}
    assert changes == {"new"}
    assert "desk" not in {record["instance"] for record in records(out)}
    stored = records(run(home, "audit", "--stored", "--format", "ndjson", *db)[0])
    assert {r["hostname"] for r in stored if r["record"] == "grade"} >= {"nas.local.", "hub.local."}
