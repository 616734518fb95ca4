"""ECS: the schema's fields with the schema's types, whatever a name holds; the rest kept apart."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from tests.helpers import samples
from tests.outputs import made

from whoasks.core.model import Host, Severity
from whoasks.outputs import ecs
from whoasks.outputs.records import record_of

# Of ECS 9.5.0, field reference: the type of every field that is written; [] where the reference
# says that it should be an array.
FIELDS = {
    "@timestamp": "date",
    "message": "match_only_text",
    "tags": "keyword[]",
    "ecs.version": "keyword",
    "event.kind": "keyword",
    "event.category": "keyword[]",
    "event.type": "keyword[]",
    "event.action": "keyword",
    "event.severity": "long",
    "event.reason": "keyword",
    "event.id": "keyword",
    "event.module": "keyword",
    "event.dataset": "keyword",
    "event.start": "date",
    "event.end": "date",
    "event.duration": "long",
    "source.address": "keyword",
    "source.ip": "ip",
    "source.mac": "keyword",
    "source.domain": "keyword",
    "source.port": "long",
    "source.packets": "long",
    "destination.port": "long",
    "network.protocol": "keyword",
    "network.transport": "keyword",
    "network.type": "keyword",
    "network.vlan.id": "keyword",
    "dns.type": "keyword",
    "dns.question.name": "keyword",
    "observer.type": "keyword",
    "observer.vendor": "keyword",
    "observer.product": "keyword",
    "observer.version": "keyword",
    "observer.ingress.interface.name": "keyword",
    "related.ip": "ip[]",
    "related.hosts": "keyword[]",
    "rule.id": "keyword",
    "rule.name": "keyword",
    "rule.description": "keyword",
    "rule.reference": "keyword",
    "rule.ruleset": "keyword",
    "rule.version": "keyword",
    "threat.framework": "keyword",
    "threat.tactic.id": "keyword[]",
    "threat.tactic.name": "keyword[]",
    "threat.tactic.reference": "keyword[]",
    "threat.technique.id": "keyword[]",
    "threat.technique.name": "keyword[]",
    "threat.technique.reference": "keyword[]",
    "threat.technique.subtechnique.id": "keyword[]",
    "threat.technique.subtechnique.name": "keyword[]",
    "threat.technique.subtechnique.reference": "keyword[]",
    # Custom keys; the values are keywords.
    "labels.attack_analytic": "keyword",
}
# The reference's allowed values, as far as they are used, and the types each category expects.
KINDS = {"alert", "event"}
EXPECTED = {
    "network": {
        "access", "allowed", "connection", "denied", "end", "info", "protocol", "start",
    },
    "intrusion_detection": {"allowed", "denied", "info"},
}  # fmt: skip


def is_ip(value: Any) -> bool:
    # Elasticsearch's ip type takes no scope.
    return isinstance(value, str) and "%" not in value and bool(ipaddress.ip_address(value))


CHECKS = {
    "date": lambda v: isinstance(v, str) and bool(datetime.fromisoformat(v)),
    "keyword": lambda v: isinstance(v, str),
    "match_only_text": lambda v: isinstance(v, str),
    "long": lambda v: type(v) is int and -(2**63) <= v < 2**63,
    "ip": is_ip,
}


def fields(value: Any, path: str = "") -> dict[str, Any]:
    """By dotted name, lists whole."""
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= fields(item, f"{path}.{key}" if path else key)
    return found


def check(event: dict[str, Any]) -> None:
    """Everything outside ``whoasks`` is a field of the reference, with its type."""
    for name, value in fields({k: v for k, v in event.items() if k != "whoasks"}).items():
        type_ = FIELDS[name]
        assert isinstance(value, list) == type_.endswith("[]"), name
        for item in value if isinstance(value, list) else [value]:
            assert CHECKS[type_.removesuffix("[]")](item), (name, item)
    assert event["event"]["kind"] in KINDS
    for category in event["event"]["category"]:
        assert set(event["event"]["type"]) <= EXPECTED[category]
    assert event["ecs"]["version"] == ecs.VERSION
    assert event["event"]["start"] <= event["event"]["end"] or event["event"]["duration"] == 0


def test_the_version_of_the_table():
    assert ecs.VERSION == "9.5.0", "look the fields up again"


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_documented(field):
    page = Path(__file__).parents[2] / "docs" / "formats.md"
    assert f"`{field}`" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", made.FINDINGS)
def test_findings_fit_the_schema(name):
    check(made.event("ecs", made.FINDINGS[name]))


@pytest.mark.parametrize("name", made.BURSTS)
def test_bursts_fit_the_schema(name):
    check(made.event("ecs", made.BURSTS[name]))


@given(made.ANY_FINDING)
def test_any_finding_fits_the_schema(finding):
    check(made.event("ecs", finding))


@given(made.ANY_BURST)
def test_any_burst_fits_the_schema(burst):
    check(made.event("ecs", burst))


def test_a_finding():
    event = made.event("ecs", samples.finding(vlan=12))
    assert event["@timestamp"] == "2026-01-01T10:00:03.750000Z"
    assert event["event"] == {
        "kind": "alert",
        "category": ["network", "intrusion_detection"],
        "type": ["info"],
        "action": "finding-opened",
        "severity": 3,
        "reason": "10.0.0.23 asked for the list of all service types, then for 38 of 39",
        "id": "3f9c2a7b11d04e55",
        "module": "whoasks",
        "dataset": "whoasks.finding",
        "start": "2026-01-01T10:00:00.250000Z",
        "end": "2026-01-01T10:00:03.750000Z",
        "duration": 3_500_000_000,
    }
    assert event["source"] == {
        "address": "10.0.0.23",
        "ip": "10.0.0.23",
        "mac": "02-00-00-00-00-17",
        "domain": "cli.local",
        "packets": 6,
    }
    assert event["related"] == {"ip": ["10.0.0.23", "fe80::17"], "hosts": ["cli.local"]}
    assert event["destination"] == {"port": 5353}
    assert event["network"] == {"protocol": "mdns", "transport": "udp", "vlan": {"id": "12"}}
    assert event["observer"]["ingress"] == {"interface": {"name": "eth0"}}
    assert event["tags"] == ["mdns", "full-enumeration", "meta-query"]
    assert "dns" not in event, "two names are not one question"


def test_the_rule_the_technique_and_the_analytic():
    event = made.event("ecs", samples.finding())
    assert event["rule"]["id"] == "full-enumeration"
    assert event["rule"]["name"] == "Enumerated every service"
    assert event["rule"]["description"].startswith("A host asks for the list")
    assert event["rule"]["reference"].endswith("/detectionstrategies/DET0376/#AN1059")
    assert event["labels"] == {"attack_analytic": "AN1059"}
    assert event["threat"]["framework"] == "MITRE ATT&CK"
    assert event["threat"]["tactic"]["id"] == ["TA0007"]
    assert event["threat"]["technique"]["id"] == ["T1046"]
    assert event["threat"]["technique"]["name"] == ["Network Service Discovery"]
    assert "subtechnique" not in event["threat"]["technique"]


def test_a_sub_technique_stands_beneath_its_technique():
    event = made.event("ecs", samples.finding(rule="poison-reply", rules=(), attack=("T1557.001",)))
    threat = event["threat"]
    assert threat["technique"]["id"] == ["T1557"]
    assert threat["technique"]["subtechnique"]["id"] == ["T1557.001"]
    assert threat["tactic"]["name"] == ["Credential Access", "Collection"]
    assert event["rule"]["reference"] == "https://attack.mitre.org/techniques/T1557/001/"
    assert "labels" not in event, "AN1059 is about enumeration"


def test_every_rule_that_contributed_brings_its_techniques():
    finding = samples.finding(attack=("T1046",), rules=("full-enumeration", "reverse-sweep"))
    assert made.event("ecs", finding)["threat"]["technique"]["id"] == ["T1046", "T1018"]


@pytest.mark.parametrize(
    ("changes", "kind", "tag"),
    [
        pytest.param({}, "alert", None, id="an alert"),
        pytest.param({"silenced_by": "hub"}, "event", "silenced", id="nobody is called"),
        pytest.param({"drill": "0a1b2c3d"}, "alert", "drill", id="a drill shows that it works"),
    ],
)
def test_who_is_called(changes, kind, tag):
    event = made.event("ecs", samples.finding(**changes))
    assert event["event"]["kind"] == kind
    assert event["tags"][3:] == ([tag] if tag else [])


@pytest.mark.parametrize("severity", Severity)
def test_severity_is_a_number_and_the_word_is_kept(severity):
    event = made.event("ecs", samples.finding(severity=severity))
    assert event["event"]["severity"] == severity.value
    assert event["whoasks"]["severity"] == severity.label


def test_a_finding_of_answers_went_to_no_known_port():
    assert "destination" not in made.event("ecs", made.FINDINGS["of answers"])


def test_a_scope_stays_out_of_ip_fields():
    event = made.event("ecs", made.FINDINGS["of IPv6 alone"])
    assert event["source"]["address"] == "fe80::18%3"
    assert event["source"]["ip"] == "fe80::18"
    assert event["network"]["type"] == "ipv6"
    assert event["whoasks"]["host"]["addresses"] == ["fe80::18%3", "2001:db8::18"]


def test_a_burst():
    event = made.event("ecs", samples.burst(source_ports=(40000,)))
    assert event["event"]["kind"] == "event"
    assert event["event"]["category"] == ["network"]
    assert event["event"]["type"] == ["protocol"]
    assert event["event"]["dataset"] == "whoasks.burst"
    assert event["source"]["port"] == 40000
    assert event["dns"] == {
        "type": "query",
        "question": {"name": "_services._dns-sd._udp.local"},
    }
    assert event["tags"] == ["mdns", "suspicious"]
    assert event["whoasks"]["verdict"] == "suspicious"
    assert "rule" not in event
    assert "threat" not in event


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("_ssh._tcp.local.", "_ssh._tcp.local", id="plain"),
        pytest.param("B\u00fcro.local.", "B\\195\\188ro.local", id="UTF-8"),
        pytest.param('a"b\t\x1b.local.', 'a\\"b\\t\\027.local', id="quote and controls"),
        pytest.param("a\\.b._http._tcp.local.", "a\\.b._http._tcp.local", id="a dot in a label"),
    ],
)
def test_a_question_is_escaped_as_the_schema_has_it(name, shown):
    event = made.event("ecs", samples.burst(names=(name,)))
    assert event["dns"]["question"]["name"] == shown
    assert event["whoasks"]["names"] == [name]


FULL = Host("mac", "02:00:00:00:00:17", ("10.0.0.23",), "cli.local.", "Acme", "hub")


@pytest.mark.parametrize("value", [samples.finding(vlan=12, drill="0a1b"), samples.burst()])
def test_nothing_is_lost(value):
    value = msgspec.structs.replace(value, host=FULL)
    event = made.event("ecs", value)
    said = {str(leaf) for _, leaf in made.leaves(event)}
    lost = {str(leaf) for _, leaf in made.leaves(record_of(value)) if leaf is not None} - said
    assert lost <= {"cli.local."}, "the final dot"
