"""One IPv4 or IPv6 packet out of a frame → the flow and payload of an mDNS datagram.

This is the thorough path: options, extension headers, fragments, lengths that lie. It
answers None for whatever is not UDP with port 5353 on either side, counts what it could
not use, and never reads past the end of the frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from struct import Struct
from typing import Protocol

import msgspec

from whoasks.core.model import MDNS_PORT, Flow
from whoasks.sources.flow_table import FlowCache
from whoasks.sources.fragments import FRAGMENT, LATER_FRAGMENT, Fragments, Piece

Ready = tuple[Flow, bytes]
"""A datagram without its time."""


class Held(Protocol):
    """What only the time of its frame makes a datagram, or several."""

    def release(self, at: float) -> Iterable[Ready]:
        """The datagrams that are whole with this frame, taken at ``at``."""


Found = Ready | Held | None
"""What a frame came to; None: nothing of ours."""

# What was left out, or used although its lengths lie. Keys of CaptureFile.counts.
TOO_SHORT = "too short"
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
_PLACE = Struct(">H4s")  # offset and flag, identification


class Frame(msgspec.Struct, frozen=True):
    """Where a frame ends in the buffer, and what its link layer said."""

    buffer: bytes
    end: int
    cut: bool
    """The capture kept less of the frame than was on the wire."""
    mac: bytes = b""
    """Source MAC, empty when the link layer has none."""
    vlan: int | None = None
    outer: str = ""
    """The VLANs around that one, as ``.100``."""


class _Carried(msgspec.Struct, frozen=True):
    """What the IP header said of the UDP datagram in it; ``stop`` may lie past the frame."""

    at: int
    stop: int
    ttl: int
    addresses: bytes


class _Part(msgspec.Struct, frozen=True):
    """What the headers say of a fragment."""

    key: bytes
    """Identification and addresses."""
    offset: int
    more: bool
    header: bytes
    """What stands before the data of the whole packet."""
    carries: int
    """The protocol that the data starts with."""


class _Fragment(msgspec.Struct, frozen=True):
    """A fragment that waits for the others."""

    reader: IpReader
    fragments: Fragments
    frame: Frame
    piece: Piece

    def release(self, at: float) -> Iterable[Ready]:
        """The datagram, if this fragment makes it whole."""
        packet = self.fragments.add(self.piece, at)
        if packet is None:
            return ()
        frame, size = self.frame, len(packet)
        whole = Frame(packet, size, False, frame.mac, frame.vlan, frame.outer)
        found = self.reader.read(whole, 0)
        return (found,) if isinstance(found, tuple) else ()


class IpReader:
    """Reads packets of one interface; ``counts`` and ``fragments`` are shared by a capture.

    Without ``fragments`` nothing is put together, and no answer is Held.
    """

    def __init__(self, flows: FlowCache, counts: Counter[str], fragments: Fragments | None) -> None:
        self._flows = flows
        self._counts = counts
        self.fragments = fragments

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
        header = (frame.buffer[at] & 0x0F) * 4
        if header < 20:
            return self.unusable(BAD_IP_LENGTH)
        # Length zero: the network card cuts the packet up after it was captured.
        stop = at + length if length else frame.end
        offset = fragment << 3 & 0xFFFF
        if fragment & 0x3FFF and not _holds_all(frame, at + header, stop, offset):
            # Put together it is a plain packet: no options, no fragment, a length to be taken
            # from where it ends.
            fixed = frame.buffer[at : at + 20]
            rebuilt = b"\x45" + fixed[1:2] + b"\0\0" + fixed[4:6] + b"\0\0" + fixed[8:20]
            part = _Part(fixed[4:6] + addresses, offset, bool(fragment & 0x2000), rebuilt, protocol)
            return self._fragment(frame, at + header, stop, part)
        return self._udp(frame, _Carried(at + header, stop, ttl, addresses))

    def _ipv6(self, frame: Frame, at: int) -> Found:
        if frame.end - at < 40:
            return self.unusable(TOO_SHORT)
        length, following, ttl, addresses = _IPV6.unpack_from(frame.buffer, at)
        fixed = frame.buffer[at : at + 40]
        stop = at + 40 + length if length else frame.end
        at += 40
        for _ in range(_CHAIN_CAP):
            if following == UDP:
                return self._udp(frame, _Carried(at, stop, ttl, addresses))
            if following not in _EXTENSIONS:
                return None
            if frame.end - at < 8:
                return self.unusable(TOO_SHORT)
            size = (frame.buffer[at + 1] + 1) * 8
            if following == _FRAGMENT_HEADER:
                part = _part6(frame, at, fixed)
                if part is not None and not (
                    part.carries == UDP and _holds_all(frame, at + 8, stop, part.offset)
                ):
                    return self._fragment(frame, at + 8, stop, part)
                size = 8
            elif following == _AUTHENTICATION:  # counts in fours (RFC 4302 §2.2)
                size = (frame.buffer[at + 1] + 2) * 4
            following = frame.buffer[at]
            at += size
        return self.unusable(HEADER_CHAIN)

    def _fragment(self, frame: Frame, at: int, stop: int, part: _Part) -> Found:
        """A fragment whose data starts at ``at``."""
        if part.carries != UDP and part.carries not in _EXTENSIONS:
            return None
        data = frame.buffer[at : min(stop, frame.end)]
        ours: bool | None = None
        if not part.offset and part.carries == UDP and len(data) >= 4:
            ours = _PORT in (data[:2], data[2:4])
        if stop > frame.end and ours:
            return self.unusable(CUT if frame.cut else BAD_IP_LENGTH)
        odd = part.more and (len(data) & 7 or not data)  # RFC 791 §3.2, RFC 8200 §4.5
        if stop > frame.end or odd or self.fragments is None:
            what = {True: FRAGMENT, None: LATER_FRAGMENT}.get(ours)
            return self.unusable(what) if what else None
        key = (part.key, frame.mac, frame.vlan, self._flows.interface, frame.outer)
        piece = Piece(key, part.offset, data, part.more, part.header, ours)
        kept = Frame(b"", 0, False, frame.mac, frame.vlan, frame.outer)
        return _Fragment(self, self.fragments, kept, piece)

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
        flows = self._flows.inside(frame.outer) if frame.outer else self._flows
        if frame.vlan is None:
            flow = flows.wanted((frame.mac, carried.ttl, block))
        else:
            flow = flows.wanted((frame.mac, carried.ttl, block, frame.vlan))
        return (flow, frame.buffer[at + 8 : end]) if flow is not None else None

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
        if length < 8 or wanted > stop:
            self._counts[BAD_UDP_LENGTH] += 1
            wanted = stop
        if wanted > frame.end:
            self._counts[CUT] += 1
            return None
        return wanted


def _part6(frame: Frame, at: int, fixed: bytes) -> _Part | None:
    """What an IPv6 fragment header says; None when it says that there is nothing to wait for."""
    place, number = _PLACE.unpack_from(frame.buffer, at + 2)
    if not place & 0xFFF9:  # an atomic fragment (RFC 6946)
        return None
    carries = frame.buffer[at]
    rebuilt = fixed[:4] + b"\0\0" + bytes((carries,)) + fixed[7:]
    return _Part(number + fixed[8:], place & 0xFFF8, bool(place & 1), rebuilt, carries)


def _holds_all(frame: Frame, at: int, stop: int, offset: int) -> bool:
    """Whether a first fragment holds all of its UDP datagram although it says more follows."""
    if offset or frame.end - at < 8:
        return False
    _, length = _UDP.unpack_from(frame.buffer, at)
    return bool(8 <= length <= min(stop, frame.end) - at)
