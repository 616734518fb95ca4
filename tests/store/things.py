"""Values to store, made by hand and by hypothesis."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import strategies as st

from whoasks.core.model import Asker, Burst, Finding, Host, Service, Severity, Tool
from whoasks.store import Retention, Store

HOST = Host("mac", "02:00:00:00:00:01", ("10.0.0.1", "fe80::1"), "laptop.local.", None, None)


def finding(id_: str = "f1", **changes: Any) -> Finding:
    plain = Finding(
        id=id_,
        rule="meta-query",
        severity=Severity.MEDIUM,
        title="Asked for the list of all service types",
        explanation="asked for everything",
        attack=("T1046",),
        status="open",
        host=HOST,
        interface="eth0",
        vlan=None,
        first_seen=100.0,
        last_seen=110.5,
        packets=3,
        questions=9,
        names=("_services._dns-sd._udp.local.",),
        names_dropped=0,
        observed={"types": 3, "share": 0.5},
        threshold={"types": 2},
        tool=Tool("avahi-browse -a", 0.8),
        silenced_by=None,
        coverage=("multicast only",),
        burst="b1",
    )
    return msgspec.structs.replace(plain, **changes)


def burst(id_: str = "b1", **changes: Any) -> Burst:
    plain = Burst(
        id=id_,
        host=HOST,
        interface="eth0",
        vlan=None,
        started=100.0,
        ended=112.0,
        packets=4,
        questions=11,
        types=5,
        instances=1,
        hostnames=0,
        reverse_names=0,
        new_type_packets=2,
        meta_query=True,
        qu_share=0.25,
        known_answer_share=0.0,
        source_ports=(5353,),
        ids_nonzero=0,
        recursion_desired=0,
        ttls=(255,),
        edns=0,
        tool=None,
        verdict="suspicious",
        reasons=("meta-query",),
        names=("_services._dns-sd._udp.local.",),
        names_dropped=0,
    )
    return msgspec.structs.replace(plain, **changes)


def service(instance: str = "Printer", **changes: Any) -> Service:
    plain = Service(
        instance=instance,
        type="_ipp._tcp",
        subtypes=("_universal",),
        domain="local",
        hostname="printer.local.",
        port=631,
        addresses=("10.0.0.9", "fe80::9%eth0"),
        interfaces=("eth0",),
        txt={"ty": "Example", "flag": None},
        txt_raw=b"\x02ty\x00\xff",
        name_raw=None,
        description="Printer (IPP)",
        device={"kind": "printer"},
        first_seen=50.0,
        last_seen=120.0,
        resolved=True,
    )
    return msgspec.structs.replace(plain, **changes)


def asker(first_seen: float = 100.0, last_seen: float = 200.0, **changes: Any) -> Asker:
    plain = Asker(
        host=HOST,
        interface="eth0",
        vlan=None,
        first_seen=first_seen,
        last_seen=last_seen,
        packets=10,
        questions=20,
        types=("_http._tcp",),
        types_dropped=0,
        bursts=2,
        findings=1,
    )
    return msgspec.structs.replace(plain, **changes)


def pruned(store: Store, now: float, retention: Retention | None = None) -> Counter[str]:
    """Rows that a whole pass took away, by table."""
    gone: Counter[str] = Counter()
    while part := store.prune(now, retention):
        gone.update(part)
    return gone


# Generated values. Text is anything a wire can hold, NUL, ESC and quotes included.

TEXT = st.text(max_size=12)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
COUNTS = st.integers(0, 2**40)
TIMES = st.floats(0, 4e9, allow_nan=False)
SHARES = st.floats(0, 1, allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | SHARES | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
FACTS = st.dictionaries(TEXT, JSON, max_size=3)
MAYBE_TEXT = st.none() | TEXT
HOSTS = st.builds(
    Host,
    identity=st.sampled_from(["mac", "neighbour", "address"]),
    mac=st.none() | st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:02"]),
    addresses=st.lists(st.sampled_from(["10.0.0.1", "fe80::1"]), max_size=2).map(tuple),
    hostname=MAYBE_TEXT,
    vendor=MAYBE_TEXT,
    role=st.sampled_from([None, "hub"]),
)
TOOLS = st.none() | st.builds(Tool, name=TEXT, confidence=SHARES)
COMMON = {"host": HOSTS, "interface": TEXT, "vlan": st.none() | st.integers(0, 4095)}
FINDINGS = st.builds(
    Finding,
    id=TEXT,
    rule=st.sampled_from(["meta-query", "type-sweep"]),
    severity=st.sampled_from(Severity),
    title=TEXT,
    explanation=TEXT,
    attack=NAMES,
    status=st.sampled_from(["open", "closed"]),
    first_seen=TIMES,
    last_seen=TIMES,
    packets=COUNTS,
    questions=COUNTS,
    names=NAMES,
    names_dropped=COUNTS,
    observed=FACTS,
    threshold=FACTS,
    tool=TOOLS,
    silenced_by=MAYBE_TEXT,
    coverage=NAMES,
    burst=MAYBE_TEXT,
    rules=NAMES,
    evidence=NAMES,
    **COMMON,
)
BURSTS = st.builds(
    Burst,
    id=TEXT,
    started=TIMES,
    ended=TIMES,
    qu_share=SHARES,
    known_answer_share=SHARES,
    source_ports=st.lists(st.integers(0, 65535), max_size=3).map(tuple),
    ttls=st.lists(st.integers(0, 255), max_size=3).map(tuple),
    meta_query=st.booleans(),
    tool=TOOLS,
    verdict=st.sampled_from(["routine", "unusual", "suspicious"]),
    reasons=NAMES,
    names=NAMES,
    **COMMON,
    packets=COUNTS,
    questions=COUNTS,
    types=COUNTS,
    instances=COUNTS,
    hostnames=COUNTS,
    reverse_names=COUNTS,
    new_type_packets=COUNTS,
    ids_nonzero=COUNTS,
    recursion_desired=COUNTS,
    edns=COUNTS,
    names_dropped=COUNTS,
)
SERVICES = st.builds(
    Service,
    instance=TEXT,
    type=TEXT,
    subtypes=NAMES,
    domain=TEXT,
    hostname=MAYBE_TEXT,
    port=st.none() | st.integers(0, 65535),
    addresses=NAMES,
    interfaces=NAMES,
    txt=st.dictionaries(TEXT, MAYBE_TEXT, max_size=3),
    txt_raw=st.none() | st.binary(max_size=20),
    name_raw=st.none() | st.binary(max_size=20),
    description=MAYBE_TEXT,
    device=st.none() | FACTS,
    first_seen=TIMES,
    last_seen=TIMES,
    resolved=st.booleans(),
    missing=NAMES,
    stale=st.booleans(),
)
ASKERS = st.builds(
    Asker,
    first_seen=TIMES,
    last_seen=TIMES,
    packets=COUNTS,
    questions=COUNTS,
    types=NAMES,
    types_dropped=COUNTS,
    bursts=COUNTS,
    findings=COUNTS,
    **COMMON,
)
