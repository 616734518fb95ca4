"""A host keeps sending what is no DNS message.

What it sees: payloads from port 5353's conversation that cannot be decoded, in ten minutes.

Why it matters: malformed packets are how the parsers of responders are attacked, and how fuzzers
look. One or two are accidents.

Benign causes: makers' bugs; a camera was seen to do it.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.recent import recent
from whoasks.core.detect.view import Broken
from whoasks.core.model import Severity


class Malformed(Detector):
    """Counts what could not be decoded."""

    rule = Rule(
        id="malformed",
        title="sent packets that are no mDNS messages",
        severity=Severity.LOW,
        evidence="noise",
        attack=("T1210",),
        benign=("a maker's bug",),
        references=("RFC 6762 §18", "ATT&CK T1210"),
        windowed=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        packets: int = 3
        """Undecodable packets in the window."""
        seconds: float = 600.0
        """Length of the window."""

        CAPS = {"packets": 500, "seconds": 86400.0}  # noqa: RUF012

    def on_malformed(self, broken: Broken) -> Said:
        """See the class."""
        settings = self.settings
        count = recent(broken.host, self.rule.id, broken.at, settings.seconds, settings.packets)
        if count < settings.packets:
            return
        reason, detail = broken.said.malformed or ("", "")
        yield Signal(
            f"sent {count} packets in {settings.seconds / 60:.0f} minutes that are no mDNS "
            f"messages, the last one: {detail or reason}",
            {"packets": count, "reason": reason},
            {"packets": settings.packets, "seconds": settings.seconds},
        )
