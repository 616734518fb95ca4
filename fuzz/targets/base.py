"""What a target is: a function of bytes that raises when a promise is broken. No engine here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

Costs = tuple[float, ...]
"""CPU seconds of each piece that is limited, in order, the same for the same input."""


class Target(msgspec.Struct, frozen=True):
    """One door through which a stranger's bytes come in."""

    name: str
    promise: str
    """What holds for every input, in a few words."""
    one: Callable[[bytes], Costs]
    """Takes one input. Raises whatever breaks the promise; AssertionError for what came out."""
    seeds: Callable[[], Iterable[bytes]]
    """Good inputs to begin with, from our own recordings and examples."""
    limit: float
    """CPU seconds that no piece may take."""
    words: tuple[bytes, ...] = ()
    """Pieces that a blind mutation would hardly hit upon."""
    longest: int = 9_000
    """Bytes of an input."""
