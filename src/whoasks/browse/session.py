"""The browse itself: a plan's packets out through zeroconf, what is heard into the inventory.

The only place in the program that transmits. Multicast answers come in by ``hear``, from
the same sockets that ``watch`` listens on, so that nothing zeroconf refuses is lost; what
only zeroconf's own sockets saw (unicast answers) comes in through its record listener.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

import msgspec
from zeroconf import (  # type: ignore[attr-defined]  # public, though not listed in __all__
    DNSOutgoing,
    DNSRecord,
    RecordUpdate,
    RecordUpdateListener,
    Zeroconf,
)
from zeroconf.asyncio import AsyncZeroconf

from whoasks.browse.foreign import record_of
from whoasks.core.model import (
    Datagram,
    Event,
    Message,
    Record,
    ServiceChanged,
    ServiceSeen,
)
from whoasks.core.records import LEAVE_AFTER

_SETTLE = 0.005
"""Seconds to let packets that arrive together be read before looking at them."""
_LEFT_BEHIND = 0.1
"""Seconds after which a record that only zeroconf heard did not come by multicast."""
_MOST_LEFT_BEHIND = 10_000
_VIA_ZEROCONF = "zeroconf"
"""Host key of records whose sender zeroconf does not tell."""

_IDLE = 0.1
"""Seconds without a question due that are long enough to do something else in."""
_ANSWERED = 0.12
"""Seconds after a question in which most of its answers come (RFC 6762 §6)."""

Reason = Literal["quiet", "timeout", "interrupted"]
Feed = Callable[[Datagram], Sequence[Event]]


class Asking(Protocol):
    """What asks: ``Plan``, or ``Lookup``."""

    rounds: int
    packets: int
    last_news: float
    found: int
    answer_time: float

    def news(self, now: float, found: int = 1) -> None:
        """Something new was heard."""

    def due(self, now: float) -> list[bytes]:
        """The packets to send at this moment."""

    def next_at(self, now: float) -> float:
        """When to call ``due`` again at the latest."""

    def is_quiet(self, now: float) -> bool:
        """Whether it is enough."""


class Hearing(Protocol):
    """What takes in answers: ``Inventory``, or ``Answers``."""

    def advance(self, at: float, *, wholly: bool = False) -> Sequence[Event]:
        """Let time pass."""

    def knows(self, record: Record) -> bool:
        """Whether that record was heard."""

    def observe(
        self, message: Message, at: float, interface: str, host_key: str
    ) -> Sequence[Event]:
        """Take in a message of which only the records are known."""


class BrowseError(Exception):
    """Asking is not possible here: one sentence, and what to do about it (exit code 3)."""

    exit_code = 3

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.sentence = sentence
        self.remedy = remedy


class Ending(msgspec.Struct, frozen=True):
    """How a browse ended."""

    reason: Reason
    quiet_for: float
    """Seconds since anything new was heard."""
    took: float
    rounds: int
    packets: int
    """Query packets, each sent once for every interface and address family."""
    found: int = 0
    """New instances and types of the last round."""
    waited: float = 0.0
    """Seconds that answers to a question were waited for."""


class Browser:
    """One browse over the given interfaces, into the given inventory."""

    def __init__(
        self,
        plan: Asking,
        inventory: Hearing,
        feed: Feed,
        interfaces: Sequence[str | int],
    ) -> None:
        """``interfaces``: IPv4 addresses to ask from, and indexes for IPv6.

        ``feed`` takes a datagram into ``inventory`` and gives what changed by it.
        """
        self._plan = plan
        self._inventory = inventory
        self._feed = feed
        self._interfaces = list(interfaces)
        self._woken = asyncio.Event()
        self._clock: Callable[[], float] = lambda: 0.0
        self._offset: float | None = None
        """Packet time less loop time."""
        self._began = 0.0
        self._left_behind: list[tuple[float, DNSRecord]] = []
        self._on_idle: Callable[[], None] | None = None

    def hear(self, datagrams: Iterable[Datagram]) -> None:
        """Take in what the multicast sockets received."""
        now = self._clock()
        for datagram in datagrams:
            self._offset = datagram.at - now
            self._note(self._feed(datagram), now)
        self._woken.set()

    async def run(
        self,
        timeout: float | None = None,
        on_tick: Callable[[], None] | None = None,
        on_idle: Callable[[], None] | None = None,
    ) -> Ending:
        """Ask until nothing new comes, at most ``timeout`` seconds. Raises ``BrowseError``.

        ``on_idle`` is called once, when there is nothing to ask for a while: what it does then
        takes none of the caller's time.
        """
        self._on_idle = on_idle
        self._clock = asyncio.get_running_loop().time
        # Its warnings quote names from the wire, and nothing it warns of changes a result.
        logging.getLogger("zeroconf").setLevel(logging.CRITICAL)
        try:
            voice = AsyncZeroconf(interfaces=self._interfaces)
        except (OSError, RuntimeError) as error:
            raise BrowseError(
                f"The mDNS port 5353 cannot be used for asking: {error}.",
                "Another program may hold it for itself: see 'whoasks doctor'.",
            ) from error
        try:
            await voice.zeroconf.async_wait_for_start()
            voice.zeroconf.async_add_listener(_Listener(self._left_behind, self._clock), None)
            return await self._ask(voice.zeroconf, timeout, on_tick)
        finally:
            await voice.async_close()

    def ending(self, reason: Reason) -> Ending:
        """How things stand now."""
        now = self._clock()
        plan = self._plan
        quiet, took = now - plan.last_news, now - self._began
        return Ending(reason, quiet, took, plan.rounds, plan.packets, plan.found, plan.answer_time)

    async def _ask(
        self, zeroconf: Zeroconf, timeout: float | None, on_tick: Callable[[], None] | None
    ) -> Ending:
        self._began = self._clock()
        until = self._began + timeout if timeout is not None else float("inf")
        asked = self._began
        while True:
            now = self._clock()
            self._take_left_behind(now)
            if self._offset is not None:
                self._inventory.advance(now + self._offset)
            for packet in self._plan.due(now):
                asked = now
                zeroconf.async_send(_Ready(packet))
            if on_tick is not None:
                on_tick()
            quiet = self._plan.is_quiet(now)
            if quiet or now >= until:
                self._settle_goodbyes(now)
                return self.ending("quiet" if quiet else "timeout")
            pause = min(self._plan.next_at(now), until) - now
            work = self._on_idle
            if work is not None and pause > _IDLE and now - asked > _ANSWERED:
                self._on_idle = None
                work()
                continue
            await self._pause(pause)

    def _settle_goodbyes(self, now: float) -> None:
        """What said goodbye or was replaced lingers for a second that nobody waits for any more."""
        if self._offset is not None:
            self._inventory.advance(now + self._offset + LEAVE_AFTER, wholly=True)

    async def _pause(self, seconds: float) -> None:
        """Wait that long, or until something is heard."""
        if self._left_behind:
            seconds = min(seconds, _LEFT_BEHIND)
        try:
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0.001))
        except TimeoutError:
            return
        self._woken.clear()
        await asyncio.sleep(_SETTLE)

    def _note(self, events: Iterable[Event], now: float) -> None:
        told = [event for event in events if isinstance(event, ServiceSeen | ServiceChanged)]
        if told:
            self._plan.news(now, sum(isinstance(event, ServiceSeen) for event in told))

    def _take_left_behind(self, now: float) -> None:
        """Records that zeroconf heard and the multicast sockets did not."""
        left = self._left_behind
        ripe = 0
        while ripe < len(left) and left[ripe][0] <= now - _LEFT_BEHIND:
            ripe += 1
        if not ripe:
            return
        records = [record for _, old in left[:ripe] if (record := record_of(old)) is not None]
        del left[:ripe]
        missed = tuple(r for r in records if not self._inventory.knows(r))
        if missed:
            message = Message(0, 0x8400, answers=missed, exact=False)
            at = now + (self._offset or 0.0)
            self._note(self._inventory.observe(message, at, "", _VIA_ZEROCONF), now)


class _Ready(DNSOutgoing):
    """A query that is already packed, in the form in which zeroconf sends."""

    def __init__(self, packet: bytes) -> None:
        super().__init__(0, multicast=True)
        self._packet = packet

    def packets(self) -> list[bytes]:
        return [self._packet]


class _Listener(RecordUpdateListener):
    """Keeps what zeroconf heard until it is known whether the other sockets heard it too."""

    def __init__(self, kept: list[tuple[float, DNSRecord]], clock: Callable[[], float]) -> None:
        self._kept = kept
        self._clock = clock

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        room = _MOST_LEFT_BEHIND - len(self._kept)
        heard = self._clock()
        self._kept += [(heard, update.new) for update in records[: max(room, 0)]]
