"""What the values of filters mean."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import samples

from whoasks.cli.filter_values import glob
from whoasks.cli.filtering import FilterError, parse
from whoasks.core.model import Burst, Finding, Service, Severity

NOW = samples.AT + 3600
SERVICE = samples.service(
    instance="Büro-Drucker [4F2A]", hostname="printer.local.", port=631,
    addresses=("10.0.0.9", "fe80::9%eth0"), txt={"Model": "LaserJet", "n": "12", "flag": None},
    first_seen=samples.AT, last_seen=samples.AT + 60, stale=False,
)  # fmt: skip

PASSES = [
    "instance='büro-drucker [4f2a]'",
    "instance~büro*",
    "instance~*[4F*",
    "instance!~*laser*",
    "type=_ipp._tcp",
    "type=_ssh._tcp,_IPP._TCP",
    "type!=_ssh._tcp,_http._tcp",
    "instance>a and instance<c",
    "port=631",
    "port=631.0",
    "port>630",
    "port>=631",
    "port<=631",
    "port!=80",
    "port~6*",
    "port=80,631",
    "stale=no",
    "stale=FALSE",
    "stale!=yes",
    "resolved=yes",
    "resolved=true",
    "addresses=10.0.0.9",
    "addresses=10.0.0.0/24",
    "addresses=10.0.0.9/8",
    "addresses=fe80::/10",
    "addresses=fe80:0::9",
    "addresses=fe80::9%eth0",
    "addresses!=fe80::9%wlan0",
    "addresses!=192.168.0.0/16",
    "addresses<10.0.0.10",
    "addresses>10.0.0.8",
    "addresses~10.*",
    "addresses>=fe80::9",
    "interfaces=wlan0",
    "interfaces=eth0 and interfaces=wlan0",
    "interfaces!=eth1",
    "subtypes~_uni*",
    "txt.model=laserjet",
    "txt.MODEL~laser*",
    "txt.n>9",
    "txt.n=12.0",
    "txt.n<100",
    "txt.flag=''",
    "txt.zzz=''",
    "txt.model!=''",
    "txt~model=*".replace("model=", '"model=') + '"',
    "txt~flag",
    "missing=''",
    "hostname~printer*",
    "record=service",
    "last_seen>=2h",
    "last_seen<30m",
    "first_seen=2026-01-01T10:00:00Z",
    "first_seen=2026-01-01T10:00Z",
    "first_seen<=2026-01-01T10:00:00Z",
    "last_seen>2026-01-01T10:00:00Z",
    "last_seen>=2026-01-01T10:01:00Z",
    "last_seen!=2026-01-01T10:00Z",
    "device!='' and device.model~laser*",
]
FAILS = [
    "instance=büro",
    "instance~drucker",
    "instance~*[!4]*".replace("!", ""),
    "type=_ipp",
    "type!=_ssh._tcp,_ipp._tcp",
    "port<631",
    "port>631",
    "port=''",
    "stale=yes",
    "addresses=10.0.0.1",
    "addresses=fe80::9%wlan0",
    "addresses=10.1.0.0/16",
    "addresses>10.0.0.9",
    "addresses>fe80::9",
    "interfaces!=eth0",
    "txt.n>100",
    "txt.zzz=1",
    "txt.zzz>0",
    "txt.model=''",
    "txt.flag!=''",
    "missing!=''",
    "hostname=''",
    "last_seen<2h",
    "last_seen>=30m",
    "last_seen>2026-01-01T10:01Z",
    "first_seen!=2026-01-01T10:00:00Z",
    "port=631 and stale=yes",
]


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("expression", PASSES)
def test_passes(expression):
    assert parse(Service, expression, NOW).matches(SERVICE)


@pytest.mark.parametrize("expression", FAILS)
def test_does_not_pass(expression):
    assert not parse(Service, expression, NOW).matches(SERVICE)


@pytest.mark.parametrize(
    ("expression", "passing"),
    [
        ("first_seen=2026-01-01", "1"),
        ("first_seen>=2026-01-01", "12"),
        ("first_seen>2026-01-01", "2"),
        ("first_seen<=2026-01-01", "01"),
        ("first_seen<2026-01-01", "0"),
        ("first_seen!=2026-01-01", "02"),
    ],
)
def test_a_day_is_all_of_it(expression, passing):
    made = parse(Service, expression, NOW)
    days = [samples.service(first_seen=samples.AT + day * 86_400) for day in (-1, 0, 1)]
    assert "".join(str(at) for at, each in enumerate(days) if made.matches(each)) == passing


@pytest.mark.parametrize(
    ("expression", "passing"),
    [
        ("severity>=medium", ["medium", "high"]),
        ("severity<LOW", ["info"]),
        ("severity=info,high", ["info", "high"]),
        ("severity!=info", ["low", "medium", "high"]),
        ("severity~*i*", ["info", "medium", "high"]),
    ],
)
def test_severities(expression, passing):
    made = parse(Finding, expression, NOW)
    assert [s.label for s in Severity if made.matches(samples.finding(severity=s))] == passing


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("verdict>routine", True), ("verdict=suspicious", True), ("verdict<unusual", False),
        ("host~*cli*", True), ("host=02:00:00:00:00:17", True), ("host=10.0.0.23", True),
        ("host.role=''", True), ("vlan=12", True), ("qu_share>=0", True), ("tool=''", False),
    ],
)  # fmt: skip
def test_bursts(expression, passes):
    burst = samples.burst(verdict="suspicious", tool=samples.finding().tool)
    assert parse(Burst, expression, NOW).matches(burst) is passes


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("observed.types>=38", True), ("observed.share<0.9", False), ("observed.types=38", True),
        ("claims~meta-query", True), ("claims=full-enumeration", True), ("attack=T1046", True),
        ("tool.confidence>0.5", True), ("tool.name~avahi*", True), ("names~*ipp*", True),
    ],
)  # fmt: skip
def test_findings(expression, passes):
    assert parse(Finding, expression, NOW).matches(samples.finding()) is passes


@pytest.mark.parametrize(
    ("expression", "said", "example"),
    [
        ("port=http", "'http' is none", "port>=80"),
        ("port>=nan", "'nan' is none", "port>=80"),
        ("stale=maybe", "yes or no", "stale=yes"),
        ("stale>no", "yes or no", "stale=yes"),
        ("stale~y*", "yes or no", "stale=yes"),
        ("addresses=printer", "'printer' is no address", "192.168.1.0/24"),
        ("addresses=10.0.0.0/99", "is no address", "192.168.1.0/24"),
        ("addresses<10.0.0.0/8", "compares with one address", "192.168.1.0/24"),
        ("last_seen>=soon", "'soon' is no time", "last_seen>=2h"),
        ("last_seen~2026*", "it is a time", "last_seen>=2h"),
        ("last_seen>=9999-12-31", "is no time", "last_seen>=2h"),
        ("txt>a", "'>' cannot compare it", "txt~*word*"),
        ("instance~''", "needs a value", 'instance=""'),
        ("port<''", "needs a value", 'port=""'),
    ],
)
def test_values_of_no_use(expression, said, example):
    with pytest.raises(FilterError) as caught:
        parse(Service, expression, NOW)
    assert said in caught.value.sentence
    assert example in caught.value.remedy


@pytest.mark.parametrize(("name", "expression"), [
    ("severity", "severity=bad"), ("severity", "severity>=3"),
])  # fmt: skip
def test_severities_have_names(name, expression):
    with pytest.raises(FilterError, match="one of info, low, medium, high"):
        parse(Finding, expression, NOW)


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_a_hostile_name_is_found_as_it_is_shown(name):
    from whoasks import text
    from whoasks.cli.filtering import quoted

    value = samples.service(instance=name)
    shown = text.terminal(name)
    assert parse(Service, f"instance={quoted(shown)}", NOW).matches(value)
    pattern = shown.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    assert parse(Service, f"instance~{quoted(pattern)}", NOW).matches(value)


@pytest.mark.parametrize(
    ("pattern", "fits", "not_so"),
    [
        ("", [""], ["a"]),
        ("*", ["", "a", "\n"], []),
        ("a*", ["a", "ABC"], ["ba", ""]),
        ("*b*", ["b", "abc"], ["a"]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc"]),
        ("a**b", ["ab", "axxb"], ["a"]),
        (r"a\*", ["a*"], ["ab", "a"]),
        (r"a\?", ["a?"], ["ab"]),
        (r"a\\*", [r"a\b", "a\\"], ["ab"]),
        (r"a\x", [r"a\x"], ["ax"]),
        ("a\\", ["a\\"], ["a"]),
        ("[ab]", ["[ab]"], ["a", "b"]),
        ("(a|b)+.", ["(a|b)+."], ["ab"]),
        ("*a*b", ["xaxb", "aab", "ab", "abab"], ["ba", "aba"]),
        ("ß*", ["SSx"], ["s"]),
    ],
)
def test_patterns(pattern, fits, not_so):
    matches = glob(pattern)
    assert [word for word in fits if not matches(word)] == []
    assert [word for word in not_so if matches(word)] == []


@given(st.text(alphabet="ab*?\\", max_size=12), st.text(alphabet="ab*?\\", max_size=12))
def test_patterns_are_what_fnmatch_makes_of_them(pattern, word):
    """The same as the library's, which has no escapes: each is written as a class there."""
    import fnmatch
    import re

    def as_class(found: re.Match[str]) -> str:
        return f"[{found[1]}]" if found[1] in ("*", "?") else "[\\]"

    classes = re.sub(r"\\([*?\\])|\\", as_class, pattern)
    assert glob(pattern)(word) is fnmatch.fnmatchcase(word, classes)


def test_a_pattern_made_to_take_long_does_not():
    """Stars of a hostile pattern against a long name: at most one product of lengths."""
    began = time.process_time()
    assert not glob("*a" * 2000 + "b")("a" * 4000)
    assert time.process_time() - began < 5
