"""A host probes for names without end, or for names that others hold.

What it sees: probes (queries that propose records, RFC 6762 §8.1) in one window; or, in ten
seconds, names probed for that another host holds, or takes just then. The second is judged by
MAC only.

Why it matters: a host probes three times for each set of names when it starts. RFC 6762 §8.1 asks a
host with fifteen conflicts within ten seconds to wait five before each further try, because
that is how a probe war saturates a network; a hostile host does it to make others give up names.

Benign causes: a broken stack, a hub that publishes many services one by one when it starts.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.recent import recent
from whoasks.core.detect.view import Answered, Occasion
from whoasks.core.model import Severity

CONFLICT_WINDOW = 10.0


class ProbeStorm(Detector):
    """Counts probes and conflicts."""

    rule = Rule(
        id="probe-storm",
        title="kept probing for names",
        severity=Severity.LOW,
        evidence="noise",
        attack=("T1498", "T1499"),
        benign=("a broken stack", "a hub that publishes many services when it starts"),
        references=("RFC 6762 §8.1, §9", "ATT&CK T1499"),
        windowed=True,
        roles=("hub", "reflector"),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue and RFC 6762 §8.1."""

        probes: int = 40
        """Probe packets in the window."""
        conflicts: int = 15
        """Names probed for in 10 s that another host holds."""
        seconds: float = 60.0
        """Length of the window for probes."""

        CAPS = {"probes": 500, "conflicts": 500, "seconds": 3600.0}  # noqa: RUF012

    def on_probe(self, occasion: Occasion) -> Said:
        """See the class."""
        host, at = occasion.host, occasion.at
        settings = self.settings
        probes = recent(host, "probe-storm", at, settings.seconds, settings.probes, 1)
        taken = occasion.segment.ownership.probe(host, occasion.said.means.keys, at)
        conflicts = 0
        if taken and host.identity != "address":
            conflicts = recent(
                host, "probe-conflict", at, CONFLICT_WINDOW, settings.conflicts, taken
            )
        if probes >= settings.probes or conflicts >= settings.conflicts:
            yield self._signal(occasion, probes, conflicts)

    def on_answer(self, answered: Answered) -> Said:
        """Who takes every name that another host tries for wages the same war."""
        host = answered.host
        denied = answered.segment.ownership.denied(host, answered.message, answered.at)
        if not denied or host.identity == "address":
            return
        enough = self.settings.conflicts
        conflicts = recent(host, "probe-conflict", answered.at, CONFLICT_WINDOW, enough, denied)
        if conflicts >= enough:
            names = tuple(record.name for record in answered.message.answers[:4])
            yield Signal(
                f"took {conflicts} names that another host was probing for in "
                f"{CONFLICT_WINDOW:.0f} s",
                {"conflicts": conflicts},
                {"conflicts": enough},
                names,
            )

    def _signal(self, occasion: Occasion, probes: int, conflicts: int) -> Signal:
        settings = self.settings
        return Signal(
            f"probed {probes} times for names in {settings.seconds:.0f} s"
            + (f", {conflicts} times for one that another host holds" if conflicts else ""),
            {"probes": probes, "conflicts": conflicts},
            {"probes": settings.probes, "conflicts": settings.conflicts},
            tuple(sorted(occasion.said.means.keys))[:8],
        )
