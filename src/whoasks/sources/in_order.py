"""One order for packets that come from several rings, each a little late in its own way.

Time comes with the caller; nothing is dropped, only held back.
"""

from __future__ import annotations

from bisect import bisect_right

from whoasks.core.model import Datagram


class InOrder:
    """Append to ``held``; take what ``ready`` gives."""

    def __init__(self, hold: float) -> None:
        """``hold``: seconds after which nothing older comes any more."""
        self.held: list[Datagram] = []
        self._hold = hold

    def ready(self, now: float, *, several: bool) -> list[Datagram]:
        """What can be handed on now, in order of time; all there is, unless there are several
        sources of it."""
        held = self.held
        if several:
            held.sort(key=_at)
            # What bears a time to come was stamped before the clock was set back.
            if held and held[-1].at <= now:
                ready = bisect_right(held, now - self._hold, key=_at)
                self.held = held[ready:]
                return held[:ready]
        self.held = []
        return held


def _at(datagram: Datagram) -> float:
    return datagram.at
