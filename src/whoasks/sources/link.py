"""Link layers: from a captured frame to the flow and payload of an mDNS datagram.

One reader for each link type; every reader answers None for what is not ours. Ethernet has
a short way for the plain frame (no tag, no options, lengths that agree) because a busy
capture is mostly that; everything else takes the thorough way through ``ip``.

VLAN: a frame with one 802.1Q tag belongs to that VLAN. With several (QinQ) the innermost
counts, because that is the network the hosts themselves are in; the outer ones belong to
the carrier between. Tag 0 marks a priority, not a VLAN (IEEE 802.1Q §9.6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from struct import Struct

from whoasks.core.model import MDNS_PORT
from whoasks.sources.flow_table import FlowCache, FlowTable
from whoasks.sources.ip import TOO_SHORT, UDP, Found, Frame, IpReader

Reader = Callable[[bytes, int, int, int], Found]
"""(buffer, start, end, length on the wire): the frame is ``buffer[start:end]``."""

UNSUPPORTED = "unsupported link type"

_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_TAG_CAP = 4
"""Tags in one frame; two are QinQ, more only come from loops and attackers."""

_TYPE = Struct(">H")
_TAG = Struct(">HH")
# The plain frame. Ethertype, version and IHL, length, fragment, protocol, both ports, UDP length.
_PLAIN4 = Struct(">12xHBxH2xHxB10xIH").unpack_from
_PLAIN6 = Struct(">14xB3xHB33xIH").unpack_from  # version, length, next header, ports, UDP length
# The same frame as a FlowKey: source MAC, TTL, addresses and ports.
_KEY4 = Struct(">6x6s10xB3x12s").unpack_from
_KEY6 = Struct(">6x6s9xB36s").unpack_from


class Links:
    """The readers of one file, made when first asked for; bounded by FlowTable's own cap."""

    def __init__(self, counts: Counter[str], flows: FlowTable) -> None:
        self._counts = counts
        self._flows = flows
        self.unsupported: set[int] = set()
        """Link types met that nothing here reads."""

    def reader(self, link_type: int, interface: str) -> Reader:
        """The reader for frames of that link type, captured on that interface."""
        flows = self._flows.cache(interface)
        ip = IpReader(flows, self._counts)
        if link_type == 1:
            return Ethernet(flows, ip).read
        if link_type in _MAKERS:
            return _MAKERS[link_type](ip)
        if len(self.unsupported) < 16:  # for one sentence
            self.unsupported.add(link_type)
        return self._skip

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
        """A Reader. Ports come before everything that costs more than they do."""
        if end - start < 42:  # Ethernet, IPv4 and UDP headers
            return self._thorough(buffer, start, end, wire)
        kind, version, length, fragment, protocol, ports, udp = _PLAIN4(buffer, start)
        if kind == _IPV4:
            if protocol != UDP:
                return None
            if version == 0x45 and not fragment & 0x3FFF:
                if ports & 0xFFFF != MDNS_PORT and ports >> 16 != MDNS_PORT:
                    return None
                if 8 <= udp <= length - 20 and start + 14 + length <= end:
                    key = _KEY4(buffer, start)
                    flow = self._flows.young.get(key) or self._flows.find(key)
                    return flow, buffer[start + 42 : start + 34 + udp]
        elif kind == _IPV6 and end - start >= 62:
            return self._plain6(buffer, start, end, wire)
        return self._thorough(buffer, start, end, wire)

    def _plain6(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        version, length, following, ports, udp = _PLAIN6(buffer, start)
        if following == UDP and version >> 4 == 6:
            if ports & 0xFFFF != MDNS_PORT and ports >> 16 != MDNS_PORT:
                return None
            if 8 <= udp <= length and start + 54 + length <= end:
                key = _KEY6(buffer, start)
                flow = self._flows.young.get(key) or self._flows.find(key)
                return flow, buffer[start + 62 : start + 54 + udp]
        return self._thorough(buffer, start, end, wire)

    def _thorough(self, buffer: bytes, start: int, end: int, wire: int) -> Found:
        if end - start < 14:
            return self._ip.unusable(TOO_SHORT)
        (kind,) = _TYPE.unpack_from(buffer, start + 12)
        frame = Frame(buffer, end, wire > end - start, buffer[start + 6 : start + 12])
        return _network(self._ip, frame, kind, start + 14)


def _network(ip: IpReader, frame: Frame, kind: int, at: int) -> Found:
    """What an Ethertype announces: IP, or tags before it."""
    vlan = None
    for _ in range(_TAG_CAP + 1):
        if kind in (_IPV4, _IPV6):
            if vlan is not None:
                frame = Frame(frame.buffer, frame.end, frame.cut, frame.mac, vlan)
            return ip.read(frame, at)
        if kind not in _TAGS:
            return None
        if frame.end - at < 4:
            return ip.unusable(TOO_SHORT)
        tag, kind = _TAG.unpack_from(frame.buffer, at)
        vlan = tag & 0x0FFF or vlan
        at += 4
    return None


def _bare(skip: int) -> Callable[[IpReader], Reader]:
    """IP after ``skip`` bytes of no interest; the version nibble says which IP."""

    def make(ip: IpReader) -> Reader:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            return ip.read(Frame(buffer, end, wire > end - start), start + skip)

        return read

    return make


def _cooked(size: int, kind_at: int, length_at: int, address_at: int) -> Callable[..., Reader]:
    """Linux cooked: an Ethertype and the sender's link address at fixed places.

    The address is a MAC only when its length says six (``length_at`` is its low byte).
    """

    def make(ip: IpReader) -> Reader:
        def read(buffer: bytes, start: int, end: int, wire: int) -> Found:
            if end - start < size:
                return ip.unusable(TOO_SHORT)
            (kind,) = _TYPE.unpack_from(buffer, start + kind_at)
            address = start + address_at
            mac = buffer[address : address + 6] if buffer[start + length_at] == 6 else b""
            return _network(ip, Frame(buffer, end, wire > end - start, mac), kind, start + size)

        return read

    return make


_MAKERS: dict[int, Callable[[IpReader], Reader]] = {
    0: _bare(4),  # BSD loopback: an address family in somebody's byte order
    12: _bare(0),  # raw IP, as some systems number it
    14: _bare(0),
    101: _bare(0),  # raw IP
    108: _bare(4),  # OpenBSD loopback
    113: _cooked(16, kind_at=14, length_at=5, address_at=6),  # Linux cooked v1
    228: _bare(0),  # raw IPv4
    229: _bare(0),  # raw IPv6
    276: _cooked(20, kind_at=0, length_at=11, address_at=12),  # Linux cooked v2
}
