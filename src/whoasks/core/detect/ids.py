"""Ids of findings: the same packets give the same one, whether a socket heard them or a capture.

So an id is made of what both see: the sender's address, not the MAC, and the minute, not the
microsecond. Hosts of one address in one minute are told apart by their order.
"""

from __future__ import annotations

from collections import Counter

from whoasks.core.bursts import stable_id


class Ids:
    """Gives ids; remembers those of the current minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._given: Counter[tuple[str, str, int | str, int]] = Counter()
        """At most as many as findings can be opened in a minute."""

    def new(self, rule: str, address: str, vlan: int | None, at: float) -> str:
        """The id of a finding that this rule opens now."""
        parts = (rule, address, vlan if vlan is not None else "", int(at // 60))
        if parts[3] != self._minute:
            self._minute = parts[3]
            self._given.clear()
        self._given[parts] += 1
        return stable_id("finding", *parts, self._given[parts])
