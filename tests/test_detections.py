"""The Sigma pack in ``detections``: it is valid, and it matches what it should and nothing else.

The rules are converted by pySigma's SQLite backend and run over sample events: commands, the
program's own findings as it writes them, and mDNS events in the shape that Suricata 8 logs.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.data import mitre_attack
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators.core import validators
from tests.helpers.samples import finding

from whoasks import knowledge
from whoasks.core.detect.rules import ALL
from whoasks.core.model import Datagram, Message, Severity
from whoasks.core.settings import ROLES
from whoasks.core.wire import MalformedMessage, decode
from whoasks.outputs.records import record_of, rfc3339
from whoasks.sources.capture_file import CaptureFile

ROOT = Path(__file__).parent.parent
PACK = ROOT / "detections"
FIXTURES = ROOT / "fixtures"
FILES = sorted(PACK.rglob("*.yml"))
PIPELINES = sorted((PACK / "pipelines").glob("*.yaml"))
DOCUMENTS = {
    content.get("name", path.stem): (path, content)
    for path in FILES
    for content in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}
"""Name → where the rule stands and what it says, unparsed."""

TACTICS = {
    "T1018": "discovery",
    "T1021": "lateral-movement",
    "T1046": "discovery",
    "T1498": "impact",
    "T1499": "impact",
    "T1557": "credential-access",
    "T1557.001": "credential-access",
}
"""The techniques of the pack, each with the tactic it is filed under here (attack.mitre.org)."""

Event = dict[str, Any]


@cache
def pack() -> SigmaCollection:
    return SigmaCollection.load_ruleset([PACK])


def rule(name: str) -> SigmaRule | SigmaCorrelationRule:
    """The rule of that ``name``, or else in the file called so."""
    path, content = DOCUMENTS[name]
    (found,) = [r for r in pack().rules if str(r.id) == content["id"]]
    assert found.source is not None
    assert found.source.path == path
    return found


# Running the rules.


def flat(event: Event, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested objects as dotted names, lists of values as their JSON text."""
    for key, value in event.items():
        name = prefix + key
        if isinstance(value, dict):
            yield from flat(value, f"{name}.")
        elif isinstance(value, list):
            yield name, json.dumps(value)
        else:
            yield name, value


def rows(event: Event) -> list[Event]:
    """One row for each question of an mDNS event, as a SIEM that splits lists has them."""
    mdns = event.get("mdns", {})
    plain = {k: v for k, v in mdns.items() if not isinstance(v, list)}
    if "authorities" in mdns:
        plain["authorities"] = mdns["authorities"][0]
    questions = mdns.get("queries") or [None]
    return [
        dict(flat({**event, "mdns": {**plain, **({"queries": q} if q else {})}} if mdns else event))
        for q in questions
    ]


@cache
def columns() -> frozenset[str]:
    """Every field that a rule of the pack looks at."""
    backend = sqliteBackend()
    fields = {
        f for r in pack().rules if isinstance(r, SigmaRule) for f in backend.required_fields(r)
    }
    return frozenset(fields | {"src_ip"})


def matches(name: str, events: Iterable[Event]) -> int:
    """How many rows, or correlations, the rule finds among the events."""
    table = [row for event in events for row in rows(event)]
    names = sorted(columns().union(*table, ("timestamp",)))
    with closing(sqlite3.connect(":memory:")) as db:
        db.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, text or "")))
        db.execute(f"CREATE TABLE logs ({', '.join(f'`{n}`' for n in names)})")
        marks = ", ".join("?" * len(names))
        db.executemany(
            f"INSERT INTO logs VALUES ({marks})",  # noqa: S608  placeholders
            [[row.get(n) for n in names] for row in table],
        )
        return sum(len(db.execute(query).fetchall()) for query in queries(name))


@cache
def queries(name: str) -> list[str]:
    """The rule as SQL, with what it refers to resolved."""
    wanted = rule(name)
    collection = SigmaCollection.load_ruleset([PACK])
    for other in collection.rules:
        if other.id != wanted.id:
            other.disable_output()
        else:
            other._output = True
    return [str(query) for query in sqliteBackend(collate_nocase=True).convert(collection)]


# Whether it is valid.


