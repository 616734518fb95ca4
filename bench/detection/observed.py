"""What came of one capture: the runs over it, and what its packets add to the ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.detection.alarms import Alarm
from bench.detection.truth import Actor, Labelled

from whoasks.core.model import Datagram

PLAIN, LOSS, NO_MACS = "as recorded", "packets lost", "without MACs"
"""The variants."""
LOST = 0.3
"""Share of the packets lost in the variant LOSS."""


class Run(NamedTuple):
    """One variant of a capture, as the command and as the naive rule saw it."""

    variant: str
    seed: int | None
    alarms: tuple[Alarm, ...]
    naive: tuple[Alarm, ...]
    without_role: tuple[Alarm, ...] | None = None
    """Of a hub: what is said while nobody has given it the role."""
    failure: str | None = None


class Moment(NamedTuple):
    """When an action was first found in the capture as recorded, and which rule led then."""

    at: float
    rule: str


@dataclass
class Observed:
    """What came of one capture. ``actor`` knows the addresses that it used in it, too."""

    labelled: Labelled
    macs: frozenset[str] = frozenset()
    actor: Actor | None = None
    actor_times: tuple[float, ...] = ()
    """When the actor sent mDNS packets, in order; epoch seconds."""
    runs: list[Run] = field(default_factory=list)
    moment: Moment | None = None
    asked: int = 0
    """How often the command was run to find the moment."""


def described(labelled: Labelled, datagrams: Sequence[Datagram]) -> Observed:
    """What the packets add to the ground truth: MACs, the actor's other addresses and times."""
    flows = {datagram.flow for datagram in datagrams}
    macs = frozenset(flow.mac for flow in flows if flow.mac)
    actor = labelled.actor
    if actor is None:
        return Observed(labelled, macs)
    ours = {f for f in flows if f.mac in actor.macs or f.source in actor.addresses}
    seen = frozenset(flow.source for flow in ours if flow.mac in actor.macs)
    whole = Actor(actor.macs, actor.addresses, seen)
    times = tuple(sorted(d.at for d in datagrams if d.flow in ours))
    return Observed(labelled, macs, whole, times)
