"""A host asks for many host names that nobody has.

What it sees: questions for the addresses of distinct ``.local`` names in one window, most of
which have no answer two seconds later. Random names as browsers make them up (WebRTC) are left out.

Why it matters: without a list, names are tried: words, serial numbers, makers' defaults. A
responder answers within half a second at the latest (RFC 6762 §6), so that what is unanswered
after two is nobody's. Of 849 benign hosts 99 in 100 asked for 18 different names of any kind in
60 s or fewer, and what they ask for mostly exists.

Benign causes: a computer with many stale shares or printers. An answer by unicast between two
others is not seen on a switch, and the name counts as unanswered there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whoasks.core.detect.base import Detector, DetectorSettings, Later, Rule, Said, Signal
from whoasks.core.detect.view import Heard, Occasion
from whoasks.core.model import Severity

PATIENCE = 2.0
"""Seconds that an answer is waited for."""


class HostnameGuessing(Detector):
    """Looks two seconds later whether names are answered."""

    cares = ("guesses",)
    rule = Rule(
        id="hostname-guessing",
        title="tried host names that nobody has",
        severity=Severity.MEDIUM,
        evidence="names",
        attack=("T1018",),
        benign=("a computer with many stale shares",),
        references=("RFC 6762 §5, §6", "ATT&CK T1018"),
        windowed=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        names: int = 15
        """Distinct host names in the window."""
        unanswered: float = 0.7
        """Share of them (0 to 1) that nobody has announced."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"names": 1024, "unanswered": 1.0, "window": 3600.0}  # noqa: RUF012

    def floor(self) -> tuple[str, float]:
        """See ``Detector``."""
        return "guesses", self.settings.names

    def on_query(self, heard: Heard) -> Said:
        """Note what is asked; it is judged when it had time to be answered."""
        if not heard.said.means.guesses:
            return
        window = heard.window(self.settings.window).counts["guesses"]
        waiting: list[float] = heard.host.marks.setdefault(self.rule.id, [float("-inf"), 0.0])
        if heard.at <= waiting[0]:
            waiting[1] = heard.at  # there will be more to look at
            return
        if len(window) < self.settings.names:
            return
        yield self._look(waiting, window, heard.at)

    @staticmethod
    def _look(waiting: list[float], names: Iterable[Any], at: float) -> Later:
        # One look at a time: it sees all that was asked until then.
        waiting[0] = at + PATIENCE
        return Later(at + PATIENCE, tuple(sorted(names)))

    def on_time(self, occasion: Occasion, at: float, subject: Any) -> Said:
        """See the class."""
        asked, known = subject, occasion.segment.is_known
        waiting = occasion.host.marks[self.rule.id]
        if waiting[1] > waiting[0] - PATIENCE:
            window = occasion.host.asked.window(self.settings.window).counts["guesses"]
            yield self._look(waiting, window, waiting[1])
        missing = [name for name in asked if not known(name)]
        if len(missing) < self.settings.unanswered * len(asked):
            return
        yield Signal(
            f"asked for {len(asked)} host names in {self.settings.window:.0f} s, of which nobody "
            f"has {len(missing)}",
            {"names": len(asked), "unanswered": round(len(missing) / len(asked), 2)},
            {
                "names": self.settings.names,
                "unanswered": self.settings.unanswered,
                "window": self.settings.window,
            },
            tuple(missing),
        )
