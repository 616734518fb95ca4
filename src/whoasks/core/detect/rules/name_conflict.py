"""Two hosts give one host name different addresses.

What it sees: an address for a host name from a host that was neither asked nor has probed for
it, while another living host announces the name at other addresses.

Why it matters: it may be the beginning of a hijack, and it breaks connections either way. Once one
host has been the only owner for the whole learning time, ``record-hijack`` says so instead.

Benign causes: one machine with two network cards, docking, two PCs of one name.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Disputed
from whoasks.core.model import Severity


class NameConflict(Detector):
    """Judges disputes about host names."""

    rule = Rule(
        id="name-conflict",
        title="claimed another host's name",
        severity=Severity.LOW,
        evidence="claims",
        attack=("T1557",),
        benign=("one machine with two network cards", "docking", "two PCs of one name"),
        references=("RFC 6762 §9", "ATT&CK T1557"),
        roles=("reflector",),
    )

    def on_dispute(self, disputed: Disputed) -> Said:
        """See the class."""
        dispute = disputed.dispute
        if dispute.kind != "address" or disputed.segment.habits.is_owner(
            dispute.name, dispute.owner.key, dispute.at
        ):
            return
        owner = dispute.owner.mac or next(iter(dispute.owner.addresses), "another host")
        yield Signal(
            f"announced that {dispute.shown} is at {dispute.after}, where {owner} says "
            f"{dispute.before}",
            {"name": dispute.shown, "claimed": dispute.after, "owner": owner},
            {},
            (dispute.shown,),
            None if dispute.certain else Severity.INFO,
            about=dispute.claimant,
        )
