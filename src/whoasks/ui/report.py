"""Findings and bursts in words: what happened, who, why it counts, how sure, what was not seen.

``finding_block`` and ``burst_line`` are what ``watch`` prints; ``explain`` is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.detect.base import Rule
from whoasks.core.model import Burst, Finding, Summary
from whoasks.core.settings import RoleEntry
from whoasks.ui.cells import (
    SEVERITY_STYLES,
    VERDICT_STYLES,
    Clock,
    count,
    host,
    measure,
    safe,
    seconds,
    some,
    stacked,
    value,
    where,
)
from whoasks.ui.roles import advice, expired

_BLOCK_NAMES = 4
_IDENTITY = {
    "mac": "by the MAC of its frames",
    "neighbour": "by its MAC in this machine's neighbour table",
    "address": "by its address alone: its other addresses would count as other hosts",
}


def finding_block(finding: Finding, clock: Clock) -> RenderableType:
    """Who, what, why, how sure: the block that ``watch`` prints."""
    head = Text(finding.severity.label.upper(), style=SEVERITY_STYLES[finding.severity])
    head.append_text(safe(f"  {finding.title}  ", "bold"))
    head.append_text(safe(f"{clock.span(finding.first_seen, finding.last_seen)}", "dim"))
    facts = _facts()
    _fact(facts, "who", f"{host(finding.host)} on {where(finding.interface, finding.vlan)}")
    _fact(facts, "what", finding.explanation, _names(finding))
    _fact(facts, "why", _why(finding))
    _fact(facts, "how sure", _how_sure(finding))
    if finding.silenced_by:
        _fact(facts, "silenced", f"by {finding.silenced_by}")
    if finding.drill:
        _fact(facts, "drill", _drill(finding.drill))
    _fact(facts, "more", f"whoasks explain {finding.id}")
    return Group(head, Padding(facts, (0, 0, 0, 2), expand=False))


def burst_line(burst: Burst, clock: Clock) -> Text:
    """One burst on one line, to be printed with ``soft_wrap`` so that it stays one."""
    line = Text()
    line.append_text(safe(clock.show(burst.started), "dim")).append("  ")
    line.append(f"{burst.verdict:<10}", style=VERDICT_STYLES[burst.verdict]).append("  ")
    line.append_text(safe(f"{host(burst.host)} on {where(burst.interface, burst.vlan)}: "))
    line.append_text(safe(", ".join(_asked(burst))))
    if burst.tool:
        line.append_text(safe(f"; like {burst.tool.name}"))
    if burst.reasons:
        line.append_text(safe(f"; {', '.join(burst.reasons)}", "dim"))
    return line


def _asked(burst: Burst) -> Iterator[str]:
    length = seconds(burst.ended - burst.started)
    yield f"{count(burst.questions, 'question')} in {count(burst.packets, 'packet')} over {length}"
    if burst.meta_query:
        yield "the list of all types"
    if burst.types:
        yield count(burst.types, "type")
    if burst.instances:
        yield count(burst.instances, "instance")
    if burst.hostnames:
        yield count(burst.hostnames, "host name")
    if burst.reverse_names:
        yield count(burst.reverse_names, "reverse name")


def explain(
    finding: Finding,
    rule: Rule | None,
    clock: Clock,
    *,
    roles: Sequence[RoleEntry] = (),
    bursts: Sequence[Burst] = (),
) -> RenderableType:
    """Everything about one finding; ``rule`` is its rule, None when there is none any more.

    ``roles``: those of the configuration; ``bursts``: what the host is known to have asked.
    """
    now = finding.last_seen if clock.now is None else clock.now
    head = Text(finding.severity.label.upper(), style=SEVERITY_STYLES[finding.severity])
    head.append_text(safe(f"  {finding.title}", "bold"))
    facts = _facts()
    _fact(facts, "finding", f"{finding.id} ({finding.status})")
    _fact(facts, "who", f"{host(finding.host)} on {where(finding.interface, finding.vlan)}")
    if len(finding.host.addresses) > 1:
        _fact(facts, "addresses", ", ".join(finding.host.addresses))
    _fact(facts, "when", clock.span(finding.first_seen, finding.last_seen))
    _fact(facts, "rules", ", ".join(finding.rules or (finding.rule,)))
    _fact(facts, "ATT&CK", ", ".join(finding.attack))
    _fact(facts, "how sure", _how_sure(finding))
    if finding.tool and finding.tool.why:
        _fact(facts, "tool", f"{finding.tool.name}: {', '.join(finding.tool.why)}")
    if finding.silenced_by:
        _fact(facts, "silenced", f"by {finding.silenced_by}")
    if words := expired(roles, finding.host, finding.last_seen):
        _fact(facts, "role", words)
    if finding.drill:
        _fact(facts, "drill", _drill(finding.drill))
    if finding.burst:
        _fact(facts, "burst", finding.burst)
    sections: list[RenderableType] = [head, Padding(facts, (0, 0, 0, 2), expand=False)]
    sections += _section("What happened", [finding.explanation, _counted(finding)])
    sections += [
        *_section("Why it counts", []),
        *(Padding(part, (0, 0, 0, 2), expand=False) for part in _reasons(finding)),
    ]
    names = [*finding.names]
    if finding.names_dropped:
        names.append(f"… and {finding.names_dropped:,} more that were not kept")
    sections += _section("Names asked for", names)
    sections += _section("Evidence", finding.evidence)
    sections += _section("What was and was not seen", finding.coverage)
    sections += _section("Benign causes", rule.benign if rule else ())
    sections += _section("If this host may do so", advice(finding, bursts, now))
    return Group(*sections)


def _section(title: str, lines: Iterable[str]) -> list[RenderableType]:
    """A heading and its lines; nothing at all where an optional section has no line."""
    listed = [Padding(safe(line), (0, 0, 0, 2), expand=False) for line in lines if line]
    if not listed and title != "Why it counts":
        return []
    return [Text(), Text(title, style="bold underline"), *listed]


def _names(finding: Finding) -> str:
    if not finding.names:
        return ""
    return f"asked for {some(finding.names, _BLOCK_NAMES, finding.names_dropped)}"


def _counted(finding: Finding) -> str:
    length = seconds(finding.last_seen - finding.first_seen)
    return (
        f"{count(finding.questions, 'question')} in {count(finding.packets, 'packet')} "
        f"over {length}"
    )


def _why(finding: Finding) -> str:
    parts = [
        f"{measure(key)} {value(seen)}"
        + (f" (threshold {value(finding.threshold[key])})" if key in finding.threshold else "")
        for key, seen in finding.observed.items()
    ]
    others = [rule for rule in finding.rules if rule != finding.rule]
    also = f"; also {', '.join(others)}" if others else ""
    return f"rule {finding.rule}: {', '.join(parts) or finding.title}{also}"


def _how_sure(finding: Finding) -> str:
    parts = [f"host known {_IDENTITY[finding.host.identity]}"]
    if finding.tool:
        parts.append(f"looks like {finding.tool.name} ({finding.tool.confidence:.0%})")
    if finding.coverage:
        parts.append("coverage: " + "; ".join(finding.coverage))
    return "; ".join(parts)


def _drill(token: str) -> str:
    return f"it announced itself as the drill {token} (`whoasks drill`)"


def _reasons(finding: Finding) -> Iterator[RenderableType]:
    """Every rule's claim: its sentence, and what was observed against which threshold."""
    if not finding.claims:
        yield _measures(finding.observed, finding.threshold)
    for claim in finding.claims:
        silenced = f", silenced by {claim.silenced_by}" if claim.silenced_by else ""
        line = safe(f"{claim.rule}, ")
        line.append(claim.severity.label, style=SEVERITY_STYLES[claim.severity])
        line.append_text(safe(f"{silenced}: {claim.explanation}"))
        yield line
        yield Padding(_measures(claim.observed, claim.threshold), (0, 0, 0, 2), expand=False)


