"""What stands between a link layer and IP: VLAN tags, PPPoE, MPLS, LLC/SNAP, PPP.

VLAN: a frame with one 802.1Q tag belongs to that VLAN. With several (QinQ) the innermost is
the VLAN, because that is the network the hosts themselves are in; the outer ones, a carrier's,
become part of the interface's name (``eth0.100``), so that two customers with the same inner
VLAN stay apart. Tag 0 marks a priority, not a VLAN (IEEE 802.1Q §9.6).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from whoasks.sources.ip import TOO_SHORT, Found, Frame, IpReader

IPV4, IPV6 = 0x0800, 0x86DD
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_LONGEST_LENGTH = 0x05DC  # a smaller "type" is the length of an 802.3 frame

LAYER_CAP = 8
"""Tags and headers in one frame; two tags are QinQ, more than a few only come from loops and
attackers."""

_SNAP = (b"\xaa\xaa\x03\x00\x00\x00", b"\xaa\xaa\x03\x00\x00\xf8")  # RFC 1042, 802.1H
_PPP = {0x0021: IPV4, 0x0057: IPV6}

_TYPE = Struct(">H")
_TAG = Struct(">HH")
_LABEL = Struct(">I")


def network(ip: IpReader, frame: Frame, kind: int, at: int) -> Found:
    """What an Ethertype announces at ``at``: IP, or what may stand before it."""
    tags: list[int] = []
    for _ in range(LAYER_CAP):
        if kind in (IPV4, IPV6):
            return ip.read(_tagged(frame, tags), at)
        if kind in _TAGS:
            if frame.end - at < 4:
                return ip.unusable(TOO_SHORT)
            tag, kind = _TAG.unpack_from(frame.buffer, at)
            if tag & 0x0FFF:
                tags.append(tag & 0x0FFF)
            at += 4
        elif kind in _OTHERS:
            return _OTHERS[kind](ip, _tagged(frame, tags), at)
        elif kind <= _LONGEST_LENGTH and frame.buffer[at : at + 6] in _SNAP:
            if frame.end - at < 8:
                return ip.unusable(TOO_SHORT)
            (kind,) = _TYPE.unpack_from(frame.buffer, at + 6)
            at += 8
        else:
            return None
    return None


def snap(ip: IpReader, frame: Frame, at: int) -> Found:
    """LLC with SNAP at ``at``."""
    return network(ip, frame, 0, at)


def is_snap(buffer: bytes, at: int) -> bool:
    """Whether LLC with SNAP stands there."""
    return buffer[at : at + 6] in _SNAP


def ppp(ip: IpReader, frame: Frame, at: int) -> Found:
    """PPP, with or without address and control, the protocol in one byte or two (RFC 1661)."""
    head = frame.buffer[at : min(at + 4, frame.end)]
    if head.startswith(b"\xff\x03"):
        at, head = at + 2, head[2:]
    if not head:
        return ip.unusable(TOO_SHORT)
    size = 1 if head[0] & 1 else 2
    if int.from_bytes(head[:size], "big") not in _PPP:
        return None
    return ip.read(frame, at + size)


def _mpls(ip: IpReader, frame: Frame, at: int) -> Found:
    """A label stack (RFC 3032). The source MAC is a router's, and says nothing of the host."""
    for _ in range(LAYER_CAP):
        if frame.end - at < 4:
            return ip.unusable(TOO_SHORT)
        (label,) = _LABEL.unpack_from(frame.buffer, at)
        at += 4
        if label & 0x100:
            bare = Frame(frame.buffer, frame.end, frame.cut, b"", frame.vlan, frame.outer)
            return ip.read(bare, at)
    return None


def _pppoe(ip: IpReader, frame: Frame, at: int) -> Found:
    """A PPPoE session (RFC 2516): six bytes before PPP."""
    return ppp(ip, frame, at + 6)


_OTHERS: dict[int, Callable[[IpReader, Frame, int], Found]] = {
    0x8847: _mpls,
    0x8848: _mpls,
    0x8864: _pppoe,
}


def _tagged(frame: Frame, tags: list[int]) -> Frame:
    if not tags:
        return frame
    outer = "".join(f".{tag}" for tag in tags[:-1])
    return Frame(frame.buffer, frame.end, frame.cut, frame.mac, tags[-1], outer)
