"""A host asks for the names of many addresses.

What it sees: distinct reverse names (``in-addr.arpa``, ``ip6.arpa``) other than the asker's
own in one window, or several in one packet. Questions for browsing domains
(``b._dns-sd._udp`` under a reverse name, RFC 6763 §11) are left out.

Why it matters: asking a network address by address is how its hosts are listed. No benign
host measured asked for more than 5 in a minute; 99 in 100 for 2 or fewer.

Benign causes: inventory programs (give them the role ``inventory``).
"""

from __future__ import annotations

from ipaddress import ip_address

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class ReverseSweep(Detector):
    """Counts foreign reverse names."""

    cares = ("reverse_names",)
    rule = Rule(
        id="reverse-sweep",
        title="asked for the names of many addresses",
        severity=Severity.MEDIUM,
        evidence="names",
        attack=("T1018",),
        benign=("an inventory program: give it the role `inventory`",),
        references=("RFC 6762 §4", "ATT&CK T1018"),
        windowed=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults as measured; see the page."""

        names: int = 8
        """Distinct foreign reverse names in the window (benign maximum: 5)."""
        at_once: int = 6
        """Or so many in one packet (benign maximum: 2)."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"names": 4096, "at_once": 256, "window": 3600.0}  # noqa: RUF012

    def floor(self) -> tuple[str, float]:
        """See ``Detector``."""
        return "reverse_names", min(self.settings.names, self.settings.at_once)

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.said.means.reverse_names:
            return
        own = {f"{ip_address(address).reverse_pointer}." for address in heard.burst.host.addresses}
        asked = len(heard.window(self.settings.window).counts["reverse_names"].keys() - own)
        at_once = len(heard.said.means.reverse_names - own)
        if asked < self.settings.names and at_once < self.settings.at_once:
            return
        yield Signal(
            f"asked for the names of {asked} addresses in {self.settings.window:.0f} s",
            {"names": asked, "at_once": at_once},
            {
                "names": self.settings.names,
                "at_once": self.settings.at_once,
                "window": self.settings.window,
            },
            heard.said.means.names,
        )
