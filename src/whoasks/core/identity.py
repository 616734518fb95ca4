"""Who is this: flows to hosts. Decides once for each flow; every table is capped.

A host is its MAC (per VLAN), whatever interface, address family or address it uses; the MAC
is the frame's own or the neighbour table's. Without one it is its address. The interface is
not part of the key: one machine heard on two of our interfaces is one asker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from whoasks.core.eviction import forget_one
from whoasks.core.model import Flow, Host, Identity
from whoasks.core.settings import RoleEntry
from whoasks.core.sketch import Sketch

MAX_FLOWS = 4_096
"""Flows remembered in each of two generations; a busy segment has some thousands."""
MAX_HOSTS = 16_384
"""Hosts that spoke often (``OFTEN``). Floods of new sources pass through the tables below."""
MAX_YOUNG = 4_096
"""Hosts that spoke twice and more."""
MAX_NEW = 2_048
"""Hosts of one packet: a spoofer's names live here and push out each other, nobody else. A host
that was pushed out is known again (``sketch``), and is no newcomer then."""
OFTEN = 8
RECENT = 60.0
"""Seconds since its last packet in which a host is spared for one that is silent longer."""
MAX_ADDRESSES = 32


MAX_RECENT = 128
"""Payloads in which a newborn host's other family is looked for: ``BIRTH`` holds fewer."""
BIRTH = 0.02
"""Seconds: a dual-stack host sends the same over both families within a millisecond or so."""


_NEVER: tuple[float, None, None] = (float("-inf"), None, None)


class HostState:
    """What is kept of one host. Internal to the core; outputs see ``Host``."""

    __slots__ = (
        "addresses", "announced", "asked", "copies", "disputed", "drill", "drill_until", "first",
        "fresh_asks", "identity", "interface", "is_self", "key", "last", "mac", "marks",
        "open_rules", "packets", "shown", "spoken", "vlan",
    )  # fmt: skip

    def __init__(self, key: str, flow: Flow, identity: Identity) -> None:
        self.key = key
        self.identity = identity
        self.mac = flow.mac if identity != "address" else None
        self.vlan = flow.vlan
        self.interface = flow.interface
        self.addresses: dict[str, None] = {}
        self.shown: tuple[str, ...] | None = None
        """The addresses in numeric order, until there is another one."""
        self.is_self = False
        self.packets = 0
        self.first = self.last = 0.0
        self.asked: Any = None
        """The ``AskerState``, once it has asked."""
        self.announced = False
        """It has sent an answer."""
        self.disputed = 0
        """Disputes about its names that wait for a sign of life (``ownership``)."""
        self.fresh_asks = self.copies = 0
        self.drill: str | None = None
        self.drill_until = float("-inf")
        self.marks: dict[str, Any] = {}
        """What rules remember of it, by rule; each rule bounds its own."""
        self.open_rules: dict[str, Any] = {}
        """Its open findings by rule, kept by the engine."""
        self.spoken: dict[str, bool] = {}
        """Host names it announced → at an address of its own (``reflection``)."""


