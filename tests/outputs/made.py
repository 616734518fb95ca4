"""Findings and bursts of every shape that the formats may meet, for examples and properties."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from tests.helpers import samples

from whoasks import outputs
from whoasks.core.detect.rules import ALL
from whoasks.core.model import Burst, Claim, Finding, Host, Severity, Tool

RULES = [detector.rule for detector in ALL]
BARE = Host("address", None, ())
IPV6 = Host("neighbour", "02:00:00:00:00:18", ("fe80::18%3", "2001:db8::18"), None, "Acme", "hub")

FINDINGS: dict[str, Finding] = {
    "plain": samples.finding(),
    "closed": samples.finding(status="closed"),
    "silenced": samples.finding(silenced_by="hub"),
    "drill": samples.finding(drill="0a1b2c3d"),
    "on a VLAN": samples.finding(vlan=12),
    "of a bare address": samples.finding(host=BARE, tool=None, burst=None, rules=(), claims=()),
    "of IPv6 alone": samples.finding(host=IPV6),
    "of answers": samples.finding(questions=0, attack=("T1557.001",), rule="poison-reply"),
    "of one name": samples.finding(names=("_ssh._tcp.local.",), names_dropped=0),
    "of a rule nobody knows": samples.finding(rule="gone", rules=("gone", "too"), attack=()),
    "of a time nobody lives in": samples.finding(first_seen=-1e18, last_seen=1e18),
    **{
        rule.id: samples.finding(
            rule=rule.id,
            title=rule.title,
            severity=rule.severity,
            attack=rule.attack,
            rules=(rule.id, "meta-query"),
        )
        for rule in RULES
    },
    **{
        f"hostile: {name}": samples.finding(
            title=said,
            explanation=said,
            names=(said, said + "."),
            evidence=(said,),
            observed={said: said, "names": [said]},
            host=Host("mac", samples.HOST.mac, ("10.0.0.23",), said, said),
        )
        for name, said in samples.HOSTILE.items()
    },
}
BURSTS: dict[str, Burst] = {
    "plain": samples.burst(),
    "of a bare address": samples.burst(host=BARE, vlan=None, names=(), reasons=()),
    "of IPv6 alone": samples.burst(host=IPV6, source_ports=(40000,)),
    "of many names": samples.burst(names=("a.local.", "b.local."), names_dropped=7),
    **{
        f"hostile: {name}": samples.burst(
            names=(said,), host=Host("mac", samples.HOST.mac, ("10.0.0.23",), said, said)
        )
        for name, said in samples.HOSTILE.items()
    },
}

NAMES = st.text(max_size=40) | st.sampled_from(sorted(samples.HOSTILE.values()))
WORDS = st.text(min_size=1, max_size=40) | st.sampled_from(sorted(samples.HOSTILE.values()))
TIMES = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**40)
SEVERITIES = st.sampled_from(Severity)
FREE = st.dictionaries(
    NAMES, st.none() | st.booleans() | COUNTS | NAMES | st.lists(NAMES, max_size=3), max_size=4
)
HOSTS = st.builds(
    Host,
    identity=st.sampled_from(("mac", "neighbour", "address")),
    mac=st.none() | st.just("02:0a:00:00:00:ff"),
    addresses=st.lists(st.ip_addresses().map(str), max_size=3).map(tuple),
    hostname=st.none() | NAMES,
    vendor=st.none() | NAMES,
    role=st.none() | st.just("hub"),
)
TOOLS = st.none() | st.builds(
    Tool, name=WORDS, confidence=st.floats(0, 1), why=st.lists(WORDS, max_size=2).map(tuple)
)
CLAIMS = st.builds(
    Claim,
    rule=st.sampled_from([rule.id for rule in RULES]),
    severity=SEVERITIES,
    explanation=NAMES,
    observed=FREE,
    threshold=FREE,
)
SEVERAL = st.lists(NAMES, max_size=4).map(tuple)
ANY_FINDING = st.builds(
    Finding,
    id=st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    rule=st.sampled_from([rule.id for rule in RULES]),
    severity=SEVERITIES,
    title=WORDS,
    explanation=NAMES,
    attack=st.lists(st.sampled_from(["T1046", "T1557.001", "T9999"]), max_size=2).map(tuple),
    status=st.sampled_from(("open", "closed")),
    host=HOSTS,
    interface=NAMES,
    vlan=st.none() | st.integers(0, 4095),
    first_seen=TIMES,
    last_seen=TIMES,
    packets=COUNTS,
    questions=COUNTS,
    names=SEVERAL,
    names_dropped=COUNTS,
    observed=FREE,
    threshold=FREE,
    tool=TOOLS,
    silenced_by=st.none() | st.just("hub"),
    coverage=SEVERAL,
    burst=st.none() | st.just("b7d1"),
    rules=st.lists(st.sampled_from([rule.id for rule in RULES]), max_size=3).map(tuple),
    evidence=SEVERAL,
    claims=st.lists(CLAIMS, max_size=2).map(tuple),
    drill=st.none() | st.just("0a1b2c3d"),
)
ANY_BURST = st.builds(
    samples.burst,
    host=HOSTS,
    interface=NAMES,
    vlan=st.none() | st.integers(0, 4095),
    started=TIMES,
    ended=TIMES,
    questions=COUNTS,
    tool=TOOLS,
    names=SEVERAL,
    reasons=SEVERAL,
    names_dropped=COUNTS,
)


def lines(format_: str, *values: Finding | Burst, live: bool = False) -> list[str]:
    """What a writer makes of these."""
    stream = io.StringIO()
    writer = outputs.writer(format_, stream, live=live)
    writer.begin()
    for value in values:
        writer.write(value)
    writer.end()
    return stream.getvalue().split("\n")[:-1]


def event(format_: str, value: Finding | Burst) -> dict[str, Any]:
    """The one event of a value, as a program reads it; its line is safe for a terminal."""
    (line,) = lines(format_, value)
    assert not {c for c in line if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028"}
    line.encode()  # A lone surrogate, written out or escaped, is no text.
    read: dict[str, Any] = json.loads(line)
    json.dumps(read, ensure_ascii=False).encode()
    return read


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its dotted path; a list's items share the path of the list."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value
