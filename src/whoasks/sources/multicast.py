"""mDNS as it is said to everybody: the multicast groups, heard on the chosen interfaces.

Never transmits: the only packets it causes are the kernel's own group joins (IGMP, MLD). The
clock it gives to a datagram is the kernel's, of the moment the packet came in.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from whoasks.core.model import Datagram
from whoasks.sources.following import Follower
from whoasks.sources.group_socket import GroupSocket, explain, is_absent
from whoasks.sources.interfaces import Interface, SourceError, own_addresses
from whoasks.sources.neighbours import NeighbourTable
from whoasks.sources.reader import LoopReader, Reader

_LOG = logging.getLogger(__name__)

DRAIN = 512
"""Datagrams taken from one socket before the event loop gets its turn again (about 3 ms)."""

NOTES_CAP = 200
"""Notes kept; an interface that flaps for a week would make any number."""

_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_Key = tuple[str, socket.AddressFamily]


class MulticastSource:
    """Hands what the groups say to ``on_batch``, in order of arrival, inside the event loop, or
    where ``reader`` calls; one call at a time.

    ``names`` are the interfaces to use, none meaning every suitable one (``interfaces.choose``);
    those that appear, vanish or change address while it runs are followed, at the kernel's word
    or within ``poll`` seconds. ``on_change`` gets each note about that, after ``own_addresses``
    and ``interfaces`` have been brought up to date.

    Use inside a running loop: ``start`` … ``close``, or ``async with``. ``start`` raises
    ``SourceError``; afterwards nothing is raised, troubles become notes.
    """

    def __init__(
        self,
        names: Sequence[str],
        on_batch: Callable[[list[Datagram]], None],
        *,
        on_change: Callable[[str], None] | None = None,
        poll: float = 2.0,
        neighbours: NeighbourTable | None = None,
        reader: Reader | None = None,
        turns_away: Callable[[str], bool] | None = None,
    ) -> None:
        self._on_batch = on_batch
        self._on_change = on_change
        self._follower = Follower(names, self._look, poll)
        self._neighbours = neighbours or NeighbourTable()
        self._reader = reader or LoopReader()
        self._turns_away = turns_away
        self._interfaces: dict[str, Interface] = {}
        self._own: frozenset[str] = frozenset()
        self._own_macs: dict[str, str] = {}
        self._sockets: dict[_Key, GroupSocket] = {}
        self._failed: set[str] = set()
        self._received = self._gone_drops = self._gone_truncated = 0
        self.notes: list[str] = []
        self.notes_dropped = 0

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Those listened on at this moment."""
        return tuple(self._interfaces.values())

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address this host has at this moment, on all interfaces, without scopes."""
        return self._own

    @property
    def own_macs(self) -> frozenset[str]:
        """The MACs of all interfaces of this host."""
        return frozenset(self._own_macs.values())

    @property
    def counts(self) -> dict[str, int]:
        """``received``; ``kernel_drops``: lost before we could read them; ``truncated``: cut."""
        with self._reader.lock:
            sockets = self._sockets.values()
            return {
                "received": self._received,
                "kernel_drops": self._gone_drops + sum(s.drops for s in sockets),
                "truncated": self._gone_truncated + sum(s.truncated for s in sockets),
            }

    def coverage(self) -> list[str]:
        """What these sockets cannot see, one sentence each."""
        blind = [
            "Unicast between other hosts is not heard by a multicast socket.",
            "Questions sent by unicast to this host are not heard: its own responder gets them.",
            "MACs come from this host's neighbour table, so a host it never talked with has none.",
        ]
        for name in self._interfaces:
            for family, label in _FAMILIES.items():
                if (name, family) not in self._sockets:
                    blind.append(f"{label} is not heard on {name}.")
        return blind

    def start(self) -> None:
        """Open and join; raises ``SourceError``, and then nothing is left open."""
        self._reader.start()
        try:
            everything, chosen = self._follower.begin()
            self._open_all(everything, chosen)
            if not self._sockets:
                raise SourceError(
                    "None of the chosen interfaces takes part in multicast: "
                    f"{', '.join(self._interfaces)}.",
                    "Give one an address, or name another with --interface.",
                )
        except OSError as error:
            self._shut()
            raise explain(error, ", ".join(self._interfaces)) from error
        except SourceError:
            self._shut()
            raise
        self._follower.start()

    def _open_all(self, everything: Sequence[Interface], chosen: dict[str, Interface]) -> None:
        with self._reader.lock:
            self._learn(everything)
            self._interfaces = chosen
            for interface in chosen.values():
                self._open(interface)

    def close(self) -> None:
        """Hand on what still waits in the sockets, then close them; may be called twice."""
        self._reader.stop()
        self._readable()
        self._shut()

    def _shut(self) -> None:
        self._reader.stop()
        self._follower.close()
        for key in list(self._sockets):
            self._close(key)

    async def __aenter__(self) -> MulticastSource:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _readable(self) -> int:
        """Take from every socket, so that two sockets' packets come in one order; how many."""
        batch: list[Datagram] = []
        spoke = 0
        for key, sock in list(self._sockets.items()):
            try:
                spoke += sock.receive(batch, DRAIN) > 0
            except OSError as error:
                # Its interface is gone; looking again says so, and opens what can be opened.
                _LOG.debug("%s on %s: %s", _FAMILIES[key[1]], key[0], error)
                self._close(key)
                self._reader.in_loop(self._follower.look_soon)
        if not batch:
            return 0
        if spoke > 1:
            batch.sort(key=_at)
        self._received += len(batch)
        self._on_batch(batch)
        return len(batch)

    def _open(self, interface: Interface) -> None:
        """Open what is not open yet; raises OSError for what the machine does not allow."""
        for family, label in _FAMILIES.items():
            key = (interface.name, family)
            if key in self._sockets:
                continue
            try:
                mac_of = self._mac_of(interface.index)
                sock = GroupSocket(interface, family, mac_of, self._turns_away)
            except OSError as error:
                if not is_absent(error):
                    raise
                _LOG.debug("%s on %s: %s", label, interface.name, error)
                continue
            self._sockets[key] = sock
            self._reader.add(sock.fileno(), self._readable)

    def _close(self, key: _Key) -> None:
        sock = self._sockets.pop(key)
        self._gone_drops += sock.drops
        self._gone_truncated += sock.truncated
        self._reader.remove(sock.fileno())
        sock.close()

    def _mac_of(self, index: int) -> Callable[[str], str | None]:
        return lambda address: self._own_macs.get(address) or self._neighbours.mac(index, address)

    def _learn(self, everything: Sequence[Interface]) -> None:
        self._own = own_addresses(everything)
        self._own_macs = {a: i.mac for i in everything if i.mac for a in i.addresses}

    def _look(self, everything: Sequence[Interface], now: dict[str, Interface]) -> None:
        """Compare the interfaces with those we know, and follow."""
        with self._reader.lock:
            self._readable()
            notes = self._compare(everything, now)
            for sock in self._sockets.values():
                sock.recheck()
        for note in notes:
            self._note(note)

    def _compare(self, everything: Sequence[Interface], now: dict[str, Interface]) -> list[str]:
        """Take the interfaces as they are now; what has changed, in words."""
        before = self._interfaces
        self._learn(everything)
        self._interfaces = now
        notes: list[str] = []
        for name, was in before.items():
            if name not in now or now[name].index != was.index:
                notes.append(f"{name} went away")
                for key in [key for key in self._sockets if key[0] == name]:
                    self._close(key)
        for name, interface in now.items():
            notes += self._follow(before.get(name), interface)
        return notes

    def _follow(self, was: Interface | None, interface: Interface) -> Iterator[str]:
        """Listen on what has come or changed, retry what failed; gives the notes about it."""
        name = interface.name
        if was is None or was.index != interface.index:
            yield f"{name} joined"
        elif was.addresses != interface.addresses:
            yield f"{name} changed its addresses"
        try:
            for key, sock in self._sockets.items():
                if key[0] == name:
                    sock.join()
            self._open(interface)
        except OSError as error:
            if name not in self._failed:
                self._failed.add(name)
                yield str(explain(error, name))
        else:
            self._failed.discard(name)

    def _note(self, note: str) -> None:
        if len(self.notes) < NOTES_CAP:
            self.notes.append(note)
        else:
            self.notes_dropped += 1
        if self._on_change is not None:
            self._on_change(note)


def _at(datagram: Datagram) -> float:
    return datagram.at
