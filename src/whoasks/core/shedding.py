"""Which packets are left out while more comes than can be followed, and whose they were.

Everything goes through as long as little waits. Each asker has a budget: one that floods uses up
its own, and nobody else's. Time is the packets'; nothing here looks at a clock.

With more waiting, in this order:

1. ``SOME`` and more: what an asker has said within the last second is left out, once half of its
   budget is used: it tells nothing new.
2. ``MANY``: what exceeds the asker's budget is left out. Hosts that are not known yet (they spoke
   for the first time, so a flood of made-up senders) share one budget.
3. ``CROWDED``: budgets shrink, but for the half that an asker has not touched yet.
4. ``RESERVED``: what is still free is for askers that were known before it all began, and have
   more than half of their budget.
5. ``FULL``: everything is left out, since memory has an end.

What would be left out by 2 or 4 of a host that is not known need not even be read whole: to make
out who sent it costs more than the rest (``turns_away``).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from whoasks.core.eviction import forget_one
from whoasks.core.packet import Datagram, Flow

SOME, MANY, CROWDED, RESERVED, FULL = 1_000, 2_000, 4_000, 12_000, 16_000
"""Units that wait; a unit is about 20 µs of work for real traffic, 100 for made-up senders."""
UNIT = 1_500
"""Bytes: a longer packet is as many units as it has of them."""

RATE = 100.0
"""Units a second of an asker's budget. Of 850 hosts in 140 recordings the busiest benign one sent
24 packets in a second and 64 in ten; the busiest scanner, but for a flood, 66 and 256."""
DEPTH = 400.0
"""Units of a budget that is untouched: a sweep over 200 types at once uses half of it."""
NEWCOMERS = 500.0
"""Units a second, and at once, for all hosts together that are not known yet."""
OVER = 10.0
"""Seconds without much waiting after which a time of need is over."""
STEP = 1_000.0
"""Units waiting over ``CROWDED`` that make a packet dearer by its own price."""

MAX_KNOWN = 16_384
"""Hosts with a budget of their own; as many as the pipeline knows well."""
MAX_ONCE = 8_192
"""Hosts that spoke once: a flood of made-up senders pushes out but those."""
IDLE = 60.0
"""Seconds since its last packet in which a known host is spared for one silent longer."""
MAX_SAID = 16_384
"""Payloads remembered of one second, of all askers; beyond, repeats are not noticed."""
AGAIN = 1.0
"""Seconds within which the same payload of an asker is a repeat (within two, at most)."""


def key_of(mac: str | None, source: str, interface: str) -> str:
    """Whose packet it is, as far as budgets go."""
    return mac or f"{source}%{interface}"


class Budget:
    """Of one asker, or of all newcomers."""

    __slots__ = ("at", "depth", "key", "rate", "shed", "since", "units")

    def __init__(self, key: str, rate: float = RATE, depth: float = DEPTH) -> None:
        self.key = key
        self.rate = rate
        self.depth = self.units = depth
        """What it may hold, and what is left."""
        self.at = 0.0
        self.since = float("inf")
        """When its asker became known."""
        self.shed = 0
        """Packets left out."""

    def refill(self, at: float) -> float:
        """What is left at that time. Time that goes back adds nothing, and one jump fills it."""
        passed = at - self.at
        self.at = at
        if passed > 0:
            self.units = min(self.depth, self.units + passed * self.rate)
        return self.units


class Shedding:
    """One stream of packets that wait for the pipeline."""

    def __init__(self) -> None:
        self._known: dict[str, Budget] = {}
        self._once: dict[str, None] = {}
        self._newcomers = Budget("", NEWCOMERS, NEWCOMERS)
        self._said: set[int] = set()
        self._said_since = 0.0
        self._latest = 0.0
        """Time of the last packet that was looked at."""
        self._began = self._pressed = float("-inf")
        """When much waited first, and last, of this time of need."""
        self.shed = 0
        """Packets left out, of everybody."""
        self.repeats = 0
        """Those of them that told nothing new."""
        self.forgotten = 0
        """Known hosts that had to make room."""

    def admit(self, batch: Sequence[Datagram], waiting: int) -> tuple[list[Datagram], int]:
        """What goes to the pipeline, in its order, and how many units that is.

        ``waiting``: units that wait there already.
        """
        passed = []
        began = waiting
        passes = self._passes
        for datagram in batch:
            units = passes(datagram.at, datagram.flow, datagram.payload, waiting)
            if units:
                waiting += units
                passed.append(datagram)
        if batch:
            self._latest = batch[-1].at
        return passed, waiting - began

    def turns_away(self, key: str, waiting: int) -> bool:
        """Whether a packet of that host (``key_of``) is left out unread, for want of anything that
        tells it from one of a flood of made-up senders. Counts it then."""
        if waiting < MANY or key in self._known or key in self._once:
            return False
        self._press(self._latest)
        if waiting < RESERVED and self._newcomers.refill(self._latest) >= 1:
            return False
        self._leave_out(self._newcomers, repeat=False)
        return True

    def most(self, count: int) -> list[tuple[str, int]]:
        """The known askers of whom most was left out: MAC or address, packets.

        May be asked in another thread than ``admit``.
        """
        # Copied in one step, since the table may change meanwhile.
        budgets = {id(each): each for each in tuple(self._known.values()) if each.shed}
        most = heapq.nlargest(count, budgets.values(), key=lambda each: each.shed)
        return [(each.key, each.shed) for each in most]

    @property
    def of_newcomers(self) -> int:
        """Packets left out of hosts that were not known."""
        return self._newcomers.shed

    def _passes(self, at: float, flow: Flow, payload: bytes, waiting: int) -> int:
        """The units of a packet that goes through, else 0."""
        key = key_of(flow.mac, flow.source, flow.interface)
        budget = self._known.get(key) or self._meet(key, flow, at)
        left = budget.refill(at)
        size = len(payload)
        units = 1 if size <= UNIT else -(-size // UNIT)
        price: float = units
        if waiting >= SOME:
            if waiting >= MANY:
                self._press(at)
            spare = left > budget.depth / 2
            mark = hash(payload) ^ hash(key)
            repeat = self._is_repeat(mark, at)
            if waiting > CROWDED and (repeat or not spare):
                price *= 1 + (waiting - CROWDED) / STEP
            if (
                (repeat and not spare)
                or (left < price and waiting >= MANY)
                or (waiting >= RESERVED and (not spare or budget.since >= self._began))
                or waiting + units > FULL
            ):
                return self._leave_out(budget, repeat=repeat)
            if len(self._said) < MAX_SAID:
                self._said.add(mark)
        budget.units = max(0.0, left - price)
        if budget is self._newcomers:
            self._remember(key)
        return units

    def _press(self, at: float) -> None:
        if at - self._pressed > OVER:
            self._began = at
        self._pressed = at

    def _leave_out(self, budget: Budget, *, repeat: bool) -> int:
        self.shed += 1
        self.repeats += repeat
        budget.shed += 1
        return 0

    def _is_repeat(self, mark: int, at: float) -> bool:
        if not 0 <= at - self._said_since < AGAIN:
            self._said.clear()
            self._said_since = at
        return mark in self._said

    def _meet(self, key: str, flow: Flow, at: float) -> Budget:
        """The budget of a host that has none under that key."""
        if flow.mac_source == "neighbour":
            # Its MAC has just become known; until now it was an address.
            budget = self._known.get(key_of(None, flow.source, flow.interface))
            if budget is not None:
                budget.key = key
                return self._keep(key, budget, at)
        if key in self._once:
            del self._once[key]
            budget = Budget(key)
            budget.since = at
            return self._keep(key, budget, at)
        return self._newcomers

    def _remember(self, key: str) -> None:
        """A newcomer's packet goes through: with its next one, it is known."""
        self._once[key] = None
        if len(self._once) > MAX_ONCE:
            del self._once[next(iter(self._once))]

    def _keep(self, key: str, budget: Budget, at: float) -> Budget:
        known = self._known
        if len(known) >= MAX_KNOWN:
            forget_one(known, lambda other: at - other.at > IDLE)
            self.forgotten += 1
        known[key] = budget
        return budget
