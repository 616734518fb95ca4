"""An open finding as the value that outputs show. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator

from whoasks.core.detect.case import OpenFinding
from whoasks.core.model import Finding, Host


def finding_of(
    found: OpenFinding, host: Host, coverage: tuple[str, ...], *, closed: bool
) -> Finding:
    """The finding as it stands: the strongest claim speaks, the others stand beside it."""
    lead = found.lead
    signal = lead.signal
    assert signal is not None  # noqa: S101 - a claim is made by a signal
    rules = (lead.rule.id, *(rule for rule in found.claims if rule != lead.rule.id))
    sentence = "; ".join((f"{describe(host)} {signal.explanation}", *found.context))
    return Finding(
        id=found.id,
        rule=lead.rule.id,
        severity=lead.severity,
        title=lead.rule.title,
        explanation=f"{sentence}.",
        attack=tuple(dict.fromkeys(a for rule in rules for a in found.claims[rule].rule.attack)),
        status="closed" if closed else "open",
        host=host,
        interface=found.interface,
        vlan=found.host.vlan,
        first_seen=found.first,
        last_seen=found.last,
        packets=found.packets,
        questions=found.questions,
        names=tuple(found.names),
        names_dropped=found.names_dropped,
        observed=signal.observed,
        threshold=signal.threshold,
        tool=found.tool,
        silenced_by=found.silenced,
        coverage=coverage,
        burst=found.burst.id if found.burst else None,
        rules=rules,
        evidence=tuple(found.evidence),
        claims=tuple(found.claims[rule].value() for rule in rules),
        drill=found.drill,
    )


def coverage(host: Host, hidden: str | None, learning: str) -> Iterator[str]:
    """What could not be seen or known of that host."""
    if hidden is not None:
        yield f"true source hidden: this host re-sends what others say ({hidden})"
    if host.identity == "address":
        yield "no MAC was seen: another address of the same host would count as another host"
    if learning:
        yield learning


def describe(host: Host) -> str:
    """The host in a sentence; the name in it is raw."""
    about = [host.hostname.removesuffix(".")] if host.hostname else []
    if host.mac:
        about.append(f"MAC {host.mac}" + (f", {host.vendor}" if host.vendor else ""))
    first = host.addresses[0] if host.addresses else "an unknown address"
    return f"{first} ({', '.join(about)})" if about else first
