"""The settings the core works with, as values; ``whoasks.config`` reads them from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, get_args

import msgspec

from whoasks.core.detect.base import DetectorSettings

Role = Literal["hub", "inventory", "reflector", "sensor", "ignore"]
ROLES: tuple[str, ...] = get_args(Role)


class RoleEntry(msgspec.Struct, frozen=True):
    """A role given to a host. Exactly one of ``mac``, ``network`` and ``hostname`` is set.

    ``mac`` is lower-case with colons, ``hostname`` a lower-case ``name.local.``; ``until`` is
    the first moment (epoch seconds) at which the role no longer holds, None for no end.
    """

    role: Role
    reason: str
    mac: str | None = None
    network: IPv4Network | IPv6Network | None = None
    hostname: str | None = None
    until: float | None = None


class CoreSettings(msgspec.Struct, frozen=True):
    """What decides how packets become bursts and findings."""

    burst_gap: float = 10.0
    """Seconds of silence that end a burst."""
    close_after: float = 900.0
    """Seconds without a new signal after which a finding closes."""
    rules: Mapping[str, DetectorSettings] | None = None
    """Selected rules and their settings; None for every rule with its defaults."""
    roles: tuple[RoleEntry, ...] = ()
    learning: float = 7 * 86_400.0
    """Seconds of watching after which what is usual here is known."""
