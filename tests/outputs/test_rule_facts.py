"""What is said of a rule comes from the catalogue, and a rule that is gone still has its id."""

from __future__ import annotations

import pytest
from tests.helpers import samples
from tests.outputs import made

from whoasks.outputs import rule_facts


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in made.RULES])
def test_every_rule_is_described(rule):
    facts = rule_facts.rule(rule.id)
    assert (facts.title, facts.attack) == (rule.title, rule.attack)
    assert facts.description.endswith(".")


def test_a_rule_that_is_gone():
    assert rule_facts.rule("gone") == rule_facts.RuleFacts("gone", "gone", "", ())


def test_the_others_leave_out_the_finding_s_own():
    finding = samples.finding(rule="meta-query", rules=("type-sweep", "meta-query", "type-sweep"))
    assert [rule.id for rule in rule_facts.others(finding)] == ["type-sweep"]


def test_techniques_of_all_rules_once_each():
    finding = samples.finding(
        rule="meta-query", attack=("T1046",), rules=("meta-query", "reverse-sweep", "gone")
    )
    assert rule_facts.techniques(finding) == ["T1046", "T1018"]
