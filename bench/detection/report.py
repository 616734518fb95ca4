"""What a developer wants to know and no document may tell: which captures, by name. And JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bench.detection.alarms import Alarm
from bench.detection.observed import Observed, Run
from bench.detection.results import Judged, Results
from bench.detection.scoring import Outcome, loud, names


def details(results: Results) -> str:
    """Every failure, miss, bystander and false alarm, a line each, with the variants it is of."""
    told: dict[str, list[str]] = {}
    for run, line in (*_failures(results), *_misses(results), *_false(results)):
        variants = told.setdefault(line, [])
        if (variant := _variant(run)) not in variants:
            variants.append(variant)
    return "\n".join([*(f"{line} ({'; '.join(told[line])})" for line in told), _end(results)])


def _end(results: Results) -> str:
    return f"{len(results.observed)} captures, {results.runs} runs, {results.seconds:.0f} s."


def _failures(results: Results) -> Iterator[tuple[Run, str]]:
    for observed, run in results.failures:
        yield run, f"FAILED {_place(observed)}: {run.failure}"


def _misses(results: Results) -> Iterator[tuple[Run, str]]:
    for key, pair in results.judged.items():
        for (observed, run), outcome in zip(
            results.attacks(key), pair.whoasks.outcomes, strict=True
        ):
            if outcome.found and outcome.at_catalogue:
                continue
            best = outcome.best.label if outcome.best is not None else "nothing"
            said = outcome.labelled
            yield (
                run,
                f"{'LOW' if outcome.found else 'MISSED'} {_place(observed)}: {said.technique} is"
                f" {said.catalogue.label}, found {best}",
            )


def _false(results: Results) -> Iterator[tuple[Run, str]]:
    for observed in results.observed:
        attack = observed.labelled.kind == "attack"
        for run in observed.runs:
            for alarm in loud(run.alarms):
                if attack and names(alarm, observed.actor):
                    continue
                word = "BYSTANDER" if attack else "FALSE"
                who = alarm.mac or ", ".join(sorted(alarm.addresses))
                yield run, f"{word} {_place(observed)}: {', '.join(alarm.rules)}: {who}"


def _place(observed: Observed) -> str:
    return f"{observed.labelled.group}/{observed.labelled.path.name}"


def _variant(run: Run) -> str:
    return run.variant if run.seed is None else f"{run.variant}, seed {run.seed}"


def as_json(results: Results) -> str:
    """Every figure and every outcome, for programs that compare two evaluations."""
    value = {
        "captures": len(results.observed),
        "runs": results.runs,
        "seconds": round(results.seconds, 1),
        "variants": [
            {
                "variant": variant,
                "seed": seed,
                "whoasks": _judged(pair.whoasks),
                "naive": _judged(pair.naive),
            }
            for (variant, seed), pair in results.judged.items()
        ],
        "hubs": [{"capture": _place(o), **hub._asdict()} for o, hub in results.hubs],
        "failures": [
            {"capture": _place(o), "variant": _variant(run), "failure": run.failure}
            for o, run in results.failures
        ],
        "captures_in_detail": [_capture(results, o) for o in results.observed],
    }
    return json.dumps(value, indent=1)


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "actions": len(judged.outcomes),
        "found": judged.found,
        "at_catalogue": judged.at_catalogue,
        "captures_accusing_a_bystander": judged.accusing,
        "benign_captures": judged.benign.captures,
        "benign_networks": judged.benign.networks,
        "benign_networks_alarmed": len(judged.benign.alarmed),
        "outcomes": [_outcome(outcome) for outcome in judged.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    labelled = outcome.labelled
    return {
        "capture": f"{labelled.group}/{labelled.path.name}",
        "technique": labelled.technique,
        "catalogue": labelled.catalogue.label,
        "tool": labelled.tool,
        "found": outcome.found,
        "at_catalogue": outcome.at_catalogue,
        "best": outcome.best.label if outcome.best is not None else None,
        "rules": sorted(outcome.rules),
        "first": outcome.first,
        "time": outcome.time._asdict() if outcome.time is not None else None,
        "bystanders": outcome.bystanders,
    }


def _capture(results: Results, observed: Observed) -> dict[str, Any]:
    return {
        "capture": _place(observed),
        "kind": observed.labelled.kind,
        "network": results.networks[str(observed.labelled.path)],
        "runs": [
            {"variant": _variant(run), "alarms": _alarms(run.alarms)} for run in observed.runs
        ],
    }


def _alarms(alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    return [
        {
            **alarm._asdict(),
            "severity": alarm.severity.label,
            "addresses": sorted(alarm.addresses),
        }
        for alarm in alarms
    ]
