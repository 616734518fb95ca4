"""Roles that ended are said, roles that would fit are suggested, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from tests.helpers import samples

from whoasks.config.loading import loads
from whoasks.core.model import (
    Burst,
    BurstClosed,
    Claim,
    Finding,
    FindingClosed,
    FindingOpened,
    Host,
    Severity,
)
from whoasks.core.settings import RoleEntry
from whoasks.ui import roles

DAY = 86_400.0
AT = samples.AT
HOST = samples.HOST
ENDED = datetime(2025, 7, 1, tzinfo=UTC).timestamp()

# Roles that ended


def role(until: float | None = ENDED, name: str = "hub", **match) -> RoleEntry:
    return RoleEntry(name, "x", until=until, **(match or {"mac": HOST.mac}))


EXPIRED = {
    "none was given": ((), None),
    "it holds": ((role(AT + 1),), None),
    "it holds for ever": ((role(None),), None),
    "it ended": ((role(),), "its role hub expired on 2025-06-30"),
    "it ends just now": ((role(AT),), "its role hub expired on 2026-01-01 at 10:00 UTC"),
    "by address": (
        (role(network=ip_network("10.0.0.0/24")),),
        "its role hub expired on 2025-06-30",
    ),
    "by link-local address": (
        (role(network=ip_network("fe80::/10")),),
        "its role hub expired on 2025-06-30",
    ),
    "by name": ((role(hostname="cli.local."),), "its role hub expired on 2025-06-30"),
    "another host's": ((role(mac="02:00:00:00:00:99"),), None),
    "another network's": ((role(network=ip_network("10.9.0.0/24")),), None),
    "another name": ((role(hostname="other.local."),), None),
    "another holds instead": ((role(), role(None, "ignore", hostname="cli.local.")), None),
    "the one that ended last": (
        (role(ENDED - DAY, "sensor"), role(), role(ENDED - 2 * DAY, "ignore")),
        "its role hub expired on 2025-06-30",
    ),
}


@pytest.mark.parametrize(("given", "words"), EXPIRED.values(), ids=EXPIRED)
def test_expired(given: tuple[RoleEntry, ...], words: str | None) -> None:
    assert roles.expired(given, HOST, AT) == words


def test_a_host_without_a_name_has_no_role_by_name() -> None:
    assert not roles.matches(role(hostname="cli.local."), Host("address", None, ("10.0.0.1",)))


def test_findings_say_that_the_role_has_expired() -> None:
    finding = samples.finding(explanation="10.0.0.23 asked for everything.")
    events = [
        FindingOpened(AT, finding),
        BurstClosed(AT, samples.burst()),
        FindingClosed(AT, samples.finding(host=Host("address", None, ("10.0.0.9",)))),
    ]
    opened, burst, closed = roles.told(events, (role(),))
    assert isinstance(opened, FindingOpened)
    assert opened.finding.explanation == (
        "10.0.0.23 asked for everything. Its role hub expired on 2025-06-30."
    )
    assert [burst, closed] == events[1:]
    assert list(roles.told(events, ())) == events
    assert list(roles.told(events, (role(None),))) == events


# Roles that would fit


def sweep(types: object = 60, steps: object = 2, **changes) -> Finding:
    observed = {"types": types, "new_type_packets": steps}
    plain = {
        "rule": "type-sweep",
        "rules": ("type-sweep", "remote-access-browse"),
        "claims": (
            Claim("type-sweep", Severity.MEDIUM, "asked", observed, {}),
            Claim("remote-access-browse", Severity.LOW, "looked", {}, {}),
        ),
        "packets": 6,
    }
    return samples.finding(**(plain | changes))


def burst(started: float = AT, **changes) -> Burst:
    plain = {"started": started, "ended": started + 5, "types": 60, "meta_query": False}
    return samples.burst(**(plain | changes))


def enumeration(*at: float, **changes) -> list[Burst]:
    return [burst(AT + each, meta_query=True, **changes) for each in at]


HIDDEN = "true source hidden: this host re-sends what others say (5 of its questions repeat)"
NOON = [day * DAY for day in (0, 1, 4)]
LIKE = {
    "a hub": (sweep(), [], "hub", "60 types packed into 2 packets, again and again (6 packets"),
    "a hub over days": (
        sweep(packets=2),
        [burst(), burst(AT + DAY)],
        "hub",
        "again and again (2 bursts so far)",
    ),
    "a hub that is known": (sweep(steps=0), [], "hub", "types in packets sent before, again"),
    "a finding without claims": (
        sweep(claims=(), observed={"types": 60, "new_type_packets": 2}),
        [],
        "hub",
        "60 types",
    ),
    "one type after another": (sweep(30, 20), [], None, ""),
    "just packed": (sweep(30, 6, packets=7), [], "hub", ""),
    "not quite packed": (sweep(29, 6), [], None, ""),
    "once": (sweep(packets=2), [burst()], None, ""),
    "with the list of types": (
        sweep(rules=("type-sweep", "meta-query")), [], None, "",
    ),
    "with the list of types at another time": (
        sweep(), enumeration(-9 * DAY), None, "",
    ),
    "in a tool's way": (sweep(rules=("type-sweep", "scanner-shape")), [], None, ""),
    "no type sweep": (samples.finding(rules=("remote-access-browse",)), [], None, ""),
    "odd figures": (sweep("many", None), [], None, ""),
    "an inventory at a fixed time": (
        samples.finding(), enumeration(*NOON), "inventory", "at about 10:00 UTC on 3 days",
    ),
    "around midnight": (
        samples.finding(),
        enumeration(*(n * DAY + 14 * 3600 + off for n, off in enumerate((100, -200, 0, 50)))),
        "inventory",
        "at about 00:00 UTC on 3 days",
    ),
    "at two times": (samples.finding(), enumeration(0, DAY, 2 * DAY + 7200), None, ""),
    "on two days": (samples.finding(), enumeration(0, DAY), None, ""),
    "every six hours": (
        samples.finding(),
        enumeration(*(n * 21_600 + n % 2 * 60 for n in range(8))),
        "inventory",
        "every 6.0 h, 8 times so far",
    ),
    "three times at equal distances": (
        samples.finding(), enumeration(0, 3600, 7200), None, "",
    ),
    "now and then": (samples.finding(), enumeration(0, 3600, 4000, 9000), None, ""),
    "on many days": (
        samples.finding(),
        enumeration(*(day * DAY + day * 3000 for day in (0, 1, 3, 4, 8))),
        "inventory",
        "on 5 different days",
    ),
    "bursts of one run": (
        samples.finding(), enumeration(*(n * 60.0 for n in range(20))), None, "",
    ),
    "quiet bursts are no runs": (
        samples.finding(),
        [burst(AT + at, meta_query=False, reasons=()) for at in NOON],
        None,
        "",
    ),
    "loud ones of other kinds are": (
        samples.finding(rules=("reverse-sweep",)),
        [burst(AT + at, reasons=("asked for addresses",)) for at in NOON],
        "inventory",
        "",
    ),
    "no looking around": (
        samples.finding(rules=("malformed",)), enumeration(*NOON), None, "",
    ),
    "a reflector": (
        samples.finding(coverage=("multicast only", HIDDEN)), [], "reflector", HIDDEN,
    ),
    "a reflector that seems to poison": (
        samples.finding(rules=("many-names",), coverage=(HIDDEN,)), [], "reflector", "",
    ),
    "nobody's job": (
        samples.finding(rules=("poison-reply", "meta-query")), enumeration(*NOON), None, "",
    ),
    "it has a role": (
        sweep(host=samples.Host("mac", HOST.mac, ("10.0.0.23",), role="sensor")), [], None, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("finding", "bursts", "wanted", "words"), LIKE.values(), ids=LIKE)
def test_likeness(finding: Finding, bursts: list[Burst], wanted: str | None, words: str) -> None:
    found = roles.likeness(finding, bursts)
    assert (found and found.role) == wanted
    assert found is None or words in found.why


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(HOST, id="MAC"),
        pytest.param(Host("address", None, ("fe80::1%eth0", "10.0.0.5")), id="address"),
        pytest.param(Host("address", None, ("2001:db8::7",)), id="IPv6"),
    ],
)
def test_the_lines_are_a_configuration_that_gives_the_role(host: Host) -> None:
    text = "hosts:\n" + "\n".join(roles.lines(host, "hub", AT))
    (entry,) = loads(text, "c.yaml", now=AT).core.roles
    assert roles.matches(entry, host)
    assert entry.role == "hub"
    assert entry.until == datetime(2027, 1, 2, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("now", [-1e30, 1e30])
def test_any_time_has_a_year_after_it(now: float) -> None:
    assert loads("hosts:\n" + "\n".join(roles.lines(HOST, "hub", now)), "c.yaml").core.roles


def test_without_a_likeness_there_is_the_hint_alone() -> None:
    assert roles.advice(samples.finding(), (), AT) == [
        "Give it a role in the configuration; what a role silences is still recorded.",
        "Roles: hub, inventory, reflector, sensor, ignore.",
    ]
