"""A host points somebody else's service to another machine.

What it sees: an SRV record with another target for an instance that a living host owns, or an
address for a host name of which one host has been the only owner for the whole learning time,
from a host that was neither asked nor has probed for the name. The owner must be heard within ten
seconds after it: against a dead one a claim is a fail-over.

Why it matters: who browses next connects to the wrong machine. A host that means well probes
before it claims (RFC 6762 §8.1), and yields to the owner's defence (§9). What an owner says against
such a claim within two seconds is its defence, and accuses nobody.

Benign causes: fail-over that does not probe, docking, two PCs of one name. Without MACs it is
info: a host's other address family looks like a rival.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Disputed
from whoasks.core.model import Severity


class RecordHijack(Detector):
    """Judges disputes about where a service is."""

    rule = Rule(
        id="record-hijack",
        title="pointed another host's service elsewhere",
        severity=Severity.HIGH,
        evidence="claims",
        attack=("T1557",),
        benign=("fail-over", "docking", "two machines of one name"),
        references=("RFC 6762 §8.1, §9", "ATT&CK T1557"),
        roles=("reflector",),
    )

    def on_dispute(self, disputed: Disputed) -> Said:
        """See the class."""
        dispute = disputed.dispute
        sole = dispute.kind == "address" and disputed.segment.habits.is_owner(
            dispute.name, dispute.owner.key, dispute.at
        )
        if dispute.kind != "retarget" and not sole:
            return
        owner = dispute.owner.mac or next(iter(dispute.owner.addresses), "another host")
        yield Signal(
            f"announced, unasked and without a probe, that {dispute.shown} is at {dispute.after}, "
            f"where its owner {owner} is alive and says {dispute.before}",
            {"name": dispute.shown, "claimed": dispute.after, "owner": owner},
            {},
            (dispute.shown,),
            None if dispute.certain else Severity.INFO,
            about=dispute.claimant,
        )
