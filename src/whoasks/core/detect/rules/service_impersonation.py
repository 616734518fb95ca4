"""A host passes itself off as another one's service.

What it sees: an instance that a living host owns, announced with another port or other TXT data, or
right after a goodbye for it, by a host that was neither asked nor has probed for it; or one
device id announced by a second host of another name. The owner must be heard within ten seconds
after it.

Why it matters: who picks the printer or the screen by its name gets the stranger's. A host that
means well probes first (RFC 6762 §8.1) and takes another name when that one is held.

Benign causes: a replaced device, one product name twice, whose makers do not probe. Without MACs
it is info.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Disputed
from whoasks.core.model import Severity

_WHAT = {
    "port": "at another port",
    "txt": "with other details",
    "device": "with its device id",
    "retarget": "at another machine",
}


class ServiceImpersonation(Detector):
    """Judges disputes about what a service is."""

    rule = Rule(
        id="service-impersonation",
        title="passed itself off as another host's service",
        severity=Severity.HIGH,
        evidence="claims",
        attack=("T1557", "T1036.005"),
        benign=("a replaced device", "one product name twice"),
        references=("RFC 6762 §8.1, §9", "ATT&CK T1557, T1036.005"),
        roles=("reflector",),
    )

    def on_dispute(self, disputed: Disputed) -> Said:
        """See the class."""
        dispute = disputed.dispute
        if dispute.kind not in _WHAT or (dispute.kind == "retarget" and not dispute.parted):
            return
        owner = dispute.owner.mac or next(iter(dispute.owner.addresses), "another host")
        parted = ", right after a goodbye for it" if dispute.parted else ""
        yield Signal(
            f"announced {dispute.shown}, which {owner} owns and which is alive, "
            f"{_WHAT[dispute.kind]}{parted}",
            {"name": dispute.shown, "owner": owner},
            {},
            (dispute.shown,),
            None if dispute.certain else Severity.INFO,
            about=dispute.claimant,
        )
