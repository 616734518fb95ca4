"""TXT, model, type, name, MAC → what device this is. Evidence weighed; nothing else is asked.

Each claim has a weight from 0 to 1. Pieces of evidence for the same value add up as chances do,
w = 1 - (1-w1)(1-w2)…, so that many weak ones never outweigh a plain statement by much. Of
values that contradict each other the heaviest is told, the others stay in ``claims``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from whoasks.core.device_evidence import Evidence, VendorOf, gather, is_made_up
from whoasks.core.device_facts import CLAIMED, DeviceFacts, Family, Product, What, pattern
from whoasks.core.device_groups import Group, groups
from whoasks.core.device_senders import Senders
from whoasks.core.model import Service

MAX_VALUES = 8
"""Values kept for one claim: more of them are a joke, or an attack."""
MAX_WHY = 6
"""Reasons kept for one value."""
LEAST = 0.15
"""Lighter claims are guesses: they stay in ``claims`` and are not told."""
OF_VENDOR_KIND = 0.3
"""What a maker makes above all, for a device of its."""


class DeviceClaim(msgspec.Struct, frozen=True):
    """One value claimed of a device, and why."""

    what: What
    value: str
    weight: float
    """0 to 1."""
    why: tuple[str, ...]
    """The heaviest reason first; capped."""


class Device(msgspec.Struct, frozen=True):
    """One device, with all its services and what they come to."""

    hostnames: tuple[str, ...]
    services: tuple[Service, ...]
    addresses: tuple[str, ...]
    macs: tuple[str, ...]
    """Senders of its own address records."""
    claims: tuple[DeviceClaim, ...]
    """By ``What``, the heaviest first: the first one of each is what is told."""
    notes: tuple[str, ...] = ()
    """What could not be taken as evidence."""

    def told(self, what: What) -> str | None:
        """The heaviest value claimed, if there is one that is more than a guess."""
        claim = next((claim for claim in self.claims if claim.what == what), None)
        return claim.value if claim is not None and claim.weight >= LEAST else None

    @property
    def known(self) -> bool:
        """Whether it is known what it is: its kind or its model."""
        return self.told("kind") is not None or self.told("model") is not None


def devices(
    services: Iterable[Service],
    facts: DeviceFacts,
    vendor_of: VendorOf,
    senders: Senders | None = None,
    *,
    silent: bool = False,
) -> list[Device]:
    """The devices that offer these services; with ``silent``, those that offer none as well."""
    found = groups(services, senders, silent=silent)
    return [identify(group, facts, vendor_of) for group in found]


def identify(group: Group, facts: DeviceFacts, vendor_of: VendorOf) -> Device:
    """What one device is."""
    evidence = gather(group, facts, vendor_of)
    scale = _Scale(evidence)
    model = scale.heaviest("model")
    if model is not None:
        scale.add(_of_model(model, facts))
    vendor = scale.heaviest("vendor")
    if vendor is not None:
        scale.add(_of_vendor(vendor.value, facts))
    return Device(
        hostnames=group.hostnames,
        services=group.services,
        addresses=group.addresses,
        macs=group.macs,
        claims=tuple(scale.claims()),
        notes=tuple(_notes(group)),
    )


def as_record(device: Device, *, why: bool = False) -> dict[str, Any]:
    """``Service.device``: what is told, without what is not known; with ``why``, all claims."""
    record: dict[str, Any] = {}
    for what in CLAIMED:
        value = device.told(what)
        if value is not None:
            record[what] = value
    if why:
        record["why"] = [
            {"what": c.what, "value": c.value, "weight": c.weight, "because": list(c.why)}
            for c in device.claims
        ]
    return record


def attach(
    services: Iterable[Service], found: Iterable[Device], *, why: bool = False
) -> list[Service]:
    """The services with their ``device`` filled in, in their order."""
    records = {
        _key(service): as_record(device, why=why) or None
        for device in found
        for service in device.services
    }
    return [
        msgspec.structs.replace(service, device=records.get(_key(service))) for service in services
    ]


def only(found: Iterable[Device], services: Iterable[Service]) -> list[Device]:
    """The devices of these services with no others, in their order.

    They are known by all of their services all the same.
    """
    owners = {_key(service): device for device in found for service in device.services}
    chosen: dict[int, tuple[Device, list[Service]]] = {}
    for service in services:
        device = owners.get(_key(service))
        if device is not None:
            chosen.setdefault(id(device), (device, []))[1].append(service)
    return [
        msgspec.structs.replace(device, services=tuple(members))
        for device, members in chosen.values()
    ]


def _key(service: Service) -> tuple[str, str, str]:
    return service.instance, service.type, service.domain


def _notes(group: Group) -> Iterable[str]:
    for mac in group.macs:
        if is_made_up(mac):
            yield f"MAC {mac} is made up by the device (locally administered): it names no vendor"


def _of_model(model: DeviceClaim, facts: DeviceFacts) -> list[Evidence]:
    """What follows from the model, no surer than the model itself."""
    product = facts.products.get(model.value.casefold())
    family = next((f for f in facts.families if pattern(f.match).search(model.value)), None)
    found: list[Evidence] = []
    for entry in (product, family):
        found += [] if entry is None else _implied(model, entry)
    if product is not None and product.name is not None:
        why, rule = f"model {model.value}", ("product", model.value)
        found.append(Evidence("marketing_name", product.name, model.weight, why, rule))
    return found


def _implied(model: DeviceClaim, entry: Product | Family) -> list[Evidence]:
    why, rule = f"model {model.value}", ("model", model.value)
    weight = entry.weight * model.weight
    return [Evidence(what, value, weight, why, rule) for what, value in entry.claims()]


def _of_vendor(name: str, facts: DeviceFacts) -> list[Evidence]:
    vendor = facts.makers.get(name)
    if vendor is None or vendor.kind is None:
        return []
    return [
        Evidence("kind", vendor.kind, OF_VENDOR_KIND, f"vendor {vendor.name}", ("vendor", name))
    ]  # fmt: skip


class _Scale:
    """Evidence by claim and value."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._pans: dict[What, dict[str, dict[tuple[str, str], Evidence]]] = {}
        self.add(evidence)

    def add(self, evidence: Iterable[Evidence]) -> None:
        """Put in more; of one rule, the heaviest piece for a value counts."""
        for piece in evidence:
            pan = self._pans.setdefault(piece.what, {})
            value = piece.value.casefold()
            if value not in pan and len(pan) >= MAX_VALUES:
                continue
            rules = pan.setdefault(value, {})
            known = rules.get(piece.rule)
            if known is None or piece.weight > known.weight:
                rules[piece.rule] = piece

    def heaviest(self, what: What) -> DeviceClaim | None:
        """The claim that wins so far."""
        return next(iter(self._sorted(what)), None)

    def claims(self) -> list[DeviceClaim]:
        """All, in the order of ``What``; a version without its system says nothing."""
        found = [claim for what in CLAIMED for claim in self._sorted(what)]
        has_os = any(claim.what == "os" for claim in found)
        return [claim for claim in found if has_os or claim.what != "os_version"]

    def _sorted(self, what: What) -> list[DeviceClaim]:
        weighed = [
            _weigh(what, list(rules.values())) for rules in self._pans.get(what, {}).values()
        ]
        order: Callable[[DeviceClaim], tuple[float, str]] = lambda c: (-c.weight, c.value)  # noqa: E731
        return sorted(weighed, key=order)


def _weigh(what: What, pieces: list[Evidence]) -> DeviceClaim:
    doubt = 1.0
    for piece in pieces:
        doubt *= 1 - piece.weight
    pieces.sort(key=lambda piece: -piece.weight)
    why = tuple(dict.fromkeys(piece.why for piece in pieces))[:MAX_WHY]
    return DeviceClaim(what, pieces[0].value, round(1 - doubt, 2), why)
