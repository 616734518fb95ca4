"""A host looks for machines that can be entered: SSH, remote desktop, file shares.

What it sees: a question for one of the rare remote-access types, or questions for several of
the common ones outside a bundle and outside what this host asked in earlier bursts. A packet
with five or more types is a bundle: it is how macOS and Linux desktops ask.

Why it matters: ``dns-sd -B _ssh._tcp`` is what ATT&CK quotes for T1046. None of the 849
benign hosts measured asked for ``_ssh._tcp``. Alone it is a weak sign.

Benign causes: a person looking for a machine to log in to (Terminal's New Remote Connection),
and home hubs.
"""

from __future__ import annotations

from whoasks.core.askers import BUNDLE
from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class RemoteAccessBrowse(Detector):
    """Looks at types only: resolving an instance is a later step."""

    cares = ("types",)
    rule = Rule(
        id="remote-access-browse",
        title="looked for machines with remote access",
        severity=Severity.LOW,
        attack=("T1046", "T1021"),
        benign=("a person about to log in to a machine", "a home hub: give it the role `hub`"),
        references=("ATT&CK T1046, AN1059", "ATT&CK T1021"),
        roles=("hub",),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        common: int = 3
        """Common remote-access types, outside bundles and habit, in one burst."""

        CAPS = {"common": 6}  # noqa: RUF012

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        types = heard.said.means.types
        rare = types & heard.knowledge.remote_rare
        if rare:
            yield self._signal(heard, "machines with remote access", rare, 1)
            return
        if not types & heard.knowledge.remote_common or len(types) >= BUNDLE:
            return
        asker, burst = heard.asker, heard.burst
        fresh = {
            name
            for name in burst.loose_types & heard.knowledge.remote_common
            if asker.types.get(name, burst.serial) == burst.serial
        }
        if len(fresh) >= self.settings.common:
            yield self._signal(
                heard, "machines with remote access or shares", fresh, self.settings.common
            )

    def _signal(
        self, heard: Heard, what: str, types: set[str] | frozenset[str], least: int
    ) -> Signal:
        listed = ", ".join(sorted(types))
        habits, key = heard.segment.habits, heard.host.key
        days = max((habits.days(key, name) for name in types), default=0)
        usual = f", as it did on {days} day{'s' if days != 1 else ''} before" if days else ""
        return Signal(
            f"looked for {what} ({listed}){usual}",
            {"types": listed},
            {"types": least},
            tuple(ask.raw for ask in heard.said.means.asks if ask.name.type in types),
        )
