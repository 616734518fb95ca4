"""OCSF: findings as Detection Finding (2004), bursts as DNS Activity (4003), one a line.

Attributes are those of ``VERSION``; what it has none for is under ``unmapped``. Times are
milliseconds since the epoch. docs/formats.md is the table.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from whoasks import __version__
from whoasks.core.model import MDNS_PORT, Burst, Finding, Host, Severity
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
    undotted,
)
from whoasks.outputs.records import host_key

VERSION = "1.5.0"
"""Of the schema. Later 1.x versions add to it and take nothing away that is used here."""

FINDING_CLASS, DNS_CLASS = 2004, 4003

_ACTIVITIES: dict[Step, tuple[int, str]] = {
    "opened": (1, "Create"),
    "updated": (2, "Update"),
    "closed": (3, "Close"),
}
_SEVERITIES = {
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
}
_NEW, _SUPPRESSED = (1, "New"), (3, "Suppressed")
_RULE, _BEHAVIORAL = (1, "Rule"), (2, "Behavioral")
_TEST = (6, "Test")
_HOSTNAME, _IP, _MAC = (1, "Hostname"), (2, "IP Address"), (3, "MAC Address")
_UNKNOWN = (0, "Unknown")

_SHARED = frozenset({"host", "vlan"})
_FINDING = _SHARED | {
    "id", "rule", "severity", "title", "explanation", "attack", "status", "first_seen",
    "last_seen", "burst", "rules", "evidence",
}  # fmt: skip
_BURST = _SHARED | {"id", "started", "ended", "packets", "questions"}

# hostname_t of the schema's data types. A name that does not fit is no hostname to a consumer.
_FITS = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
)

_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999
"""The calendar's ends (years 1 and 9999): a capture may claim any time."""


class OcsfWriter(EventWriter):
    """Writes an event a line."""

    name: ClassVar[str] = "ocsf"

    def finding(self, finding: Finding, step: Step) -> dict[str, Any]:
        """A Detection Finding."""
        activity = _ACTIVITIES[step]
        status = _SUPPRESSED if finding.silenced_by else _NEW
        return {
            **_event(FINDING_CLASS, "Detection Finding", activity, finding.severity),
            **_span(finding.first_seen, finding.last_seen),
            "metadata": _metadata(finding.burst),
            "message": finding.explanation,
            "count": finding.packets,
            "status_id": status[0],
            "status": status[1],
            "status_code": finding.status,
            "finding_info": _finding_info(finding),
            "evidences": _evidences(finding),
            "observables": _observables(finding),
            "unmapped": _unmapped(finding, _FINDING | ({"names"} if asked(finding) else set())),
        }

    def burst(self, burst: Burst) -> dict[str, Any]:
        """A DNS Activity: all of an asker's questions as one event."""
        name = only_name(burst)
        return {
            **_event(DNS_CLASS, "DNS Activity", (1, "Query"), Severity.INFO),
            **_span(burst.started, burst.ended),
            "metadata": {**_metadata(burst.id), "uid": burst.id},
            "message": f"{burst.questions} mDNS questions in {burst.packets} packets",
            "count": burst.questions,
            "query": None if name is None else {"hostname": name},
            "src_endpoint": _source(burst),
            "dst_endpoint": _destination(burst),
            "connection_info": _connection(burst.host),
            "traffic": {"packets": burst.packets, "packets_out": burst.packets},
            "observables": _observables(burst),
            "unmapped": _unmapped(burst, _BURST),
        }


def _event(
    class_: int, class_name: str, activity: tuple[int, str], severity: Severity
) -> dict[str, Any]:
    """The classification that every event begins with."""
    category = class_ // 1000
    return {
        "category_uid": category,
        "category_name": {2: "Findings", 4: "Network Activity"}[category],
        "class_uid": class_,
        "class_name": class_name,
        "activity_id": activity[0],
        "activity_name": activity[1],
        "type_uid": class_ * 100 + activity[0],
        "type_name": f"{class_name}: {activity[1]}",
        "severity_id": _SEVERITIES[severity][0],
        "severity": _SEVERITIES[severity][1],
    }


def _span(start: float, end: float) -> dict[str, int]:
    first, last = _milliseconds(start), _milliseconds(end)
    return {
        "time": last,
        "start_time": first,
        "end_time": last,
        "duration": max(last - first, 0),
    }


def _milliseconds(at: float) -> int:
    """Seconds since the epoch as the schema's timestamps, within the calendar."""
    return round(min(max(at * 1000, _EARLIEST), _LATEST))


def _metadata(burst: str | None) -> dict[str, Any]:
    """``correlation_uid`` is the burst: a finding and its burst share it."""
    return {
        "version": VERSION,
        "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": __version__},
        "correlation_uid": burst,
    }


