"""What a run came to: values made of the state at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from whoasks.core.askers import AskerState
from whoasks.core.identity import HostState
from whoasks.core.model import Asker, Host

SHOWN_TYPES = 256


def asker_of(host: Host, vlan: int | None, asked: AskerState) -> Asker:
    """One host that asked, over everything seen of it."""
    types = tuple(sorted(asked.types))
    return Asker(
        host=host,
        interface=asked.interface,
        vlan=vlan,
        first_seen=asked.first,
        last_seen=asked.last,
        packets=asked.packets,
        questions=asked.questions,
        types=types[:SHOWN_TYPES],
        types_dropped=max(0, len(types) - SHOWN_TYPES) + asked.dropped,
        bursts=asked.bursts,
        findings=asked.findings,
    )


def dropped_of_askers(hosts: Iterable[HostState]) -> Counter[str]:
    """What the caps of single askers left out; a dropped asker takes its own along."""
    left: Counter[str] = Counter()
    for host in hosts:
        asked: AskerState | None = host.asked
        if asked is not None:
            left["types of an asker"] += asked.dropped
            left["packets of a window"] += sum(w.dropped for w in asked.windows.values())
    return left
