"""Membership in the mDNS groups without hearing them: for interfaces that are captured.

A switch that snoops IGMP or MLD, and the card itself, pass on only what somebody here asked for.
The sockets are tied to no port, so that nothing ever arrives at them and no packet counts twice;
the kernel's reports of the groups are all that is sent.
"""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress

from whoasks.core.model import GROUP_IPV4, GROUP_IPV6


class Membership:
    """The groups of both families, on any number of interfaces. Raises nothing."""

    def __init__(self) -> None:
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        for family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):  # a machine without that family
                self._sockets[family] = socket.socket(family, socket.SOCK_DGRAM)

    def join(self, index: int) -> list[str]:
        """Join on an interface, again where that is so already; the families that work there."""
        joined = []
        if self._ask(socket.AF_INET, socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, index):
            joined.append("IPv4")
        if self._ask(socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, index):
            joined.append("IPv6")
        return joined

    def leave(self, index: int) -> None:
        """Leave them on an interface, if it is still there."""
        self._ask(socket.AF_INET, socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, index)
        self._ask(socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_LEAVE_GROUP, index)

    def close(self) -> None:
        """Leave all."""
        for sock in self._sockets.values():
            sock.close()
        self._sockets.clear()

    def _ask(self, family: socket.AddressFamily, level: int, option: int, index: int) -> bool:
        sock = self._sockets.get(family)
        if sock is None:
            return False
        if family == socket.AF_INET:
            request = struct.pack("=4s4si", socket.inet_aton(GROUP_IPV4), bytes(4), index)
        else:
            request = socket.inet_pton(family, GROUP_IPV6) + struct.pack("=I", index)
        try:
            sock.setsockopt(level, option, request)
        except OSError as error:
            # "In use" is what joining twice is answered with.
            return error.errno == errno.EADDRINUSE
        return True
