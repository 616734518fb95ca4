"""The network as the full screen sees it: the watcher that ``watch`` runs, and somebody who asks.

Asking is ``browse``'s, as in ``list``; everything that is heard goes through one pipeline. With
``asks=False`` nothing is ever sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from whoasks.cli.overhearing import OverheardWatch, ToldHearing
from whoasks.core.model import Asker, Event, Service, Summary
from whoasks.ui.live.outside import Ending, Say, Tell

if TYPE_CHECKING:
    from whoasks.cli.known_devices import KnownDevices
    from whoasks.config import Settings
    from whoasks.core.devices import Device
    from whoasks.core.habits import Learned
    from whoasks.sources.multicast import MulticastSource
    from whoasks.store import Keeper
    from whoasks.store.retention import Retention

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3_600.0
"""Seconds from one browse to the next; doubled each time (RFC 6762 §5.2)."""
LONGEST_BROWSE = 30.0
SOON = 5.0
"""Seconds after a browse in which a key does not start another one."""


class Living:
    """The network, watched and asked."""

    def __init__(
        self,
        loaded: Settings,
        interfaces: Sequence[str],
        keeper: Callable[[Say], Keeper],
        devices: KnownDevices,
        *,
        asks: bool = True,
        habits: Learned | None = None,
    ) -> None:
        """``keeper`` is made with what takes its sentences; ``habits``: what was learned before."""
        self.title = "this network"
        self._asks = asks
        self._report = _Report()
        self._said: Say = lambda sentence: None
        self._devices = devices
        self._watch = OverheardWatch(
            loaded, interfaces, keeper(self._say), self._report, self._say, habits=habits
        )
        self._watch.heard = devices.hear
        self._again = asyncio.Event()
        self._asking = False
        self._asked_at = 0.0
        self._why_not = ""
        self._ends = False
        self.broken = False
        self.last_words: list[str] = []
        """What was said when the screen was about to go."""

    async def run(self, tell: Tell, say: Say) -> Ending:
        """Watch, and ask now and then, until ``stop`` or a signal; then everything is kept."""
        self._report.to, self._said = tell, say
        task: asyncio.Task[None] | None = None

        def started(source: MulticastSource) -> None:
            nonlocal task
            self.title = ", ".join(each.name for each in source.interfaces)
            if self._asks:
                task = asyncio.get_running_loop().create_task(self._keep_asking(source))
                task.add_done_callback(self._asked)

        try:
            ending = await self._watch.run(None, started)
        finally:
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._watch.failure is not None:
            raise self._watch.failure
        return self._watch.chosen or ("interrupted" if ending == "interrupted" else "terminated")

    def stop(self, ending: Ending) -> None:
        """As in ``Feed``."""
        self._ends = True
        self._watch.end(ending)

    def services(self) -> Sequence[Service]:
        """As in ``Feed``."""
        pipeline = self._watch.pipeline
        return pipeline.inventory.services() if pipeline else ()

    def askers(self) -> Sequence[Asker]:
        """As in ``Feed``."""
        return self._watch.pipeline.askers() if self._watch.pipeline else ()

    def identify(self, offered: Sequence[Service]) -> Device | None:
        """As in ``Feed``."""
        return self._devices.identify(offered)

    def shown_at(self) -> float:
        """As in ``Feed``."""
        return time.time()

    def status(self) -> str:
        """Whether it asks at the moment."""
        if self._asking:
            return "asking"
        return "listening" if self._asks and not self._why_not else "listening only"

    def notes(self) -> Sequence[str]:
        """As in ``Feed``."""
        pipeline = self._watch.pipeline
        coverage = pipeline.coverage if pipeline else ()
        return [*coverage, *([self._why_not] if self._why_not else ()), *self._watch.notes()]

    def pause(self, paused: bool) -> None:
        """The network does not wait: it goes on being watched."""

    def ask(self) -> str:
        """As in ``Feed``; not again right after the last time."""
        if not self._asks or self._why_not:
            return self._why_not or "nothing is ever sent: --no-browse"
        if self._asking or time.monotonic() < self._asked_at + SOON:
            return "asked just now"
        self._again.set()
        return "asking once more"

    def faster(self, factor: float) -> str:
        """As in ``Feed``."""
        return "only a recording can be faster or slower"

    def _say(self, sentence: str) -> None:
        self._said(sentence)
        if self._ends:
            self.last_words.append(sentence)

    async def _keep_asking(self, source: MulticastSource) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._ask(source)
            self._again.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _ask(self, source: MulticastSource) -> None:
        from whoasks.browse.plan import Plan
        from whoasks.browse.session import BrowseError, Browser

        pipeline = self._watch.pipeline
        places = _places(source)
        if pipeline is None or not places:
            return
        inventory = pipeline.inventory
        hearing = ToldHearing(inventory, self._watch.tell)
        browser = Browser(Plan(inventory), hearing, self._watch.feed, places)
        self._watch.browser, self._asking = browser, True
        try:
            ending = await browser.run(LONGEST_BROWSE)
        except BrowseError as error:
            self._why_not = str(error)
            self._say(f"{error.sentence} Listening only")
        else:
            self._say(f"asked in {ending.packets} packets; {len(inventory):,} services")
        finally:
            self._watch.browser, self._asking = None, False
            self._asked_at = time.monotonic()

    def _asked(self, task: asyncio.Task[None]) -> None:
        """What went wrong while asking ends the watch, as it would end any other."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._watch.fail(error)


class Nothing:
    """A store that keeps nothing."""

    def save(self, events: Sequence[Event]) -> None:
        """Not kept."""

    def save_askers(self, askers: Sequence[Asker]) -> None:
        """Not kept."""

    def save_habits(self, learned: Learned) -> None:
        """Not kept."""

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]:
        """Nothing is there."""
        return {}

    def close(self) -> None:
        """Nothing is open."""


class _Report:
    """Takes events from the watcher to the screen."""

    to: Tell = staticmethod(lambda events: None)

    def tell(self, events: Iterable[Event]) -> None:
        """Hand them on."""
        self.to(list(events))

    def offer(self, services: Iterable[Service]) -> None:
        """Nothing: the screen asks for them."""

    def end(self, summary: Summary | None) -> None:
        """Nothing: the screen is about to go."""


def _places(source: MulticastSource) -> list[str | int]:
    """Where to ask from: IPv4 addresses, and indexes of interfaces with IPv6."""
    places: list[str | int] = []
    for interface in source.interfaces:
        places += interface.ipv4
        if interface.ipv6:
            places.append(interface.index)
    return places
