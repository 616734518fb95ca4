"""Link layers: from a captured frame to the flow and payload of an mDNS datagram.

One reader for each link type; every reader answers None for what is not ours. Ethernet has
a short way for the plain frame (no tag, no options, lengths that agree) because a busy
capture is mostly that; everything else takes the thorough way through ``ip``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from struct import Struct
from typing import cast

from whoasks.core.model import MDNS_PORT
from whoasks.sources.encapsulation import IPV4, IPV6, network, ppp
from whoasks.sources.flow_table import FlowCache, FlowTable
from whoasks.sources.fragments import Fragments
from whoasks.sources.ip import TOO_SHORT, UDP, Found, Frame, IpReader, Ready
from whoasks.sources.wifi import Wifi

Reader = Callable[[bytes, int, int, int], Ready | None]
"""(buffer, start, end, length on the wire): the frame is ``buffer[start:end]``."""

Holder = Callable[[bytes, int, int, int], Found]
"""A reader that may answer with what needs the frame's time: fragments, aggregated frames."""

UNSUPPORTED = "unsupported link type"

NESTED_CAP = 64
"""Readers kept for frames that bring their link type along (PPI, PKTAP)."""

_TYPE = Struct(">H")
# The plain frame. Ethertype, version and IHL, length, fragment, protocol, both ports, UDP length.
_PLAIN4 = Struct(">12xHBxH2xHxB10xIH").unpack_from
_PLAIN6 = Struct(">14xB3xHB33xIH").unpack_from  # version, length, next header, ports, UDP length
# The same frame as a FlowKey: source MAC, TTL, addresses and ports.
_KEY4 = Struct(">6x6s10xB3x12s").unpack_from
_KEY6 = Struct(">6x6s9xB36s").unpack_from


class Links:
    """The readers of one capture, made when first asked for; bounded by FlowTable's own cap."""

    def __init__(self, counts: Counter[str], flows: FlowTable) -> None:
        self._counts = counts
        self._flows = flows
        self.fragments = Fragments(counts)
        self.unsupported: set[int] = set()
        """Link types met that nothing here reads."""
        self._nested: dict[tuple[int, str], Holder] = {}

    def reader(self, link_type: int, interface: str) -> Reader:
        """The reader for frames of that link type, captured on that interface. Fragments are
        counted, and nothing is put together."""
        return cast(Reader, self._made(link_type, interface, None))

    def holder(self, link_type: int, interface: str) -> Holder:
        """The same, with fragments put together."""
        return self._made(link_type, interface, self.fragments)

    def _made(self, link_type: int, interface: str, fragments: Fragments | None) -> Holder:
        flows = self._flows.cache(interface)
        ip = IpReader(flows, self._counts, fragments)
        if link_type == 1:
            return Ethernet(flows, ip).read
        if link_type in _WIRELESS:
            return _WIRELESS[link_type](Wifi(ip, self._counts))
        if link_type in _MAKERS:
            return _MAKERS[link_type](ip)
        if link_type in _CONTAINERS:
            return _CONTAINERS[link_type](self, interface, ip)
        if len(self.unsupported) < 16:  # for one sentence
            self.unsupported.add(link_type)
        return self._skip

    def flows(self, interface: str) -> FlowCache:
        """The flows of that interface."""
        return self._flows.cache(interface)

    def nested(self, link_type: int, interface: str, fragments: Fragments | None) -> Holder:
        """The reader for a frame inside another one, which names its link type."""
        key = (link_type, interface)
        found = self._nested.get(key)
        if found is None:
            if len(self._nested) >= NESTED_CAP:
                self._nested.clear()
            known = link_type not in _CONTAINERS
            found = self._made(link_type, interface, fragments) if known else self._skip
            self._nested[key] = found
        return found

    def _skip(self, _buffer: bytes, _start: int, _end: int, _wire: int) -> Found:
        self._counts[UNSUPPORTED] += 1
        return None


