"""When an action was found: the shortest beginning of its capture in which it already is.

A finding carries the first moment of all that was folded into it, which may be a weaker rule's;
so the command is asked again, with less and less of the capture.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from bench.detection import scoring
from bench.detection.alarms import Alarm
from bench.detection.observed import Moment, Observed

from whoasks.core.model import Datagram

Ask = Callable[[Sequence[Datagram]], Sequence[Alarm]]
"""What is said of a capture that holds these packets."""


def moment(
    observed: Observed, datagrams: Sequence[Datagram], alarms: Sequence[Alarm], ask: Ask
) -> Moment | None:
    """The moment, given the alarms of the whole; None when nothing that counts was said.

    Asks once where the first alarm is the detection, else about log2 of the packets.
    """
    found = scoring.counting(observed, alarms)
    if not found:
        return None
    # Captures go back in time; the command does not.
    times = list(accumulate((datagram.at for datagram in datagrams), max))
    begin = bisect_right(times, found[0].first + scoring.A_TICK)
    said: dict[int, list[Alarm]] = {len(datagrams): found}

    def is_found(length: int) -> bool:
        if length not in said:
            said[length] = scoring.counting(observed, ask(datagrams[:length]))
        return bool(said[length])

    length = min(max(begin, 1), len(datagrams))
    if not is_found(length):
        lengths = range(length + 1, len(datagrams))
        length += 1 + bisect_left(lengths, True, key=is_found)
    return Moment(times[length - 1], said[length][0].rule)
