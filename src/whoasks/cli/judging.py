"""What a rule would say of a stored burst: yes, no, or that a burst does not tell.

A burst holds counts and names but no packets. So each count has bounds for what a window of
the rule's length can have held: at least the burst's share that fits, at most all that the
host asked in bursts the window can touch. Between the bounds the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from whoasks.core import names
from whoasks.core.detect.base import DetectorSettings
from whoasks.core.knowledge import Knowledge
from whoasks.core.model import Burst

Answer = bool | None


class Seen:
    """One burst, with the host's bursts before it that a window may reach back to."""

    def __init__(self, burst: Burst, before: Sequence[Burst], knowledge: Knowledge) -> None:
        self.burst = burst
        self.before = before
        self.knowledge = knowledge

    def least(self, count: int, window: float) -> int:
        """Of so many things in the burst, at least these stood in one window: a burst that is
        longer falls into windows, and one of them holds its share."""
        windows = max(1, math.ceil((self.burst.ended - self.burst.started) / window))
        return math.ceil(count / windows)

    def most(self, name: str, window: float) -> int:
        """At most so many: those of every burst that the window can touch, none twice."""
        reach = (b for b in self.before if b.ended >= self.burst.started - window)
        return int(getattr(self.burst, name)) + sum(int(getattr(b, name)) for b in reach)

    def types(self) -> set[str]:
        """Service types asked for, as far as the names are listed."""
        parsed = (names.parse(name) for name in self.burst.names)
        return {kind for name in parsed if (kind := names.type_of(name)) is not None}

    def foreign(self) -> int:
        """Reverse names that are not the host's own, at least."""
        own = {
            f"{ip_address(address.partition('%')[0]).reverse_pointer}."
            for address in self.burst.host.addresses
        }
        listed = {names.normal(name) for name in self.burst.names}
        asked = own if self.burst.names_dropped else own & listed
        return self.burst.reverse_names - len(asked)


def _meta_query(seen: Seen, settings: Any) -> Answer:
    return seen.burst.meta_query


def _type_sweep(seen: Seen, settings: Any) -> Answer:
    burst, window = seen.burst, settings.window
    if (
        seen.least(burst.types, window) >= settings.types
        or seen.least(burst.new_type_packets, window) >= settings.new_type_packets
    ):
        return True
    reached = (
        seen.most("types", window) >= settings.types
        or seen.most("new_type_packets", window) >= settings.new_type_packets
    )
    return None if reached and burst.types else False


def _instance_sweep(seen: Seen, settings: Any) -> Answer:
    """Which packets added an instance, and at which machines they are, no burst tells."""
    most = seen.most("instances", settings.window)
    enough = most >= min(settings.instances, settings.targets)
    packets = seen.most("packets", settings.window)
    return None if enough and packets >= settings.packets and seen.burst.instances else False


def _reverse_sweep(seen: Seen, settings: Any) -> Answer:
    foreign = seen.foreign()
    if seen.least(foreign, settings.window) >= settings.names:
        return True
    most = seen.most("reverse_names", settings.window)
    return None if foreign and most >= min(settings.names, settings.at_once) else False


def _query_flood(seen: Seen, settings: Any) -> Answer:
    if seen.least(len(seen.burst.names), settings.window) >= settings.questions:
        return True
    most = seen.most("questions", settings.window)
    return None if most >= min(settings.questions, settings.storm) else False


def _remote_access_browse(seen: Seen, settings: Any) -> Answer:
    """Which of the common types came outside a bundle, no burst tells."""
    types = seen.types()
    if types & seen.knowledge.remote_rare:
        return True
    common = len(types & seen.knowledge.remote_common)
    return None if common >= settings.common or seen.burst.names_dropped else False


JUDGES: Mapping[str, Callable[[Seen, Any], Answer]] = {
    "meta-query": _meta_query,
    "type-sweep": _type_sweep,
    "instance-sweep": _instance_sweep,
    "reverse-sweep": _reverse_sweep,
    "query-flood": _query_flood,
    "remote-access-browse": _remote_access_browse,
}
"""The rules that a burst's counts and names can tell of."""


def judge(rule: str, seen: Seen, settings: DetectorSettings) -> Answer:
    """Whether the rule fires in that burst with these settings; None where a burst does not
    tell, and for every rule that is not in ``JUDGES``."""
    judged = JUDGES.get(rule)
    return None if judged is None else judged(seen, settings)


def direction(old: DetectorSettings, new: DetectorSettings) -> int:
    """1 where the new settings of a rule in ``JUDGES`` fire for less, -1 where they fire only
    for more, 0 where they are equal or pull both ways.

    A larger threshold asks for more, a longer window for less.
    """
    steps = set()
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            steps.add((after > before) == (name == "window"))
    return 0 if len(steps) != 1 else 1 if steps.pop() else -1
