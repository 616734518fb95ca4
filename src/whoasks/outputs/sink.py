"""Where outputs go: standard output, or a file that only its owner may read.

A file that is there already is used as it is, but in a folder where anybody may write neither a
link nor another user's file is: it may be a trap.

Every failure to write is an ``OutputError``, except that a reader which has gone away stays a
``BrokenPipeError``: that is the end of the work and no error.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

_WRONG_PATH = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}
_REMEDIES = {
    errno.ENOENT: "Make the folder first, or give another path to -o",
    errno.ENOTDIR: "A part of the path is a file; give another path to -o",
    errno.EISDIR: "Give the path of a file to -o",
    errno.ELOOP: "Links are not followed; give the path that it points to",
    errno.EACCES: "Give -o a path in a folder of your own",
    errno.EPERM: "Give -o a path in a folder of your own",
    errno.EROFS: "Give -o a path in a folder of your own",
    errno.ENOSPC: "Free some space, or give -o a path on another disk",
    errno.EDQUOT: "Free some space, or give -o a path on another disk",
}
_LINKS_OF_THE_SYSTEM = ("/dev/", "/proc/")
"""``/dev/stdout`` and ``/dev/fd/63`` are links that nobody but the system makes."""


class OutputError(Exception):
    """The output cannot be written. ``sentence`` says what and why, ``remedy`` what to do."""

    def __init__(self, shown: str, error: OSError) -> None:
        number = error.errno or 0
        self.sentence = f"{shown} cannot be written: {error.strerror or error}"
        self.remedy = _REMEDIES.get(number, "Give another path to -o")
        self.exit_code = 2 if number in _WRONG_PATH else 3
        super().__init__(self.sentence, self.remedy)

    def __str__(self) -> str:
        return f"{self.sentence}. {self.remedy}"


class Sink:
    """An open output, to be used in a ``with`` block; UTF-8, line ends as they are given."""

    def __init__(self, path: Path | None = None) -> None:
        """Open ``path``, emptying it; standard output for None or ``-``. Raises OutputError."""
        self.shown = "Standard output"
        self.is_file = path is not None and str(path) != "-"
        if path is None or not self.is_file:
            self._stream = _stdout()
            return
        self.shown = str(path)
        try:
            self._stream = _create(path)
        except OSError as error:
            raise OutputError(self.shown, error) from error
        except ValueError:  # a NUL in the path
            raise OutputError(self.shown, OSError(errno.ENOENT, "no such path")) from None

    def write(self, text: str) -> None:
        """Raises OutputError, or BrokenPipeError when nobody reads any more."""
        try:
            self._stream.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._given_up(error) from error

    def flush(self) -> None:
        """Raises as ``write`` does."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._given_up(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Flush; close a file. A failure here is only told when nothing else went wrong."""
        try:
            if self.is_file:
                self._stream.close()
            else:
                self._stream.flush()
        except OSError as late:
            if kind is None:
                if isinstance(late, BrokenPipeError):
                    raise
                raise self._given_up(late) from late

    def _given_up(self, error: OSError) -> OutputError:
        return OutputError(self.shown, error)


def _stdout() -> TextIO:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="")
    return sys.stdout


def _create(path: Path) -> TextIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
    if os.path.abspath(path).startswith(_LINKS_OF_THE_SYSTEM):
        return _text(os.open(path, flags | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR))
    with contextlib.suppress(FileNotFoundError):
        # Before it is opened: to open a stranger's FIFO would wait for its reader.
        _refuse_planted(path, os.lstat(path))
    descriptor = os.open(path, flags | os.O_NOFOLLOW, stat.S_IRUSR | stat.S_IWUSR)
    try:
        found = os.fstat(descriptor)
        _refuse_planted(path, found)
        if stat.S_ISREG(found.st_mode):
            os.ftruncate(descriptor, 0)
    except OSError:
        os.close(descriptor)
        raise
    return _text(descriptor)


def _text(descriptor: int) -> TextIO:
    return open(descriptor, "w", encoding="utf-8", newline="")


def _refuse_planted(path: Path, found: os.stat_result) -> None:
    """Raises OSError for what somebody else may have put there for us."""
    if stat.S_ISLNK(found.st_mode) or not path.parent.stat().st_mode & stat.S_IWOTH:
        return  # a link is refused by the open itself, wherever it is
    if found.st_uid not in (0, os.geteuid()):
        why = "it belongs to another user, in a folder where anybody may write"
    elif stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        why = "it has another name elsewhere, in a folder where anybody may write"
    else:
        return
    raise OSError(errno.EPERM, why)
