"""Captures that share a source MAC were taken on one network: union-find over both."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


class UnionFind:
    """Sets of things that belong together."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, item: Hashable) -> Hashable:
        """The one that stands for the item's set."""
        root = item
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while item != root:  # Shorten the way for the next.
            self._parent[item], item = root, self._parent[item]
        return root

    def union(self, one: Hashable, other: Hashable) -> None:
        """Put both into one set."""
        self._parent[self.find(one)] = self.find(other)


def networks(macs: Mapping[Name, Iterable[str]]) -> dict[Name, int]:
    """Capture → number of its network, given the source MACs of each.

    A capture without a MAC is a network of its own. Addresses that no card has (zeros, the
    loopback's; group addresses) join nothing.
    """
    sets = UnionFind()
    for name, seen in macs.items():
        sets.find(("capture", name))
        for mac in seen:
            if is_a_card(mac):
                sets.union(("capture", name), ("mac", mac))
    numbers: dict[Hashable, int] = {}
    return {name: numbers.setdefault(sets.find(("capture", name)), len(numbers)) for name in macs}


def is_a_card(mac: str) -> bool:
    """Whether one network card alone can have this MAC."""
    return mac != "00:00:00:00:00:00" and not int(mac[:2], 16) & 1
