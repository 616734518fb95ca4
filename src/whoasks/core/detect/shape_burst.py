"""What a burst shows of its tool beyond the single query: intervals, IDs, ports, what follows.

Bounded and small: two lanes (port 5353 and any other), the last few sets of questions, a
handful of intervals each. Nothing here knows a tool; a shape says which of it counts.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from whoasks.core.knowledge import ToolShape
from whoasks.core.packet import MDNS_PORT

if TYPE_CHECKING:
    from whoasks.core.bursts import OpenBurst
    from whoasks.core.detect.shape_query import Row
    from whoasks.core.detect.shapes import Guess
    from whoasks.core.packet import Flow, Message
    from whoasks.core.utterance import Utterance

MAX_BEATS = 8
"""Question sets of one burst whose intervals are followed; the oldest makes room."""
MAX_GAPS = 5
"""Intervals of one question set: tools double or triple them, a burst ends at 10 s of silence."""
SAME = 0.15
"""Seconds within which the same questions are one asking (the other address family, a copy)."""
SLACK = 0.1
"""Share of an interval, and at least 0.03 s, by which timers and randomised delays miss it."""
FEW = 3
"""Packets that make a habit: one type each, a new port each."""

WEIGHTS = {
    "one gap": 0.2, "two gaps": 0.45, "three gaps": 0.65,
    "qu first": 0.3,
    "id counts": 0.3, "id counts on": 0.5,
    "new ports": 0.5, "then": 0.5, "one each": 0.3, "browsed": 0.4,
}  # fmt: skip
"""Share of the remaining doubt that each piece of evidence takes. One gap of a second is what
RFC 6762 §5.2 asks of everybody, so it says little; three in a row are one program's own."""
OFF_BEAT = 0.8
"""What is left of a confidence when something is another's: two programs of one host may share
a daemon, so it costs and does not exclude."""
SUREST = 0.97


class Intervals:
    """Every interval that a tool of the table keeps; a measured one is taken as the nearest."""

    def __init__(self, shapes: tuple[ToolShape, ...]) -> None:
        self._known = sorted({gap for shape in shapes for gap in shape.gaps or ()})

    def nearest(self, gap: float) -> float:
        """The interval that was meant; 0 for one that nobody keeps."""
        known = self._known
        at = bisect_left(known, gap)
        best = min(known[max(0, at - 1) : at + 1], key=lambda one: abs(one - gap), default=0.0)
        return best if abs(best - gap) <= max(0.03, SLACK * best) else 0.0


class Beat:
    """One set of questions within a burst, and when it was repeated."""

    __slots__ = ("browsed", "gaps", "guess", "lane", "last", "qu_first", "relaxed", "rows")

    def __init__(self, at: float, lane: Lane, qu: bool) -> None:
        self.last = at
        self.lane = lane
        self.gaps: tuple[float, ...] = ()
        self.qu_first = qu
        self.relaxed = False
        """Asked again without QU."""
        self.browsed = False
        """About an instance whose type the burst has asked for."""
        self.rows: tuple[Row, ...] = ()
        """The rows that the query fits."""
        self.guess: Guess | None = None

    def again(self, at: float, intervals: Intervals) -> bool:
        """Enter a repetition; whether that is news."""
        gap = at - self.last
        if gap < SAME:
            return False
        self.last = at
        if len(self.gaps) >= MAX_GAPS:
            return False
        self.gaps += (intervals.nearest(gap),)
        return True


class Lane:
    """What the queries from port 5353, or those from all other ports, have in common."""

    __slots__ = (
        "id", "id_steps", "meta", "packed", "packed_after", "port", "ports", "qu_first",
        "queries", "relaxed", "single", "singles", "singles_after",
    )  # fmt: skip

    def __init__(self) -> None:
        self.queries = 0
        self.port = self.ports = 0
        """The last source port, and how often it was another than before."""
        self.id = self.id_steps = 0
        self.meta = False
        self.packed = self.packed_after = False
        """Asked for several types in one packet; did so after the list of all types."""
        self.single = ""
        self.singles = self.singles_after = 0
        """The last type asked for alone, and how often it was another than before."""
        self.qu_first = self.relaxed = False

    def take(self, flow: Flow, query: Message, said: Utterance) -> None:
        """Enter one query."""
        qu = said.means.qu == len(said.means.asks)
        if not self.queries:
            self.qu_first = qu
        elif not said.means.qu:
            self.relaxed = True
        self.queries += 1
        if flow.source_port != self.port:
            self.port = flow.source_port
            self.ports += 1
        if query.id:
            if self.id and query.id - self.id == 1:
                self.id_steps += 1
            elif query.id != self.id:
                self.id_steps = 0
            self.id = query.id
        self.meta |= said.means.meta
        if said.means.types:
            self._types(said)

    def _types(self, said: Utterance) -> None:
        if len(said.means.types) > 1:
            self.packed = True
            self.packed_after |= self.meta
            return
        (only,) = said.means.types
        if only != self.single:
            self.single = only
            self.singles += 1
            self.singles_after += self.meta


