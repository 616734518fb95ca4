"""A host asks for everything there is about service types.

What it sees: ANY questions, outside probes, for service types or for the list of types. ANY
for a host name, an instance or a reverse name is how several systems probe: 92 of 705 benign
hosts did, so that it stays in the log of bursts and is no finding, not even at info.

Why it matters: a client browses with PTR. ANY for a type is a person or a program that tries
what comes back; one such type is a weak sign, several or the list itself a strong one.

Benign causes: a few client libraries, and administrators.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class AnyQuery(Detector):
    """Counts types asked for with ANY."""

    cares = ("any_types",)
    rule = Rule(
        id="any-query",
        title="asked for everything about service types",
        severity=Severity.MEDIUM,
        attack=("T1046",),
        benign=("a few client libraries", "an administrator's dig"),
        references=("RFC 6762 §6.5, §8.1", "ATT&CK T1046"),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        types: int = 3
        """Types asked for with ANY, for medium; fewer are low, the list of types is enough."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"types": 2000, "window": 3600.0}  # noqa: RUF012

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.said.means.any_types:
            return
        asked = heard.window(self.settings.window).counts["any_types"]
        strong = len(asked) >= self.settings.types or "_dns-sd._udp" in asked
        yield Signal(
            f"asked for records of any kind of {len(asked)} service "
            f"type{'s' if len(asked) != 1 else ''}, where a client asks for pointers",
            {"types": len(asked)},
            {"types": self.settings.types, "window": self.settings.window},
            heard.said.means.names,
            None if strong else Severity.LOW,
        )
