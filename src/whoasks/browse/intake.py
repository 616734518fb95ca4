"""Datagrams into an inventory and nothing else: what ``list`` needs of the pipeline."""

from __future__ import annotations

from whoasks.core import wire
from whoasks.core.inventory import Inventory
from whoasks.core.model import Datagram, Event


class Intake:
    """Decodes and hands on. Malformed packets are counted; to report them is the watcher's job."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.malformed = 0

    def feed(self, datagram: Datagram) -> list[Event]:
        """Take in one packet; what changed by it."""
        try:
            message = wire.decode(datagram.payload)
        except wire.MalformedMessage:
            self.malformed += 1
            return []
        flow = datagram.flow
        return self.inventory.observe(
            message, datagram.at, flow.interface, flow.mac or flow.source
        )  # fmt: skip

    def finish(self) -> list[Event]:
        """What the last packets changed and no later one has settled."""
        return self.inventory.advance(0.0, wholly=True)
