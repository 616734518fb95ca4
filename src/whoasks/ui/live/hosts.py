"""The Hosts table: services, askers and findings of one host, put together. Pure.

A host is known by its host name, which its services give; an asker belongs to it by the same
name or by one of its addresses, and is a host of its own otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from whoasks.core.devices import Device, as_record
from whoasks.core.model import Asker, Service
from whoasks.ui.cells import dotless
from whoasks.ui.live import services
from whoasks.ui.live.columns import LOCAL, Column, by_address, numeric
from whoasks.ui.live.look import Grouping, Look
from whoasks.ui.live.moments import called, clock_of


class HostView(msgspec.Struct, frozen=True):
    """One host as the table shows it."""

    key: str
    name: str
    """Raw."""
    addresses: tuple[str, ...]
    mac: str | None
    vendor: str | None
    role: str | None
    device: Device | None
    """What it is, as far as is known, with the evidence."""
    services: tuple[Service, ...]
    asker: Asker | None
    first_seen: float
    last_seen: float

    @property
    def what(self) -> str:
        """What it is, in a few words; raw."""
        return services.device(as_record(self.device)) if self.device else ""

    @property
    def stale(self) -> bool:
        """Whether all that it offered is gone, and it does not ask."""
        return self.asker is None and all(service.stale for service in self.services)


def key_of(service: Service) -> str | None:
    """The key of a service's host; None where it is not known yet."""
    return None if service.hostname is None else f"name {service.hostname.casefold()}"


def asker_key(asker: Asker) -> str:
    """The key of a host of which nothing but its questions is known."""
    host = asker.host
    address = host.addresses[0] if host.addresses else ""
    return f"asker {asker.interface} {asker.vlan} {host.mac or address}"


def view(
    key: str, offered: Iterable[Service], asker: Asker | None, device: Device | None
) -> HostView:
    """The host with that key; it offers something, asks, or both."""
    listed = tuple(sorted(offered, key=lambda s: (s.stale, s.type, s.instance.casefold())))
    host = asker.host if asker else None
    found = dict.fromkeys(a for s in listed for a in s.addresses)
    found |= dict.fromkeys(host.addresses if host else ())
    times = [(s.first_seen, s.last_seen) for s in listed]
    times += [(asker.first_seen, asker.last_seen)] if asker else []
    hostname = listed[0].hostname if listed else None
    return HostView(
        key=key,
        name=dotless(hostname) if hostname else called(host) if host else "",
        addresses=tuple(sorted(found, key=by_address)),
        mac=(host and host.mac) or next(iter(device.macs if device else ()), None),
        vendor=(host and host.vendor) or (device.told("vendor") if device else None),
        role=host.role if host else None,
        device=device,
        services=listed,
        asker=asker,
        first_seen=min(first for first, _ in times),
        last_seen=max(last for _, last in times),
    )


def _types(host: HostView) -> str:
    short = (service.type.split(".")[0].removeprefix("_") for service in host.services)
    return ", ".join(dict.fromkeys(short))


def _live(host: HostView) -> int:
    return sum(not service.stale for service in host.services)


def _findings(host: HostView) -> int:
    return host.asker.findings if host.asker else 0


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


LOOK: Look[HostView] = Look(
    columns=(
        Column("Host", lambda h: h.name, least=16, share=3, most=48, ending=LOCAL),
        Column(
            "Address",
            lambda h: h.addresses[0] if h.addresses else "",
            lambda h: by_address(h.addresses[0] if h.addresses else None),
            least=15,
            share=1,
            most=40,
        ),
        Column("What", lambda h: h.what, least=14, share=3, most=48),
        Column(
            "Offers",
            lambda h: _count(_live(h)),
            lambda h: numeric(_live(h)),
            least=6,
            right=True,
            falling=True,
        ),
        Column("Types", _types, least=14, share=2, most=80, wide=96),
        Column(
            "Asked",
            lambda h: _count(h.asker.questions if h.asker else 0),
            lambda h: numeric(h.asker.questions if h.asker else 0),
            least=6,
            right=True,
            falling=True,
        ),
        Column(
            "Found",
            lambda h: _count(_findings(h)),
            lambda h: numeric(_findings(h)),
            least=5,
            right=True,
            falling=True,
            style=lambda h: "severity-high" if _findings(h) else "",
        ),
        Column("Seen", lambda h: clock_of(h.last_seen), lambda h: numeric(h.last_seen),
               least=8, falling=True, wide=96),
        Column("MAC", lambda h: h.mac or "", least=17, wide=132),
        Column("Vendor", lambda h: h.vendor or "", least=10, share=1, most=30, wide=132),
    ),
    key=lambda h: h.key,
    groupings=(
        Grouping("kind", lambda h: (h.device and h.device.told("kind")) or "kind not known"),
        Grouping("vendor", lambda h: h.vendor or "vendor not known"),
    ),
    stale=lambda h: h.stale,
    empty="No host has been heard yet.",
    more_words=lambda h: "\n".join(
        (*h.addresses, h.mac or "", h.vendor or "", h.role or "", h.what,
         *(service.instance for service in h.services))
    ),
)  # fmt: skip
