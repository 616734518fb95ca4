"""A host asks one machine directly instead of the group.

What it sees: a query addressed to a unicast address. From the link itself it is a weak sign; from
an address off the link it is a strong one. What is off-link: outside every prefix of the
interface; in a capture, what came through a router by its TTL, or whose address nobody here has
anything like. What cannot be told counts as on-link.

Why it matters: RFC 6762 §5.5 has responders answer unicast queries from the link alone, since
whoever asks from elsewhere maps a network that is not its own: answers leave it, and are used
for amplification. Scanners (nmap -sU, masscan) ask every address in turn.

Benign causes: routers that draw a map of devices, and machines behind a VPN. Between two others
a switch hides it.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import MDNS_PORT, Severity
from whoasks.core.packet import is_group

MAX_TARGETS = 256


class UnicastProbe(Detector):
    """Looks at where a query goes and where it comes from."""

    rule = Rule(
        id="unicast-probe",
        title="asked a machine directly",
        severity=Severity.LOW,
        evidence="shape",
        attack=("T1046", "T1595.001"),
        benign=("a router's device map", "a machine behind a VPN"),
        references=("RFC 6762 §5.5, §11", "ATT&CK T1046, T1595.001"),
        liftable=False,
        needs_unicast=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Nothing to set: one such packet is enough."""

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        flow = heard.flow
        if is_group(flow.destination) or flow.destination_port != MDNS_PORT:
            return
        if flow.destination in ("255.255.255.255", flow.source):
            return
        targets: dict[str, None] = heard.host.marks.setdefault(self.rule.id, {})
        if len(targets) < MAX_TARGETS:
            targets[flow.destination] = None
        why = heard.segment.prefixes.off_link(flow)
        whom = flow.destination if len(targets) == 1 else f"{len(targets)} machines"
        yield Signal(
            f"asked {whom} directly" + (f", from off the link ({why})" if why else ""),
            {"targets": len(targets), "off_link": why is not None},
            {"targets": 1},
            heard.said.means.names,
            Severity.HIGH if why else None,
        )