def _measures(observed: Mapping[str, Any], threshold: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("measure", "observed", "threshold"):
        table.add_column(title, overflow="fold")
    for key in dict.fromkeys([*observed, *threshold]):
        table.add_row(
            safe(measure(key)),
            safe(value(observed[key]) if key in observed else ""),
            safe(value(threshold[key]) if key in threshold else ""),
        )
    return table


def summary(run: Summary) -> list[Text]:
    """What a run came to, a line each."""
    found = ", ".join(f"{number} {word}" for word, number in run.findings.items() if number)
    lines = [
        f"{count(run.mdns, 'mDNS packet')} of {count(run.packets, 'packet')}: "
        f"{count(run.services, 'service')}, {count(run.askers, 'asker')}, "
        f"{count(run.bursts, 'burst')}.",
        f"Findings: {found or 'none'}"
        + (f", and {run.silenced} silenced by a role." if run.silenced else "."),
    ]
    if run.malformed:
        lines.append(f"Malformed: {_tally(run.malformed)}.")
    if run.dropped:
        lines.append(f"Dropped at a cap: {_tally(run.dropped)}.")
    if run.time_went_back:
        lines.append(f"Time went back {count(run.time_went_back, 'time')}; it was held.")
    lines += [f"Coverage: {line}" for line in run.coverage]
    lines += [f"Note: {line}" for line in run.notes]
    return [safe(line) for line in lines]


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {measure(name)}" for name, number in counts.items())


def _facts() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _fact(table: Table, title: str, *lines: str) -> None:
    """A row of one or more raw lines; none where there is nothing to say."""
    said = [line for line in lines if line]
    if said:
        table.add_row(Text(title), stacked(said))
