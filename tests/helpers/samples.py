"""One value of each kind for the tests of outputs, screens and commands, and hostile names."""

from __future__ import annotations

from typing import Any

import msgspec

from whoasks.core.activity import Activity
from whoasks.core.auditing.results import Exposure, Grade
from whoasks.core.difference import ServiceChange
from whoasks.core.model import (
    Asker,
    Burst,
    Claim,
    Finding,
    Host,
    Service,
    Severity,
    Summary,
    Tool,
)
from whoasks.core.setting_changes import Change

AT = 1_767_261_600.25  # 2026-01-01T10:00:00.250000Z

HOSTILE = {
    "clear screen": "\x1b[2J\x1b[H",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "one-byte CSI": "\x9b31mred",
    "newline": "a\r\nb\nc",
    "delete": "a\x7f\x08b",
    "NUL": "a\x00b",
    "right to left": "\u202egnp.exe",
    "isolates": "\u2066a\u2069\u2068",
    "zero width": "a\u200bb\u200d\ufeff",
    "line separator": "a\u2028b\u2029c",
    "tag letters": "a\U000e0041",
    "surrogate": "a\udc80",
    "private use": "\ue000",
    "markup": "[red]a[/x][link=file:///etc/passwd]b[/]",
    "emoji code": ":bomb:",
    "formula": '=HYPERLINK("http://x","y")',
    "formula behind blanks": " \t=1+1",
    "full-width formula": "\uff1d1",
    "formula in the next cell": 'a;"=1+1";@x',
    "looks escaped": "\\x1b[2J",
    "marks": "e" + "\u0301" * 50,
    "mark alone": "\u0301a",
    "filler": "\u3164\u115f",
    "apostrophe": "'=1",
    "quotes": '"a","b"\r\n=1',
}

HOST = Host(
    identity="mac",
    mac="02:00:00:00:00:17",
    addresses=("10.0.0.23", "fe80::17%eth0"),
    hostname="cli.local.",
    vendor=None,
    role=None,
)


def finding(**changes: Any) -> Finding:
    plain = Finding(
        id="3f9c2a7b11d04e55",
        rule="full-enumeration",
        severity=Severity.HIGH,
        title="Enumerated every service",
        explanation="10.0.0.23 asked for the list of all service types, then for 38 of 39",
        attack=("T1046",),
        status="open",
        host=HOST,
        interface="eth0",
        vlan=None,
        first_seen=AT,
        last_seen=AT + 3.5,
        packets=6,
        questions=41,
        names=("_services._dns-sd._udp.local.", "_ipp._tcp.local."),
        names_dropped=3,
        observed={"types": 38, "advertised": 39, "share": 0.97},
        threshold={"types": 3, "share": 0.6},
        tool=Tool("avahi-browse -a", 0.9, ("port 5353", "known answers")),
        silenced_by=None,
        coverage=("multicast only",),
        burst="b7d1",
        rules=("full-enumeration", "meta-query"),
        evidence=("10:00:00.250 PTR _services._dns-sd._udp.local. QM",),
        claims=(
            Claim(
                rule="full-enumeration",
                severity=Severity.HIGH,
                explanation="asked for the list of all service types, then for 38 of 39",
                observed={"types": 38, "advertised": 39, "share": 0.97},
                threshold={"types": 3, "share": 0.6},
            ),
            Claim(
                rule="meta-query",
                severity=Severity.MEDIUM,
                explanation="asked for the list of all service types",
                observed={"meta_queries": 1},
                threshold={"meta_queries": 1},
                silenced_by="hub",
            ),
        ),
    )
    return msgspec.structs.replace(plain, **changes)


def burst(**changes: Any) -> Burst:
    plain = Burst(
        id="b7d1",
        host=HOST,
        interface="eth0",
        vlan=12,
        started=AT,
        ended=AT + 3.5,
        packets=6,
        questions=41,
        types=38,
        instances=2,
        hostnames=1,
        reverse_names=0,
        new_type_packets=1,
        meta_query=True,
        qu_share=0.0,
        known_answer_share=0.125,
        source_ports=(5353, 40000),
        ids_nonzero=0,
        recursion_desired=0,
        ttls=(255,),
        edns=0,
        tool=None,
        verdict="suspicious",
        reasons=("full-enumeration",),
        names=("_services._dns-sd._udp.local.",),
        names_dropped=0,
    )
    return msgspec.structs.replace(plain, **changes)


