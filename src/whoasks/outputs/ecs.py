"""Elastic Common Schema: findings as alerts, bursts as network events, one JSON object a line.

Only fields of the schema's reference are used, with its types; what it has no field for is
under ``whoasks``, its place for a source's own fields. docs/formats.md is the table.
"""

from __future__ import annotations

from typing import Any, ClassVar

from whoasks import __version__
from whoasks.core.model import MDNS_PORT, Burst, Finding, Host
from whoasks.outputs import attack, rule_facts
from whoasks.outputs.events import (
    PRODUCT,
    PROTOCOL,
    EventWriter,
    Step,
    asked,
    host_rest,
    hostname,
    ip_version,
    ips,
    only_name,
    rest,
)
from whoasks.outputs.records import rfc3339

VERSION = "9.5.0"
"""Of the schema; nothing here is newer than 8.0."""

_SHARED = frozenset({"interface", "vlan"})
_FINDING = _SHARED | {
    "id", "rule", "title", "explanation", "attack", "first_seen", "last_seen", "packets",
}  # fmt: skip
_BURST = _SHARED | {"id", "started", "ended", "packets"}


class EcsWriter(EventWriter):
    """Writes an event a line."""

    name: ClassVar[str] = "ecs"

    def finding(self, finding: Finding, step: Step) -> dict[str, Any]:
        """An alert; what a role silences is an event, so that nobody is called for it."""
        event = {
            "kind": "event" if finding.silenced_by else "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": f"finding-{step}",
            "severity": int(finding.severity),
            "reason": finding.explanation,
        }
        return {
            **_common(finding, finding.first_seen, finding.last_seen, event),
            "message": finding.explanation,
            "rule": _rule(finding),
            "threat": _threat(finding),
            "tags": _tags(finding),
            "labels": _labels(finding),
            PRODUCT: rest(finding, _FINDING) | {"host": host_rest(finding.host)},
        }

    def burst(self, burst: Burst) -> dict[str, Any]:
        """One asker's questions: traffic, whatever the verdict."""
        event = {
            "kind": "event",
            "category": ["network"],
            "type": ["protocol"],
            "action": "burst-closed",
            "reason": "; ".join(burst.reasons),
        }
        return {
            **_common(burst, burst.started, burst.ended, event),
            "message": f"{burst.questions} mDNS questions in {burst.packets} packets",
            "tags": [PROTOCOL, burst.verdict],
            PRODUCT: rest(burst, _BURST) | {"host": host_rest(burst.host)},
        }


def _common(
    value: Finding | Burst, start: float, end: float, event: dict[str, Any]
) -> dict[str, Any]:
    """What findings and bursts share: when, who, over what, seen by whom."""
    kind = "finding" if isinstance(value, Finding) else "burst"
    host = value.host
    return {
        "@timestamp": rfc3339(end),
        "ecs": {"version": VERSION},
        "event": {
            **event,
            "id": value.id,
            "module": PRODUCT,
            "dataset": f"{PRODUCT}.{kind}",
            "start": rfc3339(start),
            "end": rfc3339(end),
            "duration": _nanoseconds(end - start),
        },
        "source": _source(host, value),
        "destination": {"port": MDNS_PORT if asked(value) else None},
        "network": {
            "protocol": PROTOCOL,
            "transport": "udp",
            "type": {4: "ipv4", 6: "ipv6"}.get(ip_version(host) or 0),
            "vlan": {"id": None if value.vlan is None else str(value.vlan)},
        },
        "dns": _dns(value),
        "observer": {
            "type": "sensor",
            "vendor": PRODUCT,
            "product": PRODUCT,
            "version": __version__,
            "ingress": {"interface": {"name": value.interface}},
        },
        "related": {"ip": ips(host), "hosts": [hostname(host)]},
    }


def _source(host: Host, value: Finding | Burst) -> dict[str, Any]:
    ports = value.source_ports if isinstance(value, Burst) else ()
    return {
        "address": host.addresses[0] if host.addresses else None,
        "ip": next(iter(ips(host)), None),
        "mac": host.mac.upper().replace(":", "-") if host.mac else None,
        "domain": hostname(host),
        "port": ports[0] if len(ports) == 1 else None,
        "packets": value.packets,
    }


def _dns(value: Finding | Burst) -> dict[str, Any]:
    """The schema's DNS fields hold one question: names of more are in ``whoasks.names``."""
    name = only_name(value)
    return {} if name is None else {"type": "query", "question": {"name": _escaped(name)}}


_CONTROLS = {"\t": "\\t", "\r": "\\r", "\n": "\\n", '"': '\\"'}


def _escaped(name: str) -> str:
    """A queried name as the schema wants it: bytes outside 32 to 126 as ``\\DDD``.

    Backslashes are escaped already, as in every name here.
    """
    return "".join(
        _CONTROLS.get(char)
        or (
            char
            if " " <= char <= "~"
            else "".join(f"\\{byte:03d}" for byte in char.encode("utf-8", "surrogateescape"))
        )
        for char in name
    )


def _rule(finding: Finding) -> dict[str, Any]:
    facts = rule_facts.rule(finding.rule)
    return {
        "id": finding.rule,
        "name": finding.title,
        "description": facts.description,
        "reference": _reference(finding),
        "ruleset": PRODUCT,
        "version": __version__,
    }


def _reference(finding: Finding) -> str | None:
    """The page that describes this kind of alert: the analytic's, else the technique's."""
    if _enumerates(finding):
        return attack.MDNS_ENUMERATION.url
    return next((attack.technique(id_).url for id_ in rule_facts.techniques(finding)), None)


def _enumerates(finding: Finding) -> bool:
    return attack.MDNS_ENUMERATION.technique in rule_facts.techniques(finding)


def _threat(finding: Finding) -> dict[str, Any]:
    named = [attack.technique(id_) for id_ in rule_facts.techniques(finding)]
    tactics = list(dict.fromkeys(tactic for each in named for tactic in each.tactics))
    whole = list(dict.fromkeys(attack.technique(each.parent) for each in named))
    parts = [each for each in named if each.parent != each.id]
    return {
        "framework": attack.FRAMEWORK if named else None,
        "tactic": _listed(tactics),
        "technique": {**_listed(whole), "subtechnique": _listed(parts)},
    }


def _listed(
    entries: list[attack.Tactic] | list[attack.Technique],
) -> dict[str, list[str]]:
    return {
        "id": [entry.id for entry in entries],
        "name": [entry.name for entry in entries],
        "reference": [entry.url for entry in entries],
    }


def _tags(finding: Finding) -> list[str]:
    tags = [PROTOCOL, *dict.fromkeys((finding.rule, *finding.rules))]
    if finding.drill:
        tags.append("drill")
    if finding.silenced_by:
        tags.append("silenced")
    return tags


def _labels(finding: Finding) -> dict[str, str]:
    """The analytic's id once more: the schema has no field for it, and a link is no key."""
    return {"attack_analytic": attack.MDNS_ENUMERATION.id} if _enumerates(finding) else {}


def _nanoseconds(seconds: float) -> int:
    """Of a span; none is negative or longer than the schema's 64 bits."""
    return int(min(max(seconds, 0.0), 9e9) * 1e9)
