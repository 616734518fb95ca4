"""A host announces more services than any host offers.

What it sees: instances and service types that nobody had announced before, in one minute, from
one host.

Why it matters: made-up announcements fill the caches and the screens of everybody who browses,
and hide what is real. No host offers two hundred new things in a minute.

Benign causes: none known; a reflector that has just joined two large networks.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.recent import recent
from whoasks.core.detect.view import Answered
from whoasks.core.model import Severity


class AnnouncementFlood(Detector):
    """Counts what is new of what a host announces."""

    rule = Rule(
        id="announcement-flood",
        title="flooded the network with announcements",
        severity=Severity.MEDIUM,
        evidence="claims",
        attack=("T1499",),
        benign=("a reflector that has just joined two networks: give it the role `reflector`",),
        references=("RFC 6762 §8.3", "ATT&CK T1499"),
        windowed=True,
        roles=("reflector",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        announced: int = 200
        """New instances and types; it fires above that number."""
        seconds: float = 60.0
        """Length of the window."""

        CAPS = {"announced": 2000, "seconds": 3600.0}  # noqa: RUF012

    def on_announced(self, answered: Answered) -> Said:
        """See the class."""
        settings = self.settings
        count = recent(
            answered.host, self.rule.id, answered.at, settings.seconds, settings.announced,
            answered.fresh,
        )  # fmt: skip
        if count <= settings.announced:
            return
        yield Signal(
            f"announced {count} services and types that nobody had announced before, in "
            f"{settings.seconds:.0f} s",
            {"announced": count},
            {"announced": settings.announced, "seconds": settings.seconds},
            tuple(record.name for record in answered.message.answers[:4]),
        )
