"""The fixtures hold what their ground truth says, and each has the recipe that made it."""

from __future__ import annotations

import json
from functools import cache
from ipaddress import ip_address, ip_network

import pytest
from fixtures.recipes import RECIPES, TOOLS
from tests.helpers.replays import CAPTURES, FIXTURES, findings, replay
from tests.lab.hosts import load

from whoasks.core.model import Severity
from whoasks.core.settings import CoreSettings, RoleEntry
from whoasks.sources.capture_file import CaptureFile

SMALL = 200_000
"""Bytes of one capture. What is in git stays there for ever."""
TOGETHER = 3_000_000
LONGEST = 150.0
"""Seconds of one capture."""

LAB = [
    ip_network(text)
    for text in (
        "10.77.0.0/24", "10.78.0.0/24", "fd77::/64", "fd78::/64", "fe80::/64",
        "224.0.0.251/32", "ff02::fb/128",
    )
]  # fmt: skip
"""Networks that the lab has; nobody else's addresses are here."""
LABELS = {
    "benign": False, "hub": True, "browse": True, "enumeration": True, "spoofing": True,
    "flood": True, "malformed": True,
}  # fmt: skip
"""Whether somebody acts."""
KEYS = [
    "label", "says", "tool", "technique", "actor", "start_epoch", "stop_epoch", "expected",
    "commands",
]  # fmt: skip

by_capture = pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)


@cache
def truth(capture):
    return json.loads(capture.with_suffix(".json").read_text(encoding="utf-8"))


@cache
def datagrams(capture):
    return [datagram for batch in CaptureFile(capture).read() for datagram in batch]


def macs(actor):
    return {actor["mac"], *actor.get("macs", ())}


def names(finding, actor):
    """By the MAC; behind a router, whose MAC is nobody's, by the address."""
    if finding.host.mac is None:
        return not set(finding.host.addresses).isdisjoint(actor["ips"])
    return finding.host.mac in macs(actor)


def test_captures_ground_truths_recipes_and_lines_of_the_readme_go_together():
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    stems = {path.stem for path in CAPTURES}
    assert stems == {path.stem for path in FIXTURES.glob("*.json")}
    assert stems == set(RECIPES)
    assert [name for name in RECIPES if f"`{name}.pcap`" not in text] == []


@by_capture
def test_the_ground_truth_is_what_the_recipe_says(capture):
    said, recipe = truth(capture), RECIPES[capture.stem]
    assert list(said) == KEYS
    for key in ("label", "says", "tool", "technique", "expected"):
        assert said[key] == getattr(recipe, key), key
    assert bool(said["technique"]) == (said["label"] not in {"benign", "hub"})
    assert bool(said["actor"]) >= LABELS[said["label"]]
    assert bool(said["actor"]) == bool(said["expected"])
    assert {severity.upper() for severity in said["expected"].values()} <= set(Severity.__members__)


@by_capture
def test_a_fixture_is_small_readable_and_of_the_lab(capture):
    assert capture.stat().st_size < SMALL
    found = datagrams(capture)
    assert len(found) > 15
    if not RECIPES[capture.stem].a_week_after:
        assert found[-1].at - found[0].at < LONGEST
    flows = {datagram.flow for datagram in found}
    for flow in flows:
        assert int(flow.mac[:2], 16) & 2, f"{flow.mac} is somebody's card"
        for address in (flow.source, flow.destination):
            plain = ip_address(address.partition("%")[0])
            assert any(plain in network for network in LAB), address


@by_capture
def test_the_actor_acts_when_the_ground_truth_says(capture):
    said = truth(capture)
    began, ended = said["start_epoch"], said["stop_epoch"]
    during = [d.flow for d in datagrams(capture) if began <= d.at <= ended + 1.0]
    assert during
    if said["actor"]:
        assert macs(said["actor"]) <= {flow.mac for flow in during}
        assert {flow.source for flow in during} & set(said["actor"]["ips"])


def test_all_fixtures_together_stay_small():
    assert sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()) < TOGETHER


@by_capture
def test_the_actor_is_named_by_the_expected_rules_and_nobody_else_is_accused(capture):
    said = truth(capture)
    actor = said["actor"]
    _, events = replay(capture)
    severities: dict[str, Severity] = {}
    for finding in findings(events):
        told = {claim.rule: claim.severity for claim in finding.claims}
        if actor and names(finding, actor):
            assert said["start_epoch"] - 1.0 <= finding.first_seen <= said["stop_epoch"] + 1.0
            for rule, severity in {**told, finding.rule: finding.severity}.items():
                severities[rule] = max(severity, severities.get(rule, severity))
        else:
            assert finding.severity < Severity.MEDIUM, (finding.rule, finding.host)
    for rule, severity in said["expected"].items():
        assert severities.get(rule, Severity.INFO) >= Severity[severity.upper()], rule
    if said["label"] == "benign":
        assert [rule for rule, found in severities.items() if found >= Severity.MEDIUM] == []


def test_the_home_holds_every_service_of_its_hosts_resolved():
    pipeline, _ = replay(FIXTURES / "home.pcap")
    listed = {
        (s.instance, s.type, s.port, s.hostname)
        for s in pipeline.inventory.services()
        if s.resolved
    }
    advertised = {
        (item.name, item.type, item.port, item.hostname)
        for spec in load(TOOLS / "home.json").values()
        for item in spec.advertised
    }
    assert listed == advertised
    assert len(advertised) > 20


def test_a_hub_with_its_role_is_quiet():
    capture = FIXTURES / "hub-60-types.pcap"
    role = RoleEntry("hub", "runs the home", mac=truth(capture)["actor"]["mac"])
    _, events = replay(capture, CoreSettings(roles=(role,)))
    loud = [f.rule for f in findings(events) if not f.silenced_by and f.severity >= Severity.MEDIUM]
    assert loud == []
