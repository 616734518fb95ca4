"""The live watcher at work: packets and the clock in, events kept first and shown second.

All but reading happens in one thread, inside one event loop. Nothing is sent.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

from whoasks.cli import errors, learning, terminal, vendors
from whoasks.cli.ahead import Ahead, failures_to
from whoasks.cli.losses import Losses
from whoasks.core.model import Datagram, Event
from whoasks.ui import roles

if TYPE_CHECKING:
    from whoasks.cli.report_events import Report
    from whoasks.config import Settings
    from whoasks.core.habits import Learned
    from whoasks.core.pipeline import Pipeline
    from whoasks.sources.multicast import MulticastSource
    from whoasks.sources.packet_capture import CaptureSource
    from whoasks.store import Keeper
    from whoasks.store.retention import Retention

    Source = MulticastSource | CaptureSource

Ending = Literal["time", "terminated", "interrupted", "failed"]

TICK = 1.0
"""Seconds between two looks at the clock: how late a burst may be closed."""

BEHIND = 1.0
"""Seconds that ticks stay behind the clock. Packets bear the time at which the kernel took them,
and one that still waits in a socket must not find that time has passed it by."""

LATE = 5.0
"""Seconds by which a burst may be closed later than its gap: ticks, and the pipeline's own."""

ASKERS_EVERY = HABITS_EVERY = 60.0


