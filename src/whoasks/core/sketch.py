"""Names seen before, in a few bits each: what a flood pushed out of a table is known again.

A Bloom filter in two generations. It may take a stranger for known (about one in 5,000 when a
generation is full), never the reverse within a generation's life. Made only when it is needed.
"""

from __future__ import annotations

from binascii import crc32

BITS = 1 << 26
"""8 MB a generation."""
ENTRIES = 1 << 21
"""Names in one generation."""
_MASK = BITS - 1
_HASHES = 4


class Sketch:
    """A set of text keys that only grows, until its older half is forgotten."""

    __slots__ = ("_count", "_old", "_young")

    def __init__(self) -> None:
        self._young: bytearray | None = None
        self._old: bytearray | None = None
        self._count = 0

    def add(self, key: str) -> None:
        """Remember a key."""
        if self._young is None:
            self._young = bytearray(BITS // 8)
        elif self._count >= ENTRIES:
            self._old, self._young, self._count = self._young, bytearray(BITS // 8), 0
        self._count += 1
        bits = self._young
        for place in _places(key):
            bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: str) -> bool:
        if self._young is None:
            return False
        places = _places(key)
        return any(
            bits is not None and all(bits[place >> 3] & (1 << (place & 7)) for place in places)
            for bits in (self._young, self._old)
        )


def _places(key: str) -> list[int]:
    data = key.encode("utf-8", "surrogatepass")
    one, two = crc32(data), crc32(data, 0x9E3779B9) | 1
    # The second checksum differs from the first by a constant for keys of one length: the
    # product is what tells their steps apart.
    two = (two * 0x85EBCA6B ^ one >> 7) & 0xFFFFFFFF | 1
    return [(one * 0x9E3779B1 + step * two) >> 3 & _MASK for step in range(_HASHES)]
