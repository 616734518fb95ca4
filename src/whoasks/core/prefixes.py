"""Which addresses belong to this link: what a source says of its interfaces, else what is seen.

RFC 6762 §11 asks receivers to take mDNS from the link only, by comparing the source with the
interface's prefixes. A capture names no prefixes: there only what cannot be from the link is
called off-link, and what is not known stays on it.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from whoasks.core.packet import Flow, is_group

Network = IPv4Network | IPv6Network

MAX_LINKS = 256
"""Interfaces and VLANs that are told apart."""
MAX_SEEN = 64
"""Prefixes seen on a link: a home has two, a campus a few."""
MAX_LOOKED = 4_096
"""Flows of which it is remembered that they were looked at; to look again does no harm."""
_INITIAL = (1, 2, 32, 60, 64, 100, 128, 200, 255)
"""TTLs that hosts start with; any other one has been through a router."""
ENOUGH = 3
"""Hosts that must have been seen before a stranger's address says anything."""


class Prefixes:
    """What is on the link, by interface and VLAN."""

    __slots__ = ("_given", "_looked", "_seen")

    def __init__(self) -> None:
        self._given: dict[str, tuple[Network, ...]] = {}
        self._seen: dict[tuple[str, int | None], dict[Network, set[str]]] = {}
        self._looked: set[Flow] = set()

    def give(self, interface: str, networks: tuple[Network, ...]) -> None:
        """A live source knows its interface's prefixes."""
        self._given[interface] = networks

    def see(self, flow: Flow) -> None:
        """What is sent to the group does not cross a router, so that its sender is on the link."""
        if flow in self._looked:
            return
        if len(self._looked) >= MAX_LOOKED:
            self._looked.clear()
        self._looked.add(flow)
        if not is_group(flow.destination):
            return
        if flow.ttl is not None and _was_routed(flow.ttl):
            return
        link = (flow.interface, flow.vlan)
        seen = self._seen.get(link)
        if seen is None:
            if len(self._seen) >= MAX_LINKS:
                return
            seen = self._seen[link] = {}
        network = _network_of(flow.source)
        if network is None or (network not in seen and len(seen) >= MAX_SEEN):
            return
        hosts = seen.setdefault(network, set())
        if len(hosts) < ENOUGH:
            hosts.add(flow.source)

    def is_routed(self, flow: Flow) -> bool:
        """Whether a packet's MAC is a router's: it is unicast, and its sender off the link."""
        if flow.destination.startswith(("224.", "ff")) or flow.mac is None:
            return False
        return self.off_link(flow) is not None

    def off_link(self, flow: Flow) -> str | None:  # noqa: PLR0911 - a ladder
        """Why the sender is not on the link, or None when it is or may be."""
        address = _parsed(flow.source)
        if address is None or address.is_link_local or address.is_unspecified:
            return None
        given = self._given.get(flow.interface)
        if given is not None:
            return None if any(address in network for network in given) else "outside the prefixes"
        seen = self._seen.get((flow.interface, flow.vlan), {})
        own = _network_of(flow.source)
        if own in seen:
            return None
        same = [network for network in seen if network.version == address.version]
        if not same:
            return None
        if flow.ttl is not None and _was_routed(flow.ttl):
            return f"it came through a router, TTL {flow.ttl}"
        if sum(len(seen[network]) for network in same) < ENOUGH:
            return None
        if all(_is_far(address, network) for network in same):
            return "nobody here has an address near its own"
        return None


def _was_routed(ttl: int) -> bool:
    return ttl not in _INITIAL


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:  # no source makes one, but a flow is anybody's to build
        return None


@lru_cache(maxsize=4_096)
def _network_of(address: str) -> Network | None:
    parsed = _parsed(address)
    if parsed is None or parsed.is_link_local or parsed.is_unspecified:
        return None
    if parsed.version == 4:
        return IPv4Network((int(parsed) & ~0xFF, 24))
    return IPv6Network((int(parsed) >> 64 << 64, 64))


def _is_far(address: IPv4Address | IPv6Address, network: Network) -> bool:
    """Whether no common prefix length holds both: not one /16 (IPv6: /48)."""
    shift = 16 if address.version == 4 else 80
    return int(address) >> shift != int(network.network_address) >> shift