class Watch:
    """One run of the watcher."""

    def __init__(
        self,
        loaded: Settings,
        interfaces: Sequence[str],
        keeper: Keeper,
        report: Report,
        say: Callable[[str], None],
        *,
        habits: Learned | None = None,
        reload: Callable[[], Settings] | None = None,
        make_source: Callable[..., Source] | None = None,
    ) -> None:
        """``interfaces``: none for every suitable one; ``say`` takes sentences for a person;
        ``habits``: what earlier watches learned; ``reload`` reads the configuration again;
        ``make_source`` is called as ``MulticastSource`` is, which serves without it."""
        from whoasks.sources.multicast import MulticastSource

        self._loaded = loaded
        self._keeper = keeper
        self._report = report
        self._say = say
        make = make_source or MulticastSource
        self._ahead = Ahead(self.on_batch)
        self._source = make(
            interfaces,
            self._ahead.put,
            on_change=self._on_change,
            turns_away=self._ahead.turns_away,
        )
        self._losses = Losses(self._ahead.shedding, say, self._note)
        self._pipeline: Pipeline | None = None
        self._stopped = asyncio.Event()
        self._ending: Ending = "time"
        self._askers_at = self._habits_at = 0.0
        self._kept_for: Retention | None = None
        """What the keeper was told last of how long things are kept."""
        self._habits = habits
        self._reload = reload
        self._learned_until = 0.0
        """What was learned before this is kept, or was when the watch began."""
        self._parts: list[Learned] = []
        """What was learned until ``_habits_at``, as far as it still has to be kept."""
        self._lag = 0.0
        """Seconds that packets waited in the source, of late: in a flood, longer than BEHIND."""
        self.failure: BaseException | None = None
        """What ended the watch before its time, such as an output that nobody reads."""

    async def run(self, seconds: float | None, on_start: Callable[..., None]) -> Ending:
        """Watch until a signal, or for so many seconds; everything is written when it returns.

        ``on_start`` gets the source, once it listens. Raises SourceError before that.
        """
        from whoasks import knowledge
        from whoasks.core.pipeline import Pipeline

        loop = asyncio.get_running_loop()
        vendor = await vendors.load()
        self._ahead.start()
        self._source.start()
        try:
            own = self._source.own_addresses
            self._pipeline = Pipeline(
                self._loaded.core,
                knowledge.load(),
                own_addresses=own,
                vendor=vendor,
                habits=self._habits,
            )
            self._tell_links()
            self._learned_until = self._settled(time.time())
            for line in self._source.coverage():
                self._pipeline.note(line)
            with self._signals(loop), failures_to(loop, self.fail):
                on_start(self._source)
                await self._until(None if seconds is None else loop.time() + seconds)
        finally:
            self._finish(summarise=seconds is not None)
        return self._ending

    async def _until(self, deadline: float | None) -> None:
        """Tick until stopped or past the deadline (on the loop's clock)."""
        loop = asyncio.get_running_loop()
        while not self._stopped.is_set():
            left = TICK if deadline is None else min(TICK, deadline - loop.time())
            if left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), left)
            self._tick(time.time())

    def _tick(self, now: float) -> None:
        """Let time pass for the pipeline and the store."""
        assert self._pipeline is not None  # noqa: S101  set by run
        past = now - BEHIND - self._lag
        # Time must not pass by what was read and waits.
        oldest = self._ahead.oldest
        self.deal_with(self._pipeline.advance(past if oldest is None else min(past, oldest)), now)
        self._lag = 0.0
        self._keeper.retry(now)
        self._losses.look(self._source.counts)
        if not self._askers_at <= now < self._askers_at + ASKERS_EVERY:
            self._askers_at = now
            self._keeper.keep_askers(self._pipeline.askers(), now)
        self._keep_habits(now)
        if self._loaded.retention is not self._kept_for:
            self._kept_for = self._loaded.retention
            self._keeper.prune(now, self._kept_for)

    def _keep_habits(self, now: float) -> None:
        """Keep what changed in the last minute, a part at each tick."""
        assert self._pipeline is not None  # noqa: S101  set by run
        if not self._parts and not self._habits_at <= now < self._habits_at + HABITS_EVERY:
            self._habits_at = now
            learned = self._pipeline.learned(self._learned_until)
            self._parts = list(learning.parts(learned)) if learning.is_kept(learned) else []
        if self._parts and self._keeper.keep_habits(self._parts[0], now):
            del self._parts[0]
            if not self._parts:
                self._learned_until = self._settled(self._habits_at)

    def _settled(self, now: float) -> float:
        """What happened before this has been learned by ``now``: a burst counts from its last
        packet, but is over only after the gap."""
        return now - BEHIND - self._loaded.core.burst_gap - LATE

    @property
    def pipeline(self) -> Pipeline | None:
        """None until the source listens."""
        return self._pipeline

    def on_batch(self, batch: list[Datagram]) -> None:
        """What the source heard."""
        # Called only inside the loop, and the pipeline is made in the same turn in which the
        # source is started.
        assert self._pipeline is not None  # noqa: S101
        self._lag = max(0.0, time.time() - batch[-1].at)
        self.deal_with(self._pipeline.feed_all(batch), batch[-1].at)

    def _on_change(self, note: str) -> None:
        """An interface came, went, or has other addresses."""
        self._say(note)
        if self._pipeline is not None:
            self._tell_links()

    def _tell_links(self) -> None:
        """Who we are, and what is on the link of each interface."""
        assert self._pipeline is not None  # noqa: S101  set by run
        self._pipeline.set_own(self._source.own_addresses, self._source.own_macs)
        for each in self._source.interfaces:
            networks = tuple(ip_network(prefix) for prefix in each.prefixes)
            self._pipeline.set_prefixes(each.name, networks)

    def deal_with(self, made: Iterable[Event], now: float) -> None:
        """Keep, then show: what is on the screen can be looked up."""
        events = list(roles.told(made, self._loaded.core.roles))
        if not events:
            return
        self._keeper.keep(events, now)
        if self.failure is None:
            self._report.tell(events)

    def _note(self, line: str) -> None:
        assert self._pipeline is not None  # noqa: S101  set by run
        self._pipeline.note(line)

    def _finish(self, *, summarise: bool) -> None:
        """Close what is open, write everything, whatever went wrong before."""
        if self._pipeline is None:
            self._source.close()
            return
        now = time.time()
        try:
            # The last packets that wait in the sockets still count.
            self._source.close()
            self._ahead.drain()
            self._losses.look(self._source.counts)
            self._pipeline.notes += self.notes()
            self.deal_with(self._pipeline.finish(), now)
            if self.failure is None:
                self._report.end(self._pipeline.summary() if summarise else None)
        finally:
            self._keeper.keep_askers(self._pipeline.askers(), now)
            learned = self._pipeline.learned(self._learned_until)
            if learning.is_kept(learned):
                self._keeper.keep_habits(learned, now)
            self._keeper.finish(now)

    def notes(self) -> list[str]:
        """What the summary should say of the source: changes, and what it lost."""
        notes = list(self._source.notes)
        if self._source.notes_dropped:
            notes.append(f"and {self._source.notes_dropped:,} more changes of interfaces")
        return notes + self._losses.notes(self._source.counts)

    def stop(self, ending: Ending) -> None:
        """End in good order; before the watch has begun, as soon as it has."""
        self._ending = ending
        self._stopped.set()

    def fail(self, error: BaseException) -> None:
        """End because something went wrong."""
        if self.failure is None:
            self.failure = error
        self.stop("failed")

    @contextmanager
    def _signals(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """The first signal ends the watch in good order; a second one ends it at once."""
        endings: dict[int, Ending] = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}

        def stop(number: int) -> None:
            loop.remove_signal_handler(number)
            self.stop(endings[number])

        for number in endings:
            loop.add_signal_handler(number, stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._read_again)
        try:
            yield
        finally:
            for number in (*endings, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _read_again(self) -> None:
        """Go on with the configuration as it is now; with the old one when it has mistakes."""
        if terminal.is_gone():
            self.stop("terminated")
            return
        if self._reload is None or self._pipeline is None:
            return
        try:
            loaded = self._reload()
        except Exception as error:
            known = errors.of(error)
            if known is None:
                raise
            self._say(f"The configuration stays as it was. {known}")
            return
        self._loaded = loaded
        self._pipeline.configure(loaded.core)
        self._say("The configuration was read again. Interfaces and database are as they were")
