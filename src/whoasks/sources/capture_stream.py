"""The bytes of a capture, a quarter of a mebibyte at a time, unpacked on the way.

Nothing here knows what a packet is, and never more than one piece of the file is held.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from whoasks.sources.compression import LONGEST_MAGIC, PACKED_CHUNK, MissingError, unpacker

CHUNK = 1 << 18
"""Most bytes that one ``read`` returns. Reading a megabyte at once took a third longer: what is
looked at has left the processor's cache by then."""

STANDARD_INPUT = Path("-")

PATIENCE = 0.2
"""Seconds between two looks at whether to end, while there is nothing to read."""


class CaptureError(Exception):
    """A capture file that cannot be read: one sentence with its remedy."""


class Raw(Protocol):
    """Where the bytes of a capture come from."""

    def read(self, size: int, /) -> bytes | None:
        """Up to ``size`` bytes, empty at the end. May raise OSError."""

    def close(self) -> None:
        """May be called twice."""


class CaptureStream:
    """A capture opened for one pass from front to back; a pipe will do.

    Compression is told by its magic number, whatever the name. ``damage`` says, after the
    end, what was wrong with the compressed data; everything before it has been handed on.
    """

    def __init__(self, path: Path, raw: Raw) -> None:
        """Takes ``raw`` over. Raises CaptureError when it holds no byte."""
        self.path = path
        self.consumed = 0
        """Bytes of the file (compressed ones, if it is) read so far."""
        self._file = raw
        try:
            self._ahead = self._head()
            self._unpacker = unpacker(self._ahead, self._raw)
        except MissingError as error:
            self.close()
            raise CaptureError(
                f"{shown(path)} is compressed with {error}, which this Python cannot unpack:"
                f" install it (pip install 'whoasks[{error}]'), or unpack the file before."
            ) from error
        except CaptureError:
            self.close()
            raise

    @property
    def damage(self) -> str | None:
        """What was wrong with the compressed data."""
        return self._unpacker.damage if self._unpacker is not None else None

    def read(self) -> bytes:
        """Up to CHUNK bytes; empty at the end. Raises CaptureError when the disk does."""
        if self._unpacker is not None:
            return self._unpacker.read(CHUNK)
        ahead, self._ahead = self._ahead, b""
        return ahead or self._raw(CHUNK)

    def close(self) -> None:
        """May be called twice."""
        self._file.close()

    def _head(self) -> bytes:
        head = b""
        while len(head) < LONGEST_MAGIC:  # a pipe may give as little as it likes
            piece = self._raw(PACKED_CHUNK)
            if not piece:
                break
            head += piece
        if not head:
            raise CaptureError(
                f"{shown(self.path)} is empty (0 bytes): check that the capture had finished and"
                " was copied whole."
            )
        return head

    def _raw(self, size: int) -> bytes:
        try:
            data = self._file.read(size) or b""
        except OSError as error:
            raise CaptureError(
                f"{shown(self.path)} cannot be read ({error.strerror}): copy it to another disk"
                " and try again."
            ) from error
        self.consumed += len(data)
        return data


class Pipe:
    """A pipe, read as it comes; ``ended`` is asked while it gives nothing."""

    def __init__(self, file: BinaryIO, ended: Callable[[], bool]) -> None:
        self._file = file
        self._ended = ended

    def read(self, size: int, /) -> bytes | None:
        """As in Raw; empty once ``ended`` says so."""
        while not self._ended():
            ready, _, _ = select.select([self._file], [], [], PATIENCE)
            if ready:
                return self._file.read(size)
        return b""

    def close(self) -> None:
        """Standard input stays open for whoever owns it."""
        self._file.close()


def opened(path: Path, ended: Callable[[], bool]) -> Raw:
    """The file of that name, or standard input for ``-``. Raises CaptureError."""
    file = _standard_input() if path == STANDARD_INPUT else open_file(path)
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    return Pipe(file, ended)


def open_file(path: Path) -> BinaryIO:
    """The file, unbuffered (reads are large). Raises CaptureError."""
    try:
        if path.is_dir():
            raise CaptureError(
                f"{path} is a folder: name the capture files in it, as {path}/*, or follow it"
                " (whoasks read --follow)."
            )
        return cast(BinaryIO, path.open("rb", buffering=0))
    except FileNotFoundError as error:
        raise CaptureError(f"{path} does not exist: check the spelling of the path.") from error
    except PermissionError as error:
        raise CaptureError(
            f"{path} may not be read by this user: give it read permission (chmod +r) or run as"
            " its owner."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise CaptureError(f"{path} cannot be opened ({reason}): check the path.") from error


def shown(path: Path) -> str:
    """What messages call it."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def _standard_input() -> BinaryIO:
    """Standard input, unbuffered. Raises CaptureError where nothing can come from it."""
    try:
        number = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something without one
        number = 0
    try:
        if os.isatty(number):
            raise CaptureError(
                "standard input is a terminal: pipe a capture into it, as in"
                " tcpdump -w - | whoasks read -."
            )
        return cast(BinaryIO, open(number, "rb", buffering=0, closefd=False))
    except OSError as error:
        raise CaptureError(
            f"standard input cannot be read ({error.strerror}): pipe a capture into it."
        ) from error
