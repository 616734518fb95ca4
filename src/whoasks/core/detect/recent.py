"""Counting what a host did of late, in its own marks: as many times as a threshold needs."""

from __future__ import annotations

from whoasks.core.identity import HostState


def recent(  # noqa: PLR0917
    host: HostState, mark: str, at: float, length: float, enough: int, more: int = 1
) -> int:
    """Enter ``more`` events at ``at``; how many there were in the last ``length`` seconds.

    Remembers twice ``enough`` of them at most, so that a count above that is a least number.
    """
    times: list[float] = host.marks.setdefault(mark, [])
    times.extend([at] * min(more, 2 * enough))
    if len(times) > 2 * enough:
        del times[: len(times) - 2 * enough]
    aged = 0
    while aged < len(times) and at - times[aged] > length:
        aged += 1
    if aged:
        del times[:aged]
    return len(times)