class BurstShape:
    """What is remembered of one burst."""

    __slots__ = ("beats", "mdns", "other")

    def __init__(self) -> None:
        self.mdns: Lane | None = None
        self.other: Lane | None = None
        self.beats: dict[frozenset[tuple[str, int]], Beat] = {}

    def lane(self, port: int) -> Lane:
        """The lane of a source port."""
        if port == MDNS_PORT:
            if self.mdns is None:
                self.mdns = Lane()
            return self.mdns
        if self.other is None:
            self.other = Lane()
        return self.other

    def beat(self, said: Utterance, lane: Lane, at: float, intervals: Intervals) -> Beat:
        """Enter one query as a first asking or a repetition."""
        beats = self.beats
        beat = beats.get(said.means.distinct)
        if beat is not None:
            beat.again(at, intervals)
            beat.relaxed |= not said.means.qu
            return beat
        if len(beats) >= MAX_BEATS:
            del beats[next(iter(beats))]
        beat = beats[said.means.distinct] = Beat(at, lane, said.means.qu == len(said.means.asks))
        return beat


class Evidence(NamedTuple):
    """What of a burst speaks for one shape."""

    start: int = 0
    kept: int = 0
    """Intervals kept, from which of the shape's on."""
    off: bool = False
    """Something does not go with the shape: the intervals, or QU before from one who never does."""
    qu: bool = False
    ids: int = 0
    ports: bool = False
    then: bool = False
    each: bool = False
    browsed: bool = False


NOTHING = Evidence()
"""Of a query that stands alone."""


def evidence(shape: ToolShape, beat: Beat, burst: OpenBurst) -> Evidence:
    """What of a burst speaks for a shape that the query of ``beat`` fits."""
    lane = beat.lane
    start, kept, off = kept_gaps(shape.gaps, beat.gaps)
    return Evidence(
        start,
        kept,
        off or (beat.qu_first and shape.unicast_bit is False),
        shape.qu_first and ((beat.qu_first and beat.relaxed) or (lane.qu_first and lane.relaxed)),
        min(lane.id_steps, 2) if shape.counting_ids else 0,
        shape.new_ports
        and lane.queries >= FEW
        and lane.ports == lane.queries
        and len(burst.ports) >= FEW,
        _then(shape, lane),
        shape.one_each and lane.singles >= FEW and not lane.packed,
        shape.browsed and beat.browsed,
    )


def _then(shape: ToolShape, lane: Lane) -> bool:
    if shape.then == "packed":
        return lane.packed_after
    return shape.then == "single" and lane.singles_after >= FEW and not lane.packed_after


@lru_cache(maxsize=1_024)
def kept_gaps(stated: tuple[float, ...] | None, seen: tuple[float, ...]) -> tuple[int, int, bool]:
    """Where the intervals seen stand in those stated, how many do, and whether some do not.

    A burst may begin in the middle of a series, so any place will do. The longest run counts,
    and when it is not all of them (a series begun anew) only from two intervals on.
    """
    if not stated or not seen:
        return 0, 0, False
    for length in range(len(seen), 0, -1):
        if length == 1 < len(seen):
            break
        runs = {seen[at : at + length] for at in range(len(seen) - length + 1)}
        for start in range(len(stated) - length + 1):
            if stated[start : start + length] in runs:
                return start, length, length < len(seen)
    return 0, 0, True


def confidence(shape: ToolShape, seen: Evidence) -> float:
    """0–1: each piece of evidence takes its share of the doubt that the others left."""
    doubt = 1.0 - shape.confidence
    for piece, weight in WEIGHTS.items():
        if _has(piece, seen):
            doubt *= 1.0 - weight
    sure = 1.0 - doubt
    return round(min(sure * OFF_BEAT if seen.off else sure, SUREST), 2)


def _has(piece: str, seen: Evidence) -> bool:
    return {
        "one gap": seen.kept == 1, "two gaps": seen.kept == 2, "three gaps": seen.kept > 2,
        "qu first": seen.qu,
        "id counts": seen.ids == 1, "id counts on": seen.ids > 1,
        "new ports": seen.ports, "then": seen.then, "one each": seen.each,
        "browsed": seen.browsed,
    }[piece]  # fmt: skip
