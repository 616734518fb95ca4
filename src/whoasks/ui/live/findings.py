"""The Findings table: what the rules say of whom, the gravest and newest on top. Pure."""

from __future__ import annotations

from whoasks.core.model import Finding
from whoasks.ui.cells import where
from whoasks.ui.live.columns import LOCAL, Column, numeric
from whoasks.ui.live.look import Grouping, Look
from whoasks.ui.live.moments import clock_of, name

CAP = 5_000
"""Findings kept; a flood of them is in the store."""


def _state(finding: Finding) -> str:
    return "silenced" if finding.silenced_by else finding.status


LOOK: Look[Finding] = Look(
    columns=(
        Column("Severity", lambda f: f.severity.label, lambda f: numeric(f.severity),
               least=8, falling=True, style=lambda f: "severity-" + f.severity.label),
        Column("Host", lambda f: name(f.host), least=16, share=2, most=44,
               ending=LOCAL),
        Column("Rule", lambda f: f.rule, least=17, share=1, most=24),
        Column("What", lambda f: f.title, least=12, share=4, most=80),
        Column("State", _state, least=8),
        Column("Last", lambda f: clock_of(f.last_seen), lambda f: numeric(f.last_seen),
               least=8, falling=True),
        Column("Questions", lambda f: f"{f.questions:,}", lambda f: numeric(f.questions),
               least=9, right=True, falling=True, wide=110),
        Column("Tool", lambda f: f.tool.name if f.tool else "", least=12, share=1, most=30,
               wide=120),
        Column("On", lambda f: where(f.interface, f.vlan), least=8, most=24, wide=140),
    ),
    key=lambda f: f.id,
    groupings=(
        Grouping("rule", lambda f: f.rule),
        Grouping("host", lambda f: name(f.host)),
    ),
    stale=lambda f: bool(f.silenced_by),
    more_words=lambda f: "\n".join(
        (f.id, *f.rules, *f.host.addresses, f.host.mac or "", *f.names)
    ),
    empty="No finding: nobody was heard looking around here so far.",
    sort=5,
    falling=True,
    cap=CAP,
)  # fmt: skip
