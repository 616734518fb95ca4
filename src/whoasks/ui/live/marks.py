"""Marks of rows that came, changed or went: bright at first, then fading, then away. Pure."""

from __future__ import annotations

from typing import Literal

Kind = Literal["new", "changed", "gone"]

FADES = (2.0, 5.0, 9.0)
"""Seconds after which a mark is weaker, weak, away."""


class Marks:
    """The marks of one table, by the key of the row."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Kind, float]] = {}
        self._next = 0.0
        """When the first of them looks different."""

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def set(self, key: str, kind: Kind, now: float) -> None:
        """Mark a row, but for one that is new and becomes complete: that stays new."""
        held = self._held.get(key)
        if kind == "changed" and held is not None and held[0] == "new":
            return
        self._held[key] = (kind, now)
        self._next = now

    def get(self, key: str, now: float) -> tuple[Kind, int] | None:
        """The row's mark and how fresh it is: 0 for just now, up to 2."""
        held = self._held.get(key)
        if held is None:
            return None
        level = sum(now - held[1] >= limit for limit in FADES)
        return None if level == len(FADES) else (held[0], level)

    def drop(self, key: str) -> None:
        """Forget the row."""
        self._held.pop(key, None)

    def fade(self, now: float) -> bool:
        """Whether any row looks different now from when this was asked last."""
        if not self._held or now < self._next:
            return False
        later = (at + limit for _, at in self._held.values() for limit in FADES)
        self._next = min((when for when in later if when > now), default=now)
        return True

    def expire(self, now: float) -> list[str]:
        """Take out what has faded; the rows of it."""
        ended = [key for key, (_, at) in self._held.items() if now - at >= FADES[-1]]
        for key in ended:
            del self._held[key]
        return ended
