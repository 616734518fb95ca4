"""What is written is the owner's alone, and nothing planted in a shared folder is used.

The database's half is in tests/store/test_store_files.py.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from whoasks.cli import main
from whoasks.outputs import OutputError, Sink
from whoasks.outputs.sink import _refuse_planted

HOME = Path(__file__).parents[2] / "fixtures" / "home.pcap"
STRANGER = 4343


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


WRITERS = {
    "read -o": ["read", str(HOME), "--format", "csv", "-o", "out.csv"],
    "read --save": ["read", str(HOME), "--save", "--db", "deep/er/x.db"],
    "list -o": ["list", "--from", str(HOME), "--format", "ndjson", "-o", "out.ndjson"],
    "export -o": ["export", "findings", "--db", "seed.db", "-o", "out.csv"],
    "demo": ["demo", "-o", "demo.csv"],
}


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("argv", WRITERS.values(), ids=WRITERS)
def test_every_file_a_command_makes_is_private(argv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("WHOASKS_DB", raising=False)
    assert main(["read", str(HOME), "--save", "--db", "seed.db"]) == 0
    assert main(argv) == 0
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) >= 2 or "seed.db" not in argv
    assert {str(path): oct(mode(path)) for path in made if mode(path) != 0o600} == {}
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {str(path): oct(mode(path)) for path in folders if mode(path) != 0o700} == {}


def link_to_a_file(at: Path, victim: Path) -> None:
    at.symlink_to(victim)


def dangling_link(at: Path, victim: Path) -> None:
    at.symlink_to(victim.with_name("new"))


def second_name(at: Path, victim: Path) -> None:
    at.hardlink_to(victim)


def strangers_file(at: Path, victim: Path) -> None:
    at.write_text("theirs")
    os.chown(at, STRANGER, -1)
    at.chmod(0o666)


def strangers_fifo(at: Path, victim: Path) -> None:
    os.mkfifo(at)
    os.chown(at, STRANGER, -1)
    at.chmod(0o666)


PLANTED = {
    "a link": (link_to_a_file, "Links are not followed"),
    "a link to nothing yet": (dangling_link, "Links are not followed"),
    "a second name of a file": (second_name, "it has another name elsewhere"),
    "a stranger's file": (strangers_file, "it belongs to another user"),
    "a stranger's FIFO": (strangers_fifo, "it belongs to another user"),
}


@pytest.mark.timeout(20)  # to open the FIFO would wait for ever
@pytest.mark.parametrize(("plant", "says"), PLANTED.values(), ids=PLANTED)
def test_what_was_planted_in_a_shared_folder_is_left_alone(
    plant: Callable[[Path, Path], None], says: str, public: Path, tmp_path: Path
):
    if os.geteuid() != 0 and plant in (strangers_file, strangers_fifo):
        pytest.skip("only root can make a file another user's")
    victim = tmp_path / "precious"
    victim.write_text("precious")
    at = public / "out.csv"
    plant(at, victim)
    with pytest.raises(OutputError) as caught:
        Sink(at)
    assert says in str(caught.value)
    assert caught.value.remedy
    assert victim.read_text() == "precious"
    assert not victim.with_name("new").exists()
    if plant is strangers_file:
        assert at.read_text() == "theirs"


def test_at_home_an_old_file_is_used_whoever_names_it(tmp_path: Path):
    old = tmp_path / "out.csv"
    old.write_text("old")
    (tmp_path / "second").hardlink_to(old)
    with Sink(old) as sink:
        sink.write("new")
    assert old.read_text() == "new"


def test_our_own_file_in_a_shared_folder_is_used_again(public: Path):
    for text in ("first, and long", "second"):
        with Sink(public / "out.csv") as sink:
            sink.write(text)
    assert (public / "out.csv").read_text() == "second"
    assert mode(public / "out.csv") == 0o600


def test_what_was_swapped_in_between_is_looked_at_too(public: Path, monkeypatch):
    """The file that was opened decides, not the one that was there before."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a file another user's")
    strangers_file(public / "out.csv", public)
    found = os.stat(public)

    def innocent(path: object, *args: object, **named: object) -> os.stat_result:
        raise FileNotFoundError

    monkeypatch.setattr(os, "lstat", innocent)
    with pytest.raises(OutputError, match="belongs to another user"):
        Sink(public / "out.csv")
    assert (public / "out.csv").read_text() == "theirs"
    with pytest.raises(OSError, match="belongs to another user"):
        _refuse_planted(public / "x", os.stat_result((*found[:4], STRANGER, *found[5:])))
