"""Which detectors look at what: worked out once, so that a packet is shown only to who cares."""

from __future__ import annotations

from collections.abc import Sequence

from whoasks.core.detect.base import Detector
from whoasks.core.meaning import TRAITS

HOOKS = (
    "on_query", "on_answer", "on_announced", "on_probe", "on_malformed", "on_dispute", "on_again",
)  # fmt: skip


class Audience:
    """The selected detectors by what they do."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.on: dict[str, tuple[Detector, ...]] = {
            hook: tuple(
                d for d in detectors if getattr(type(d), hook) is not getattr(Detector, hook)
            )
            for hook in HOOKS
        }
        self.floors = tuple(floor for d in detectors if (floor := d.floor()))
        self._by_traits: dict[int, tuple[Detector, ...]] = {}

    def caring(self, traits: int) -> tuple[Detector, ...]:
        """The detectors that look at queries with these kinds of names (``TRAITS`` as bits)."""
        found = self._by_traits.get(traits)
        if found is None:
            names = {trait for bit, trait in enumerate(TRAITS) if traits >> bit & 1}
            found = self._by_traits[traits] = tuple(
                d for d in self.on["on_query"] if not d.cares or names.intersection(d.cares)
            )
        return found
