"""One socket that hears one mDNS group on one interface, and sends nothing.

It is bound to the *group's* address: multicast reaches every socket that asked for it, but a
wildcard bind would also take the unicast of the responder that runs on this host. One socket
an interface, because then the socket itself says where a packet came from.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import time
from collections.abc import Callable

import msgspec

from whoasks.core.model import GROUP_IPV4, GROUP_IPV6, MDNS_PORT, Datagram, Flow
from whoasks.core.shedding import key_of
from whoasks.sources import many_messages
from whoasks.sources.interfaces import Interface, SourceError

# Linux's numbers where Python has no name for them.
_SO_RCVBUFFORCE, _SO_MEMINFO, _SO_TIMESTAMPNS_NEW = 33, 55, 64
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL, _IP_RECVTTL = 49, 29, 12
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8
_TIMESPEC = struct.Struct("=qq")  # the _NEW timestamp is 64-bit on every architecture

LARGEST = 9_000
"""Bytes of an mDNS message at most (RFC 6762 §17); what is longer is cut and counted."""

RECEIVE_BUFFER = 8 * 1024 * 1024
"""Bytes asked of the kernel: about 10,000 small packets, a fifth of a second of a flood that
no home network has. Without privilege the system's maximum (net.core.rmem_max) applies."""

FLOW_CAP = 4_096
"""Flows remembered by one socket, both generations together. A spoofing sender makes a new
flow with every packet; a /21 of hosts, each with one address and TTL, fits."""

_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(4)

# The interface has no such family, or went away under us: not a fault of this machine.
_NOT_HERE = frozenset(
    (errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)
)

FlowKey = tuple[bytes | tuple[object, ...], bytes]
"""The sender, as Python or as the kernel writes it, and the TTL's bytes."""


