"""ATT&CK's words for the techniques that the rules name: facts, no decisions.

Names and tactics are those of ATT&CK for Enterprise, version ``VERSION``.
"""

from __future__ import annotations

import msgspec

FRAMEWORK = "MITRE ATT&CK"
VERSION = "19"
"""In which TA0005 is called Stealth, and T1557.001 names mDNS."""

_SITE = "https://attack.mitre.org"


class Tactic(msgspec.Struct, frozen=True):
    """Why somebody does it."""

    id: str
    name: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"{_SITE}/tactics/{self.id}/"


class Technique(msgspec.Struct, frozen=True):
    """How somebody does it; a sub-technique has a dot in its id."""

    id: str
    name: str
    tactics: tuple[Tactic, ...]

    @property
    def parent(self) -> str:
        """The id of the technique that it is, or is part of."""
        return self.id.partition(".")[0]

    @property
    def url(self) -> str:
        """Its page."""
        return f"{_SITE}/techniques/{self.id.replace('.', '/')}/"


class Analytic(msgspec.Struct, frozen=True):
    """One of ATT&CK's recipes for detecting a technique."""

    id: str
    name: str
    technique: str
    url: str


RECONNAISSANCE = Tactic("TA0043", "Reconnaissance")
STEALTH = Tactic("TA0005", "Stealth")
CREDENTIAL_ACCESS = Tactic("TA0006", "Credential Access")
DISCOVERY = Tactic("TA0007", "Discovery")
LATERAL_MOVEMENT = Tactic("TA0008", "Lateral Movement")
COLLECTION = Tactic("TA0009", "Collection")
IMPACT = Tactic("TA0040", "Impact")

_BETWEEN = (CREDENTIAL_ACCESS, COLLECTION)

TECHNIQUES: dict[str, Technique] = {
    technique.id: technique
    for technique in (
        Technique("T1018", "Remote System Discovery", (DISCOVERY,)),
        Technique("T1021", "Remote Services", (LATERAL_MOVEMENT,)),
        Technique("T1036", "Masquerading", (STEALTH,)),
        Technique("T1036.005", "Match Legitimate Resource Name or Location", (STEALTH,)),
        Technique("T1046", "Network Service Discovery", (DISCOVERY,)),
        Technique("T1210", "Exploitation of Remote Services", (LATERAL_MOVEMENT,)),
        Technique("T1498", "Network Denial of Service", (IMPACT,)),
        Technique("T1499", "Endpoint Denial of Service", (IMPACT,)),
        Technique("T1557", "Adversary-in-the-Middle", _BETWEEN),
        Technique("T1557.001", "Name Resolution Poisoning and SMB Relay", _BETWEEN),
        Technique("T1595", "Active Scanning", (RECONNAISSANCE,)),
        Technique("T1595.001", "Scanning IP Blocks", (RECONNAISSANCE,)),
    )
}

MDNS_ENUMERATION = Analytic(
    "AN1059", "Analytic 1059", "T1046", f"{_SITE}/detectionstrategies/DET0376/#AN1059"
)
"""Enumeration of services over mDNS: what rules with T1046 are the network's side of."""


def technique(id_: str) -> Technique:
    """A technique by its id; one that is not in the table has its id for a name."""
    return TECHNIQUES.get(id_) or Technique(id_, id_, ())
