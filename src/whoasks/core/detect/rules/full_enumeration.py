"""A host asks for the list of all service types and then for what the list holds.

What it sees: after a meta-query, within 60 s, questions for most of the service types
that are offered here (known answers and answers to the meta-query count as offered), or
SRV, TXT or ANY questions for several instances.

Why it matters: the list alone may be curiosity; following it up is enumeration, carried out
by the same host. That is a strong sign with a follow-up, hence high.

Benign causes: the same diagnosis tools as for ``meta-query``.
"""

from __future__ import annotations

from whoasks.core.askers import FOLLOW_UP
from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class FullEnumeration(Detector):
    """Fires on the follow-up, not on the meta-query."""

    cares = ("types", "instances", "meta")
    rule = Rule(
        id="full-enumeration",
        title="enumerated the services of this network",
        severity=Severity.HIGH,
        attack=("T1046",),
        benign=("a person running a diagnosis tool or a service browser",),
        references=("RFC 6763 §9", "ATT&CK T1046, AN1059"),
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the recordings: real tools ask for 90 % or more of the types."""

        share: float = 0.6
        """Share of the offered types that must be asked for (0 to 1)."""
        types: int = 3
        """Fewest offered types asked for, so that a network of two is not enough."""
        instances: int = 3
        """Or: instances asked for by name."""

        CAPS = {"share": 1.0}  # noqa: RUF012 - a ClassVar of the base

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        asker = heard.asker
        if heard.at - asker.meta_at > FOLLOW_UP:
            return
        offered = len(heard.advertised)
        hits = asker.after_meta & heard.advertised
        instances = asker.after_meta_instances
        by_type = len(hits) >= max(self.settings.types, self.settings.share * offered)
        if not by_type and len(instances) < self.settings.instances:
            return
        what = (
            f"for {len(hits)} of the {offered} types offered here"
            if by_type
            else f"for {len(instances)} instances by name"
        )
        yield Signal(
            f"asked for the list of all service types and, within {FOLLOW_UP:.0f} s, {what}",
            {"types": len(hits), "offered": offered, "instances": len(instances)},
            {
                "types": self.settings.types,
                "share": self.settings.share,
                "instances": self.settings.instances,
                "window": FOLLOW_UP,
            },
            heard.said.means.names,
        )
