"""The fixtures hold what their ground truth says, and each has the recipe that made it."""

from __future__ import annotations

import json

import pytest
from fixtures.record import RECIPES, TOOLS
from tests.helpers.replays import CAPTURES, FIXTURES, findings, replay
from tests.lab.hosts import load

from whoasks.core.model import Severity
from whoasks.core.settings import CoreSettings, RoleEntry

SMALL = 256 * 1024
"""Bytes. What is in git stays there for ever."""


def truth(capture):
    return json.loads(capture.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_the_actor_is_named_by_the_expected_rules_and_nobody_else(capture):
    said = truth(capture)
    _, events = replay(capture)
    found = findings(events)
    severities = {
        finding.rule: finding.severity
        for finding in found
        if finding.host.mac == said["actor"]["mac"]
    }
    for rule, severity in said["expected"].items():
        assert severities[rule] >= Severity[severity.upper()], rule
    assert [f.host for f in found if f.host.mac != said["actor"]["mac"]] == []
    if said["label"] == "benign":
        assert [f.rule for f in found if f.severity >= Severity.MEDIUM] == []
    for finding in found:
        assert said["start_epoch"] <= finding.first_seen <= said["stop_epoch"] + 1.0


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_fixture_has_its_recipe_and_stays_small(capture):
    recipe = RECIPES[capture.stem]
    said = truth(capture)
    assert (said["label"], said["expected"]) == (recipe.label, recipe.expected)
    assert capture.stat().st_size < SMALL


def test_every_recipe_has_its_fixture_and_a_line_in_the_readme():
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert {path.stem for path in CAPTURES} == set(RECIPES)
    assert [name for name in RECIPES if f"`{name}.pcap`" not in text] == []


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
