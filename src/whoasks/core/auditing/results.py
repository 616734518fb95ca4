"""What an audit comes to, as outputs take it. Apart from the checks, which are slow to load."""

from __future__ import annotations

import msgspec

from whoasks.core.model import Severity


class Exposure(msgspec.Struct, frozen=True):
    """One thing that a host gives away; explains itself."""

    id: str
    """Stable: the same check, host and subject have the same id."""
    check: str
    severity: Severity
    title: str
    grade: str
    """Of the whole host."""
    hostname: str | None
    addresses: tuple[str, ...]
    kind: str | None
    """What the device is, by what it announces."""
    subject: str
    says: str
    """What the host does: a sentence."""
    reason: str
    """Why that matters: the same for every host."""
    remedy: str
    references: tuple[str, ...]
    attack: tuple[str, ...]
    services: tuple[str, ...]
    """``instance.type``; none where it is the host's own name or address. Capped."""
    ports: tuple[int, ...]
    last_seen: float


class Grade(msgspec.Struct, frozen=True):
    """One host of an audit, with or without exposures."""

    grade: str
    """A (nothing to mend) to F."""
    hostname: str | None
    addresses: tuple[str, ...]
    kind: str | None
    reason: str
    high: int
    medium: int
    low: int
    info: int
    services: int
    checks: tuple[str, ...]
    """The checks that hit, worst first."""
    dropped: int = 0
    """Exposures beyond the cap, which are counted above and not listed."""


class AuditOf(msgspec.Struct, frozen=True):
    """One host with its exposures, worst first."""

    grade: Grade
    exposures: tuple[Exposure, ...]
