"""A host asks for many different service types in a short time.

What it sees: distinct service types in one window, and packets in the window that each held
a type this asker had never asked for before.

Why it matters: a person printing or casting needs a handful of types. Programs that try a
list of types ask for far more, packet after packet. Of 849 benign hosts the busiest asked
for 19 types in 60 s, one pair of machines behind one address for 27; benign breadth comes
in one packet, so that packets adding a type stay at 2 (99th percentile), 7 at most. Both
counts are clean there from 20 and 8; the defaults leave room for machines behind one address.

Benign causes: home-automation hubs, which browse 60 types and more: give them the role
``hub``.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity
from whoasks.core.window import MAX_UTTERANCES


class TypeSweep(Detector):
    """Counts types and packets that add one."""

    cares = ("types",)
    rule = Rule(
        id="type-sweep",
        title="asked for many service types",
        severity=Severity.MEDIUM,
        attack=("T1046",),
        benign=("a home-automation hub: give it the role `hub`",),
        references=("RFC 6763 §4.1", "ATT&CK T1046, AN1059"),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults as measured; see the page."""

        types: int = 25
        """Distinct service types (benign maximum seen: 19, and 27 for two machines as one)."""
        new_type_packets: int = 10
        """Packets that each hold a type never asked before by this host (benign maximum: 7)."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"types": 2000, "new_type_packets": MAX_UTTERANCES, "window": 3600.0}  # noqa: RUF012

    def floor(self) -> tuple[str, float]:
        """See ``Detector``."""
        return "types", self.settings.types

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.said.means.types:
            return
        window = heard.window(self.settings.window)
        types, steps = len(window.types), window.steps(heard.at)
        if types < self.settings.types and steps < self.settings.new_type_packets:
            return
        yield Signal(
            f"asked for {types} different service types in {self.settings.window:.0f} s, "
            f"in {steps} packet{'s' if steps != 1 else ''} that each added one it had not asked "
            "for before",
            {"types": types, "new_type_packets": steps},
            {
                "types": self.settings.types,
                "new_type_packets": self.settings.new_type_packets,
                "window": self.settings.window,
            },
            heard.said.means.names,
        )
