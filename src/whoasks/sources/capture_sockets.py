"""The packet sockets of a watch, opened while it may, used when it may no longer (Linux).

Opening one needs CAP_NET_RAW; tying it to an interface, and to another one later, does not. So a
few more than needed are opened at the start, hear nothing, and wait for interfaces that appear.
"""

from __future__ import annotations

import errno
import os
import sys

from whoasks.sources import privileges
from whoasks.sources.interfaces import Interface, SourceError
from whoasks.sources.packet_socket import PacketSocket

ETHERNET, BARE = 24, 4
"""How many are opened, for interfaces with and without an Ethernet header (tunnels): how many
can be captured at once. One that waits costs a few kB."""


class CaptureSockets:
    """Opened on construction. Raises SourceError where packets cannot be captured."""

    def __init__(self) -> None:
        self._waiting: dict[bool, list[PacketSocket]] = {True: [], False: []}
        self.made: list[PacketSocket] = []
        """All of them, in use or not."""
        if sys.platform != "linux":
            raise SourceError(
                "Packets can be captured on Linux only.",
                "Leave --capture out: the multicast sockets hear what is said to everybody.",
            )
        try:
            for ethernet, count in ((True, ETHERNET), (False, BARE)):
                for _ in range(count):
                    sock = PacketSocket(ethernet=ethernet)
                    self.made.append(sock)
                    self.give(sock)
        except OSError as error:
            self.close()
            raise explain(error) from error

    def take(self, interface: Interface) -> PacketSocket | None:
        """A socket for that interface's kind of frame; None when all are in use."""
        waiting = self._waiting[has_ethernet(interface)]
        return waiting.pop() if waiting else None

    def give(self, sock: PacketSocket) -> None:
        """Take one back that has been released; it goes on to the next interface."""
        self._waiting[sock.ethernet].append(sock)

    def close(self) -> None:
        """Close all of them; may be called twice."""
        for sock in self.made:
            sock.close()
        for waiting in self._waiting.values():
            waiting.clear()


def opened(user: str | None = None) -> CaptureSockets:
    """The sockets, with all privileges given up behind them (``privileges.drop``).

    ``user``: whom root becomes; without one, whoever said sudo. Raises SourceError.
    """
    account = privileges.chosen(user)
    sockets = CaptureSockets()
    try:
        privileges.drop(account)
    except SourceError:
        sockets.close()
        raise
    return sockets


def has_ethernet(interface: Interface) -> bool:
    """Whether frames have an Ethernet header there; the loopback's are made to look so."""
    return interface.mac is not None or interface.loopback


def explain(error: OSError, interface: str | None = None) -> SourceError:
    """What to tell the user when packets cannot be captured."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError("This process may not capture packets (CAP_NET_RAW).", remedy())
    where = f" on {interface!r}" if interface else ""
    return SourceError(
        f"Capturing packets{where} failed: {error.strerror or error}.",
        "Leave --capture out, or run 'whoasks doctor' to see what this machine allows.",
    )


def remedy() -> str:
    """How to be allowed to, in one sentence."""
    return (
        "Run 'sudo whoasks watch --capture' (it goes on as you), or let systemd give the right with"
        f" 'AmbientCapabilities=CAP_NET_RAW', or '{setcap()}'."
    )


def setcap() -> str:
    """The command that lets this Python capture. Every program it runs may, then."""
    return f"sudo setcap cap_net_raw+ep {os.path.realpath(sys.executable)}"
