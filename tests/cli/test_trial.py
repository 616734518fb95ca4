"""Settings to be tried: what is given changes, everything else stays, mistakes are named."""

from __future__ import annotations

from ipaddress import ip_network

import click
import pytest

from whoasks.cli.trial import trial
from whoasks.config import ConfigError, load
from whoasks.config.loading import loads
from whoasks.core.settings import RoleEntry

BASE = loads(
    """
interfaces: [eth0]
rules: {select: [all, -new-asker], type-sweep: {types: 30, window: 61.5}}
hosts:
  - {match: {address: 10.0.9.0/24}, role: inventory, reason: c}
  - {match: {mac: "02:00:5e:10:00:01"}, role: hub, reason: HA, until: 2037-06-30}
""",
    "c.yaml",
)
MAC = RoleEntry("ignore", "tried", mac="02:00:5e:10:00:02")


def test_nothing_given_changes_nothing() -> None:
    for base in (load(None), BASE):
        assert trial(base, (), ()).core == base.core


@pytest.mark.parametrize(
    ("given", "look", "wanted"),
    [
        pytest.param("type-sweep.types=40", lambda c: c.rules["type-sweep"].types, 40, id="rule"),
        pytest.param(
            "rules.type-sweep.types = 40", lambda c: c.rules["type-sweep"].types, 40, id="in full"
        ),
        pytest.param(
            "type-sweep.types=40", lambda c: c.rules["type-sweep"].window, 61.5, id="others stay"
        ),
        pytest.param("bursts.gap=3", lambda c: c.burst_gap, 3.0, id="another section"),
        pytest.param("findings.learning=1d", lambda c: c.learning, 86_400.0, id="with a unit"),
        pytest.param(
            "rules.select=[meta-query]", lambda c: list(c.rules), ["meta-query"], id="a list"
        ),
        pytest.param(
            "select=[all]", lambda c: "new-asker" in c.rules, True, id="the list, in short"
        ),
    ],
)
def test_set(given: str, look, wanted: object) -> None:
    assert look(trial(BASE, (given,), ()).core) == wanted


@pytest.mark.parametrize(
    ("given", "first"),
    [
        pytest.param("02-00-5E-10-00-02=ignore", MAC, id="MAC"),
        pytest.param(
            "10.0.0.5=hub", RoleEntry("hub", "tried", network=ip_network("10.0.0.5")), id="address"
        ),
        pytest.param(
            "fd00::/64 = hub", RoleEntry("hub", "tried", network=ip_network("fd00::/64")), id="net"
        ),
        pytest.param("cli=hub", RoleEntry("hub", "tried", hostname="cli.local."), id="name"),
    ],
)
def test_a_role_goes_first(given: str, first: RoleEntry) -> None:
    assert trial(BASE, (), (given,)).core.roles == (first, *BASE.core.roles)


def test_a_role_takes_the_place_of_the_same_hosts() -> None:
    roles = trial(BASE, (), ("10.0.9.0/24=sensor",)).core.roles
    assert [(entry.role, entry.mac) for entry in roles] == [
        ("sensor", None),
        ("hub", "02:00:5e:10:00:01"),
    ]


def test_a_role_is_taken_away() -> None:
    assert trial(BASE, (), ("02:00:5e:10:00:01=none",)).core.roles == BASE.core.roles[:1]


@pytest.mark.parametrize(
    ("changed", "given", "kind", "says"),
    [
        pytest.param("x", (), click.UsageError, "KEY=VALUE", id="no value"),
        pytest.param("a..b=1", (), click.UsageError, "KEY=VALUE", id="an empty key"),
        pytest.param("type-sweep.types=[", (), click.UsageError, "no value", id="no YAML"),
        pytest.param("type-sweep.types=2026-13-45", (), click.UsageError, "no value", id="no date"),
        pytest.param("type-swep.types=3", (), ConfigError, "did you mean 'type-sweep'", id="rule"),
        pytest.param("type-sweep.typs=3", (), ConfigError, "did you mean 'types'", id="setting"),
        pytest.param("type-sweep.types=9999", (), ConfigError, "never be reached", id="cap"),
        pytest.param("interfaces.x=3", (), ConfigError, "expected a list", id="not a mapping"),
        pytest.param((), "hub", click.UsageError, "HOST=ROLE", id="no host"),
        pytest.param((), "10.0.0.1=boss", ConfigError, "unknown role 'boss'", id="no role"),
        pytest.param((), "10.0.0.1/8=hub", ConfigError, "bits beyond its prefix", id="network"),
        pytest.param((), "a.b.c=hub", ConfigError, "expected a host name", id="host name"),
    ],
)
def test_mistakes(changed: str, given: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        trial(BASE, (changed,) if changed else (), (given,) if given else ())
    error = caught.value
    text = error.message if isinstance(error, click.UsageError) else str(error)
    assert says in text
    assert text.startswith(("--set", "--role"))
