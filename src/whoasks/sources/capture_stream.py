"""The bytes of a capture file, a mebibyte at a time, unzipped on the way.

Nothing here knows what a packet is, and never more than one piece of the file is held.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1 << 20
"""Most bytes that one ``read`` returns."""

_ZIPPED_CHUNK = 1 << 15
"""Compressed bytes taken at a time: small, because a file of very many very short gzip
members copies what is left of this piece once a member."""

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: the largest window, with a gzip header


class CaptureError(Exception):
    """A capture file that cannot be read: one sentence with its remedy."""


class CaptureStream:
    """A file opened for one pass from front to back; a pipe will do.

    Gzip is told by its magic number, so it is unzipped whether or not the name ends in
    ``.gz``. ``damage`` says, after the end, what was wrong with the compressed data;
    everything before the damage has been handed on.
    """

    def __init__(self, path: Path) -> None:
        """Raises CaptureError when the file cannot be opened or holds no byte."""
        self.path = path
        self.consumed = 0
        """Bytes of the file (compressed ones, if it is) read so far."""
        self.damage: str | None = None
        self._file = _open(path)
        try:
            self._packed = self._raw(_ZIPPED_CHUNK)
            if len(self._packed) == 1:  # a pipe may give as little as it likes
                self._packed += self._raw(_ZIPPED_CHUNK)
            if not self._packed:
                raise CaptureError(
                    f"{path} is empty (0 bytes): check that the capture had finished and was copied"
                    " whole."
                )
        except CaptureError:
            self._file.close()
            raise
        self._zipped = self._packed.startswith(_GZIP_MAGIC)
        self._unzip = zlib.decompressobj(_GZIP_WINDOW)

    def read(self) -> bytes:
        """Up to CHUNK bytes; empty at the end. Raises CaptureError when the disk does."""
        if self._zipped:
            return self._inflate()
        ahead, self._packed = self._packed, b""
        return ahead or self._raw(CHUNK)

    def close(self) -> None:
        """May be called twice."""
        self._file.close()

    def _raw(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise CaptureError(
                f"{self.path} cannot be read ({error.strerror}): copy it to another disk and try"
                " again."
            ) from error
        self.consumed += len(data)
        return data

    def _inflate(self) -> bytes:
        while self.damage is None:
            packed = self._packed or self._raw(_ZIPPED_CHUNK)
            if not packed and self._unzip.eof:
                return b""
            try:
                if self._unzip.eof:  # gzip files may be several, one after the other
                    self._unzip = zlib.decompressobj(_GZIP_WINDOW)
                # At the end of the file zlib may still hold output that CHUNK kept back.
                data = self._unzip.decompress(packed, CHUNK)
            except zlib.error:
                self.damage = "its gzip data is damaged"
                return b""
            if self._unzip.eof:
                # Padding with zero bytes between and after members is customary.
                self._packed = self._unzip.unused_data.lstrip(b"\0")
            else:
                self._packed = self._unzip.unconsumed_tail
            if data:
                return data
            if not packed:
                self.damage = "its gzip data ends early"
        return b""


def _open(path: Path) -> BinaryIO:
    """The file, unbuffered (reads are large). Raises CaptureError."""
    try:
        if path.is_dir():
            raise CaptureError(f"{path} is a folder: name the capture files in it, as {path}/*.")
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
