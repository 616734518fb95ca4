"""OCSF: what py-ocsf-models takes for a Detection Finding, and a table for what it leaves out.

The library (OCSF 1.5.0) has no DNS Activity, and of an evidence's objects only the query: the
attributes of those are checked against ``ATTRIBUTES``.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import py_ocsf_models
import pytest
from hypothesis import given
from py_ocsf_models.events.base_event import BaseEvent
from py_ocsf_models.events.findings.detection_finding import DetectionFinding
from py_ocsf_models.objects.analytic import Analytic
from py_ocsf_models.objects.dns_query import DNSQuery
from py_ocsf_models.objects.evidence_artifacts import EvidenceArtifacts
from py_ocsf_models.objects.finding_info import FindingInformation
from py_ocsf_models.objects.metadata import Metadata
from py_ocsf_models.objects.mitre_attack import MITREAttack
from py_ocsf_models.objects.observable import Observable
from tests.helpers import samples
from tests.outputs import made

from whoasks.core.model import Host, Severity
from whoasks.outputs import ocsf
from whoasks.outputs.records import record_of

MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
HOSTNAME = re.compile(
    r"(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*"
    r"([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9])"
)


def is_ip(value: Any) -> bool:
    return isinstance(value, str) and "%" not in value and bool(ipaddress.ip_address(value))


TYPES = {
    "string_t": lambda v: isinstance(v, str),
    "integer_t": lambda v: type(v) is int,
    "long_t": lambda v: type(v) is int and -(2**63) <= v < 2**63,
    "port_t": lambda v: type(v) is int and 0 <= v <= 65535,
    "ip_t": is_ip,
    "mac_t": lambda v: isinstance(v, str) and MAC.fullmatch(v) is not None,
    "hostname_t": lambda v: isinstance(v, str) and HOSTNAME.fullmatch(v) is not None,
    # Names of services have underscores, which hostname_t does not know.
    "queried_t": lambda v: isinstance(v, str),
}

# Of OCSF 1.5.0: attributes of the objects that the library does not have.
ENDPOINT = {
    "ip": "ip_t", "mac": "mac_t", "hostname": "hostname_t", "name": "string_t", "uid": "string_t",
    "port": "port_t", "vlan_uid": "string_t", "svc_name": "string_t",
}  # fmt: skip
CONNECTION = {
    "direction_id": "integer_t", "direction": "string_t", "protocol_num": "integer_t",
    "protocol_name": "string_t", "protocol_ver_id": "integer_t",
}  # fmt: skip
TRAFFIC = {"packets": "long_t", "packets_out": "long_t"}
ATTRIBUTES = {
    "src_endpoint": ENDPOINT,
    "dst_endpoint": ENDPOINT,
    "connection_info": CONNECTION,
    "traffic": TRAFFIC,
    "query": {"hostname": "queried_t"},
}
IDENTIFIES = {"ip", "uid", "name", "hostname", "svc_name"}
CLASSIFICATION = {
    "category_uid", "category_name", "class_uid", "class_name", "activity_id", "activity_name",
    "type_uid", "type_name", "time", "start_time", "end_time", "duration", "count",
}  # fmt: skip
NOT_IN_THE_LIBRARY = {"src_endpoint", "dst_endpoint", "connection_info", "verdict"}


def check_objects(holder: dict[str, Any]) -> None:
    """The objects that the library does not have, against the table."""
    for name, attributes in ATTRIBUTES.items():
        for attribute, value in holder.get(name, {}).items():
            assert TYPES[attributes[attribute]](value), (name, attribute, value)
    for name in ("src_endpoint", "dst_endpoint"):
        if name in holder:
            assert IDENTIFIES & set(holder[name]), "the schema wants one of these"


def check_finding(event: dict[str, Any]) -> None:
    """The library takes it, and reads every attribute that is written."""
    read = DetectionFinding.model_validate(event)
    assert read.type_uid.value == event["class_uid"] * 100 + event["activity_id"]
    assert set(event) <= set(DetectionFinding.model_fields)
    info = event["finding_info"]
    assert set(info) <= set(FindingInformation.model_fields)
    for analytic in [info["analytic"], *info.get("related_analytics", [])]:
        assert set(analytic) <= set(Analytic.model_fields)
    for entry in info.get("attacks", []):
        assert set(entry) <= set(MITREAttack.model_fields)
    for entry in event["evidences"]:
        assert set(entry) <= set(EvidenceArtifacts.model_fields) | NOT_IN_THE_LIBRARY
        assert set(entry.get("query", {})) <= set(DNSQuery.model_fields)
        assert {"src_endpoint", "connection_info", "query"} & set(entry)
        check_objects(entry)
    check_shared(event)


def check_burst(event: dict[str, Any]) -> None:
    """A DNS Activity: the base of every class by the library, the rest by the table."""
    BaseEvent.model_validate(event)
    assert (event["category_uid"], event["class_uid"], event["type_uid"]) == (4, 4003, 400301)
    assert set(event) <= set(BaseEvent.model_fields) | CLASSIFICATION | set(ATTRIBUTES)
    assert {"src_endpoint", "dst_endpoint"} & set(event)
    check_objects(event)
    check_shared(event)


def check_shared(event: dict[str, Any]) -> None:
    assert set(event["metadata"]) <= set(Metadata.model_fields)
    for entry in event.get("observables", []):
        assert set(entry) <= set(Observable.model_fields)
    for name in ("time", "start_time", "end_time", "duration"):
        assert TYPES["long_t"](event[name]), name


def test_the_version_that_is_checked():
    assert py_ocsf_models.OCSF_VERSION == ocsf.VERSION


def test_every_attribute_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    events = [made.event("ocsf", samples.finding()), made.event("ocsf", samples.burst())]
    # Words beside a number, and the classification's parts, go without saying.
    said = {"activity_name", "severity", "status", "type_name"} | {
        f"{part}_{form}" for part in ("category", "class") for form in ("uid", "name")
    }
    written = {name for event in events for name in event} - said
    assert [name for name in sorted(written) if not re.search(rf"`{name}\b", page)] == []


@pytest.mark.parametrize("name", made.FINDINGS)
def test_findings_are_detection_findings(name):
    check_finding(made.event("ocsf", made.FINDINGS[name]))


@pytest.mark.parametrize("name", made.BURSTS)
def test_bursts_are_dns_activities(name):
    check_burst(made.event("ocsf", made.BURSTS[name]))


@given(made.ANY_FINDING)
def test_any_finding_is_a_detection_finding(finding):
    check_finding(made.event("ocsf", finding))


@given(made.ANY_BURST)
def test_any_burst_is_a_dns_activity(burst):
    check_burst(made.event("ocsf", burst))


@pytest.mark.parametrize(
    ("severity", "id_", "word"),
    [
        (Severity.INFO, 1, "Informational"),
        (Severity.LOW, 2, "Low"),
        (Severity.MEDIUM, 3, "Medium"),
        (Severity.HIGH, 4, "High"),
    ],
)
def test_severities(severity, id_, word):
    event = made.event("ocsf", samples.finding(severity=severity))
    assert (event["severity_id"], event["severity"]) == (id_, word)


def test_a_finding():
    event = made.event("ocsf", samples.finding(vlan=12))
    assert event["class_uid"] == 2004
    assert event["category_uid"] == 2
    assert (event["time"], event["start_time"]) == (1_767_261_603_750, 1_767_261_600_250)
    assert event["duration"] == 3_500
    assert event["metadata"]["version"] == "1.5.0"
    assert event["metadata"]["product"]["name"] == "whoasks"
    assert event["metadata"]["correlation_uid"] == "b7d1"
    info = event["finding_info"]
    assert (info["uid"], info["title"]) == ("3f9c2a7b11d04e55", "Enumerated every service")
    assert info["desc"] == event["message"]
    assert info["types"] == ["full-enumeration", "meta-query"]
    assert (info["first_seen_time"], info["last_seen_time"]) == (
        event["start_time"],
        event["end_time"],
    )
    assert info["related_events"][0]["uid"] == "b7d1"
    first, *queries = event["evidences"]
    assert first["src_endpoint"] == {
        "ip": "10.0.0.23",
        "mac": "02:00:00:00:00:17",
        "uid": "02:00:00:00:00:17",
        "hostname": "cli.local",
        "vlan_uid": "12",
    }
    assert first["dst_endpoint"] == {"svc_name": "mdns", "port": 5353}
    assert first["data"] == {"packets": ["10:00:00.250 PTR _services._dns-sd._udp.local. QM"]}
    assert [entry["query"]["hostname"] for entry in queries] == [
        "_services._dns-sd._udp.local",
        "_ipp._tcp.local",
    ]
    assert {(o["type_id"], o["value"]) for o in event["observables"]} == {
        (1, "cli.local"),
        (1, "_services._dns-sd._udp.local"),
        (1, "_ipp._tcp.local"),
        (2, "10.0.0.23"),
        (2, "fe80::17"),
        (3, "02:00:00:00:00:17"),
    }


def test_the_rule_the_analytic_and_the_technique():
    info = made.event("ocsf", samples.finding())["finding_info"]
    assert (info["analytic"]["uid"], info["analytic"]["type_id"]) == ("full-enumeration", 1)
    assert [a["uid"] for a in info["related_analytics"]] == ["meta-query", "AN1059"]
    (entry,) = info["attacks"]
    assert entry["technique"]["uid"] == "T1046"
    assert entry["tactic"] == {
        "uid": "TA0007",
        "name": "Discovery",
        "src_url": "https://attack.mitre.org/tactics/TA0007/",
    }
    assert entry["version"] == "19"


def test_a_sub_technique_has_an_entry_for_each_tactic():
    finding = samples.finding(rule="poison-reply", rules=(), attack=("T1557.001",))
    info = made.event("ocsf", finding)["finding_info"]
    assert [
        (e["technique"]["uid"], e["sub_technique"]["uid"], e["tactic"]["uid"])
        for e in info["attacks"]
    ] == [("T1557", "T1557.001", "TA0006"), ("T1557", "T1557.001", "TA0009")]
    assert "related_analytics" not in info


@pytest.mark.parametrize(
    ("changes", "activity", "status", "code", "verdict"),
    [
        pytest.param({}, 1, 1, "open", 0, id="opened"),
        pytest.param({"status": "closed"}, 3, 1, "closed", 0, id="closed, not judged"),
        pytest.param({"silenced_by": "hub"}, 1, 3, "open", 0, id="silenced by a role"),
        pytest.param({"drill": "0a1b2c3d"}, 1, 1, "open", 6, id="a drill is a test"),
    ],
)
def test_activity_and_status(changes, activity, status, code, verdict):
    event = made.event("ocsf", samples.finding(**changes))
    assert (event["activity_id"], event["type_uid"]) == (activity, 200400 + activity)
    assert (event["status_id"], event["status_code"]) == (status, code)
    assert {entry["verdict_id"] for entry in event["evidences"]} == {verdict}


def test_a_name_that_is_no_hostname_is_not_called_one():
    host = Host("mac", None, ("10.0.0.5",), "B\u00fcro Drucker.local.")
    event = made.event("ocsf", samples.finding(host=host))
    source = event["evidences"][0]["src_endpoint"]
    assert source["name"] == "B\u00fcro Drucker.local"
    assert "hostname" not in source
    assert "B\u00fcro Drucker.local" not in [o["value"] for o in event["observables"]]


def test_a_finding_of_answers_asked_nothing():
    event = made.event("ocsf", made.FINDINGS["of answers"])
    assert len(event["evidences"]) == 1
    assert "dst_endpoint" not in event["evidences"][0]
    assert event["unmapped"]["whoasks"]["names"] == list(samples.finding().names)


def test_a_burst():
    event = made.event("ocsf", samples.burst())
    assert event["severity_id"] == 1
    assert event["metadata"]["uid"] == event["metadata"]["correlation_uid"] == "b7d1"
    assert event["query"] == {"hostname": "_services._dns-sd._udp.local"}
    assert event["src_endpoint"]["vlan_uid"] == "12"
    assert event["dst_endpoint"] == {"svc_name": "mdns", "port": 5353}
    assert event["traffic"] == {"packets": 6, "packets_out": 6}
    assert event["count"] == 41
    assert event["unmapped"]["whoasks"]["verdict"] == "suspicious"


def test_many_names_are_not_one_query():
    event = made.event("ocsf", made.BURSTS["of many names"])
    assert "query" not in event
    assert event["unmapped"]["whoasks"]["names"] == ["a.local.", "b.local."]


@pytest.mark.parametrize("value", [samples.finding(vlan=12, drill="0a1b"), samples.burst()])
def test_nothing_is_lost(value):
    said = {str(leaf) for _, leaf in made.leaves(made.event("ocsf", value))}
    dotted = {leaf + "." for leaf in said}
    lost = {str(leaf) for _, leaf in made.leaves(record_of(value)) if leaf is not None}
    times = {leaf for leaf in lost if leaf.endswith("Z")}
    assert lost - said - dotted - times <= {"high"}, "the severity's word is the schema's"