@pytest.fixture
def attack(tmp_path: Path) -> Iterator[None]:
    """pySigma's knowledge of ATT&CK, as much as is used here; it would be downloaded."""
    objects: list[Event] = [
        {
            "type": "attack-pattern",
            "name": technique,
            "external_references": [{"source_name": "mitre-attack", "external_id": technique}],
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": tactic}],
        }
        for technique, tactic in TACTICS.items()
    ]
    objects += [
        {
            "type": "x-mitre-tactic",
            "x_mitre_shortname": tactic,
            "external_references": [{"source_name": "mitre-attack", "external_id": tactic}],
        }
        for tactic in set(TACTICS.values())
    ]
    file = tmp_path / "attack.json"
    file.write_text(json.dumps({"objects": objects}), encoding="utf-8")
    mitre_attack.set_cache_dir(str(tmp_path / "cache"))
    mitre_attack.set_url(str(file))
    yield
    mitre_attack._get_cache().close()


def test_pysigma_reads_all_of_it() -> None:
    assert len(pack()) == len(DOCUMENTS) >= 20
    assert pack().errors == []
    correlations = [r for r in pack().rules if isinstance(r, SigmaCorrelationRule)]
    assert {r.type.name for r in correlations} == {"VALUE_COUNT", "TEMPORAL_ORDERED"}
    for correlation in correlations:
        assert all(reference.rule is not None for reference in correlation.rules or [])


@pytest.mark.usefixtures("attack")
def test_pysigmas_validators_find_nothing() -> None:
    # D3FEND's list would be downloaded too, and no tag of it is used.
    chosen = {check for name, check in validators.items() if name != "d3_fendtag"}
    assert len(chosen) > 20
    issues = SigmaValidator(chosen).validate_rules(pack())
    assert [str(issue) for issue in issues] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_rule_says_what_a_reader_needs(name: str) -> None:
    path, content = DOCUMENTS[name]
    for key in ("title", "id", "status", "description", "references", "date", "level"):
        assert content.get(key), key
    assert content["falsepositives"]
    found = rule(name)
    assert found.id is not None
    assert found.id.version == 4
    tags = {str(tag).removeprefix("attack.") for tag in found.tags}
    techniques = {tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)}
    assert techniques
    assert {TACTICS[technique.upper()] for technique in techniques} == tags - techniques
    assert name.startswith(path.stem)


def test_converting_the_folder_loses_no_alarm() -> None:
    """What a correlation refers to is not converted for itself, and so must be no alarm."""
    collection = SigmaCollection.load_ruleset([PACK])
    sqliteBackend().convert(collection)
    silent = {r.title for r in collection.rules if not r._output}
    alarms = {
        r.title for r in pack().rules if r.level is not None and r.level.name != "INFORMATIONAL"
    }
    assert silent
    assert not silent & alarms


# What maps the fields to those of a SIEM.


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in PIPELINES])
def test_a_pipeline_maps_the_fields_of_the_pack(path: Path) -> None:
    pipeline = ProcessingPipeline.from_yaml(path.read_text(encoding="utf-8"))
    backend = sqliteBackend(pipeline)
    made = "\n".join(map(str, backend.convert(SigmaCollection.load_ruleset([PACK]))))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    listed = {field for _, rule in DOCUMENTS.values() for field in rule.get("fields", ())}
    listed -= columns()
    for transformation in content["transformations"]:
        for ours, theirs in transformation["mapping"].items():
            if ours in listed:
                continue
            assert ours in columns()
            assert theirs in made
    assert "`mdns.queries.rrname`" not in made


# Commands.

DNS_SD = "proc_creation_macos_dns_sd_service_browsing"
AVAHI_ALL = "proc_creation_lnx_avahi_browse_all"
AVAHI_REMOTE = "proc_creation_lnx_avahi_browse_remote_access"
NMAP_LINUX = "proc_creation_lnx_nmap_dns_service_discovery"
NMAP_MACOS = "proc_creation_macos_nmap_dns_service_discovery"
NMAP_WINDOWS = "proc_creation_win_nmap_dns_service_discovery"


def command(image: str, line: str) -> Event:
    return {"Image": image, "CommandLine": line}


