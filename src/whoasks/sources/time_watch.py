"""What the times of a capture are worth: zeros, steps back, clocks that do not agree.

It only looks; times are handed on as they were recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whoasks.core.model import Datagram

ANOTHER_CLOCK = 3_600.0
"""Seconds backwards that no reordering explains; the core starts anew there, too."""


class TimeWatch:
    """Sees the batches of one capture in order."""

    def __init__(self) -> None:
        self.zeros = 0
        self.steps_back = 0
        self.furthest = 0.0
        """Seconds of the largest step back that a late packet explains."""
        self.restarts = 0
        self._latest = 0.0

    def look(self, batch: Sequence[Datagram]) -> None:
        """Take in a batch, which is not empty."""
        times = [datagram.at for datagram in batch]
        ordered = sorted(times)  # costs next to nothing when they are
        if ordered == times and times[0] >= self._latest and times[0]:
            self._latest = times[-1]
            return
        for at in times:
            self._one(at)

    def _one(self, at: float) -> None:
        if not at:
            self.zeros += 1
        elif at >= self._latest:
            self._latest = at
        elif self._latest - at > ANOTHER_CLOCK:
            self.restarts += 1
            self._latest = at
        else:
            self.steps_back += 1
            self.furthest = max(self.furthest, self._latest - at)

    def sentences(self, name: str) -> Iterator[str]:
        """What a reader of the findings should know."""
        if self.zeros:
            yield (
                f"{name}: {self.zeros} mDNS packets carry the time zero; they were taken for as"
                " late as the packet before them."
            )
        if self.steps_back:
            yield (
                f"{name}: {self.steps_back} mDNS packets are older than one before them, by up to"
                f" {self.furthest:.3g} s; they were taken for as late as that one."
            )
        if self.restarts == 1:
            yield f"{name}: the time goes back by over an hour once; what follows was read anew."
        elif self.restarts:
            yield (
                f"{name}: the time goes back by more than an hour {self.restarts} times, as where"
                " recordings with different clocks were merged: windows mean little. Read each"
                " recording by itself."
            )
