"""A watcher and a browser that share one pipeline: whatever either hears is kept and told once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from whoasks.cli.watching import Watch
from whoasks.core.model import Datagram, Event, Message, Record
from whoasks.ui.live.outside import Ending

if TYPE_CHECKING:
    from whoasks.browse.session import Browser
    from whoasks.core.inventory import Inventory


class OverheardWatch(Watch):
    """The watcher, with a browser that hears what it hears."""

    browser: Browser | None = None
    chosen: Ending | None = None
    heard: Callable[[Iterable[Datagram]], None]

    def end(self, ending: Ending) -> None:
        """End in good order; before it has begun, as soon as it has."""
        self.chosen = ending
        self.stop("interrupted" if ending == "interrupted" else "terminated")

    def feed(self, datagram: Datagram) -> list[Event]:
        """One packet into the pipeline, its events to whom they concern."""
        assert self.pipeline is not None  # noqa: S101  as in the watcher
        events = self.pipeline.feed(datagram)
        self.deal_with(events, datagram.at)
        return events

    def tell(self, events: Sequence[Event]) -> None:
        """Events that came about without a packet."""
        self.deal_with(events, time.time())

    def on_batch(self, batch: list[Datagram]) -> None:
        """Through the browser, while there is one."""
        self.heard(batch)
        if self.browser is None:
            super().on_batch(batch)
        else:
            self.browser.hear(batch)


class ToldHearing:
    """The inventory as a browser uses it; what that changes is told on."""

    def __init__(self, inventory: Inventory, tell: Callable[[Sequence[Event]], None]) -> None:
        self._inventory, self._tell = inventory, tell

    def advance(self, at: float, *, wholly: bool = False) -> Sequence[Event]:
        """As the inventory's."""
        return self._told(self._inventory.advance(at, wholly=wholly))

    def knows(self, record: Record) -> bool:
        """As the inventory's."""
        return self._inventory.knows(record)

    def observe(
        self, message: Message, at: float, interface: str, host_key: str
    ) -> Sequence[Event]:
        """As the inventory's."""
        return self._told(self._inventory.observe(message, at, interface, host_key))

    def _told(self, events: Sequence[Event]) -> Sequence[Event]:
        if events:
            self._tell(events)
        return events