COMMANDS: dict[str, tuple[str, list[str], list[str]]] = {
    DNS_SD: (
        "/usr/bin/dns-sd",
        [
            "dns-sd -B _ssh._tcp .",
            "dns-sd -B",
            "dns-sd -Z",
            "dns-sd -timeout 5 -B _services._dns-sd._udp local",
            "/usr/bin/dns-sd -Z _http._tcp local",
            'dns-sd -L "Office Printer" _ipp._tcp local',
            "dns-sd -Q _services._dns-sd._udp.local PTR",
        ],
        [
            "dns-sd -R Web _http._tcp local 80",
            "dns-sd -lo -R Web _http._tcp local 80",
            "dns-sd -P Web _http._tcp local 80 web.local 10.0.0.5",
            "dns-sd -G v4 nas.local",
            "dns-sd -Q nas.local A",
            "dns-sd -V",
        ],
    ),
    AVAHI_ALL: (
        "/usr/bin/avahi-browse",
        [
            "avahi-browse -a",
            "avahi-browse -art",
            "avahi-browse -rtpa",
            "avahi-browse -t -a",
            "avahi-browse -v -lkra",
            "avahi-browse --all --resolve",
            "avahi-browse -D",
            "avahi-browse --browse-domains",
            "avahi-browse -t _services._dns-sd._udp",
        ],
        [
            "avahi-browse _ipp._tcp",
            "avahi-browse -rt _ipp._tcp",
            "avahi-browse -d alpha.example _ipp._tcp",
            "avahi-browse -dalpha.example _ipp._tcp",
            "avahi-browse --domain=alpha.example -t _ipp._tcp",
            "avahi-browse -b",
            "avahi-browse --help",
        ],
    ),
    AVAHI_REMOTE: (
        "/usr/bin/avahi-browse",
        ["avahi-browse -rt _ssh._tcp", "avahi-browse _workstation._tcp", "avahi-browse _rfb._tcp"],
        ["avahi-browse -art", "avahi-browse _ipp._tcp", "avahi-browse -t _http._tcp"],
    ),
    **{
        name: (
            image,
            [
                "nmap --script broadcast-dns-service-discovery",
                "nmap -Pn --script=dns-service-discovery -p 5353 10.0.0.0/24",
                "nmap --script dns-service-discovery,smb-os-discovery 10.0.0.5",
                'nmap --script "broadcast-*"',
                "nmap --script broadcast-dns-*",
                "nmap --script dns-service-* -sU -p5353 10.0.0.5",
            ],
            [
                "nmap -sV 10.0.0.0/24",
                "nmap --script broadcast-dhcp-discover",
                "nmap --script dns-brute example.org",
                "nmap -oN dns-service-discovery.txt 10.0.0.5",
            ],
        )
        for name, image in (
            (NMAP_LINUX, "/usr/bin/nmap"),
            (NMAP_MACOS, "/opt/homebrew/bin/nmap"),
            (NMAP_WINDOWS, r"C:\Program Files (x86)\Nmap\nmap.exe"),
        )
    },
}


@pytest.mark.parametrize(
    ("name", "image", "line", "found"),
    [
        pytest.param(name, image, line, found, id=f"{name}: {line}")
        for name, (image, positive, negative) in COMMANDS.items()
        for lines, found in ((positive, 1), (negative, 0))
        for line in lines
    ],
)
def test_commands(name: str, image: str, line: str, found: int) -> None:
    assert matches(name, [command(image, line)]) == found
    # Another program with the same words is not meant.
    assert matches(name, [command("/usr/bin/grep", f"grep -r '{line}' notes.txt")]) == 0


def test_every_command_rule_is_in_the_table() -> None:
    assert {path.stem for path in (PACK / "process_creation").glob("*.yml")} == set(COMMANDS)


# The program's own findings.

BY_RULE = {
    "whoasks_service_enumeration": {
        *("meta-query", "full-enumeration", "type-sweep", "slow-sweep", "distributed-sweep"),
        *("instance-sweep", "any-query"),
    },
    "whoasks_remote_access_browse": {"remote-access-browse"},
    "whoasks_host_discovery": {"reverse-sweep", "hostname-guessing"},
    "whoasks_scanner_shape": {"scanner-shape", "unicast-probe", "new-asker"},
    "whoasks_name_poisoning": {
        *("poison-reply", "many-names", "record-hijack", "service-impersonation"),
    },
    "whoasks_disruption": {
        *("query-flood", "probe-storm", "announcement-flood", "foreign-goodbye"),
        *("name-conflict", "malformed"),
    },
}
RULES = sorted(set().union(*BY_RULE.values()))


def own(*rules: str, **changes: Any) -> Event:
    """A finding as a line of NDJSON holds it."""
    made = finding(rule=rules[0], rules=rules, **changes)
    event: Event = json.loads(msgspec.json.encode(record_of(made)))
    return event


@pytest.mark.parametrize("name", BY_RULE)
@pytest.mark.parametrize("one", RULES)
def test_findings_by_rule(name: str, one: str) -> None:
    found = int(one in BY_RULE[name])
    assert matches(name, [own(one)]) == found
    assert matches(name, [own("elsewhere", one)]) == found
    assert matches(name, [own(one, silenced_by="hub")]) == 0
    assert matches(name, [{**own(one), "record": "burst"}]) == 0


