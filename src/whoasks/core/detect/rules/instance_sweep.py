"""A host resolves many service instances in a short time.

What it sees: SRV, TXT or ANY questions for distinct instances in one window, spread over
packets that each add some: at least three came in others than the largest packet.

Why it matters: resolving is the step after browsing: it yields host names, ports and the
details in TXT. Of 849 benign hosts 99 in 100 resolve 2 instances a minute or fewer; the most
was 36, all in the one packet in which a Linux desktop asks again for what it knows.

Benign causes: print dialogs, and file managers that refresh what they have cached.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity

BESIDE = 3
"""Instances that must have come beside the largest packet: a dialog that resolves a dozen printers
in one packet resolves one or two more when they are chosen."""


class InstanceSweep(Detector):
    """Counts instances asked for by name, and packets that add some."""

    cares = ("instances",)
    rule = Rule(
        id="instance-sweep",
        title="resolved many service instances",
        severity=Severity.MEDIUM,
        evidence="names",
        attack=("T1046", "T1018"),
        benign=("a print dialog", "a file manager that refreshes what it knows"),
        references=("RFC 6763 §5, §6", "ATT&CK T1046, T1018"),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults as measured; see the page."""

        instances: int = 10
        """Distinct instances (99 in 100 benign hosts: 2)."""
        targets: int = 4
        """Or different machines that the instances are at."""
        packets: int = 2
        """Packets that each add one (the benign maximum came in one packet)."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"instances": 4096, "targets": 64, "packets": 1024, "window": 3600.0}  # noqa: RUF012

    def floor(self) -> tuple[str, float]:
        """See ``Detector``."""
        return "instances", min(self.settings.instances, self.settings.targets)

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.said.means.instances:
            return
        window = heard.window(self.settings.window)
        asked, packets = window.counts["instances"], window.added("instances", heard.at)
        instances = len(asked)
        if packets < self.settings.packets or instances < self.settings.targets:
            return
        if window.beside_largest("instances", heard.at) < BESIDE:
            return
        targets = len(heard.segment.ownership.targets(asked, self.settings.targets))
        if instances < self.settings.instances and targets < self.settings.targets:
            return
        yield Signal(
            f"resolved {instances} service instances by name in {self.settings.window:.0f} s",
            {"instances": instances, "packets": packets, "targets": targets},
            {
                "instances": self.settings.instances,
                "targets": self.settings.targets,
                "packets": self.settings.packets,
                "window": self.settings.window,
            },
            heard.said.means.names,
        )
