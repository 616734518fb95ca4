"""A host says goodbye in another one's name.

What it sees: a record with a TTL of zero that another host owns, from a host that never
announced it, and its owner asserting the name again within two minutes, without having said
goodbye.

Why it matters: a goodbye takes a service off every screen at once (RFC 6762 §10.1). Only the
owner has reason to say it. That the owner goes on shows that it was not meant.

Benign causes: a reflector that relays goodbyes it misunderstood, an owner with two MACs. Without
MACs it is info: a host's other address family looks like a stranger.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Disputed
from whoasks.core.model import Severity


class ForeignGoodbye(Detector):
    """Judges goodbyes that their owner contradicts."""

    rule = Rule(
        id="foreign-goodbye",
        title="said goodbye in another host's name",
        severity=Severity.HIGH,
        evidence="claims",
        attack=("T1499", "T1557"),
        benign=("a reflector: give it the role `reflector`", "an owner with two network cards"),
        references=("RFC 6762 §10.1", "ATT&CK T1499, T1557"),
        roles=("reflector",),
    )

    def on_dispute(self, disputed: Disputed) -> Said:
        """See the class."""
        dispute = disputed.dispute
        if dispute.kind != "goodbye":
            return
        owner = dispute.owner.mac or next(iter(dispute.owner.addresses), "another host")
        yield Signal(
            f"said goodbye for {dispute.shown}, which {owner} owns and asserted again "
            f"{disputed.at - dispute.at:.1f} s later",
            {"name": dispute.shown, "owner": owner},
            {},
            (dispute.shown,),
            None if dispute.certain else Severity.INFO,
            about=dispute.claimant,
        )
