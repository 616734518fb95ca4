"""What is usual here: which host asks for what, since when; learned, bounded, kept between runs.

The values are what a store keeps; ``Habits`` is what a watch works with. A watch that starts
without any is still learning, and says so.
"""

from __future__ import annotations

import msgspec

MAX_HOSTS = 4_096
"""Hosts remembered; the one silent longest is forgotten first."""
MAX_TYPES = 128
"""Types remembered of one host."""
MAX_OWNERS = 4_096
"""Names whose sole owner is remembered."""


class TypeHabit(msgspec.Struct, frozen=True):
    """One service type that a host asks for."""

    type: str
    first: float
    """When it was asked for first, epoch seconds."""
    last: float
    days: int = 1
    """Different days (UTC) on which it was asked for."""
    alone: bool = False
    """First asked outside a bundle."""


class HostHabit(msgspec.Struct, frozen=True):
    """What one host usually does."""

    key: str
    """As the core names hosts: MAC and VLAN, else the address."""
    first_seen: float
    last_seen: float
    types: tuple[TypeHabit, ...] = ()


class OwnerHabit(msgspec.Struct, frozen=True):
    """A host name and the one host that has announced it."""

    name: str
    key: str
    since: float
    last: float


class Learned(msgspec.Struct, frozen=True):
    """All that was learned, as a store keeps it."""

    started: float
    """When the first watch of this store began."""
    hosts: tuple[HostHabit, ...] = ()
    owners: tuple[OwnerHabit, ...] = ()
    rules: dict[str, float] = {}
    """Rule → when it last fired for any host."""
