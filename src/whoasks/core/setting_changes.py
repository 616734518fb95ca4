"""What other settings would change, as one value. Nothing is compared here."""

from __future__ import annotations

from typing import Literal

import msgspec

from whoasks.core.model import Host

ChangeKind = Literal["appears", "vanishes", "changes", "silenced", "may appear", "may vanish"]


class Change(msgspec.Struct, frozen=True):
    """What becomes of one rule's findings about one host."""

    change: ChangeKind
    rule: str
    before: str
    """Severities under the settings in force, or by what role they are silenced."""
    after: str
    """The same under the settings that are tried."""
    host: Host
    interface: str
    vlan: int | None
    times: int
    """Findings, or bursts, that it is about."""
    first_seen: float
    last_seen: float
    source: str
    """The capture, or the store."""
    why: str
    """What was seen, in a sentence; raw."""
