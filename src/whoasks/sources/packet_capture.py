"""mDNS as it passes the chosen interfaces, whoever it is meant for: packet capture on Linux.

Never transmits: the only packets it causes are the kernel's own group joins (IGMP, MLD). Frames
are read by ``link``, as those of a capture file are, so that both give the same datagrams. The
clock it gives to a datagram is the kernel's, of the moment the packet came in.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from whoasks.core.model import Datagram
from whoasks.sources.capture_sockets import CaptureSockets, explain
from whoasks.sources.flow_table import FlowTable
from whoasks.sources.follow_ups import KEPT, FollowUp, FollowUps
from whoasks.sources.following import Follower
from whoasks.sources.in_order import InOrder
from whoasks.sources.interfaces import Interface, SourceError, own_addresses
from whoasks.sources.link import Links
from whoasks.sources.membership import Membership
from whoasks.sources.packet_socket import RETIRE
from whoasks.sources.reader import LoopReader, Reader
from whoasks.sources.tap import BARE_IP, ETHERNET, Tap
from whoasks.sources.vlan_interfaces import captured_apart

_LOG = logging.getLogger(__name__)

RING = 16 * 1024 * 1024
"""Bytes of all rings together: some 50,000 packets, a third of a second of a flood of 150,000/s.
They are this process's memory from the start, whether they fill or not."""
SMALLEST_RING = 2 * 1024 * 1024
HOLD = 2 * RETIRE
"""Seconds that packets are held back when there are several rings, each of which hands over its
own a little later: so that time goes forward all the same."""
NOTES_CAP = 200
"""Notes kept; an interface that flaps for a week would make any number."""


