"""A host that nobody knew starts by looking around.

What it sees: a host first heard of after the learning time, at whose packet another rule speaks
up within its first minutes. A host without a MAC is left out: its addresses change, and each
would be a newcomer.

Why it matters: who belongs here has been seen while it was learned what is usual. A stranger
whose first act is to ask what can be entered is worth more than the same question from a
machine that has been here for months. It is no strong sign by itself: visitors are strangers too.
So it lifts a low finding to medium, never further.

Benign causes: visitors, and new machines.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class NewAsker(Detector):
    """Runs after the rules about questions, and looks whether one spoke up."""

    rule = Rule(
        id="new-asker",
        title="was new here when it looked around",
        severity=Severity.LOW,
        evidence="newcomer",
        attack=("T1046",),
        benign=("a visitor", "a new machine"),
        references=("ATT&CK T1046",),
        lifts=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """How long a newcomer is one."""

        minutes: float = 10.0
        """Minutes since it was first heard of in which it starts."""

        CAPS = {"minutes": 1440.0}  # noqa: RUF012

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.spoke or heard.host.identity == "address":
            return
        host, at = heard.host, heard.at
        known = heard.segment.habits.first_seen(host.key, host.first)
        age = at - known
        if age > self.settings.minutes * 60 or not heard.segment.habits.is_new(
            host.key, host.first, at
        ):
            return
        yield Signal(
            f"had been here for {age:.0f} s when it first looked around",
            {"seconds_known": round(age, 1)},
            {"minutes": self.settings.minutes},
        )
