"""What speaks for a device being this or that: each TXT value, service type, name and MAC alone.

Nothing is decided here. Every piece of evidence comes from what strangers announced, so their
number is capped, and none is longer than a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import cast

import msgspec

from whoasks.core import device_readings
from whoasks.core.device_facts import DeviceFacts, NameShape, Says, What, pattern
from whoasks.core.device_groups import Group
from whoasks.core.model import Service
from whoasks.core.names import split, unescape_label

MAX_SERVICES = 128
"""Services of one device that are looked at; the busiest Macs and hubs offer about 30."""
MAX_EVIDENCE = 512
"""Pieces for one device: a hub with 30 services gives about 100."""
_SHOWN = 60
"""Characters of a value in the evidence's words."""
_NOTED_MACS = 4

OF_MAC = 0.99
"""Seen on the frame, whatever the device says of itself."""
OF_MADE_UP_MAC = 0.95
OF_MAC_VENDOR = 0.45
OF_TXT_MAC_VENDOR = 0.35
OF_PART_VENDOR = 0.1
"""A chip's maker is seldom the device's."""
OF_ICON = 0.4
OF_HINFO = 0.6

VendorOf = Callable[[str], str | None]
"""From a MAC to the name that the IEEE lists; None for a MAC made up by its device."""


class Evidence(msgspec.Struct, frozen=True):
    """One reason to believe one thing."""

    what: What
    value: str
    weight: float
    why: str
    rule: tuple[str, str]
    """What the reason is an instance of: the same one counts once, however often it is met."""


def gather(group: Group, facts: DeviceFacts, vendor_of: VendorOf) -> list[Evidence]:
    """All that a group's names, services and MACs say."""
    services = group.services[:MAX_SERVICES]
    found = list(
        islice(
            (
                evidence
                for source in (
                    _of_macs(group, facts, vendor_of),
                    _of_systems(group),
                    _of_hostnames(group.hostnames[:MAX_SERVICES], facts),
                    _of_services(services, facts),
                )
                for evidence in source
            ),
            MAX_EVIDENCE,
        )
    )
    return found + list(_of_told_macs(found, group.macs, facts, vendor_of))


def vendor_name(raw: str, facts: DeviceFacts) -> str:
    """The one name of a maker that others write in many ways."""
    known = facts.vendor(raw)
    return raw if known is None else known.name


def is_made_up(mac: str) -> bool:
    """Whether a MAC is locally administered: no maker's, and perhaps another one tomorrow."""
    return bool(int(mac[:2], 16) & 2)


def first_label(hostname: str) -> str:
    """A host name without its domain."""
    labels = split(hostname)
    return unescape_label(labels[0]).decode("utf-8", "backslashreplace") if labels else ""


def _of_services(services: Iterable[Service], facts: DeviceFacts) -> Iterator[Evidence]:
    offered: dict[str, None] = {}
    for service in services:
        yield from _of_txt(service, facts)
        yield from _of_instance(service, facts)
        offered[service.type] = None
    for type_ in offered:
        for offer in facts.offers.get(type_, ()):
            rule = ("offer", f"{offer.types[0]} {offer.weight}")
            for what, value in offer.claims():
                yield Evidence(what, value, offer.weight, f"offers {type_}", rule)


def _of_txt(service: Service, facts: DeviceFacts) -> Iterator[Evidence]:
    for name, value in service.txt.items():
        key = name.lower()
        known = facts.txt_keys.get((service.type, key))
        if known is None:
            continue
        for says in known.says:
            claimed = device_readings.read(value, says, facts)
            if claimed is None:
                continue
            why = f"TXT {name}={_short(value or '')} of {service.type}"
            yield from _of_value(says, claimed, why, ("txt", key), facts)


def _of_value(
    says: Says, claimed: str, why: str, rule: tuple[str, str], facts: DeviceFacts
) -> Iterator[Evidence]:
    if says.what == "vendor":
        claimed = vendor_name(claimed, facts)
    elif says.what == "model":
        product = facts.products.get(claimed.casefold())
        if product is not None and product.icon is not None:
            icon = f"{why}, a model announced for its picture"
            yield Evidence("kind", product.icon, OF_ICON, icon, rule)
            return
    yield Evidence(says.what, claimed, says.weight, why, rule)


def _of_instance(service: Service, facts: DeviceFacts) -> Iterator[Evidence]:
    for shape in facts.names:
        if shape.of == "host" or (shape.types and service.type not in shape.types):
            continue
        if shape.of == "workstation" and service.type != "_workstation._tcp":
            continue
        why = f"instance {_short(service.instance)} of {service.type}"
        yield from _of_name(service.instance, shape, why, facts)


def _of_hostnames(hostnames: Iterable[str], facts: DeviceFacts) -> Iterator[Evidence]:
    for hostname in hostnames:
        label = first_label(hostname)
        for shape in facts.names:
            if shape.of == "host":
                yield from _of_name(label, shape, f"host name {_short(label)}", facts)


def _of_name(name: str, shape: NameShape, why: str, facts: DeviceFacts) -> Iterator[Evidence]:
    found = pattern(shape.match).search(name)
    if found is None:
        return
    rule = ("name", shape.match)
    for what, value in shape.claims():
        yield Evidence(what, value, shape.weight, why, rule)
    for group, caught in found.groupdict().items():
        by = "mac" if group == "mac" else None
        says = Says(cast(What, group), shape.weight, by)
        claimed = device_readings.read(caught, says, facts)
        if claimed is not None:
            yield from _of_value(says, claimed, why, rule, facts)


def _of_macs(group: Group, facts: DeviceFacts, vendor_of: VendorOf) -> Iterator[Evidence]:
    for mac in group.macs:
        weight = OF_MADE_UP_MAC if is_made_up(mac) else OF_MAC
        yield Evidence("mac", mac, weight, "sender of its own address records", ("mac", mac))
        yield from _of_mac_vendor(mac, OF_MAC_VENDOR, facts, vendor_of)


def _of_told_macs(
    found: Iterable[Evidence], own: tuple[str, ...], facts: DeviceFacts, vendor_of: VendorOf
) -> Iterator[Evidence]:
    """Makers by the MACs that TXT records and names tell."""
    told = dict.fromkeys(e.value for e in found if e.what == "mac" and e.value not in own)
    for mac in islice(told, _NOTED_MACS):
        yield from _of_mac_vendor(mac, OF_TXT_MAC_VENDOR, facts, vendor_of)


def _of_mac_vendor(
    mac: str, weight: float, facts: DeviceFacts, vendor_of: VendorOf
) -> Iterator[Evidence]:
    raw = device_readings.plain(vendor_of(mac))
    if raw is None:
        return
    known = facts.vendor(raw)
    name = raw[: device_readings.LONGEST] if known is None else known.name
    why = f"MAC {mac} is registered to {_short(raw)}"
    if known is not None and known.part:
        weight, why = OF_PART_VENDOR, f"{why}, which makes parts"
    # One maker counts once, however many cards of it a device has.
    yield Evidence("vendor", name, weight, why, ("mac vendor", name))


def _of_systems(group: Group) -> Iterator[Evidence]:
    for system in group.systems:
        words = system.casefold().split()
        for word, os in _SYSTEMS.items():
            if word in words:
                yield Evidence("os", os, OF_HINFO, f"HINFO {_short(system)}", ("hinfo", os))


_SYSTEMS = {"linux": "Linux", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD"}


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