class GroupSocket:
    """Opened and joined on construction; raises OSError (see ``explain`` and ``is_absent``).

    ``mac_of`` gives the MAC of a source address, None while unknown; it is asked when a flow is
    new and on each ``recheck``.
    """

    def __init__(
        self,
        interface: Interface,
        family: socket.AddressFamily,
        mac_of: Callable[[str], str | None],
        turns_away: Callable[[str], bool] | None = None,
    ) -> None:
        """``turns_away``: whether a host's packet (``shedding.key_of``) need not be looked at."""
        self.family = family
        self.interface = interface.name
        self.truncated = 0
        self._index = interface.index
        self._mac_of = mac_of
        self._turns_away = turns_away
        self._young: dict[FlowKey, Flow] = {}
        self._old: dict[FlowKey, Flow] = {}
        self._many: many_messages.ManyMessages | None = None
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._prepare()
            self.join()
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Leaves the group too."""
        self._socket.close()

    def join(self) -> None:
        """Ask for the group's packets; harmless when it has been asked for already.

        Some systems forget a membership when the interface loses its last address.
        """
        index = self._index
        try:
            if self.family == socket.AF_INET:
                request = struct.pack("=4s4si", socket.inet_aton(GROUP_IPV4), bytes(4), index)
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            else:
                request = socket.inet_pton(self.family, GROUP_IPV6) + struct.pack("=I", index)
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise

    @property
    def receive_buffer(self) -> int:
        """Bytes the kernel granted."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    @property
    def drops(self) -> int:
        """Packets the kernel threw away because this socket was not read in time (Linux)."""
        # Not SO_RXQ_OVFL: that tells only with the next packet that gets through.
        if sys.platform != "linux":
            return 0
        try:
            answer = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:  # a kernel before 4.12
            return 0
        return int(_MEMINFO.unpack(answer)[_MEMINFO_DROPS]) if len(answer) == _MEMINFO.size else 0

    def receive(self, into: list[Datagram], limit: int) -> int:
        """Append what waits, at most ``limit`` datagrams; returns how many.

        Raises OSError when the socket is of no use any more (its interface is gone).
        """
        if not many_messages.available():
            return self._receive_singly(into, limit)
        many = self._many = self._many or many_messages.ManyMessages(LARGEST)
        fd, taken = self._socket.fileno(), 0
        while taken < limit:
            came = many.take(fd, limit - taken)
            for payload, at, address, ttl, flags in came:
                self._add(into, payload, at, (address, ttl), flags)
            taken += len(came)
            if len(came) < many_messages.AT_ONCE:
                break
        return taken

    def _receive_singly(self, into: list[Datagram], limit: int) -> int:
        """The same with a call for each datagram."""
        receive = self._socket.recvmsg
        for taken in range(limit):
            try:
                payload, ancillary, flags, address = receive(LARGEST, _ANCILLARY)
            except BlockingIOError:
                return taken
            at, ttl = 0.0, b""
            for level, _, data in ancillary:
                if level == socket.SOL_SOCKET:
                    seconds, nanoseconds = _TIMESPEC.unpack(data)
                    at = seconds + nanoseconds * 1e-9
                else:
                    ttl = data
            self._add(into, payload, at, (address, ttl), flags)
        return limit

    def _add(
        self, into: list[Datagram], payload: bytes, at: float, key: FlowKey, flags: int
    ) -> None:
        if flags & socket.MSG_TRUNC:
            self.truncated += 1
        flow = self._young.get(key)
        if flow is None:
            flow = self._find(key)
            if flow is None:
                return
        into.append(Datagram(at or time.time(), flow, payload))

    def recheck(self) -> None:
        """Make flows anew whose source's MAC has become known or is another one now."""
        for key, flow in self._young.items():
            mac = self._mac_of(flow.source)
            if mac is not None and mac != flow.mac:
                known = msgspec.structs.replace(flow, mac=mac, mac_source="neighbour")
                self._young[key] = known
        # An old flow that speaks again is looked up again.
        self._old = {k: f for k, f in self._old.items() if self._mac_of(f.source) in (None, f.mac)}

    def _find(self, key: FlowKey) -> Flow | None:
        """The flow of that key; None for a packet that is turned away."""
        flow = self._old.get(key) or self._flow(key)
        if flow is None:
            return None
        if len(self._young) >= FLOW_CAP // 2:
            self._old, self._young = self._young, {}
        self._young[key] = flow
        return flow

    def _flow(self, key: FlowKey) -> Flow | None:
        address, ttl = key
        if isinstance(address, bytes):
            source, port = many_messages.address_of(address)
        else:
            source, port = str(address[0]).partition("%")[0], int(str(address[1]))
        mac = self._mac_of(source)
        if self._turns_away is not None and self._turns_away(key_of(mac, source, self.interface)):
            return None
        return Flow(
            interface=self.interface,
            source=source,
            source_port=port,
            destination=GROUP_IPV4 if self.family == socket.AF_INET else GROUP_IPV6,
            destination_port=MDNS_PORT,
            mac=mac,
            mac_source="neighbour" if mac else None,
            ttl=int.from_bytes(ttl, sys.byteorder) if ttl else None,
        )

    def _prepare(self) -> None:
        sock = self._socket
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            self._prepare_linux()
        else:
            # BSD shares a port only among sockets that all say so. Linux would deal packets
            # out between them, so there it is left alone.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._try(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if self.family == socket.AF_INET:
            self._try(socket.IPPROTO_IP, getattr(socket, "IP_RECVTTL", _IP_RECVTTL), 1)
            sock.bind((GROUP_IPV4, MDNS_PORT))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._try(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            sock.bind((GROUP_IPV6, MDNS_PORT, 0, self._index))

    def _prepare_linux(self) -> None:
        self._try(socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW, 1)
        if not self._try(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER):
            self._try(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        # Without this a socket hears the group on every interface that anybody joined it on.
        if self.family == socket.AF_INET:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        else:
            self._try(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)

    def _try(self, level: int, option: int, value: int) -> bool:
        try:
            self._socket.setsockopt(level, option, value)
        except OSError:
            return False
        return True


def is_absent(error: OSError) -> bool:
    """Whether opening failed only because the interface does not have that family."""
    return error.errno in _NOT_HERE


def explain(error: OSError, interface: str) -> SourceError:
    """What to tell the user when a socket could not be opened."""
    if error.errno == errno.EADDRINUSE:
        return SourceError(
            "Another program holds UDP port 5353 and does not share it.",
            "Find it with 'ss -ulpn sport = :5353' and stop it, then try again.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError(
            f"This process may not listen to mDNS on {interface!r}.",
            "Run it where network sockets are allowed (outside the sandbox, or as root).",
        )
    return SourceError(
        f"Listening to mDNS on {interface!r} failed: {error.strerror or error}.",
        "Run 'whoasks doctor' to see what this machine allows.",
    )
