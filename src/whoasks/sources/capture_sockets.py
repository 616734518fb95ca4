"""The packet sockets of a watch, opened while it may, used when it may no longer (Linux).

Opening one needs CAP_NET_RAW; tying it to an interface, and to another one later, does not. So a
few more than needed are opened at the start, hear nothing, and wait for interfaces that appear.
"""

from __future__ import annotations

import errno
import os
import sys
from types import TracebackType

from whoasks.sources import privileges
from whoasks.sources.interfaces import Interface, SourceError
from whoasks.sources.packet_socket import PacketSocket

ETHERNET, BARE = 24, 4
"""How many are opened, for interfaces with and without an Ethernet header (tunnels): how many
can be captured at once. One that waits costs a few kB."""

_REFUSED = (errno.EACCES, errno.EPERM)


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

    def __enter__(self) -> CaptureSockets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

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


def running_as() -> str:
    """Who this process is, and with which privileges, in one sentence for a person."""
    if os.geteuid() == 0:
        return "Running as root, with all privileges: --user NAME goes on as somebody else."
    return f"Running as user {privileges.name_of(os.geteuid())}, without privileges."


def has_ethernet(interface: Interface) -> bool:
    """Whether frames have an Ethernet header there; the loopback's are made to look so."""
    return interface.mac is not None or interface.loopback


def explain(error: OSError, interface: str | None = None) -> SourceError:
    """What to tell the user when packets cannot be captured."""
    if error.errno in _REFUSED:
        return SourceError("This process may not capture packets (CAP_NET_RAW).", _remedy())
    where = f" on {interface!r}" if interface else ""
    return SourceError(
        f"Capturing packets{where} failed: {error.strerror or error}.",
        "Leave --capture out, or run 'whoasks doctor' to see what this machine allows.",
    )


def remedies(error: SourceError) -> list[str]:
    """The ways to be allowed to capture, one sentence each; none where that is not the reason."""
    cause = error.__cause__
    if not isinstance(cause, OSError) or cause.errno not in _REFUSED:
        return []
    return [
        "To be allowed for once: sudo whoasks watch --capture (it goes on as you, unprivileged).",
        "As a systemd service: User=whoasks, AmbientCapabilities=CAP_NET_RAW, "
        "CapabilityBoundingSet=CAP_NET_RAW.",
        f"For good: {setcap()} (then every program that this Python runs may capture).",
    ]


def setcap() -> str:
    """The command that lets this Python capture."""
    return f"sudo setcap cap_net_raw+ep {os.path.realpath(sys.executable)}"


def _remedy() -> str:
    return (
        "Run 'sudo whoasks watch --capture' (it goes on as you), or let systemd give the right with"
        f" 'AmbientCapabilities=CAP_NET_RAW', or give it to this Python: '{setcap()}'."
    )