class Ethernet:
    """Link type 1."""

    __slots__ = ("_flows", "_ip")

    def __init__(self, flows: FlowCache, ip: IpReader) -> None:
        self._flows = flows
        self._ip = ip

    def read(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        """A Holder. Ports come before everything that costs more than they do."""
        if end - start < 42:  # Ethernet, IPv4 and UDP headers
            return self._thorough(buffer, start, end, wire)
        kind, version, length, fragment, protocol, ports, udp = _PLAIN4(buffer, start)
        if kind == IPV4:
            if protocol != UDP:
                return None
            if version == 0x45 and not fragment & 0x3FFF:
                if ports & 0xFFFF != MDNS_PORT and ports >> 16 != MDNS_PORT:
                    return None
                if 8 <= udp <= length - 20 and start + 14 + length <= end:
                    key = _KEY4(buffer, start)
                    flow = self._flows.young.get(key) or self._flows.wanted(key)
                    return (
                        (flow, buffer[start + 42 : start + 34 + udp]) if flow is not None else None
                    )
        elif kind == IPV6 and end - start >= 62:
            return self._plain6(buffer, start, end, wire)
        return self._thorough(buffer, start, end, wire)

    def _plain6(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        version, length, following, ports, udp = _PLAIN6(buffer, start)
        if following == UDP and version >> 4 == 6:
            if ports & 0xFFFF != MDNS_PORT and ports >> 16 != MDNS_PORT:
                return None
            if 8 <= udp <= length and start + 54 + length <= end:
                key = _KEY6(buffer, start)
                flow = self._flows.young.get(key) or self._flows.wanted(key)
                return (flow, buffer[start + 62 : start + 54 + udp]) if flow is not None else None
        return self._thorough(buffer, start, end, wire)

    def _thorough(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        if end - start < 14:
            return self._ip.unusable(TOO_SHORT)
        (kind,) = _TYPE.unpack_from(buffer, start + 12)
        frame = Frame(buffer, end, wire > end - start, buffer[start + 6 : start + 12])
        return network(self._ip, frame, kind, start + 14)


def _bare(ip: IpReader) -> Holder:
    """IP alone; the version nibble says which."""

    def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
        return ip.read(Frame(buffer, end, wire > end - start), start)

    return read


def _loopback(ip: IpReader) -> Holder:
    """BSD loopback: an address family of four bytes, in whichever order the machine has."""

    def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
        if end - start < 4:
            return ip.unusable(TOO_SHORT)
        if buffer[start : start + 4] not in _FAMILIES:
            return None
        return ip.read(Frame(buffer, end, wire > end - start), start + 4)

    return read


_FAMILIES = frozenset(
    family.to_bytes(4, order) for family in (2, 10, 24, 28, 30) for order in ("little", "big")
)
"""AF_INET, and AF_INET6 as Linux, NetBSD and OpenBSD, FreeBSD, and macOS number it."""


def _ppp(skip: int) -> Callable[[IpReader], Holder]:
    """PPP after ``skip`` bytes."""

    def make(ip: IpReader) -> Holder:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            return ppp(ip, Frame(buffer, end, wire > end - start), start + skip)

        return read

    return make


def _cooked(size: int, kind_at: int, length_at: int, address_at: int) -> Callable[..., Holder]:
    """Linux cooked: an Ethertype and the sender's link address at fixed places.

    The address is a MAC only when its length says six (``length_at`` is its low byte).
    """

    def make(ip: IpReader) -> Holder:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            if end - start < size:
                return ip.unusable(TOO_SHORT)
            (kind,) = _TYPE.unpack_from(buffer, start + kind_at)
            address = start + address_at
            mac = buffer[address : address + 6] if buffer[start + length_at] == 6 else b""
            return network(ip, Frame(buffer, end, wire > end - start, mac), kind, start + size)

        return read

    return make


def _behind(size: int, order: str, at: int) -> Callable[[Wifi], Holder]:
    """802.11 behind a header that says its own length at ``at``; ``size``: its least one."""
    length_of = Struct(order + "I").unpack_from

    def make(wifi: Wifi) -> Holder:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            if end - start < size:
                return None
            (length,) = length_of(buffer, start + at)
            return wifi.frame(buffer, start + length, end, wire > end - start)

        return read

    return make


def _contained(
    layout: str, at: int, name: tuple[int, int] | None
) -> Callable[[Links, str, IpReader], Holder]:
    """A frame behind a header with its length and the frame's link type at ``at``; ``name``:
    where the header names the interface, and in how many bytes."""
    fields = Struct(layout)

    def make(links: Links, interface: str, ip: IpReader) -> Holder:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            if end - start < at + fields.size:
                return ip.unusable(TOO_SHORT)
            length, link_type = fields.unpack_from(buffer, start + at)
            inside = start + length
            if inside > end:
                return ip.unusable(TOO_SHORT)
            where = interface
            if name is not None:
                raw = buffer[start + name[0] : start + name[0] + name[1]].partition(b"\0")[0]
                where = raw.decode("utf-8", "backslashreplace") or interface
            return links.nested(link_type & 0xFFFF, where, ip.fragments)(
                buffer, inside, end, wire - length
            )

        return read

    return make


_MAKERS: dict[int, Callable[[IpReader], Holder]] = {
    0: _loopback,
    9: _ppp(0),
    12: _bare,  # raw IP, as some systems number it
    14: _bare,
    50: _ppp(0),  # PPP in HDLC-like framing
    51: _ppp(6),  # PPPoE without Ethernet
    101: _bare,  # raw IP
    108: _loopback,  # OpenBSD's
    113: _cooked(16, kind_at=14, length_at=5, address_at=6),  # Linux cooked v1
    228: _bare,  # raw IPv4
    229: _bare,  # raw IPv6
    276: _cooked(20, kind_at=0, length_at=11, address_at=12),  # Linux cooked v2
}

_WIRELESS: dict[int, Callable[[Wifi], Holder]] = {
    105: lambda wifi: wifi.read,
    119: _behind(24, "<", 4),  # Prism
    127: lambda wifi: wifi.radiotap,
    163: _behind(8, ">", 4),  # AVS
}

_CONTAINERS: dict[int, Callable[[Links, str, IpReader], Holder]] = {
    192: _contained("<HI", 2, None),  # PPI
    258: _contained("<I4xI", 0, (12, 24)),  # Apple's PKTAP: what tcpdump -i any gives on a Mac
}
"""These bring the link type of each frame along; one inside another is not read."""
