"""A host asks for one service type after another, slowly.

What it sees: types that this asker had never asked for, each outside a bundle, over a day;
more of them over a week; or several of the rare remote-access types over a week.

Why it matters: a sweep that stays under every short window still has to ask for types that
its host has no use for. What a host needs it asks for in its first minutes and then again and
again; a list that keeps growing is a search. The long windows rest on one recording and on
tests with a made clock: treat the thresholds as young.

Benign causes: a new laptop on which its owner tries things out, a home hub.
"""

from __future__ import annotations

from whoasks.core.askers import MAX_LOOSE
from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity

DAY = 86_400.0


class SlowSweep(Detector):
    """Counts types that are new for their asker, over days."""

    cares = ("types",)
    rule = Rule(
        id="slow-sweep",
        title="asked for one service type after another",
        severity=Severity.MEDIUM,
        attack=("T1046",),
        benign=("a new laptop", "a home hub: give it the role `hub`"),
        references=("ATT&CK T1046, AN1059",),
        windowed=True,
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        types_a_day: int = 12
        """Types new for the asker in 24 hours, outside bundles."""
        types_a_week: int = 20
        """The same in 7 days."""
        remote_a_week: int = 3
        """Rare remote-access types among them in 7 days."""

        CAPS = {  # noqa: RUF012
            "types_a_day": MAX_LOOSE, "types_a_week": MAX_LOOSE, "remote_a_week": 7,
        }  # fmt: skip

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        new = heard.asker.loose_new
        if not any(new.get(name) == heard.at for name in heard.said.means.types):
            return
        week = {name: at for name, at in new.items() if heard.at - at <= 7 * DAY}
        day = sum(heard.at - at <= DAY for at in week.values())
        remote = len(week.keys() & heard.knowledge.remote_rare)
        limits = self.settings
        if (
            day < limits.types_a_day
            and len(week) < limits.types_a_week
            and remote < limits.remote_a_week
        ):
            return
        yield Signal(
            f"asked for {len(week)} service types one after another that it had never asked "
            f"for before, {day} of them within a day, {remote} of them for remote access",
            {"types_a_day": day, "types_a_week": len(week), "remote_a_week": remote},
            {
                "types_a_day": limits.types_a_day,
                "types_a_week": limits.types_a_week,
                "remote_a_week": limits.remote_a_week,
            },
            heard.said.means.names,
        )