def test_no_rule_of_the_program_is_left_out() -> None:
    assert {detector.rule.id for detector in ALL} - set(RULES) == set()


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("name", ["high", "medium", "low"])
def test_findings_by_severity(name: str, severity: Severity) -> None:
    event = own("meta-query", severity=severity)
    assert matches(f"whoasks_severity_{name}", [event]) == int(severity.label == name)
    silenced = own("meta-query", severity=severity, silenced_by="sensor")
    assert matches(f"whoasks_severity_{name}", [silenced]) == 0


@pytest.mark.parametrize(
    ("drill", "found"),
    [
        pytest.param("0badcafe", 1, id="marked"),
        pytest.param(None, 0, id="not marked"),
    ],
)
def test_findings_of_a_drill(drill: str | None, found: int) -> None:
    event = own("meta-query", severity=Severity.MEDIUM, drill=drill)
    assert matches("whoasks_drill", [event]) == found
    # Anybody can send the mark: it silences nothing.
    assert matches("whoasks_severity_medium", [event]) == 1
    assert matches("whoasks_service_enumeration", [event]) == 1


def test_the_fields_are_those_of_the_record() -> None:
    known = {name for name, _ in flat(own("meta-query"))}
    for path, content in DOCUMENTS.values():
        if path.parent.name != "whoasks":
            continue
        detection = content["detection"]
        used = {key.split("|")[0] for key in detection["selection"] | detection["filter_silenced"]}
        assert used | set(content["fields"]) <= known
        assert set(detection["filter_silenced"]["silenced_by"]) == set(ROLES)


# Suricata's events.

RRTYPES = {1: "a", 12: "ptr", 16: "txt", 28: "aaaa", 33: "srv", 47: "nsec", 255: "any"}


def eve(at: float, source: str, message: Message) -> Event:
    """A message as Suricata 8 logs it: one event, all questions, types in lower case."""

    def listed(items: Iterable[Any], kind: str) -> list[Event]:
        return [
            {
                "rrname": item.name.removesuffix("."),
                "rrtype": RRTYPES.get(getattr(item, kind), "unknown"),
            }
            for item in items
        ]

    mdns: Event = {"type": "response" if message.is_response else "request", "id": message.id}
    if message.questions:
        mdns["queries"] = listed(message.questions, "qtype")
    if message.authorities:
        mdns["authorities"] = listed(message.authorities, "rtype")
    return {"timestamp": rfc3339(at), "event_type": "mdns", "src_ip": source, "mdns": mdns}


def asks(
    at: float, *names: str, rrtype: str = "ptr", source: str = "10.0.0.9", **more: Any
) -> Event:
    queries = [{"rrname": name, "rrtype": rrtype} for name in names]
    mdns = {"type": "request", "queries": queries, **more}
    timestamp = rfc3339(1_767_261_600 + at)
    return {"timestamp": timestamp, "event_type": "mdns", "src_ip": source, "mdns": mdns}


META = "_services._dns-sd._udp.local"
TYPES = [f"_t{number}._tcp.local" for number in range(40)]
INSTANCES = [f"Thing {number}._http._tcp.local" for number in range(10)]
PROBE = {"authorities": [{"rrname": "x", "rrtype": "srv"}]}


