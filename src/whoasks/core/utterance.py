"""One payload as one host says it: what it means, and what has become of it so far.

Between 46 and 99 % of real payloads repeat. A repeat only counts: rules hear only what is new.
"""

from __future__ import annotations

from typing import Any

from whoasks.core.entry import Echo
from whoasks.core.meaning import Meaning
from whoasks.core.model import Flow, Message

MAX_SHOWN = 4
"""Flows with which a payload was shown to the rules that are remembered: a host sends the same
over both address families; from a new port each time it is new each time."""


class Asked:
    """What a window holds of a payload, one of its own for each. No more than it counts is in it,
    so that a window of thousands stays small: the meaning as a whole made a flood 90 MB larger."""

    __slots__ = ("counted",)

    def __init__(self, means: Meaning) -> None:
        self.counted = means.counted


class Utterance:
    """One payload as said by one host."""

    __slots__ = (
        "asked", "burst", "echo", "flow", "heard", "last", "malformed", "means", "message",
        "places", "rules", "shape", "shown_by", "shown_for", "size", "words",
    )  # fmt: skip

    def __init__(
        self,
        message: Message | None,
        malformed: tuple[str, str] | None,
        size: int,
        means: Meaning | None = None,
        asked: Asked | None = None,
    ) -> None:
        """``means`` and ``asked`` are made of the message unless they are known."""
        self.message = message
        self.malformed = malformed
        """Reason and detail, when the payload is no message."""
        self.size = size
        self.means = means or Meaning(message)
        self.asked = asked or Asked(self.means)
        self.last = float("-inf")
        self.flow: Flow | None = None
        self.burst = -1
        """Serial number of the burst that has taken its names already."""
        self.heard = False
        """Whether the rules heard it."""
        self.shape: Any = None
        """The tool that it was taken for then by itself (``shapes.Guess``)."""
        self.rules: tuple[str, ...] = ()
        """The rules that spoke up at it; a repeat keeps their findings alive."""
        self.echo: Echo | None = None
        """What it refreshes in the inventory when it is said again."""
        self.shown_by: tuple[Flow, ...] = ()
        """The flows with which the rules have seen it (``MAX_SHOWN``)."""
        self.shown_for: str | None = None
        """The drill it was last shown to the rules in."""
        self.words = b""
        self.places: tuple[int, ...] = ()
        """The payload of a query, and where the TTLs of its known answers are (``countdown``)."""

    def again(self) -> Utterance:
        """The same words as another host says them: what it means is shared, the rest is new."""
        return Utterance(self.message, self.malformed, self.size, self.means, self.asked)

    def renewed(self, message: Message, size: int) -> Utterance:
        """The same questions of the same host with other known answers: nothing new is asked, but
        it is a packet of its own in the windows."""
        other = Utterance(message, self.malformed, size, self.means)
        other.last = self.last
        other.flow = self.flow
        other.burst = self.burst
        other.heard = self.heard
        other.shape = self.shape
        other.rules = self.rules
        other.shown_for = self.shown_for
        other.shown_by = self.shown_by
        return other