def service(**changes: Any) -> Service:
    plain = Service(
        instance="Büro-Drucker",
        type="_ipp._tcp",
        subtypes=("_universal", "_print"),
        domain="local",
        hostname="printer.local.",
        port=631,
        addresses=("10.0.0.9", "fe80::9%eth0"),
        interfaces=("eth0", "wlan0"),
        txt={"ty": "Laser 3000", "note": "", "Duplex": None},
        txt_raw=b"\x0dty=Laser 3000",
        name_raw=None,
        description="Printer (IPP)",
        device={"model": "Laser 3000"},
        first_seen=AT,
        last_seen=AT,
        resolved=True,
    )
    return msgspec.structs.replace(plain, **changes)


def asker(**changes: Any) -> Asker:
    plain = Asker(
        host=HOST,
        interface="eth0",
        vlan=None,
        first_seen=AT,
        last_seen=AT + 3.5,
        packets=6,
        questions=41,
        types=("_ipp._tcp", "_ssh._tcp"),
        types_dropped=36,
        bursts=1,
        findings=1,
    )
    return msgspec.structs.replace(plain, **changes)


def activity(**changes: Any) -> Activity:
    plain = Activity(
        host=HOST,
        interface="eth0",
        vlan=None,
        hour=AT - 0.25,
        first_seen=AT,
        last_seen=AT + 64.5,
        bursts=2,
        packets=12,
        questions=82,
        types=("_ipp._tcp", "_ssh._tcp"),
        types_dropped=36,
        minutes={0: (1, 6, 41), 1: (1, 6, 41)},
    )
    return msgspec.structs.replace(plain, **changes)


def summary(**changes: Any) -> Summary:
    plain = Summary(
        packets=120,
        mdns=100,
        malformed={"truncated": 2},
        dropped={},
        time_went_back=0,
        askers=3,
        bursts=5,
        findings={"high": 1},
        coverage=("multicast only",),
        silenced=1,
        services=69,
        notes=("the last packet is cut off",),
    )
    return msgspec.structs.replace(plain, **changes)


def exposure(**changes: Any) -> Exposure:
    plain = Exposure(
        id="5d1f0c9e8b7a6f54",
        check="serial-number",
        severity=Severity.LOW,
        title="serial number in TXT",
        grade="B",
        hostname="printer.local.",
        addresses=("10.0.0.9", "fe80::9%eth0"),
        kind="printer",
        subject="VNB3K12345",
        says="It tells its serial number 'VNB3K12345' (TXT key 'serial').",
        reason="A serial number never changes.",
        remedy="Turn off what announces it.",
        references=("RFC 8882 §3.2.4", "CWE-200"),
        attack=("T1592.001",),
        services=("Büro-Drucker._ipp._tcp",),
        ports=(631,),
        last_seen=AT,
    )
    return msgspec.structs.replace(plain, **changes)


def grade(**changes: Any) -> Grade:
    plain = Grade(
        grade="B",
        hostname="printer.local.",
        addresses=("10.0.0.9", "fe80::9%eth0"),
        kind="printer",
        reason="low: serial number in TXT",
        high=0,
        medium=0,
        low=1,
        info=2,
        services=3,
        checks=("serial-number", "location"),
    )
    return msgspec.structs.replace(plain, **changes)


def change(**changes: Any) -> Change:
    plain = Change(
        "vanishes", "type-sweep", "medium", "none", HOST, "eth0", 12, 1200, AT, AT + 3, "store",
        "asked for 30 types",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def service_change(**changes: Any) -> ServiceChange:
    plain = ServiceChange(
        change="changed",
        instance="Büro-Drucker",
        type="_ipp._tcp",
        domain="local",
        hostname="printer.local.",
        port=632,
        addresses=("10.0.0.9",),
        description="Printer (IPP)",
        fields=("port", "txt.note"),
        before={"port": 631, "txt.note": None},
        after={"port": 632},
        first_seen=AT,
        last_seen=AT + 60.0,
    )
    return msgspec.structs.replace(plain, **changes)
