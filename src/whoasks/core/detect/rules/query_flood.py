"""A host asks more different questions than any client would.

What it sees: distinct questions (name and record type) in one window.

Why it matters: whatever it looks for, it keeps the network and its responders busy, and tools
that try names from a list look like this. The busiest benign host measured asked for 45
distinct names in 60 s. One name asked hundreds of times is a broken stack, not a flood: what
counts is how many are different.

Benign causes: none known at this level.
"""

from __future__ import annotations

from collections.abc import Iterator

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class QueryFlood(Detector):
    """Counts distinct questions."""

    rule = Rule(
        id="query-flood",
        title="flooded the network with questions",
        severity=Severity.MEDIUM,
        attack=("T1498", "T1499"),
        benign=("none known",),
        references=("RFC 6762 §5.2", "ATT&CK T1498, T1499"),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults as measured; see the page."""

        questions: int = 100
        """Distinct questions in the window (benign maximum: 45 names)."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"questions": 1024, "window": 3600.0}  # noqa: RUF012

    def on_query(self, heard: Heard) -> Iterator[Signal]:
        """See the class."""
        asked = len(heard.window(self.settings.window).counts["distinct"])
        if asked < self.settings.questions:
            return
        yield Signal(
            f"asked {asked} different questions in {self.settings.window:.0f} s",
            {"questions": asked},
            {"questions": self.settings.questions, "window": self.settings.window},
            heard.said.names,
        )