class Identities:
    """The hosts heard of, and the roles they were given."""

    def __init__(
        self,
        roles: tuple[RoleEntry, ...],
        own_addresses: frozenset[str],
        vendor: Callable[[str], str | None] | None,
        is_routed: Callable[[Flow], bool] = lambda flow: False,
    ) -> None:
        """``is_routed`` tells whether a packet has come through a router."""
        self._is_routed = is_routed
        self._roles = roles
        self._own = own_addresses
        self._own_macs: frozenset[str] = frozenset()
        self._vendor = vendor
        self._flows: dict[Flow, HostState] = {}
        self._recent: dict[bytes, tuple[float, Flow, HostState]] = {}
        self._older_flows: dict[Flow, HostState] = {}
        self._hosts: dict[str, HostState] = {}
        self._middle: dict[str, HostState] = {}
        self._new: dict[str, HostState] = {}
        self._pushed_out = Sketch()
        self.dropped: Counter[str] = Counter()

    def of(self, flow: Flow) -> HostState:
        """The host a flow comes from."""
        state = self._flows.get(flow)
        if state is None:
            state = self._older_flows.get(flow) or self._resolve(flow)
            if len(self._flows) >= MAX_FLOWS:
                self._older_flows, self._flows = self._flows, {}
            self._flows[flow] = state
        return state

    def set_roles(self, roles: tuple[RoleEntry, ...]) -> None:
        """The roles that are given from now on."""
        self._roles = roles

    def set_own(self, addresses: frozenset[str], macs: frozenset[str] = frozenset()) -> None:
        """This machine's addresses and MACs, when they changed."""
        self._own, self._own_macs = addresses, macs
        for state in self:
            state.is_self = not addresses.isdisjoint(state.addresses) and self._may_be_us(state)

    def _resolve(self, flow: Flow) -> HostState:
        key, identity = _key(flow, routed=self._is_routed(flow))
        state = self._hosts.get(key) or self._middle.get(key) or self._new.get(key)
        if state is None:
            state = HostState(key, flow, identity)
            if key in self._pushed_out:
                self._grow_up(state)
            else:
                self._new[key] = state
                if len(self._new) > MAX_NEW:
                    oldest = next(iter(self._new))
                    # Its flows may still know it; what it asked goes at once.
                    self._new.pop(oldest).asked = None
                    self._pushed_out.add(oldest)
                    self.dropped["hosts of one packet"] += 1
        self._note_address(state, flow.source)
        return state

    def heard(self, host: HostState, flow: Flow, payload: bytes, at: float) -> None:
        """What a host without a frame's MAC said last, for its other family to be known by."""
        self._recent.pop(payload, None)
        self._recent[payload] = (at, flow, host)
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]

    def born(self, host: HostState, flow: Flow, payload: bytes, at: float) -> HostState:
        """A host's first packet: the one it is, if its other family just said the same."""
        before, other, twin = self._recent.get(payload, _NEVER)
        if (
            other is not None
            and twin is not None
            and at - before <= BIRTH
            and other.interface == flow.interface
            and (":" in other.source) != (":" in flow.source)
            and (twin.mac is None or host.mac is None)
        ):
            return self._join(flow, twin)
        return host

    def _join(self, flow: Flow, twin: HostState) -> HostState:
        newborn = self._flows.pop(flow)
        self._flows[flow] = twin
        self._new.pop(newborn.key, None)
        self._middle[newborn.key] = twin
        self._note_address(twin, flow.source)
        twin.packets += 1
        if twin.mac is None and newborn.mac is not None:
            twin.mac, twin.identity = newborn.mac, newborn.identity
        return twin

    def settle(self, state: HostState) -> None:
        """A host spoke again: keep it where newcomers do not push it out."""
        key = state.key
        if self._new.pop(key, None) is not None or (
            # Pushed out between its packets: its flow is still known.
            state.packets == 2 and key not in self._middle and key not in self._hosts
        ):
            self._grow_up(state)
        elif state.packets >= OFTEN and self._middle.pop(state.key, None) is not None:
            self._hosts[state.key] = state
            self._make_room(self._hosts, MAX_HOSTS, "hosts", state.last)

    def _grow_up(self, state: HostState) -> None:
        self._middle[state.key] = state
        self._make_room(self._middle, MAX_YOUNG, "hosts of a few packets", state.last)

    def _make_room(self, table: dict[str, HostState], most: int, what: str, at: float) -> None:
        """Drop one host when there are too many: one of the first few that is silent."""
        if len(table) <= most:
            return
        forget_one(table, lambda state: at - state.last > RECENT)
        self.dropped[what] += 1

    def _note_address(self, state: HostState, address: str) -> None:
        if address in state.addresses:
            return
        if len(state.addresses) < MAX_ADDRESSES:
            state.addresses[address] = None
            state.shown = None
        else:
            self.dropped["addresses of a host"] += 1
        if address in self._own and self._may_be_us(state):
            state.is_self = True

    def _may_be_us(self, state: HostState) -> bool:
        """Whether the sender of one of our addresses is not a spoofer, as far as MACs tell."""
        return state.mac is None or not self._own_macs or state.mac in self._own_macs

    def __iter__(self) -> Iterator[HostState]:
        seen: set[int] = set()
        for state in (*self._hosts.values(), *self._middle.values(), *self._new.values()):
            # A host of two families stands under both keys.
            if id(state) not in seen:
                seen.add(id(state))
                yield state

    def role(self, state: HostState, hostname: str | None, at: float) -> RoleEntry | None:
        """The first configured role that holds for the host at that time."""
        for entry in self._roles:
            if (entry.until is None or at < entry.until) and _matches(entry, state, hostname):
                return entry
        return None

    def snapshot(self, state: HostState, hostname: str | None, at: float) -> Host:
        """The host as outputs show it."""
        entry = self.role(state, hostname, at)
        shown = state.shown
        if shown is None:
            shown = state.shown = tuple(sorted(state.addresses, key=_address_order))
        vendor = self._vendor(state.mac) if self._vendor and state.mac else None
        return Host(
            state.identity,
            state.mac,
            shown,
            hostname,
            vendor,
            entry.role if entry else "self" if state.is_self else None,
        )


def _key(flow: Flow, *, routed: bool = False) -> tuple[str, Identity]:
    """``routed``: the MAC is a router's, and says nothing of the sender."""
    vlan = f"@{flow.vlan}" if flow.vlan is not None else ""
    if flow.mac is not None and not routed:
        return flow.mac + vlan, "neighbour" if flow.mac_source == "neighbour" else "mac"
    # A link-local address names a host on one link only (RFC 4007 §6).
    scope = f"%{flow.interface}" if flow.source.startswith("fe80:") else ""
    return flow.source + scope + vlan, "address"


def _matches(entry: RoleEntry, state: HostState, hostname: str | None) -> bool:
    if entry.mac is not None:
        return state.mac == entry.mac
    if entry.hostname is not None:
        return hostname is not None and hostname.lower() == entry.hostname
    network = entry.network
    return network is not None and any(ip_address(a) in network for a in state.addresses)


def _address_order(address: str) -> tuple[int, int]:
    parsed = ip_address(address)
    return parsed.version, int(parsed)
