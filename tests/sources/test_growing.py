"""Captures that other programs write: nothing twice, nothing lost, in the order of writing."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.helpers import pcaps as p

from whoasks.sources import folder as folders
from whoasks.sources import growing, tail
from whoasks.sources.capture_file import CaptureError
from whoasks.sources.growing import Growing

HEAD = p.pcap()


def record(number: int) -> bytes:
    """A packet that tells its number by its time."""
    return p.record(p.QUERY_FRAME, 1_000 + number)


def append(path: Path, *pieces: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(pieces))


class Follower:
    """Follows a path, as far as a test lets it."""

    def __init__(self, path: Path) -> None:
        self.said: list[str] = []
        self.last = False
        self.until = time.monotonic() + 20
        self.growing = Growing(path, self._ended, self.said.append)
        self._batches = self.growing.read()

    def take(self, count: int = 1) -> list[int]:
        """The numbers of the next packets; waits for them."""
        found: list[int] = []
        while len(found) < count:
            found += [int(datagram.at) - 1_000 for datagram in next(self._batches)]
        return found

    def rest(self) -> list[int]:
        """Whatever else is there; nothing is waited for."""
        self.last = True
        return [int(datagram.at) - 1_000 for batch in self._batches for datagram in batch]

    def _ended(self) -> bool:
        assert time.monotonic() < self.until, "nothing came"
        return self.last


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tail, growing):
        monkeypatch.setattr(module, "PATIENCE", 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.pcap"


class TestAFile:
    """One name, whatever file has it."""

    def test_it_grows(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        append(path, record(2), record(3)[:30])
        assert follower.take() == [2]
        append(path, record(3)[30:])
        assert follower.take() == [3]
        assert follower.rest() == []
        assert (follower.said, follower.growing.notes) == ([], [])
        assert follower.growing.counts["packets"] == 3

    def test_it_may_be_empty_at_first(self, path: Path) -> None:
        path.write_bytes(b"")
        follower = Follower(path)
        batches: Iterator[object] = follower.growing.read()
        append(path, HEAD[:10])
        append(path, HEAD[10:], record(1))
        assert next(batches)

    @pytest.mark.parametrize("content", [b"", HEAD, HEAD[:9]], ids=["nothing", "a head", "half"])
    def test_nothing_comes(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        follower = Follower(path)
        assert follower.rest() == []
        assert follower.said == []

    def test_it_is_cut_short_and_begun_again(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1) + record(2))
        follower = Follower(path)
        assert follower.take(2) == [1, 2]
        path.write_bytes(b"")
        append(path, HEAD, record(3))
        assert follower.take() == [3]
        assert any("read from its start" in line for line in follower.said)

    def test_it_is_rewritten_longer_than_it_was(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        path.write_bytes(HEAD + record(7) + record(8) + record(9))
        assert follower.take(3) == [7, 8, 9]

    def test_it_is_replaced(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        append(path, record(2))
        path.rename(path.with_suffix(".1"))
        append(path.with_suffix(".1"), record(3))
        path.write_bytes(HEAD + record(4))
        assert follower.take(3) == [2, 3, 4]

    def test_it_goes_and_comes_again(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        held = path.open("rb")  # so that its number is not given to the new one
        path.unlink()
        path.write_bytes(HEAD + record(2))
        assert follower.take() == [2]
        held.close()

    def test_a_longer_copy_takes_its_place(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        copy = path.with_suffix(".tmp")
        copy.write_bytes(HEAD + record(1) + record(2))
        copy.rename(path)
        assert follower.take() == [2]
        assert follower.rest() == []
        assert follower.said == []

    def test_what_is_corrupt_waits_for_the_next(self, path: Path) -> None:
        path.write_bytes(HEAD + record(1) + b"\xff" * 40)
        follower = Follower(path)
        assert follower.take() == [1]
        append(path, record(2))
        path.rename(path.with_suffix(".1"))
        path.write_bytes(HEAD + record(3))
        assert follower.take() == [3]
        assert any("corrupt" in line for line in follower.said)

    def test_packed(self, path: Path) -> None:
        path.write_bytes(gzip.compress(HEAD + record(1)))
        follower = Follower(path)
        assert follower.take() == [1]
        append(path, gzip.compress(record(2)))
        assert follower.take() == [2]
        assert follower.rest() == []

    def test_a_pipe(self, path: Path) -> None:
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        os.write(writer, HEAD + record(1))
        follower = Follower(path)
        assert follower.take() == [1]
        os.write(writer, record(2))
        assert follower.take() == [2]
        assert follower.rest() == []
        os.close(writer)

    @pytest.mark.parametrize(
        ("content", "words"),
        [pytest.param(None, "cannot be followed", id="missing"), (b"x" * 99, "not a pcap")],
    )
    def test_what_cannot_be_followed(self, path: Path, content: bytes | None, words: str) -> None:
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CaptureError, match=words):
            Follower(path).take()


def place(folder: Path, name: str, *numbers: int, at: int | None = None) -> Path:
    """A capture of these packets in the folder, changed at that second."""
    path = folder / name
    path.write_bytes(HEAD + b"".join(map(record, numbers)))
    if at is not None:
        os.utime(path, (at, at))
    return path


class TestAFolder:
    """File after file."""

    def test_what_is_there_in_order(self, tmp_path: Path) -> None:
        for number in (10, 9, 1):
            place(tmp_path, f"t{number}.pcap", number, at=500)
        place(tmp_path, "a.pcap", 99, at=501)
        place(tmp_path, "z.pcap", 0, at=499)
        place(tmp_path, ".hidden.pcap", 77, at=1)
        (tmp_path / "link.pcap").symlink_to("a.pcap")
        (tmp_path / "below.pcap").mkdir()
        follower = Follower(tmp_path)
        assert follower.take(5) == [0, 1, 9, 10, 99]
        assert follower.rest() == []
        assert follower.growing.counts["files"] == 5

    def test_the_next_begins(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        first = place(tmp_path, "t1", 1)
        assert follower.take() == [1]
        append(first, record(2))
        assert follower.take() == [2]
        append(first, record(3))
        place(tmp_path, "t2", 4)
        assert follower.take(2) == [3, 4]
        assert follower.rest() == []
        assert follower.said == []

    def test_a_ring_writes_over_its_oldest(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        for number in range(9):
            place(tmp_path, f"ring{number % 3}", number, 100 + number)
            assert follower.take(2) == [number, 100 + number]
        assert follower.rest() == []

    def test_a_ring_deletes_its_oldest(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        for number in range(9):
            place(tmp_path, f"ring{number}", number)
            assert follower.take() == [number]
            (tmp_path / f"ring{number - 2}").unlink(missing_ok=True)
        assert follower.rest() == []

    def test_names_move_up(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        for number in range(5):
            for old in range(number, 0, -1):
                (tmp_path / f"log.{old - 1}").rename(tmp_path / f"log.{old}")
            place(tmp_path, "log.0", number)
            assert follower.take() == [number]
        assert follower.rest() == []

    def test_compressed_when_done(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        for number in range(5):
            path = place(tmp_path, f"t{number}.pcap", number)
            assert follower.take() == [number]
            if number:
                before = tmp_path / f"t{number - 1}.pcap"
                packed = before.with_name(before.name + ".gz")
                packed.write_bytes(gzip.compress(before.read_bytes()))
                shutil.copystat(before, packed)
                before.unlink()
            assert path.exists()
        place(tmp_path, "t9.pcap", 9)
        assert follower.take() == [9]
        assert follower.rest() == []

    def test_compressed_ones_alone(self, tmp_path: Path) -> None:
        for number in range(3):
            packed = gzip.compress(HEAD + record(number))
            (tmp_path / f"t{number}.pcap.gz").write_bytes(packed)
        assert Follower(tmp_path).take(3) == [0, 1, 2]

    def test_what_is_no_capture_is_passed_over_once(self, tmp_path: Path) -> None:
        (tmp_path / "readme.txt").write_text("none of these bytes is a capture, none at all\n" * 3)
        follower = Follower(tmp_path)
        place(tmp_path, "t1", 1)
        assert follower.take() == [1]
        append(tmp_path / "readme.txt", b"more")
        place(tmp_path, "t2", 2)
        assert follower.take() == [2]
        assert len([line for line in follower.said if "readme.txt" in line]) == 1

    def test_two_writers_are_noticed(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path)
        one = place(tmp_path, "one", 1, at=100)
        assert follower.take() == [1]
        place(tmp_path, "two", 2, at=200)
        assert follower.take() == [2]
        append(one, record(3))
        place(tmp_path, "three", 4)
        assert follower.take() == [4]
        assert follower.rest() == []
        assert any("one grew after" in note for note in follower.growing.notes)

    def test_notes_are_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(growing, "NOTES", 3)
        for number in range(9):
            (tmp_path / f"n{number}").write_text(f"number {number} is text and no capture at all")
        place(tmp_path, "t", 1)
        follower = Follower(tmp_path)
        assert follower.take() == [1]
        follower.rest()
        assert len(follower.said) == 3
        assert follower.growing.notes[3:] == [f"{tmp_path}: 6 more notes are left out."]

    def test_memory_of_names_is_bounded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(folders, "REMEMBERED", 3)
        folder = folders.Folder(tmp_path)
        for number in range(20):
            path = place(tmp_path, f"t{number}", number)
            assert folder.next() == path
            opened = tail.Tail(path, lambda: False, lambda _: False)
            opened.read(100)
            folder.leave(opened)
            opened.close()
            path.unlink()
            assert len(folder._read) <= 5
