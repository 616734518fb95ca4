"""``list --save``: kept under a name, whole lists only, wrong names before anything is asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.helpers.audits import at

from whoasks.cli import main, saving
from whoasks.cli.errors import WhoasksError
from whoasks.store import Store

HOME = Path(__file__).parents[2] / "fixtures" / "home.pcap"


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    return str(tmp_path / "store.db")


def test_a_list_is_kept_with_its_devices(db, capsys):
    assert main(["list", "--from", str(HOME), "--save", "monday", "--db", db]) == 0
    out, err = capsys.readouterr()
    assert "Study Printer" in out
    assert "Saved as monday; `whoasks diff monday` tells what changed since." in err
    with Store(db, read_only=True) as store:
        saved = store.saved_list("monday")
    assert saved is not None
    assert len(saved.services) == 27
    assert saved.asked == ()
    assert any((service.device or {}).get("kind") == "printer" for service in saved.services)


def test_types_are_kept_with_it_and_a_filter_is_not(db, capsys):
    only = ["ssh", "--filter", "port=1"]
    assert main(["list", "--from", str(HOME), "--save", "a", "--db", db, *only]) == 1
    with Store(db, read_only=True) as store:
        saved = store.saved_list("a")
    assert saved is not None
    assert {service.type for service in saved.services} == {"_ssh._tcp"}
    assert saved.asked == ("_ssh._tcp.local.", "_ssh._udp.local.")


def test_a_wrong_name_is_said_first(db, capsys):
    assert main(["list", "--from", "/nowhere", "--save", "a/b", "--db", db]) == 2
    assert "A list cannot be called 'a/b'." in capsys.readouterr().err
    assert not Path(db).exists()


def test_half_a_list_takes_the_place_of_none(db, capsys):
    whole = saving.Saving("a", db, None)
    whole.save([at("ssh")], (), 0)
    whole.save([], (), 130)
    assert "Not saved as a" in capsys.readouterr().err
    with Store(db, read_only=True) as store:
        assert store.lists()[0][::2] == ("a", 1)


def test_no_wish_to_keep_touches_nothing(db):
    nothing = saving.Saving(None, db, None)
    nothing.save([at("ssh")], (), 0)
    assert not nothing.wanted
    assert not Path(db).exists()


def test_a_store_that_cannot_be_written(db, capsys):
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE notes (body TEXT)")
    assert main(["list", "--from", str(HOME), "--save", "a", "--db", db]) == 3
    assert "belongs to another program" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "a b", "-x"])
def test_names_that_cannot_be(db, name):
    with pytest.raises(WhoasksError):
        saving.Saving(name, db, None)
