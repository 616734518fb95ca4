"""Flows of a capture file, interned: the same sender, destination and TTL are one ``Flow``.

A frame is looked up by raw bytes of its headers; addresses become text only when a flow is
new. Nothing is decided here about who the sender is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address
from socket import inet_ntoa

from whoasks.core.model import Flow
from whoasks.core.shedding import key_of

FLOW_CAP = 16_384
"""Flows remembered for one file, both generations together. A spoofing sender makes a new flow
with every packet, 600 bytes each; four thousand real hosts speaking IPv4 and IPv6 do not fill
this, and a flow that was forgotten is only made again."""

CACHE_CAP = 1_024
"""Interfaces that have a cache of their own; a pcapng file can name any number."""

FORGOTTEN = "flows forgotten"
FLOWS = "flows"

FlowKey = tuple[bytes, int | None, bytes] | tuple[bytes, int | None, bytes, int]
"""(source MAC or nothing, TTL, source address + destination address + both ports), and the
VLAN for a tagged frame. The bytes are as they stood in the frame; a log knows no TTL."""

_NO_MAC = (b"", bytes(6))  # the loopback interface fills the field with zeros


class FlowCache:
    """The flows of one interface, in two generations; ``young`` may be read directly."""

    __slots__ = ("_table", "interface", "old", "young")

    def __init__(self, table: FlowTable, interface: str) -> None:
        self._table = table
        self.interface = interface
        self.young: dict[FlowKey, Flow] = {}
        self.old: dict[FlowKey, Flow] = {}

    def find(self, key: FlowKey) -> Flow:
        """The flow of that key: remembered, or made from the key."""
        flow = self.young.get(key)
        if flow is not None:
            return flow
        flow = self.old.get(key)
        if flow is None:
            flow = _flow(self.interface, key)
            self._table.counts[FLOWS] += 1
        self.young[key] = flow
        self._table.grown(self)
        return flow

    def wanted(self, key: FlowKey) -> Flow | None:
        """As ``find``, but None for a packet that is turned away."""
        turns_away = self._table.turns_away
        if turns_away is not None and key not in self.young and key not in self.old:
            mac, _, block = key[:3]
            name = mac.hex(":") if mac not in _NO_MAC else None
            if turns_away(key_of(name, "" if name else _source(block), self.interface)):
                return None
        return self.find(key)

    def inside(self, outer: str) -> FlowCache:
        """The cache of the network inside a carrier's VLANs, given as ``.100``."""
        return self._table.cache(self.interface + outer)


class FlowTable:
    """All caches of one file under one cap. ``counts`` learns what was made and forgotten."""

    def __init__(self, counts: Counter[str], cap: int = FLOW_CAP) -> None:
        self.counts = counts
        self.turns_away: Callable[[str], bool] | None = None
        """Whether a packet of a host (``shedding.key_of``) need not be looked at."""
        self._generation = cap // 2
        self._young = 0
        self._caches: dict[str, FlowCache] = {}
        self._filled: dict[FlowCache, None] = {}

    def cache(self, interface: str) -> FlowCache:
        """The cache of that interface."""
        cache = self._caches.get(interface)
        if cache is None:
            if len(self._caches) >= CACHE_CAP:
                self._forget_all()
            cache = self._caches[interface] = FlowCache(self, interface)
        return cache

    def grown(self, cache: FlowCache) -> None:
        """A cache took a flow; turn the generations over when they are full."""
        self._young += 1
        self._filled[cache] = None
        if self._young < self._generation:
            return
        self._young = 0
        for each in self._filled:
            self.counts[FORGOTTEN] += sum(key not in each.young for key in each.old)
            each.old, each.young = each.young, {}
        self._filled = {each: None for each in self._filled if each.old}

    def _forget_all(self) -> None:
        """A cache that was forgotten may still be in use: it is counted when it fills again."""
        for cache in self._filled:
            self.counts[FORGOTTEN] += len(cache.old.keys() | cache.young.keys())
            cache.old, cache.young = {}, {}
        self._caches.clear()
        self._filled.clear()
        self._young = 0


def _flow(interface: str, key: FlowKey) -> Flow:
    mac, ttl, block = key[:3]
    ports = len(block) - 4
    has_mac = mac not in _NO_MAC
    return Flow(
        interface=interface,
        source=_source(block),
        source_port=int.from_bytes(block[ports : ports + 2], "big"),
        destination=_destination(block[ports // 2 : ports]),
        destination_port=int.from_bytes(block[ports + 2 :], "big"),
        mac=mac.hex(":") if has_mac else None,
        mac_source="frame" if has_mac else None,
        vlan=key[3] if len(key) == 4 else None,
        ttl=ttl,
    )


def _source(block: bytes) -> str:
    return _text(block[: (len(block) - 4) // 2])


def _text(address: bytes) -> str:
    # In a flood of made-up senders this is most of what reading costs.
    return inet_ntoa(address) if len(address) == 4 else str(IPv6Address(address))


_destination = lru_cache(1_024)(_text)
"""The groups, nearly always."""
