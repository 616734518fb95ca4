"""The two things the Linux kernel is asked over AF_NETLINK: its neighbours, and "tell me
when an interface or an address changes". On other systems there is no such socket, and both
answer "nothing". Reads only; needs no privilege.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator

import msgspec

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # family, interface, state, flags, type
_ATTRIBUTE = struct.Struct("=HH")  # length, type

_NLMSG_ERROR, _NLMSG_DONE, _RTM_NEWNEIGH, _RTM_GETNEIGH = 2, 3, 28, 30
_REQUEST_DUMP = 0x1 | 0x300
_NDA_DST, _NDA_LLADDR = 1, 2
_RTMGRP_LINK, _RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100

_RECEIVE = 65_536
_PATIENCE = 1.0
"""Seconds; the kernel answers a dump in well under a millisecond."""


class Neighbour(msgspec.Struct, frozen=True):
    """One entry of the kernel's neighbour table; ``state`` is the NUD_* bit."""

    index: int
    address: str
    state: int
    mac: str | None


def open_changes() -> socket.socket | None:
    """A non-blocking socket that turns readable when a link or an address changes.

    None where the system has no such thing or forbids it. What is read from it may be thrown
    away: it only says "look again".
    """
    if sys.platform != "linux":
        return None
    try:
        changes = _open()
    except OSError:
        return None
    try:
        changes.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
        changes.setblocking(False)
    except OSError:
        changes.close()
        return None
    return changes


def neighbours() -> list[Neighbour]:
    """The kernel's neighbour table, IPv4 and IPv6; raises OSError when it will not say."""
    if sys.platform != "linux":
        return []
    with _open() as asking:
        asking.settimeout(_PATIENCE)
        asking.bind((0, 0))
        body = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        length = _HEADER.size + len(body)
        asking.send(_HEADER.pack(length, _RTM_GETNEIGH, _REQUEST_DUMP, 1, 0) + body)
        found: list[Neighbour] = []
        while True:
            for kind, payload in messages(asking.recv(_RECEIVE)):
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR:
                    raise OSError("the kernel refused to list its neighbours")
                if kind == _RTM_NEWNEIGH and (entry := neighbour(payload)):
                    found.append(entry)


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, body) of each netlink message in ``data``; stops at a broken one."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def neighbour(body: bytes) -> Neighbour | None:
    """One RTM_NEWNEIGH body; None for what is not an IP neighbour."""
    if len(body) < _NEIGHBOUR.size:
        return None
    family, index, state, _, _ = _NEIGHBOUR.unpack_from(body)
    attributes = dict(_attributes(body[_NEIGHBOUR.size :]))
    destination = attributes.get(_NDA_DST, b"")
    wanted = {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family)
    if len(destination) != wanted:
        return None
    link = attributes.get(_NDA_LLADDR, b"")
    return Neighbour(
        index=index,
        address=str(ipaddress.ip_address(destination)),
        state=state,
        mac=link.hex(":") if len(link) == 6 else None,
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3


def _open() -> socket.socket:
    assert sys.platform == "linux"  # noqa: S101  tells mypy what its callers have checked
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    return socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
