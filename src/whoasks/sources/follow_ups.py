"""Who connected to whom inside the segment: the first packets of TCP connections, kept for later.

Whoever asks for a service and then connects to it has followed up. Nothing is judged here.
"""

from __future__ import annotations

from collections import deque
from ipaddress import ip_address
from struct import Struct

import msgspec

KEPT = 4_096
"""Connections kept; the oldest go first, for a port scan makes any number."""

_TAGS = (0x8100, 0x88A8, 0x9100)
_TAG_CAP = 4
_EIGHTS, _FRAGMENT, _AUTHENTICATION = (0, 43, 60), 44, 51
_CHAIN_CAP = 16
_TCP = 6
_PORTS = Struct(">HH")
_SHORT = Struct(">H")


class FollowUp(msgspec.Struct, frozen=True):
    """One connection begun; ``mac`` is the frame's source, None where frames have none."""

    at: float
    interface: str
    vlan: int | None
    mac: str | None
    source: str
    destination: str
    port: int


class FollowUps:
    """The last connections seen on one interface or several."""

    def __init__(self, interface: str, kept: deque[FollowUp] | None = None) -> None:
        """``kept`` may be shared between interfaces."""
        self.interface = interface
        self.kept = deque(maxlen=KEPT) if kept is None else kept
        self.seen = 0

    def see(self, at: float, frame: bytes, *, ethernet: bool) -> None:
        """A frame that the kernel's filter let through and that is no mDNS."""
        found = _syn(frame, ethernet=ethernet)
        if found is not None:
            vlan, source, destination, port = found
            mac = frame[6:12].hex(":") if ethernet else None
            self.kept.append(FollowUp(at, self.interface, vlan, mac, source, destination, port))
            self.seen += 1


def _syn(frame: bytes, *, ethernet: bool) -> tuple[int | None, str, str, int] | None:
    """VLAN, addresses and destination port of a TCP SYN; None for anything else."""
    vlan, at = _network(frame) if ethernet else (None, 0)
    try:
        version = frame[at] >> 4
        size = {4: 4, 6: 16}[version]
        place = at + (12 if version == 4 else 8)
        transport = at + (frame[at] & 0x0F) * 4 if version == 4 else _behind_extensions(frame, at)
        if transport is None or (version == 4 and frame[at + 9] != _TCP):
            return None
        if frame[transport + 13] & 0x12 != 0x02:
            return None
        _, port = _PORTS.unpack_from(frame, transport)
    except (IndexError, KeyError, ValueError):  # cut short, or no IP at all
        return None
    source, destination = frame[place : place + size], frame[place + size : place + 2 * size]
    return vlan, str(ip_address(source)), str(ip_address(destination)), port


def _network(frame: bytes) -> tuple[int | None, int]:
    """The innermost VLAN, and where the network header begins."""
    vlan, at = None, 12
    for _ in range(_TAG_CAP):
        if len(frame) < at + 4 or _SHORT.unpack_from(frame, at)[0] not in _TAGS:
            break
        vlan = _SHORT.unpack_from(frame, at + 2)[0] & 0x0FFF or vlan
        at += 4
    return vlan, at + 2


def _behind_extensions(frame: bytes, at: int) -> int | None:
    """Where TCP begins in an IPv6 packet; None when it does not. Raises IndexError."""
    following, at = frame[at + 6], at + 40
    for _ in range(_CHAIN_CAP):
        if following == _TCP:
            return at
        if following in _EIGHTS:
            size = (frame[at + 1] + 1) * 8
        elif following == _AUTHENTICATION:
            size = (frame[at + 1] + 2) * 4
        elif following == _FRAGMENT and not _SHORT.unpack_from(frame, at + 2)[0] & 0xFFF8:
            size = 8
        else:
            return None
        following, at = frame[at], at + size
    return None
