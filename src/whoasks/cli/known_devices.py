"""What a device is, for the full screen: the senders that were heard, and what is known of types,
names and vendors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from whoasks import knowledge
from whoasks.core.device_groups import Group
from whoasks.core.device_senders import Senders
from whoasks.core.devices import Device, identify
from whoasks.core.model import Datagram, Service


class KnownDevices:
    """Hears every packet, and says of services what offers them."""

    def __init__(self, vendor: Callable[[str], str | None]) -> None:
        self._vendor = vendor
        self._senders = Senders()
        self._facts = knowledge.devices()

    def hear(self, datagrams: Iterable[Datagram]) -> None:
        """Remember which host names come from which MAC."""
        for datagram in datagrams:
            self._senders.feed(datagram)

    def identify(self, offered: Sequence[Service]) -> Device:
        """The device with these services, which belong to one host."""
        names = dict.fromkeys(s.hostname for s in offered if s.hostname)
        told = [found for found in map(self._senders.get, names) if found is not None]
        group = Group(
            hostnames=tuple(names),
            services=tuple(offered),
            addresses=tuple(dict.fromkeys(a for s in offered for a in s.addresses)),
            macs=tuple(dict.fromkeys(mac for each in told for mac in each.macs)),
            systems=tuple(dict.fromkeys(system for each in told for system in each.systems)),
        )
        return identify(group, self._facts, self._vendor)
