"""Everything that the screen shows, as five tables. Events and snapshots go in. Pure.

Events tell of changes as they happen; snapshots, taken now and then, bring what happens in
silence: refreshed times, askers, services that had to make room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from whoasks.core.devices import Device, as_record
from whoasks.core.model import (
    Asker,
    Event,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
)
from whoasks.ui.live import askers, findings, hosts, moments, services
from whoasks.ui.live.homes import Homes
from whoasks.ui.live.hosts import HostView
from whoasks.ui.live.table import Table

TITLES = ("Services", "Hosts", "Askers", "Findings", "Timeline")

AT_ONCE = 100
"""Hosts that are looked at in one ``settle``: to say what one is takes a tenth of a millisecond
and more."""

MOST_ADDRESSES = 20_000
"""Addresses remembered with their hosts before they are looked through."""

Identify = Callable[[Sequence[Service]], Device | None]
"""What the device is that offers these."""


class State:
    """The five tables and what holds them together."""

    def __init__(self, identify: Identify = lambda offered: None) -> None:
        self._identify = identify
        self.services = Table(services.LOOK)
        self.hosts = Table(hosts.LOOK)
        self.askers = Table(askers.LOOK)
        self.findings = Table(findings.LOOK)
        self.timeline = Table(moments.LOOK)
        self.tables: tuple[Table[Any], ...] = (
            self.services, self.hosts, self.askers, self.findings, self.timeline,
        )  # fmt: skip
        """In the order of ``TITLES``."""
        self._offered: dict[str, dict[str, Service]] = {}
        """Host → its services, by their keys."""
        self._placed: dict[str, Service] = {}
        """Services as they were placed, by their keys."""
        self._by_address: dict[str, str] = {}
        self._asking: dict[str, Asker] = {}
        """Host → the asker that belongs to it."""
        self._asks_as: dict[str, str] = {}
        """Asker → host."""
        self._homes = Homes()
        self._devices: dict[str, dict[str, Any]] = {}
        """Host → what it is, as services show it."""
        self._dirty: dict[str, None] = {}
        self._number = 0

    # What goes in; ``now`` is the screen's clock, by which marks fade.

    def take(self, events: Iterable[Event], now: float) -> None:
        """Events as they come."""
        for event in events:
            self._number += 1
            for moment in moments.moments(event, self._number):
                self.timeline.put(moment, now)
            match event:
                case ServiceSeen() | ServiceChanged():
                    self._serve(event.service, now)
                case ServiceGone():
                    self._serve(event.service, now, gone=True)
                case FindingOpened() | FindingUpdated() | FindingClosed():
                    self.findings.put(event.finding, now)

    def renew_services(self, known: Iterable[Service], now: float) -> None:
        """All services as they are now; what is not among them has been let go."""
        seen: set[str] = set()
        for fresh in known:
            key = services.key(fresh)
            seen.add(key)
            before = self.services.get(key)
            service = self._with_device(fresh)
            if before is None or not _only_later(before, service):
                self._serve(fresh, now, gone=service.stale)
            elif before.last_seen != service.last_seen:
                self.services.touch(service)
                self._refresh(key, service)
                self._age(service)
        for key in self._placed.keys() - seen:
            self.services.leave(key, now)
            self._unplace(key)
        if len(self._by_address) > MOST_ADDRESSES:
            # Those that were left behind by services which moved; what is offered says it anew.
            self._by_address = {
                address: host
                for host, offered in self._offered.items()
                for service in offered.values()
                for address in service.addresses
            }

    def renew_askers(self, known: Iterable[Asker], now: float) -> None:
        """All askers as they are now."""
        seen: set[str] = set()
        for asker in known:
            key = hosts.asker_key(asker)
            seen.add(key)
            before = self.askers.get(key)
            if before != asker:
                found_more = before is not None and before.findings != asker.findings
                self.askers.put(asker, now, mark="changed" if found_more else None)
            self._place_asker(key, asker)
        for key in self._asks_as.keys() - seen:
            self.askers.leave(key, now)
            host = self._asks_as.pop(key)
            self._asking.pop(host, None)
            self._dirty[host] = None

    def settle(self, now: float) -> None:
        """Bring the hosts up to date after the above; many at once take several calls."""
        for key in list(islice(self._dirty, AT_ONCE)):
            del self._dirty[key]
            offered = list(self._offered.get(key, {}).values())
            asker = self._asking.get(key)
            device = self._device(key, offered)
            if offered or asker:
                self._show_host(hosts.view(key, offered, asker, device), now)
            else:
                self.hosts.leave(key, now)

    # How it hangs together.

    def _serve(self, fresh: Service, now: float, *, gone: bool = False) -> None:
        service = self._with_device(fresh)
        key = services.key(service)
        self.services.put(service, now, mark="gone" if gone else "changed")
        self._place(key, service)

    def _with_device(self, service: Service) -> Service:
        if service.device is not None:
            return service
        known = self._devices.get(self._host_for(service) or "")
        return msgspec.structs.replace(service, device=known) if known else service

    def _host_for(self, service: Service) -> str | None:
        return hosts.key_of(service) or self._homes.of(service)

    def _place(self, key: str, service: Service) -> None:
        before = self._placed.get(key)
        host = hosts.key_of(service)
        if before is not None and hosts.key_of(before) == host:
            self._refresh(key, service)
        else:
            self._unplace(key)
            self._homes.add(key, service, host)
            self._refresh(key, service)
        if host is not None:
            self._by_address.update(dict.fromkeys(service.addresses, host))
        changed = host or self._homes.of(service)
        if changed:
            self._dirty[changed] = None

    def _refresh(self, key: str, service: Service) -> None:
        self._placed[key] = service
        host = hosts.key_of(service)
        if host is not None:
            self._offered.setdefault(host, {})[key] = service

    def _age(self, service: Service) -> None:
        """Its host was heard of as lately as it was; nothing else about it is new."""
        host = self.hosts.get(self._host_for(service) or "")
        if host is not None and host.last_seen < service.last_seen:
            self.hosts.touch(msgspec.structs.replace(host, last_seen=service.last_seen))

    def _unplace(self, key: str) -> None:
        service = self._placed.pop(key, None)
        if service is None:
            return
        host = hosts.key_of(service)
        home = self._homes.of(service)
        self._homes.remove(key, service, host)
        if home is not None:
            self._dirty[home] = None
        if host is None:
            return
        offered = self._offered[host]
        del offered[key]
        if not offered:
            del self._offered[host]
            self._devices.pop(host, None)
            for address in service.addresses:
                if self._by_address.get(address) == host:
                    del self._by_address[address]
        self._dirty[host] = None

    def _device(self, host: str, offered: Sequence[Service]) -> Device | None:
        """What the host is; its services show it from now on."""
        guests = {
            services.key(guest): guest
            for service in offered
            for guest in self._homes.guests(host, service)
        }
        members = [*offered, *guests.values()]
        device = self._identify(members) if members else None
        record = as_record(device) if device else {}
        if record != self._devices.get(host, {}):
            self._devices[host] = record
            for service in members:
                if service.device != (record or None):
                    shown = msgspec.structs.replace(service, device=record or None)
                    self.services.touch(shown)
                    self._refresh(services.key(shown), shown)
        return device

    def _place_asker(self, key: str, asker: Asker) -> None:
        host = self._host_that_asks(key, asker)
        before = self._asks_as.get(key)
        if before is not None and before != host:
            self._asking.pop(before, None)
            self._dirty[before] = None
        if before != host or self._asking.get(host) != asker:
            self._asks_as[key] = host
            self._asking[host] = asker
            self._dirty[host] = None

    def _host_that_asks(self, key: str, asker: Asker) -> str:
        hostname = asker.host.hostname
        by_name = f"name {hostname.casefold()}" if hostname else ""
        if by_name in self._offered:
            return by_name
        known = (self._by_address.get(address) for address in asker.host.addresses)
        return next((host for host in known if host), key)

    def _show_host(self, host: HostView, now: float) -> None:
        before = self.hosts.get(host.key)
        if before is None:
            self.hosts.put(host, now)
        elif host.stale and not before.stale:
            self.hosts.put(host, now, mark="gone")
        elif _told(host) != _told(before):
            self.hosts.put(host, now)
        else:
            self.hosts.put(host, now, mark=None)


def _only_later(before: Service, after: Service) -> bool:
    """Whether nothing but the time it was last heard of differs."""
    return before == after or before == msgspec.structs.replace(after, last_seen=before.last_seen)


def _told(host: HostView) -> tuple[object, ...]:
    """What of a host is worth a mark when it changes."""
    return host.addresses, len(host.services), host.what
