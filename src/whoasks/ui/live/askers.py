"""The Askers table: who asked, for what, how often, and what became of it. Pure."""

from __future__ import annotations

from whoasks.core.model import Asker
from whoasks.ui.cells import where
from whoasks.ui.live.columns import LOCAL, Column, by_address, numeric
from whoasks.ui.live.hosts import asker_key
from whoasks.ui.live.look import Grouping, Look
from whoasks.ui.live.moments import called, clock_of


def _types(asker: Asker) -> str:
    short = ", ".join(kind.split(".")[0].removeprefix("_") for kind in asker.types)
    return f"{short} +{asker.types_dropped:,}" if asker.types_dropped else short


def _address(asker: Asker) -> str:
    return asker.host.addresses[0] if asker.host.addresses else ""


LOOK: Look[Asker] = Look(
    columns=(
        Column("Asker", lambda a: called(a.host), least=16, share=2, most=44, ending=LOCAL),
        Column(
            "Address", _address, lambda a: by_address(_address(a)), least=15, share=1, most=40
        ),
        Column("Asked for", _types, lambda a: numeric(len(a.types) + a.types_dropped),
               least=14, share=4, most=120, falling=True),
        Column("Questions", lambda a: f"{a.questions:,}", lambda a: numeric(a.questions),
               least=9, right=True, falling=True),
        Column("Bursts", lambda a: f"{a.bursts:,}", lambda a: numeric(a.bursts),
               least=6, right=True, falling=True, wide=96),
        Column("Found", lambda a: f"{a.findings:,}" if a.findings else "",
               lambda a: numeric(a.findings), least=5, right=True, falling=True,
               style=lambda a: "severity-high" if a.findings else ""),
        Column("Last", lambda a: clock_of(a.last_seen), lambda a: numeric(a.last_seen),
               least=8, falling=True),
        Column("Role", lambda a: a.host.role or "", least=9, wide=110),
        Column("Vendor", lambda a: a.host.vendor or "", least=12, share=1, most=30, wide=120),
        Column("On", lambda a: where(a.interface, a.vlan), least=8, share=1, most=24, wide=140),
    ),
    key=asker_key,
    groupings=(
        Grouping("vendor", lambda a: a.host.vendor or "vendor not known"),
        Grouping("interface", lambda a: where(a.interface, a.vlan)),
    ),
    more_words=lambda a: "\n".join((*a.host.addresses, a.host.mac or "", *a.types)),
    empty="Nobody has asked yet.",
    sort=6,
    falling=True,
)  # fmt: skip
