"""The shape of what is known about devices; ``whoasks.knowledge`` reads it from YAML.

Values and look-ups only: nothing here weighs one fact against another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

import msgspec

What = Literal[
    "kind", "vendor", "model", "marketing_name", "os", "os_version", "software", "firmware", "mac"
]
"""What can be claimed of a device."""
CLAIMED: tuple[What, ...] = get_args(What)

Tells = Literal["name", "location", "account", "activity", "serial", "mac", "id", "firmware"]
"""What a TXT value gives away to everybody on the link."""


class _Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    source: str
    """A key of the file's ``sources``."""


class Says(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A claim that a TXT value makes."""

    what: What
    weight: float
    """0 to 1: how far to trust it."""
    by: str | None = None
    """How it is read (``device_readings``); None: as it stands."""


class TxtKey(_Fact, frozen=True, kw_only=True):
    """One key of some service types' TXT records."""

    types: tuple[str, ...]
    key: str
    meaning: str = msgspec.field(name="is")
    like: str
    """An example of its value."""
    says: tuple[Says, ...] = ()
    tells: Tells | None = None


class _Said(_Fact, frozen=True, kw_only=True):
    """Claims that an entry makes when it fits."""

    weight: float = 0.9
    kind: str | None = None
    vendor: str | None = None
    os: str | None = None

    def claims(self) -> list[tuple[What, str]]:
        """What is claimed, in the order of the fields."""
        said: list[tuple[What, str | None]] = [
            ("kind", self.kind),
            ("vendor", self.vendor),
            ("os", self.os),
        ]
        return [(what, value) for what, value in said if value is not None]


class Offer(_Said, frozen=True, kw_only=True):
    """What it means that a device offers one of these types."""

    types: tuple[str, ...]


class NameShape(_Said, frozen=True, kw_only=True):
    """What a name of this shape says. Groups named after a claim make it with what they caught."""

    of: Literal["host", "instance", "workstation"]
    """``workstation``: instances of that type alone."""
    match: str
    """A regular expression, case apart, searched in the name."""
    like: str
    types: tuple[str, ...] = ()
    """Only in instances of these types; all when empty."""


class Family(_Said, frozen=True, kw_only=True):
    """What the form of a model says."""

    match: str
    """A regular expression, searched in the model."""
    like: str


class Product(_Said, frozen=True, kw_only=True):
    """Models that are known one by one."""

    ids: tuple[str, ...]
    name: str | None = None
    """Under which it is sold."""
    icon: str | None = None
    """The kind of device that announces this model for its picture, being none."""


class Row(_Fact, frozen=True, kw_only=True):
    """A value and what it stands for, in a table that ``Says.by`` names."""

    table: str
    value: str
    gives: str


class Vendor(_Fact, frozen=True, kw_only=True):
    """A maker, and how its name begins where others write it."""

    name: str
    begins: tuple[str, ...]
    kind: str | None = None
    """What it makes above all."""
    part: bool = False
    """It makes chips and modules that others build in."""


class DeviceFacts(msgspec.Struct, frozen=True):
    """All that is known about devices, ready to be looked up."""

    txt_keys: Mapping[tuple[str, str], TxtKey] = {}
    """By service type and lower-case key."""
    offers: Mapping[str, tuple[Offer, ...]] = {}
    """By service type."""
    names: tuple[NameShape, ...] = ()
    families: tuple[Family, ...] = ()
    products: Mapping[str, Product] = {}
    """By lower-case model."""
    tables: Mapping[tuple[str, str], Row] = {}
    """By table and lower-case value."""
    vendors: Mapping[str, Vendor] = {}
    """By how a name begins, lower-case."""
    makers: Mapping[str, Vendor] = {}
    """By name."""
    longest: int = 0
    """Words in the longest beginning of ``vendors``."""

    def vendor(self, name: str) -> Vendor | None:
        """The maker whose name, or whose product's name, begins like this."""
        words = _words(name)
        for count in range(min(self.longest, len(words)), 0, -1):
            found = self.vendors.get(" ".join(words[:count]))
            if found is not None:
                return found
        return None


@lru_cache(maxsize=512)
def pattern(expression: str) -> re.Pattern[str]:
    """One of our own expressions, compiled once."""
    return re.compile(expression, re.IGNORECASE)


@lru_cache(maxsize=4_096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(re.sub(r"[^\w&-]+", " ", name[:128].casefold()).split())
