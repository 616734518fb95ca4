"""A query has the shape of a tool rather than of an mDNS client.

What it sees: the recursion bit set; or a source port other than 5353 with a non-zero ID
asking for the list of types or for several types; or a shape that the tool table gives to a
program made for looking around.

Why it matters: an mDNS client asks from port 5353 with ID and recursion bit zero (RFC 6762
§18). Programs built on an ordinary resolver (nmap, dig, bettercap) do not. Five of 849 benign
hosts did: a router polling by unicast, and phones asking the gateway's reverse name. So the
shape alone is low; it lifts a low finding of the same burst to medium, never further.

Benign causes: an administrator's dig, a router's device map.
"""

from __future__ import annotations

from collections.abc import Iterator

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class ScannerShape(Detector):
    """Names the tool where it can."""

    rule = Rule(
        id="scanner-shape",
        title="asked the way a scanning tool asks",
        severity=Severity.LOW,
        evidence="shape",
        attack=("T1046",),
        benign=("an administrator using dig or nmap", "a router's device map"),
        references=("RFC 6762 §6.7", "RFC 6762 §18.1, §18.6"),
        lifts=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        types: int = 3
        """Types in one burst that a legacy query (other port, ID set) may ask for."""

        CAPS = {"types": 2000}  # noqa: RUF012

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        reasons = list(self._reasons(heard))
        if not reasons:
            return
        yield Signal(
            "asked the way a scanning tool asks: " + ", ".join(reasons),
            {
                "source_port": heard.flow.source_port,
                "id": heard.message.id,
                "recursion_desired": heard.message.recursion_desired,
            },
            {"source_port": 5353, "id": 0, "recursion_desired": False},
            heard.said.means.names,
        )

    def _reasons(self, heard: Heard) -> Iterator[str]:
        if heard.message.recursion_desired:
            yield "the recursion bit is set"
        if heard.is_legacy and heard.message.id:
            asked = len(heard.burst.types)
            if heard.said.means.meta or asked >= self.settings.types:
                yield f"from port {heard.flow.source_port} with ID {heard.message.id}"
        shape = heard.shape
        if shape is not None and shape.scanner:
            yield f"it looks like {shape.name}"
