"""A host asks for the list of all service types.

What it sees: a question for ``_services._dns-sd._udp`` in any domain, from any port, by
multicast or unicast.

Why it matters: whoever asks this wants to know everything that is here. RFC 6763 §9 says of
it that a normal client is not interested in finding every service; none of the 849 benign
hosts measured asked it. ``avahi-browse -a``, nmap, bettercap and python-zeroconf's finder
start with it.

Benign causes: diagnosis tools and service browsers that a person runs on purpose.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.model import Severity


class MetaQuery(Detector):
    """Fires on the first such question."""

    cares = ("meta",)
    rule = Rule(
        id="meta-query",
        title="asked for the list of all service types",
        severity=Severity.MEDIUM,
        attack=("T1046",),
        benign=("a person running a diagnosis tool or a service browser",),
        references=("RFC 6763 §9", "ATT&CK T1046, AN1059"),
    )

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        if not heard.said.means.meta:
            return
        names = tuple(ask.raw for ask in heard.said.means.asks if ask.name.kind == "meta")
        yield Signal(
            "asked for the list of all service types, which a normal client never does",
            {"meta_queries": 1},
            {"meta_queries": 1},
            names,
        )
