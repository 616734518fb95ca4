"""One capture through a pipeline of its own, and what it came to, piece by piece.

Shows and keeps nothing, so that it is the same in this process and in another one.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from whoasks.cli import vendors
from whoasks.core.model import Asker, Datagram, Event, Service, Summary

if TYPE_CHECKING:
    from whoasks.core.habits import Learned
    from whoasks.core.pipeline import Pipeline
    from whoasks.core.settings import CoreSettings


class Source(Protocol):
    """A CaptureFile, or what has its face."""

    path: Path
    notes: list[str]
    consumed: int

    @property
    def counts(self) -> Counter[str]:
        """What was read and left out, by reason."""

    def read(self) -> Generator[list[Datagram], None, None]:
        """Batches of datagrams."""


class Outcome(msgspec.Struct):
    """What a capture came to, after all its events."""

    error: str | None = None
    """What was wrong with it; a sentence with its remedy."""
    summary: Summary | None = None
    """None when nothing could be read."""
    askers: list[Asker] = []
    services: list[Service] = []
    learned: Learned | None = None
    last: float = 0.0
    """Time of the latest packet."""


Piece = list[Event] | Outcome


class Reader:
    """Reads captures, each as a world of its own."""

    def __init__(self, settings: CoreSettings) -> None:
        from whoasks import knowledge

        self._settings = settings
        self._knowledge = knowledge.load()
        self._vendor = asyncio.run(vendors.load())

    def read(
        self,
        source: Source,
        ended: Callable[[], bool],
        *,
        habits: Learned | None = None,
        show: Callable[[Source], None] | None = None,
        cut_off: str = "interrupted; the rest of it was not read.",
    ) -> Iterator[Piece]:
        """Events as they come, an empty list first if there is anything to read, an Outcome last.

        ``ended`` is asked after every batch; an end that comes so is told in ``cut_off``'s words,
        where it has any.
        """
        from whoasks.sources.capture_stream import CaptureError, shown

        # A pipeline is a ring of objects, and rings that grow old are not looked for (``memory``).
        gc.collect()
        batches = source.read()
        try:
            batch = next(batches, [])
        except CaptureError as error:
            # Of a pipe that nobody has written to when it is time to end, nothing is wrong.
            yield Outcome(error=None if ended() else str(error))
            return
        yield []
        pipeline = self._pipeline(habits)
        outcome = Outcome()
        try:
            while batch:
                yield list(pipeline.feed_all(batch))
                outcome.last = max(outcome.last, batch[-1].at)
                if show is not None:
                    show(source)
                if ended():
                    break
                batch = next(batches, [])
        except CaptureError as error:
            outcome.error = str(error)
            pipeline.notes.append(str(error))
        finally:
            batches.close()
        if cut_off and ended():
            pipeline.notes.append(f"{shown(source.path)}: {cut_off}")
        pipeline.notes += source.notes
        yield pipeline.finish()
        yield _concluded(outcome, pipeline, source)

    def _pipeline(self, habits: Learned | None) -> Pipeline:
        from whoasks.core.pipeline import Pipeline as Made

        made = Made(self._settings, self._knowledge, vendor=self._vendor, habits=habits)
        made.note("a capture holds what passed its tap: between others on a switch, no unicast")
        return made


def _concluded(outcome: Outcome, pipeline: Pipeline, source: Source) -> Outcome:
    summary = pipeline.summary()
    # The pipeline only ever saw the mDNS packets of the file.
    packets = source.counts["packets"] or summary.packets
    outcome.summary = msgspec.structs.replace(summary, packets=packets)
    outcome.askers = pipeline.askers()
    outcome.services = list(pipeline.inventory.services())
    outcome.learned = pipeline.learned()
    return outcome
