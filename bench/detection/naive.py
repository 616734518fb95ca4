"""The rule that everybody thinks of first: many query packets in a short time by one source.

A yardstick, counted here and not by the project's rules: it knows neither probes nor questions
nor names, only packets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from bench.detection.alarms import Alarm

from whoasks.core.model import Datagram, Severity
from whoasks.core.wire import MalformedMessage, decode

PACKETS = 10
SECONDS = 10.0
RULE = "naive"


def alarms(datagrams: Iterable[Datagram]) -> list[Alarm]:
    """An alarm for each source and stretch with ``PACKETS`` query packets in ``SECONDS``.

    A source is a MAC, or an address where there is none. Time does not run backwards.
    """
    recent: dict[str, deque[float]] = {}
    found: dict[str, list[Alarm]] = {}
    is_query = Queries()
    now = float("-inf")
    for datagram in datagrams:
        now = max(now, datagram.at)
        if not is_query(datagram.payload):
            continue
        source = datagram.flow.mac or datagram.flow.source
        times = recent.setdefault(source, deque(maxlen=PACKETS))
        times.append(now)
        if len(times) == PACKETS and now - times[0] <= SECONDS:
            _ring(found.setdefault(source, []), datagram, now)
    return [alarm for each in found.values() for alarm in each]


class Queries:
    """Whether a payload is a query, asked once for each different one."""

    def __init__(self) -> None:
        self._known: dict[bytes, bool] = {}

    def __call__(self, payload: bytes) -> bool:
        known = self._known.get(payload)
        if known is None:
            try:
                known = not decode(payload).is_response
            except MalformedMessage:
                known = False
            self._known[payload] = known
        return known


def _ring(earlier: list[Alarm], datagram: Datagram, now: float) -> None:
    """Prolong the source's last alarm, or begin one."""
    flow = datagram.flow
    first, addresses = now, frozenset((flow.source,))
    if earlier and now - earlier[-1].last <= SECONDS:
        last = earlier.pop()
        first, addresses = last.first, addresses | last.addresses
    earlier.append(Alarm(RULE, (RULE,), Severity.MEDIUM, flow.mac, addresses, first, now))
