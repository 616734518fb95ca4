"""A recording as the full screen sees it: played in its own time, at any speed. Sends nothing,
keeps nothing.
"""

from __future__ import annotations

import asyncio
import math
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from whoasks import knowledge
from whoasks.cli import terminal
from whoasks.cli.known_devices import KnownDevices
from whoasks.core.devices import Device
from whoasks.core.model import Asker, Datagram, Service
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings
from whoasks.sources.capture_file import CaptureError, CaptureFile
from whoasks.ui import roles
from whoasks.ui.live.outside import Ending, Say, Tell

STEP = 0.05
"""Seconds between two looks at which packets are due."""
SLOWEST, FASTEST = 1 / 16, 65_536.0
LONGEST_GAP = 60.0
"""Seconds of the recording that a silence lasts at most: nobody waits for a night to pass."""
_NOTE = "a capture holds what passed its tap: between others on a switch, no unicast"


class Playing:
    """One recording, from its first packet on. Raises CaptureError when it is none."""

    def __init__(
        self,
        path: Path,
        settings: CoreSettings,
        vendor: Callable[[str], str | None],
        *,
        speed: float = math.inf,
    ) -> None:
        """``speed``: seconds of the recording in a second; infinite for all of it at once."""
        self.title = path.name
        self.last_words: list[str] = []
        self.broken = False
        """Whether the recording broke off in a way that is an error."""
        self._settings = settings
        self._speed = speed
        self._file = CaptureFile(path)
        self._batches: Iterator[list[Datagram]] = self._file.read()
        self._waiting: deque[Datagram] = deque(next(self._batches, []))
        self._at = self._waiting[0].at if self._waiting else 0.0
        self._pipeline = Pipeline(settings, knowledge.load(), vendor=vendor)
        self._pipeline.note(_NOTE)
        self._devices = KnownDevices(vendor)
        self._paused = self._over = False
        self._stopped: asyncio.Event | None = None
        self._ending: Ending | None = None

    async def run(self, tell: Tell, say: Say) -> Ending:
        """Play; then stay at its end until ``stop`` or a signal."""
        loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        if self._ending is not None:  # somebody was quicker than the loop
            self._stopped.set()
        endings: dict[int, Ending] = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
        for number, ending in endings.items():
            loop.add_signal_handler(number, self.stop, ending)
        try:
            before = loop.time()
            while not self._stopped.is_set():
                if terminal.is_gone():
                    self.stop("terminated")
                now = loop.time()
                if not self._over and not self._paused:
                    self._play(now - before, tell, say)
                before = now
                rest = 0.0 if self._hurries() else STEP
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), rest)
        finally:
            for number in endings:
                loop.remove_signal_handler(number)
        return self._ending or "quit"

    def stop(self, ending: Ending) -> None:
        """As in ``Feed``."""
        self._ending = ending
        if self._stopped is not None:
            self._stopped.set()

    def services(self) -> Sequence[Service]:
        """As in ``Feed``."""
        return self._pipeline.inventory.services()

    def askers(self) -> Sequence[Asker]:
        """As in ``Feed``."""
        return self._pipeline.askers()

    def identify(self, offered: Sequence[Service]) -> Device | None:
        """As in ``Feed``."""
        return self._devices.identify(offered)

    def shown_at(self) -> float:
        """As in ``Feed``."""
        return self._at

    def status(self) -> str:
        """How far, and how fast."""
        if self._over:
            return "end of the recording"
        return "as fast as can be" if math.isinf(self._speed) else f"{self._speed:g} times as fast"

    def notes(self) -> Sequence[str]:
        """As in ``Feed``."""
        return [*self._pipeline.coverage, *self._pipeline.notes, *self._file.notes]

    def pause(self, paused: bool) -> None:
        """As in ``Feed``."""
        self._paused = paused

    def ask(self) -> str:
        """As in ``Feed``."""
        return "a recording cannot be asked"

    def faster(self, factor: float) -> str:
        """As in ``Feed``; from infinity the way down begins at the fastest."""
        now = FASTEST if math.isinf(self._speed) else self._speed
        wanted = now * factor
        self._speed = math.inf if wanted > FASTEST else max(wanted, SLOWEST)
        return self.status()

    def _hurries(self) -> bool:
        return math.isinf(self._speed) and not (self._over or self._paused)

    def _play(self, passed: float, tell: Tell, say: Say) -> None:
        """Let so many seconds pass here, and feed what falls due by that."""
        until = self._at + passed * self._speed if passed else self._at
        if not self._waiting and not self._fetch(say):
            self._end(tell)
            return
        if math.isinf(self._speed):
            due = list(self._waiting)
            self._waiting.clear()
        else:
            if self._waiting[0].at > until + LONGEST_GAP:
                until = self._waiting[0].at
            due = self._due(until)
            self._at = until
        self._feed(due, tell)

    def _due(self, until: float) -> list[Datagram]:
        """What was recorded by then; a packet that goes back in time is due at once."""
        due = []
        while self._waiting and self._waiting[0].at <= until:
            due.append(self._waiting.popleft())
        return due

    def _feed(self, due: list[Datagram], tell: Tell) -> None:
        self._devices.hear(due)
        events = list(self._pipeline.feed_all(due))
        if due and math.isinf(self._speed):
            self._at = max(self._at, due[-1].at)
        else:
            events += self._pipeline.advance(self._at)
        told = list(roles.told(events, self._settings.roles))
        if told:
            tell(told)

    def _fetch(self, say: Say) -> bool:
        """More of the file; False at its end."""
        try:
            more = next(self._batches, None)
        except CaptureError as error:
            self.broken = True
            say(str(error))
            self._pipeline.notes.append(str(error))
            return False
        self._waiting.extend(more or ())
        return bool(more)

    def _end(self, tell: Tell) -> None:
        self._over = True
        tell(list(roles.told(self._pipeline.finish(), self._settings.roles)))
