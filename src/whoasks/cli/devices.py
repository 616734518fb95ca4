"""The devices behind an inventory's services, with what is known of devices and MAC vendors.

For every command that shows or exports services: both tables are loaded here and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from whoasks.cli import options

if TYPE_CHECKING:
    from whoasks.core.device_senders import Senders
    from whoasks.core.devices import Device
    from whoasks.core.model import Datagram, Event, Service


def both(
    senders: Senders, feed: Callable[[Datagram], list[Event]]
) -> Callable[[Datagram], list[Event]]:
    """Packets for the inventory, and for who sent them."""

    def hear(datagram: Datagram) -> list[Event]:
        senders.feed(datagram)
        return feed(datagram)

    return hear


def identified(
    services: Iterable[Service], senders: Senders | None = None, *, silent: bool = False
) -> list[Device]:
    """What the hosts of these services are; with ``silent``, hosts without a service as well.

    Not inside a running event loop: the vendors' table is read by one of its own.
    """
    from whoasks import knowledge
    from whoasks.core import devices

    return devices.devices(services, knowledge.devices(), _vendors(), senders, silent=silent)


def attached(
    services: Iterable[Service], known: Iterable[Device], *, why: bool = False
) -> list[Service]:
    """The services with their ``device`` filled in; with ``why``, all claims and reasons."""
    from whoasks.core import devices

    return devices.attach(services, known, why=why)


def show(
    known: Sequence[Device],
    services: Sequence[Service],
    output: Path | None,
    *,
    no_color: bool,
    subtypes: bool,
    why: bool,
) -> None:
    """Print the devices of these services in their order, then those that offer none."""
    from whoasks.core import devices
    from whoasks.ui.devices import blocks

    shown = devices.only(known, services)
    shown += sorted((d for d in known if not d.services), key=lambda d: d.hostnames)
    if shown:
        options.show(blocks(shown, why=why, subtypes=subtypes), output, no_color=no_color)


@lru_cache(maxsize=1)
def _vendors() -> Callable[[str], str | None]:
    from whoasks.cli import vendors

    return asyncio.run(vendors.load())
