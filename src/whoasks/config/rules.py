"""The ``rules`` section: which rules run, and with what thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whoasks.config.fields import structured
from whoasks.config.problems import Problems, below, did_you_mean, mapping, sequence, shown
from whoasks.core.detect.base import Detector, DetectorSettings

Catalogue = Sequence[type[Detector]]


def rules(problems: Problems, given: Any, catalogue: Catalogue) -> dict[str, DetectorSettings]:
    """The selected rules and their settings, in running order."""
    path = "rules"
    section = mapping(problems, path, given)
    known = {detector.rule.id: detector for detector in catalogue}
    chosen = _selected(problems, section.get("select"), list(known))
    settings: dict[str, DetectorSettings] = {}
    for key, value in section.items():
        here = below(path, key)
        if key == "select":
            continue
        if key not in known:
            problems.error(here, f"unknown rule{did_you_mean(key, known)}")
            continue
        detector = known[key]
        fields = mapping(problems, here, value)
        made = structured(problems, here, detector.Settings, fields, detector.Settings.CAPS)
        if made is not None:
            settings[key] = made
        if key not in chosen:
            problems.warn(here, "has settings, but rules.select leaves the rule out")
    return {name: settings.get(name) or known[name].Settings() for name in known if name in chosen}


def _selected(problems: Problems, given: Any, known: list[str]) -> set[str]:
    """``[all, -slow-sweep]`` or ``[meta-query, type-sweep]``, taken from left to right."""
    path = "rules.select"
    if given is None:  # an empty ``select:`` is none, and must not switch everything off
        return set(known)
    items = sequence(problems, path, given, "[all, -slow-sweep]")
    chosen: set[str] = set()
    for at, item in enumerate(items):
        here = below(path, at)
        if not isinstance(item, str):
            problems.error(here, f"expected the id of a rule, got {shown(item)}")
            continue
        name = item.removeprefix("-")
        if name != "all" and name not in known:
            problems.error(here, f"unknown rule {shown(name)}{did_you_mean(name, ['all', *known])}")
            continue
        names = set(known) if name == "all" else {name}
        if not item.startswith("-"):
            chosen |= names
        elif at == 0:
            problems.error(here, f"nothing to leave {shown(name)} out of; begin with 'all'")
        else:
            chosen -= names
    if isinstance(given, list) and not chosen:
        problems.warn(path, "selects no rule, so that nothing will ever be reported")
    return chosen
