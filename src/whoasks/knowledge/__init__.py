"""What is known beforehand, read from the YAML files of this folder. Data, no judgement.

Read once at the edge and handed to the core as values. The files ship with the package, so
one that cannot be read is a defect of the package: ``msgspec`` and ``OSError`` pass through.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from whoasks.core.device_facts import (
    DeviceFacts,
    Family,
    NameShape,
    Offer,
    Product,
    Row,
    TxtKey,
    Vendor,
)
from whoasks.core.knowledge import AnswerShape, Knowledge, ToolShape

T = TypeVar("T")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    sources: dict[str, str]
    """Short name → where the facts were taken from; every entry's ``source`` is one of them."""


class ServiceType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One service type and what it is, for people."""

    type: str
    description: str = msgspec.field(name="is")
    source: str


class RemoteType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service type through which a host can be entered, and why it counts."""

    type: str
    why: str
    source: str


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Types that one kind of system asks for in one packet."""

    name: str
    types: frozenset[str]
    source: str


class ServiceTypes(_File, frozen=True):
    """``service_types.yaml``."""

    types: tuple[ServiceType, ...]


class RemoteAccess(_File, frozen=True):
    """``remote_access.yaml``."""

    rare: tuple[RemoteType, ...]
    common: tuple[RemoteType, ...]


class Bundles(_File, frozen=True):
    """``bundles.yaml``."""

    bundles: tuple[Bundle, ...]


class ToolShapes(_File, frozen=True):
    """``tool_shapes.yaml``."""

    tools: tuple[ToolShape, ...]
    answers: tuple[AnswerShape, ...]


class TxtKeys(_File, frozen=True):
    """``txt_keys.yaml``."""

    keys: tuple[TxtKey, ...]


class Devices(_File, frozen=True):
    """``devices.yaml``."""

    kinds: tuple[str, ...]
    """The words for what a device is."""
    offers: tuple[Offer, ...]
    names: tuple[NameShape, ...]
    families: tuple[Family, ...]
    products: tuple[Product, ...]
    tables: tuple[Row, ...]
    vendors: tuple[Vendor, ...]


class AppleModels(_File, frozen=True):
    """``apple_models.yaml``."""

    models: tuple[Product, ...]


def read(name: str, kind: type[T]) -> T:
    """One file of this folder as its struct."""
    return msgspec.yaml.decode((files(__package__) / name).read_bytes(), type=kind)


@lru_cache(maxsize=1)
def load() -> Knowledge:
    """All that the core is told."""
    types = read("service_types.yaml", ServiceTypes).types
    remote = read("remote_access.yaml", RemoteAccess)
    shapes = read("tool_shapes.yaml", ToolShapes)
    return Knowledge(
        service_types={entry.type: entry.description for entry in types},
        remote_rare=frozenset(entry.type for entry in remote.rare),
        remote_common=frozenset(entry.type for entry in remote.common),
        tool_shapes=shapes.tools,
        answer_shapes=shapes.answers,
    )


@lru_cache(maxsize=1)
def bundles() -> tuple[Bundle, ...]:
    """The known bundles, for explaining a packet that asks for many types."""
    return read("bundles.yaml", Bundles).bundles


@lru_cache(maxsize=1)
def devices() -> DeviceFacts:
    """What tells devices apart. Apart from ``load``: detection does without it."""
    known = read("devices.yaml", Devices)
    apple = read("apple_models.yaml", AppleModels)
    offers: dict[str, tuple[Offer, ...]] = {}
    for offer in known.offers:
        for type_ in offer.types:
            offers[type_] = (*offers.get(type_, ()), offer)
    beginnings = {begin: vendor for vendor in known.vendors for begin in vendor.begins}
    return DeviceFacts(
        txt_keys={
            (type_, entry.key.lower()): entry
            for entry in read("txt_keys.yaml", TxtKeys).keys
            for type_ in entry.types
        },
        offers=offers,
        names=known.names,
        families=known.families,
        products={
            model.casefold(): product
            for product in (*known.products, *apple.models)
            for model in product.ids
        },
        tables={(row.table, row.value): row for row in known.tables},
        vendors=beginnings,
        makers={vendor.name: vendor for vendor in known.vendors},
        longest=max(len(begin.split()) for begin in beginnings),
    )
