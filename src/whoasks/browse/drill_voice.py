"""A drill's packets on the wire: one UDP socket for each interface and address family.

It only sends. On Linux the socket is bound to the group's address, because a wildcard bind on
port 5353 would take unicast away from the responder that runs on this host.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import msgspec

from whoasks.browse.drill import Packet
from whoasks.core.model import GROUP_IPV4, GROUP_IPV6, MDNS_PORT

TTL = 255
"""What an mDNS query carries (RFC 6762 §11)."""


class DrillError(Exception):
    """Nothing could be sent: one sentence, and what to do about it."""

    exit_code = 3

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.sentence = sentence
        self.remedy = remedy


class Place(msgspec.Struct, frozen=True):
    """One interface in one address family."""

    interface: str
    index: int
    ipv6: bool = False

    def __str__(self) -> str:
        return f"{self.interface} ({'IPv6' if self.ipv6 else 'IPv4'})"


class Sent(msgspec.Struct):
    """How far a drill has come; kept up to date while it runs."""

    packets: int = 0
    """Datagrams that left."""
    mark_at: float | None = None
    """When the mark went out, epoch seconds."""
    first_at: float | None = None
    """When the first packet behind the mark went out."""


class Voice:
    """Sends to the group from every place that lets it; the others are in ``refused``."""

    def __init__(self, places: Sequence[Place], *, legacy: bool) -> None:
        """Open a socket for each place. Raises ``DrillError`` when none can be opened."""
        self.refused: dict[Place, str] = {}
        self._sockets: dict[Place, socket.socket] = {}
        for place in places:
            try:
                self._sockets[place] = _open(place, 0 if legacy else MDNS_PORT)
            except OSError as error:
                self._refuse(place, error)
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for sock in self._sockets.values():
            sock.close()

    def say(
        self,
        scripts: Mapping[str, Sequence[Packet]],
        sent: Sent,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Send each interface's packets, all interfaces in step; the first packet is the mark.

        ``scripts`` are as long as each other. ``sent`` is brought up to date with every packet,
        so that it is right when an interruption ends this. Raises ``DrillError`` once no place
        is left that takes a packet.
        """
        for packets in zip(*scripts.values(), strict=True):
            sleep(packets[0].after)
            now = clock()
            of = dict(zip(scripts, packets, strict=True))
            for place in tuple(self._sockets):
                sent.packets += self._send(place, of[place.interface].payload)
            self._check()
            if sent.mark_at is None:
                sent.mark_at = now
            elif sent.first_at is None:
                sent.first_at = now

    def _send(self, place: Place, payload: bytes) -> bool:
        if place.ipv6:
            target: tuple[str, int] | tuple[str, int, int, int]
            target = (GROUP_IPV6, MDNS_PORT, 0, place.index)
        else:
            target = (GROUP_IPV4, MDNS_PORT)
        try:
            self._sockets[place].sendto(payload, target)
        except OSError as error:
            self._sockets.pop(place).close()
            self._refuse(place, error)
            return False
        return True

    def _refuse(self, place: Place, error: OSError) -> None:
        self.refused[place] = error.strerror or str(error)

    def _check(self) -> None:
        if self._sockets:
            return
        why = "; ".join(f"{place}: {reason}" for place, reason in self.refused.items())
        raise DrillError(
            f"No packet can be sent: {why or 'no interface has an address'}.",
            "See 'whoasks doctor', or name another interface with --interface.",
        )


def _open(place: Place, port: int) -> socket.socket:
    family = socket.AF_INET6 if place.ipv6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform != "linux":
            # BSD shares a port only among sockets that all say so.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if place.ipv6:
            _prepare_ipv6(sock, place.index, port)
        else:
            _prepare_ipv4(sock, place.index, port)
    except OSError:
        sock.close()
        raise
    return sock


def _prepare_ipv4(sock: socket.socket, index: int, port: int) -> None:
    request = struct.pack("=4s4si", bytes(4), bytes(4), index)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
    # A watcher on this very machine is to hear it too.
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    sock.bind((GROUP_IPV4 if _binds_to_group(port) else "", port))


def _prepare_ipv6(sock: socket.socket, index: int, port: int) -> None:
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, TTL)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
    sock.bind((GROUP_IPV6, port, 0, index) if _binds_to_group(port) else ("::", port, 0, 0))


def _binds_to_group(port: int) -> bool:
    """Linux alone sends from the interface's address then."""
    return sys.platform == "linux" and port == MDNS_PORT
