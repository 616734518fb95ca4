"""What was asked when, so that no question is put again too soon. Pure: time is an argument.

The law is RFC 6762 §5.2: a second between a question and its repetition, and each interval
after that at least twice as long as the one before.
"""

from __future__ import annotations

import msgspec

FIRST_GAP = 1.005
"""Seconds before a question is put again, at the least, and a little for the way of a packet."""

Question = tuple[str, int]
"""Name and type."""


class Asked(msgspec.Struct):
    """One question's past."""

    last: float
    gap: float
    """Seconds from then to the next one, at the least."""


class Past:
    """The questions of one browse. It grows with what the browse asks, which has its own caps."""

    def __init__(self) -> None:
        self._asked: dict[Question, Asked] = {}

    def may(self, question: Question, now: float) -> bool:
        """Whether it may be put now."""
        asked = self._asked.get(question)
        return asked is None or now >= asked.last + asked.gap

    def last(self, question: Question) -> float:
        """When it was put last; it has to have been."""
        return self._asked[question].last

    def ask(self, question: Question, now: float) -> float:
        """It is put now; when it may be put again."""
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = Asked(now, FIRST_GAP)
        else:
            asked.gap = max(FIRST_GAP, 2 * (now - asked.last))
            asked.last = now
        return now + asked.gap
