"""One IPv4 or IPv6 packet out of a frame → the flow and payload of an mDNS datagram.

This is the thorough path: options, extension headers, fragments, lengths that lie. It
answers None for whatever is not UDP with port 5353 on either side, counts what it could
not use, and never reads past the end of the frame. Nothing is reassembled.
"""

from __future__ import annotations

from collections import Counter
from struct import Struct

import msgspec

from whoasks.core.model import MDNS_PORT, Flow
from whoasks.sources.flow_table import FlowCache

Found = tuple[Flow, bytes] | None
"""A datagram without its time, or nothing of ours."""

# What was left out, or used although its lengths lie. Keys of CaptureFile.counts.
TOO_SHORT = "too short"
FRAGMENT = "fragment"
LATER_FRAGMENT = "later fragment"
CUT = "cut by snap length"
BAD_IP_LENGTH = "bad IP length"
BAD_UDP_LENGTH = "bad UDP length"
HEADER_CHAIN = "extension headers"

UDP = 17
_FRAGMENT_HEADER, _AUTHENTICATION = 44, 51
_EXTENSIONS = frozenset({0, 43, 60, _FRAGMENT_HEADER, _AUTHENTICATION})
_CHAIN_CAP = 16
"""IPv6 extension headers followed; RFC 8200 §4.1 knows of seven in one packet."""

_PORT = MDNS_PORT.to_bytes(2, "big")
_IPV4 = Struct(">2xH2xHBB2x8s")  # length, fragment, TTL, protocol, both addresses
_IPV6 = Struct(">4xHBB32s")  # payload length, next header, hop limit, both addresses
_UDP = Struct(">4sH2x")  # both ports, length
_SHORT = Struct(">H")


class Frame(msgspec.Struct, frozen=True):
    """Where a frame ends in the buffer, and what its link layer said."""

    buffer: bytes
    end: int
    cut: bool
    """The capture kept less of the frame than was on the wire."""
    mac: bytes = b""
    """Source MAC, empty when the link layer has none."""
    vlan: int | None = None


class _Carried(msgspec.Struct, frozen=True):
    """What the IP header said of the UDP datagram in it; ``stop`` may lie past the frame."""

    at: int
    stop: int
    ttl: int
    addresses: bytes
    more_fragments: bool


class IpReader:
    """Reads packets of one interface; ``counts`` is shared by all of a file."""

    def __init__(self, flows: FlowCache, counts: Counter[str]) -> None:
        self._flows = flows
        self._counts = counts

    def read(self, frame: Frame, at: int) -> Found:
        """The IP packet that starts at ``at``."""
        version = frame.buffer[at] >> 4 if at < frame.end else 0
        if version == 4:
            return self._ipv4(frame, at)
        return self._ipv6(frame, at) if version == 6 else None

    def unusable(self, why: str) -> Found:
        """Counts a frame or packet that goes no further."""
        self._counts[why] += 1
        return None

    def _ipv4(self, frame: Frame, at: int) -> Found:
        if frame.end - at < 20:
            return self.unusable(TOO_SHORT)
        length, fragment, ttl, protocol, addresses = _IPV4.unpack_from(frame.buffer, at)
        if protocol != UDP:  # an ICMP error that quotes mDNS ends here, too
            return None
        if fragment & 0x1FFF:
            return self.unusable(LATER_FRAGMENT)
        header = (frame.buffer[at] & 0x0F) * 4
        if header < 20:
            return self.unusable(BAD_IP_LENGTH)
        # Length zero: the network card cuts the packet up after it was captured.
        stop = at + length if length else frame.end
        more = bool(fragment & 0x2000)
        return self._udp(frame, _Carried(at + header, stop, ttl, addresses, more))

    def _ipv6(self, frame: Frame, at: int) -> Found:
        if frame.end - at < 40:
            return self.unusable(TOO_SHORT)
        length, following, ttl, addresses = _IPV6.unpack_from(frame.buffer, at)
        stop = at + 40 + length if length else frame.end
        at += 40
        more = False
        for _ in range(_CHAIN_CAP):
            if following == UDP:
                return self._udp(frame, _Carried(at, stop, ttl, addresses, more))
            if following not in _EXTENSIONS:
                return None
            if frame.end - at < 8:
                return self.unusable(TOO_SHORT)
            size = (frame.buffer[at + 1] + 1) * 8
            if following == _FRAGMENT_HEADER:
                size = 8
                (fragment,) = _SHORT.unpack_from(frame.buffer, at + 2)
                if fragment & 0xFFF8:
                    return self.unusable(LATER_FRAGMENT)
                more = bool(fragment & 1)
            elif following == _AUTHENTICATION:  # counts in fours (RFC 4302 §2.2)
                size = (frame.buffer[at + 1] + 2) * 4
            following = frame.buffer[at]
            at += size
        return self.unusable(HEADER_CHAIN)

    def _udp(self, frame: Frame, carried: _Carried) -> Found:
        at = carried.at
        if frame.end - at < 8:
            return self.unusable(TOO_SHORT)
        ports, length = _UDP.unpack_from(frame.buffer, at)
        if _PORT not in (ports[:2], ports[2:]):
            return None
        end = self._payload_end(frame, carried, length)
        if end is None:
            return None
        block = carried.addresses + ports
        if frame.vlan is None:
            flow = self._flows.find((frame.mac, carried.ttl, block))
        else:
            flow = self._flows.find((frame.mac, carried.ttl, block, frame.vlan))
        return flow, frame.buffer[at + 8 : end]

    def _payload_end(self, frame: Frame, carried: _Carried, length: int) -> int | None:
        """Where the payload ends; None when it is not all there through no lie of the sender.

        A length that lies is counted and bounded by the next outer one, because what such a
        sender put on the wire is worth looking at.
        """
        stop = carried.stop
        if stop < carried.at + 8 or (stop > frame.end and not frame.cut):
            self._counts[BAD_IP_LENGTH] += 1
            stop = frame.end
        wanted = carried.at + length
        if length >= 8 and wanted > stop and carried.more_fragments:
            self._counts[FRAGMENT] += 1
            return None
        if length < 8 or wanted > stop:
            self._counts[BAD_UDP_LENGTH] += 1
            wanted = stop
        if wanted > frame.end:
            self._counts[CUT] += 1
            return None
        return wanted