def spread(names: Iterable[str], gap: float, start: float = 0.0, **more: Any) -> list[Event]:
    """A question after another."""
    return [asks(start + gap * number, name, **more) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("name", "events", "found"),
    [
        pytest.param("meta_query", [asks(0, META)], True, id="the list"),
        pytest.param("meta_query", [asks(0, META.upper())], True, id="the list, upper case"),
        pytest.param("meta_query", [asks(0, "_ipp._tcp.local", META)], True, id="among others"),
        pytest.param("meta_query", [asks(0, f"{META}.local")], True, id="with .local twice"),
        pytest.param("meta_query", [asks(0, META, **PROBE)], False, id="a probe"),
        pytest.param("meta_query", [asks(0, META, type="response")], False, id="an answer"),
        pytest.param("meta_query", [asks(0, "_ipp._tcp.local")], False, id="another question"),
        pytest.param("meta_query", [asks(0, f"x.{META}")], False, id="below it"),
        pytest.param("remote_access_browse", [asks(0, "_ssh._tcp.local")], True, id="ssh"),
        pytest.param("remote_access_browse", [asks(0, "_sftp-ssh._tcp.local")], False, id="sftp"),
        pytest.param(
            "remote_access_browse",
            [asks(0, "_ssh._tcp.local", rrtype="any", **PROBE)],
            False,
            id="a probe for ssh",
        ),
        pytest.param(
            "remote_access_browse",
            [asks(0, "nas._ssh._tcp.local", rrtype="srv")],
            False,
            id="resolving ssh",
        ),
        pytest.param("type_sweep", spread(TYPES[:25], 1), True, id="25 types"),
        pytest.param("type_sweep", spread(TYPES[:24], 1), False, id="24 types"),
        pytest.param("type_sweep", spread(TYPES[:30], 3), False, id="30 types in 90 s"),
        pytest.param("type_sweep", spread(TYPES[:9] * 5, 1), False, id="9 types, again and again"),
        pytest.param("type_sweep", [asks(0, *TYPES)], True, id="40 types in one packet"),
        pytest.param("type_sweep", spread(INSTANCES * 4, 1), False, id="instances"),
        pytest.param(
            "type_sweep",
            spread(TYPES[:15], 1) + spread(TYPES[15:30], 1, source="10.0.0.8"),
            False,
            id="two hosts",
        ),
        pytest.param(
            "enumeration_by_types",
            [asks(0, META), *spread(TYPES[:3], 1, 2)],
            True,
            id="list, types",
        ),
        pytest.param(
            "enumeration_by_types", [asks(9, META), *spread(TYPES[:3], 1)], False, id="types, list"
        ),
        pytest.param(
            "enumeration_by_types", [asks(0, META), *spread(TYPES[:2], 1, 2)], False, id="too few"
        ),
        pytest.param(
            "enumeration_by_types",
            [asks(0, META), *spread(TYPES[:3], 1, 90)],
            False,
            id="too late",
        ),
        pytest.param(
            "enumeration_by_types",
            [asks(0, META), *spread(TYPES[:3], 1, 2, source="10.0.0.8")],
            False,
            id="another host's types",
        ),
        pytest.param(
            "enumeration_by_instances",
            [asks(0, META), *spread(INSTANCES[:3], 1, 2, rrtype="srv")],
            True,
            id="list, instances",
        ),
        pytest.param(
            "enumeration_by_instances",
            [asks(0, META), *spread(INSTANCES[:3], 1, 2, rrtype="srv", **PROBE)],
            False,
            id="list, probes",
        ),
        pytest.param(
            "enumeration_by_instances", spread(INSTANCES, 1, rrtype="srv"), False, id="no list"
        ),
    ],
)
def test_suricata(name: str, events: list[Event], found: bool) -> None:
    assert bool(matches(f"suricata_mdns_{name}", events)) is found


def test_the_remote_types_are_ours() -> None:
    _, content = DOCUMENTS["suricata_mdns_remote_access_browse"]
    names = content["detection"]["selection"]["mdns.queries.rrname|startswith"]
    assert {name.removesuffix(".local") for name in names} == knowledge.load().remote_rare


def recorded(name: str) -> list[Event]:
    """The mDNS messages of a fixture, as Suricata would log them."""

    def events() -> Iterator[Event]:
        for batch in CaptureFile(FIXTURES / f"{name}.pcap").read():
            for datagram in batch:
                assert isinstance(datagram, Datagram)
                try:
                    message = decode(datagram.payload)
                except MalformedMessage:
                    continue
                yield eve(datagram.at, datagram.flow.source, message)

    return list(events())


@pytest.mark.parametrize(
    ("capture", "expected"),
    [
        pytest.param(
            "enum-avahi-browse-all",
            {"meta_query", "remote_access_browse", "enumeration_by_types"},
            id="avahi-browse -a",
        ),
        pytest.param(
            "enum-nmap-broadcast",
            {"meta_query", "remote_access_browse", "enumeration_by_types"},
            id="nmap",
        ),
        pytest.param("hub-60-types", {"remote_access_browse", "type_sweep"}, id="a hub"),
        pytest.param("enum-dig-meta", {"meta_query"}, id="dig"),
        pytest.param("browse-ssh-only", {"remote_access_browse"}, id="ssh only"),
        pytest.param("benign-quiet-home", set(), id="a quiet home"),
    ],
)
def test_suricata_on_what_was_recorded(capture: str, expected: set[str]) -> None:
    events = recorded(capture)
    alarms = ("meta_query", "remote_access_browse", "type_sweep", "enumeration_by_types")
    assert {name for name in alarms if matches(f"suricata_mdns_{name}", events)} == expected