def _finding_info(finding: Finding) -> dict[str, Any]:
    related = [
        _analytic(each.id, each.title, each.description) for each in rule_facts.others(finding)
    ]
    techniques = rule_facts.techniques(finding)
    if attack.MDNS_ENUMERATION.technique in techniques:
        related.append(
            {
                "uid": attack.MDNS_ENUMERATION.id,
                "name": attack.MDNS_ENUMERATION.name,
                "type_id": _BEHAVIORAL[0],
                "type": _BEHAVIORAL[1],
                "category": attack.FRAMEWORK,
                "desc": attack.MDNS_ENUMERATION.url,
            }
        )
    description = rule_facts.rule(finding.rule).description
    return {
        "uid": finding.id,
        "title": finding.title,
        "desc": finding.explanation,
        "types": list(dict.fromkeys((finding.rule, *finding.rules))),
        "first_seen_time": _milliseconds(finding.first_seen),
        "last_seen_time": _milliseconds(finding.last_seen),
        "analytic": _analytic(finding.rule, finding.title, description),
        "related_analytics": related,
        "attacks": [entry for id_ in techniques for entry in _attacks(attack.technique(id_))],
        "related_events": [
            {
                "uid": finding.burst,
                "type_uid": DNS_CLASS * 100 + 1,
                "type": "DNS Activity: Query",
            }
        ]
        if finding.burst
        else [],
    }


def _analytic(uid: str, name: str, description: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "name": name,
        "desc": description,
        "type_id": _RULE[0],
        "type": _RULE[1],
        "version": __version__,
    }


def _attacks(named: attack.Technique) -> list[dict[str, Any]]:
    """One entry for each tactic: the schema's object holds one of each."""
    whole = attack.technique(named.parent)
    entry: dict[str, Any] = {"technique": _attack(whole), "version": attack.VERSION}
    if named.id != whole.id:
        entry["sub_technique"] = _attack(named)
    return [{**entry, "tactic": _attack(tactic)} for tactic in named.tactics] or [entry]


def _attack(entry: attack.Tactic | attack.Technique) -> dict[str, str]:
    return {"uid": entry.id, "name": entry.name, "src_url": entry.url}


def _evidences(finding: Finding) -> list[dict[str, Any]]:
    """First who and over what, with the packets in words; then each name that was asked for."""
    verdict = _TEST if finding.drill else _UNKNOWN
    marks = {"verdict_id": verdict[0], "verdict": verdict[1]}
    whole = {
        "src_endpoint": _source(finding),
        "dst_endpoint": _destination(finding),
        "connection_info": _connection(finding.host),
        "data": {"packets": list(finding.evidence)},
    }
    queries = [undotted(name) for name in finding.names] if asked(finding) else []
    return [
        {"name": "asker", **whole, **marks},
        *({"query": {"hostname": name}, **marks} for name in queries if name),
    ]


def _source(value: Finding | Burst) -> dict[str, Any]:
    host = value.host
    ports = value.source_ports if isinstance(value, Burst) else ()
    name = hostname(host)
    return {
        "ip": next(iter(ips(host)), None),
        "mac": host.mac,
        # The schema wants an endpoint to be identified by something.
        "uid": host_key(host) or "unknown",
        "hostname" if name and _FITS.fullmatch(name) else "name": name,
        "port": ports[0] if len(ports) == 1 else None,
        "vlan_uid": None if value.vlan is None else str(value.vlan),
    }


def _destination(value: Finding | Burst) -> dict[str, Any]:
    return {"svc_name": PROTOCOL, "port": MDNS_PORT} if asked(value) else {}


def _connection(host: Host) -> dict[str, Any]:
    """Direction is unknown: the watcher does not know where the site's edge is."""
    return {
        "direction_id": _UNKNOWN[0],
        "direction": _UNKNOWN[1],
        "protocol_num": 17,
        "protocol_name": "udp",
        "protocol_ver_id": ip_version(host),
    }


def _observables(value: Finding | Burst) -> list[dict[str, Any]]:
    """What a hunter pivots on: addresses, MAC, name, and the names asked for."""
    inside = "evidences[]." if isinstance(value, Finding) else ""
    name = hostname(value.host)
    found = [(f"{inside}src_endpoint.ip", _IP, ip) for ip in ips(value.host)]
    if value.host.mac:
        found.append((f"{inside}src_endpoint.mac", _MAC, value.host.mac))
    if name and _FITS.fullmatch(name):
        found.append((f"{inside}src_endpoint.hostname", _HOSTNAME, name))
    if asked(value):
        found += [(f"{inside}query.hostname", _HOSTNAME, undotted(n)) for n in value.names]
    return [
        {"name": where, "type_id": kind[0], "type": kind[1], "value": what}
        for where, kind, what in found
        if what
    ]


def _unmapped(value: Finding | Burst, mapped: frozenset[str]) -> dict[str, Any]:
    return {PRODUCT: rest(value, mapped) | {"host": host_rest(value.host)}}
