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
    """A file that has been read, as it was left."""

    number: tuple[int, int]
    size: int
    changed: int
    head: bytes


class Folder:
    """The files of one folder, as they come. One program at a time may write into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.grown: list[str] = []
        """Files that grew after they had been left: what was added has not been read."""
        self._read: dict[str, _Read] = {}

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
        self._keep(tail.path, _Read(number, tail.position, mine.st_mtime_ns, tail.head))

    def skip(self, path: Path) -> None:
        """That file is none to be read, whatever becomes of it."""
        self._keep(path, _Read((0, 0), 0, 0, b""))

    def _keep(self, path: Path, read: _Read) -> None:
        self._read.pop(path.name, None)
        self._read[path.name] = read

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
        read = self._read.get(file.name)
        if read is None:
            stem, suffix = os.path.splitext(file.name)
            if suffix in SUFFIXES and stem in self._read:
                self._read[file.name] = _Read(file.number, file.size, file.changed, b"")
                return True
            read = self._renamed(file)
        if read is None:
            return False
        if (file.number, file.size, file.changed) == (read.number, read.size, read.changed):
            return True
        if file.number != read.number and 0 < len(read.head) < KNOWN:
            return False
        if not self._starts_like(file, read):
            return False
        if file.size > read.size and read.head and file.name not in self.grown:
            self.grown.append(file.name)
        read.number, read.size, read.changed = file.number, file.size, file.changed
        return True

    def _renamed(self, file: _File) -> _Read | None:
        """What was read under another name, and is this file."""
        for name, read in self._read.items():
            if read.number == file.number and self._starts_like(file, read):
                del self._read[name]
                self._read[file.name] = read
                return read
        return None

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