class CaptureSource:
    """Hands mDNS on to ``on_batch``, in the order of its times, inside the event loop, or where
    ``reader`` calls; one call at a time.

    ``names`` are the interfaces to use, none meaning every suitable one (``interfaces.choose``);
    they are followed as ``MulticastSource`` does, and ``on_change`` gets each note about that.
    ``sockets`` are closed with the source. ``promiscuous`` asks the cards for frames that are
    for others. With ``follow_ups``, the last connections between hosts of one prefix are kept.

    Use inside a running loop: ``start`` … ``close``, or ``async with``. ``start`` raises
    ``SourceError``; afterwards nothing is raised, troubles become notes.
    """

    def __init__(
        self,
        names: Sequence[str],
        on_batch: Callable[[list[Datagram]], None],
        *,
        sockets: CaptureSockets,
        on_change: Callable[[str], None] | None = None,
        poll: float = 2.0,
        promiscuous: bool = False,
        follow_ups: bool = False,
        reader: Reader | None = None,
        turns_away: Callable[[str], bool] | None = None,
    ) -> None:
        self._on_batch = on_batch
        self._on_change = on_change
        self._sockets = sockets
        self._promiscuous = promiscuous
        self._wants_follow_ups = follow_ups
        self._follower = Follower(names, self._look, poll)
        self._reader = reader or LoopReader()
        self._membership = Membership()
        self._counts: Counter[str] = Counter()
        flows = FlowTable(self._counts)
        flows.turns_away = turns_away
        self._links = Links(self._counts, flows)
        self._taps: dict[str, Tap] = {}
        self._apart: dict[str, frozenset[int]] = {}
        self._connections: dict[str, FollowUps] = {}
        self._failed: set[str] = set()
        self._own: frozenset[str] = frozenset()
        self._own_macs: frozenset[str] = frozenset()
        self._ring = RING
        self._came = InOrder(HOLD)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._later: asyncio.TimerHandle | None = None
        self._waiting = False
        self.follow_ups: deque[FollowUp] = deque(maxlen=KEPT)
        self.notes: list[str] = []
        self.notes_dropped = 0

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Those captured at this moment."""
        return tuple(tap.interface for tap in tuple(self._taps.values()))

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address this host has at this moment, on all interfaces, without scopes."""
        return self._own

    @property
    def own_macs(self) -> frozenset[str]:
        """The MACs of all interfaces of this host."""
        return self._own_macs

    @property
    def counts(self) -> dict[str, int]:
        """``received``: handed on; ``kernel_drops``: frames the rings had no room for;
        ``outgoing``: frames sent by or through this host; ``follow_ups``: connections seen;
        ``truncated`` is always 0."""
        made = self._sockets.made
        return {
            "received": self._counts["received"],
            "kernel_drops": sum(sock.drops for sock in made),
            "truncated": 0,
            "outgoing": sum(sock.outgoing for sock in made),
            "follow_ups": sum(each.seen for each in self._connections.values()),
        }

    def coverage(self) -> list[str]:
        """What capturing here cannot see, one sentence each."""
        blind = ["Unicast between other hosts is heard only as far as the switch sends it here."]
        if not self._promiscuous:
            blind.append("The cards keep back frames that are for others (--promiscuous).")
        for tap in self._taps.values():
            blind += tap.coverage()
        return blind

    def start(self) -> None:
        """Capture; raises ``SourceError``, and then nothing is left open."""
        self._loop = asyncio.get_running_loop()
        self._reader.start()
        try:
            everything, chosen = self._follower.begin()
            self._ring = max(SMALLEST_RING, RING // len(chosen))
            with self._reader.lock:
                self._learn(everything, chosen)
                for interface in chosen.values():
                    self._open(interface)
            self._follower.start()
        except SourceError:
            self._shut()
            raise

    def close(self) -> None:
        """Hand on what still waits in the rings, then close them; may be called twice."""
        self._reader.stop()
        for tap in self._taps.values():
            tap.socket.release()
        if self._taps:
            time.sleep(HOLD)  # until the kernel has handed over the blocks it was filling
        while self._receive():
            pass
        self._hand_on(float("inf"))
        connections = self.counts["follow_ups"]
        if connections and self._taps:
            self.notes.append(f"{connections:,} TCP connections began inside the segment")
        self._shut()

    def _shut(self) -> None:
        self._reader.stop()
        self._follower.close()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        for name in list(self._taps):
            self._close(name)
        self._membership.close()
        self._sockets.close()

    async def __aenter__(self) -> CaptureSource:
        self.start()
        return self

    async def __aexit__(self, *ended: object) -> None:
        self.close()

    def _readable(self, name: str) -> int:
        """A block is ready on that interface, or something is wrong with it; how many frames."""
        frames = self._receive()
        if not frames and (number := self._taps[name].socket.trouble()):
            _LOG.debug("%s: %s", name, errno.errorcode.get(number, number))
            self._reader.in_loop(self._follower.look_soon)
        self._hand_on(time.time())
        return frames

    def _receive(self) -> int:
        """One block of every ring; returns how many frames there were."""
        held, apart = self._came.held, self._apart
        return sum(tap.receive(held, apart.get(name)) for name, tap in self._taps.items())

    def _hand_on(self, now: float) -> None:
        """Give what came, once nothing older can come from another ring."""
        batch = self._came.ready(now, several=len(self._taps) > 1)
        if self._came.held and not self._waiting:
            self._waiting = True
            self._reader.in_loop(self._wait)
        if batch:
            self._counts["received"] += len(batch)
            self._on_batch(batch)

    def _wait(self) -> None:
        """Hand on what is held back, in a while."""
        if self._loop is not None:
            self._later = self._loop.call_later(HOLD, self._held_long_enough)

    def _held_long_enough(self) -> None:
        self._later = None
        with self._reader.lock:
            self._waiting = False
            self._hand_on(time.time())

    def _open(self, interface: Interface) -> None:
        """Capture on it. Raises SourceError."""
        name = interface.name
        sock = self._sockets.take(interface)
        if sock is None:
            raise SourceError(
                f"No capture socket is left for {name!r}.", "Start the watch again to have more."
            )
        read = self._links.holder(ETHERNET if sock.ethernet else BARE_IP, name)
        if self._wants_follow_ups and name not in self._connections:
            self._connections[name] = FollowUps(name, self.follow_ups)
        tap = Tap(interface, sock, read, self._connections.get(name))
        try:
            tap.listen(self._ring, promiscuous=self._promiscuous)
        except OSError as error:
            sock.release()
            self._sockets.give(sock)
            raise explain(error, name) from error
        tap.families = self._membership.join(interface.index)
        self._taps[name] = tap
        self._reader.add(sock.fileno(), partial(self._readable, name))

    def _close(self, name: str) -> None:
        tap = self._taps.pop(name)
        self._reader.remove(tap.socket.fileno())
        self._membership.leave(tap.interface.index)
        tap.socket.release()
        self._sockets.give(tap.socket)

    def _learn(self, everything: Sequence[Interface], chosen: dict[str, Interface]) -> None:
        self._own = own_addresses(everything)
        self._own_macs = frozenset(each.mac for each in everything if each.mac)
        self._apart = captured_apart(chosen)

    def _look(self, everything: Sequence[Interface], now: dict[str, Interface]) -> None:
        """Compare the interfaces with those that are captured, and follow."""
        with self._reader.lock:
            notes = self._compare(everything, now)
            self._hand_on(time.time())
        for note in notes:
            self._note(note)

    def _compare(self, everything: Sequence[Interface], now: dict[str, Interface]) -> list[str]:
        """Take the interfaces as they are now; what has changed, in words."""
        self._learn(everything, now)
        notes: list[str] = []
        for name, tap in list(self._taps.items()):
            if name not in now or now[name].index != tap.interface.index:
                notes.append(f"{name} went away")
                while tap.receive(self._came.held, self._apart.get(name)):
                    pass
                self._close(name)
        for interface in now.values():
            notes += self._follow(interface)
        return notes

    def _follow(self, interface: Interface) -> Iterator[str]:
        """Capture what has come, keep up with what has changed; gives the notes about it."""
        name = interface.name
        tap = self._taps.get(name)
        if tap is not None:
            # A membership may be forgotten with the last address.
            tap.families = self._membership.join(interface.index)
            if tap.change(interface):
                yield f"{name} changed its addresses"
            return
        try:
            self._open(interface)
        except SourceError as error:
            if name not in self._failed:
                self._failed.add(name)
                yield str(error)
        else:
            self._failed.discard(name)
            yield f"{name} joined"

    def _note(self, note: str) -> None:
        if len(self.notes) < NOTES_CAP:
            self.notes.append(note)
        else:
            self.notes_dropped += 1
        if self._on_change is not None:
            self._on_change(note)
