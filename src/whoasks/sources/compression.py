"""Compressed captures, unpacked piece by piece: gzip, xz, bzip2, zstd, told by their first bytes.

Nothing here knows what is packed. No piece of output is longer than asked for, and what a
decoder holds is bounded: files that ask for a larger window are refused as damaged.
"""

from __future__ import annotations

import bz2
import importlib
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

PACKED_CHUNK = 1 << 15
"""Compressed bytes taken at a time: small, because a file of very many very short gzip
members copies what is left of this piece once a member."""

LONGEST_MAGIC = 6

_GZIP_WINDOW = 31  # zlib: the largest window, with a gzip header
_MEMORY = 128 << 20
"""Bytes an xz decoder may hold: ``xz -9`` needs 65 MiB."""
_ZSTD_WINDOW_LOG = 27
"""128 MiB, what ``zstd --long`` uses and every decoder takes by default."""


class MissingError(Exception):
    """A format that this Python cannot unpack without a package that is not installed."""


class Member(Protocol):
    """One compressed stream; a file may hold several, one after the other."""

    @property
    def eof(self) -> bool:
        """The stream has ended."""

    @property
    def needs_input(self) -> bool:
        """More output comes only of more input."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to ``max_length`` bytes; what is kept back comes with the next call."""


class _Gzip:
    """zlib's decoder with the manners of the others."""

    def __init__(self) -> None:
        self._unzip = zlib.decompressobj(_GZIP_WINDOW)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._unzip.eof

    @property
    def unused_data(self) -> bytes:
        return self._unzip.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        found = self._unzip.decompress(self._unzip.unconsumed_tail + data, max_length)
        # zlib may hold output that max_length kept back without any input left.
        self.needs_input = not self._unzip.unconsumed_tail and len(found) < max_length
        return found


class Format(NamedTuple):
    """How to unpack one format, and what its decoder raises for damaged data."""

    name: str
    make: Callable[[], Member]
    errors: tuple[type[Exception], ...]


def _gzip() -> Format:
    return Format("gzip", _Gzip, (zlib.error,))


def _xz() -> Format:
    def make() -> Member:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)

    return Format("xz", make, (lzma.LZMAError,))


def _bzip2() -> Format:
    return Format("bzip2", bz2.BZ2Decompressor, (OSError, ValueError))


def _zstd() -> Format:
    """The standard library's from Python 3.14 on, before that its backport. Raises MissingError."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    try:
        zstd: Any = importlib.import_module(name)  # optional, and rarely needed
    except ImportError as error:
        raise MissingError("zstd") from error
    limit = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    return Format("zstd", lambda: zstd.ZstdDecompressor(options=limit), (zstd.ZstdError,))


_FORMATS: dict[bytes, Callable[[], Format]] = {
    b"\x1f\x8b": _gzip,
    b"\xfd7zXZ\0": _xz,
    b"BZh": _bzip2,
    b"\x28\xb5\x2f\xfd": _zstd,
}
"""By the first bytes."""

SUFFIXES = frozenset({".gz", ".xz", ".bz2", ".zst"})
"""How such files are usually named; nothing is decided by it but which two files are one."""


class Unpacker:
    """Reads compressed bytes and gives what was packed.

    ``damage`` says, after the end, what was wrong with the data; everything before the damage
    has been given.
    """

    def __init__(self, format_: Format, head: bytes, raw: Callable[[int], bytes]) -> None:
        """``head`` is what of the file was read already, ``raw`` reads on (empty at the end)."""
        self._format, self._raw = format_, raw
        self._packed = head
        self._member = format_.make()
        self._fresh = False
        self.damage: str | None = None

    def read(self, most: int) -> bytes:
        """Up to ``most`` bytes; empty at the end."""
        while self.damage is None:
            packed, self._packed = self._packed, b""
            if not packed and (self._fresh or self._member.needs_input):
                packed = self._raw(PACKED_CHUNK)
                if self._fresh:  # padding with zero bytes between and after members is customary
                    packed = packed.lstrip(b"\0") or (packed and self._padding())
                if not packed:
                    return self._last(most)
            self._fresh = False
            data = self._decompress(packed, most)
            if data:
                return data
        return b""

    def _decompress(self, packed: bytes, most: int) -> bytes:
        try:
            data = self._member.decompress(packed, most)
        except self._format.errors as error:
            # All three say so when a file asks for more than they were allowed.
            large = "memory" in str(error).lower()
            self.damage = f"its {self._format.name} data " + (
                "needs a window of more than 128 MB" if large else "is damaged"
            )
            return b""
        if self._member.eof:
            self._packed = self._member.unused_data.lstrip(b"\0")
            self._member = self._format.make()
            self._fresh = not self._packed
        return data

    def _padding(self) -> bytes:
        """The first bytes after more padding; empty at the end of the file."""
        while piece := self._raw(PACKED_CHUNK):
            if packed := piece.lstrip(b"\0"):
                return packed
        return b""

    def _last(self, most: int) -> bytes:
        """At the end of the file: all well after a whole member."""
        if not self._fresh:
            data = self._decompress(b"", most)
            if data:
                return data
            self.damage = self.damage or f"its {self._format.name} data ends early"
        return b""


def unpacker(head: bytes, raw: Callable[[int], bytes]) -> Unpacker | None:
    """The unpacker for a file that starts with ``head``, None when it is not compressed.

    Raises MissingError.
    """
    for magic, format_ in _FORMATS.items():
        if head.startswith(magic):
            return Unpacker(format_(), head, raw)
    return None
