"""Which files of a folder of captures have yet to be read, and in which order.

Oldest change first, then by name, numbers by their value. Links, hidden files and empty ones
are passed over. A file that was renamed, or compressed after it had been read, is known again.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import msgspec

from whoasks.sources.compression import SUFFIXES
from whoasks.sources.tail import HEAD, KNOWN, Tail

REMEMBERED = 10_000
"""Files that are gone and still remembered: a compressed copy may turn up after the original
was deleted."""


class _File(msgspec.Struct, frozen=True):
    """A file as it was found in the folder."""

    name: str
    number: tuple[int, int]
    size: int
    changed: int

    @property
    def order(self) -> tuple[int, list[tuple[int, str]]]:
        """By time, then by name with numbers by their value: ``trace9`` before ``trace10``."""
        parts = re.split(r"(\d+)", self.name)
        return self.changed, [(int(x) if x.isdecimal() else 0, x) for x in parts]


class _Read(msgspec.Struct):
    """A file that has been read, as it was left. Without a head: never to be read."""

    name: str
    number: tuple[int, int]
    size: int = 0
    changed: int = 0
    head: bytes = b""


class Folder:
    """The files of one folder, as they come. One program at a time may write into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.grown: list[str] = []
        """Files that grew after they had been left: what was added has not been read."""
        self._read: dict[str, _Read] = {}
        self._by_number: dict[tuple[int, int], _Read] = {}

    def next(self) -> Path | None:
        """The next file to read, if there is one. Raises OSError."""
        found = self._list()
        unread = [file for file in found if not self._is_known(file)]
        self._forget({file.name for file in found})
        if not unread:
            return None
        return self.path / min(unread, key=lambda file: file.order).name

    def has_next(self, tail: Tail) -> bool:
        """Whether the writer has gone on from the file that ``tail`` reads."""
        mine = tail.about()
        number = (mine.st_dev, mine.st_ino)
        try:
            found = self._list()
        except OSError:
            return False
        return any(
            file.number != number
            and file.changed >= mine.st_mtime_ns
            and file.name != tail.path.name
            and not self._is_known(file)
            for file in found
        )

    def leave(self, tail: Tail) -> None:
        """That file has been read."""
        mine = tail.about()
        number = (mine.st_dev, mine.st_ino)
        self._keep(_Read(tail.path.name, number, tail.position, mine.st_mtime_ns, tail.head))

    def skip(self, path: Path) -> None:
        """That file is none to be read, whatever becomes of it."""
        self._keep(_Read(path.name, (0, 0)))

    def _keep(self, read: _Read) -> None:
        self._read.pop(read.name, None)
        self._read[read.name] = read
        if read.head:
            self._by_number[read.number] = read

    def _list(self) -> list[_File]:
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except OSError:  # it has just gone
                    continue
                if stat.S_ISREG(about.st_mode) and about.st_size:
                    number = (about.st_dev, about.st_ino)
                    found.append(_File(entry.name, number, about.st_size, about.st_mtime_ns))
        return found

    def _is_known(self, file: _File) -> bool:
        read = self._by_number.get(file.number)
        if read is not None and self._is(file, read):
            if read.name != file.name:  # it was renamed
                if self._read.get(read.name) is read:
                    del self._read[read.name]
                read.name = file.name
                self._keep(read)
            return True
        read = self._read.get(file.name)
        if read is not None:
            # A file that was put in the place of another: a copy of it, or a new one.
            if not read.head:
                return True
            return len(read.head) >= KNOWN and self._is(file, read)
        stem, suffix = os.path.splitext(file.name)
        if suffix in SUFFIXES and stem in self._read:
            self._keep(_Read(file.name, file.number))
            return True
        return False

    def _is(self, file: _File, read: _Read) -> bool:
        """Whether the file is the one that was read, perhaps with something added."""
        now = (file.number, file.size, file.changed)
        if now == (read.number, read.size, read.changed):
            return True
        if not self._starts_like(file, read):
            return False
        if file.size > read.size and file.name not in self.grown and len(self.grown) < 100:
            self.grown.append(file.name)
        read.number, read.size, read.changed = now
        self._by_number[read.number] = read
        return True

    def _starts_like(self, file: _File, read: _Read) -> bool:
        """Whether it holds at least what was read, at its start."""
        if file.size < read.size:
            return False
        try:
            with (self.path / file.name).open("rb", buffering=0) as opened:
                return opened.read(HEAD)[: len(read.head)] == read.head
        except OSError:
            return True  # nothing can be read of it anyway

    def _forget(self, there: set[str]) -> None:
        gone = len(self._read) - len(there) - REMEMBERED
        if gone > 0:
            for name in [name for name in self._read if name not in there][:gone]:
                del self._read[name]
        if gone > 0 or len(self._by_number) > len(self._read) + REMEMBERED:
            self._by_number = {read.number: read for read in self._read.values() if read.head}
