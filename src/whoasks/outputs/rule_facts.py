"""What the catalogue says of the rules that a finding names. It decides nothing.

A finding may come from a store that an older or newer version filled: a rule that the
catalogue does not hold is known by its id alone.
"""

from __future__ import annotations

import sys
from functools import cache

import msgspec

from whoasks.core.model import Finding


class RuleFacts(msgspec.Struct, frozen=True):
    """One rule for the reader of an event."""

    id: str
    title: str
    description: str
    attack: tuple[str, ...]


@cache
def catalogue() -> dict[str, RuleFacts]:
    """Every rule of this version by its id."""
    # Only here, so that CSV and NDJSON need not load the detectors.
    from whoasks.core.detect.rules import ALL  # noqa: PLC0415

    return {
        detector.rule.id: RuleFacts(
            detector.rule.id,
            detector.rule.title,
            (sys.modules[detector.__module__].__doc__ or "").partition("\n")[0],
            detector.rule.attack,
        )
        for detector in ALL
    }


def rule(id_: str) -> RuleFacts:
    """A rule by its id."""
    return catalogue().get(id_) or RuleFacts(id_, id_, "", ())


def others(finding: Finding) -> list[RuleFacts]:
    """The rules that contributed beside the finding's own, in its order."""
    return [rule(id_) for id_ in dict.fromkeys(finding.rules) if id_ != finding.rule]


def techniques(finding: Finding) -> list[str]:
    """ATT&CK ids of the finding, then those of every rule that contributed, once each."""
    ids = list(finding.attack)
    for other in others(finding):
        ids += other.attack
    return list(dict.fromkeys(ids))
