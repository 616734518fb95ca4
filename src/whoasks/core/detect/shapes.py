"""Which program asks, from the shape of its queries: a guess with a confidence, never a verdict.

The shapes are data (``knowledge/tool_shapes.yaml``). A query that contradicts a shape takes
the tool out for that query; what the burst shows beyond it adds evidence. What stays below
``LEAST``, or is as much like a tool of another family, is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whoasks.core.detect.shape_burst import (
    NOTHING,
    Beat,
    BurstShape,
    Evidence,
    Intervals,
    confidence,
    evidence,
)
from whoasks.core.detect.shape_query import QueryTable, Row
from whoasks.core.detect.shape_words import why
from whoasks.core.knowledge import AnswerShape, ToolShape
from whoasks.core.packet import is_group

if TYPE_CHECKING:
    from whoasks.core.bursts import OpenBurst
    from whoasks.core.detect.view import Answered, Heard
    from whoasks.core.utterance import Utterance

LEAST = 0.5
"""Below this confidence a tool is unknown."""
ALIKE = 0.05
"""Confidences closer than this do not tell two tools apart."""


class Guess(msgspec.Struct, frozen=True):
    """The program that a burst looks like."""

    name: str
    confidence: float
    """0–1, at least ``LEAST``."""
    scanner: bool
    """Its purpose is looking around, so that the shape itself counts as evidence."""
    why: tuple[str, ...]
    """What speaks for it, a few words each."""
    by_itself: bool = False
    """The query alone says so, and nothing else of its burst."""


class Shapes:
    """The tool table, compiled. What it learns of a burst it keeps in ``burst.shape_state``."""

    def __init__(
        self, shapes: tuple[ToolShape, ...], answers: tuple[AnswerShape, ...] = ()
    ) -> None:
        self._table = QueryTable(shapes)
        self._intervals = Intervals(shapes)
        self._answers = answers
        # At most as many as shapes have evidence: some dozens each.
        self._guesses: dict[tuple[int, Evidence], Guess] = {}
        self._families: dict[tuple[str, float, bool], Guess] = {}

    def guess(self, heard: Heard) -> Guess | None:
        """What a new query of a burst looks like, with all that the burst has shown so far."""
        said, flow, burst = heard.said, heard.flow, heard.burst
        state: BurstShape | None = burst.shape_state
        if state is None:
            state = burst.shape_state = BurstShape()
        lane = state.lane(flow.source_port)
        lane.take(flow, heard.message, said)
        beat = state.beat(said, lane, heard.at, self._intervals)
        beat.rows = self._table.fitting(flow, heard.message, said, lane.meta)
        if said.means.instances and len(said.means.asks) == 1:
            beat.browsed = said.means.asks[0].name.type in burst.types
        beat.guess = self._best(beat, burst)
        return beat.guess

    def repeat(self, burst: OpenBurst, said: Utterance, at: float) -> Guess | None:
        """What a payload that is said again makes of its guess: intervals are evidence."""
        state: BurstShape | None = burst.shape_state
        if state is None:
            return None
        beat = state.beats.get(said.means.distinct)
        if beat is None:
            return None
        if beat.again(at, self._intervals) and beat.rows:
            beat.guess = self._best(beat, burst)
        return beat.guess

    def guess_answer(self, answered: Answered) -> Guess | None:
        """What one response looks like; tools are told by their answers only when they forge."""
        for shape in self._answers:
            if _answer_fits(shape, answered):
                return Guess(
                    shape.name, shape.confidence, shape.scanner, ("the form of its answers",)
                )
        return None

    def _best(self, beat: Beat, burst: OpenBurst) -> Guess | None:
        asked = len(burst.types)
        scored = [
            (self._of(row, evidence(row.shape, beat, burst)), row)
            for row in beat.rows
            if row.shape.most_types is None or asked <= row.shape.most_types
        ]
        top = max([guess.confidence for guess, _ in scored], default=0.0)
        if top < LEAST:
            return None
        alike = [one for one in scored if one[0].confidence > top - ALIKE]
        return alike[0][0] if len(alike) == 1 else self._among(alike)

    def _among(self, alike: list[tuple[Guess, Row]]) -> Guess | None:
        """Which of several that score alike: of one family the narrowest, else the family."""
        best = max(alike, key=_sureness)[0]
        if all(guess.name == best.name for guess, _ in alike):
            return best
        family = alike[0][1].shape.family
        if not family or any(row.shape.family != family for _, row in alike):
            return None
        # Names that a program is known by say more than what all of its family do.
        narrow = [one for one in alike if one[1].names]
        if narrow and all(guess.name == narrow[0][0].name for guess, _ in narrow):
            return max(narrow, key=_sureness)[0]
        key = family, best.confidence, best.by_itself
        known = self._families.get(key)
        if known is None:
            scanner = all(guess.scanner for guess, _ in alike)
            known = self._families[key] = Guess(
                family, best.confidence, scanner, best.why, best.by_itself
            )
        return known

    def _of(self, row: Row, seen: Evidence) -> Guess:
        key = id(row), seen
        guess = self._guesses.get(key)
        if guess is None:
            shape = row.shape
            guess = self._guesses[key] = Guess(
                shape.name,
                confidence(shape, seen),
                shape.scanner,
                why(shape, seen),
                seen == NOTHING,
            )
        return guess


def _sureness(one: tuple[Guess, Row]) -> float:
    return one[0].confidence


def _answer_fits(shape: AnswerShape, answered: Answered) -> bool:
    message, flow = answered.message, answered.flow
    records = message.answers
    seen = {
        "unicast_destination": not is_group(flow.destination),
        "question": bool(message.questions),
        "cache_flush": any(record.cache_flush for record in records),
    }
    return (
        all(getattr(shape, field) in (None, value) for field, value in seen.items())
        and (shape.records is None or shape.records[0] <= len(records) <= shape.records[1])
        and (shape.rtypes is None or all(record.rtype in shape.rtypes for record in records))
        and (shape.record_ttl is None or all(record.ttl == shape.record_ttl for record in records))
        and (shape.ttl is None or flow.ttl is None or flow.ttl in shape.ttl)
    )
