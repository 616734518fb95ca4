"""ATT&CK's words are there for every technique that a rule names."""

from __future__ import annotations

import re

import pytest
from tests.outputs import made

from whoasks.outputs import attack


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in made.RULES])
def test_every_technique_of_a_rule_has_its_words(rule):
    assert [id_ for id_ in rule.attack if id_ not in attack.TECHNIQUES] == []


@pytest.mark.parametrize("id_", attack.TECHNIQUES)
def test_the_table(id_):
    technique = attack.TECHNIQUES[id_]
    assert technique.id == id_
    assert re.fullmatch(r"T\d{4}(\.\d{3})?", id_)
    assert technique.parent in attack.TECHNIQUES
    assert technique.tactics
    assert all(re.fullmatch(r"TA\d{4}", tactic.id) for tactic in technique.tactics)


def test_pages():
    assert attack.technique("T1557.001").url == "https://attack.mitre.org/techniques/T1557/001/"
    assert attack.DISCOVERY.url == "https://attack.mitre.org/tactics/TA0007/"


def test_a_technique_nobody_knows_keeps_its_id():
    unknown = attack.technique("T9999.001")
    assert (unknown.name, unknown.parent, unknown.tactics) == ("T9999.001", "T9999", ())
