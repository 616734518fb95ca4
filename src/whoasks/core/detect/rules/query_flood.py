"""A host asks more different questions than any client would.

What it sees: distinct questions (name and record type) in one window; and, at low, questions
of any kind, repeats counted, which is a storm.

Why it matters: whatever it looks for, it keeps the network and its responders busy, and tools
that try names from a list look like this. The busiest benign host measured asked for 45
distinct names in 60 s. One name asked hundreds of times (219 in 10 s was seen) is a broken stack
and no flood: it is reported as a storm, with its name, and is no evidence of anything else.

Benign causes: none known for a flood; for a storm a broken stack, or ``wpad``.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class QueryFlood(Detector):
    """Counts distinct questions."""

    rule = Rule(
        id="query-flood",
        title="flooded the network with questions",
        severity=Severity.MEDIUM,
        evidence="questions",
        attack=("T1498", "T1499"),
        benign=("a broken stack, for a storm",),
        references=("RFC 6762 §5.2", "ATT&CK T1498, T1499"),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults as measured; see the page."""

        questions: int = 100
        """Distinct questions in the window (benign maximum: 45 names)."""
        storm: int = 300
        """Questions, repeats counted, for a storm; a multiple of ten."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"questions": 1024, "storm": 2000, "window": 3600.0}  # noqa: RUF012

    def floor(self) -> tuple[str, float]:
        """See ``Detector``."""
        return "distinct", self.settings.questions

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        asked = len(heard.window(self.settings.window).counts["distinct"])
        if asked < self.settings.questions:
            yield from self._storm(heard, asked)
            return
        yield Signal(
            f"asked {asked} different questions in {self.settings.window:.0f} s",
            {"questions": asked},
            {"questions": self.settings.questions, "window": self.settings.window},
            heard.said.means.names,
        )

    def _storm(self, heard: Heard, different: int) -> Said:
        """One name, or a few, over and over."""
        if not heard.storm or not heard.said.means.names:
            return
        name = heard.said.means.names[0]
        yield Signal(
            f"kept up a storm: {name}, {self.settings.storm} questions and more in "
            f"{self.settings.window:.0f} s, {different} of them different",
            {"different": different, "storm": name},
            {"storm": self.settings.storm, "window": self.settings.window},
            heard.said.means.names,
            Severity.LOW,
            alone=True,
        )
