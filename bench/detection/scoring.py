"""From alarms and ground truth to outcomes: who was named, when, and who was wrongly accused.

Pure: the command's findings and the naive rule's alarms are judged by the same functions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from bench.detection.alarms import Alarm
from bench.detection.observed import Moment, Observed, Run
from bench.detection.truth import Actor, Labelled

from whoasks.core.model import Severity

BEFORE, AFTER = 1.0, 5.0
"""Seconds by which an alarm may lie outside the deed: clocks differ, some rules await answers."""
A_TICK = 5e-7
"""Half of the microsecond with which times are written."""


class Time(NamedTuple):
    """From the beginning of the deed to a detection."""

    packets: int
    """Packets that the actor had sent, this one with them."""
    seconds: float


class Outcome(NamedTuple):
    """One recorded action, judged."""

    labelled: Labelled
    found: bool
    """Named at the floor: medium, or what the catalogue gives if that is less."""
    at_catalogue: bool
    """Named with at least the severity that the catalogue gives."""
    best: Severity | None
    rules: frozenset[str]
    """Every rule that contributed to an alarm at the floor that names the actor."""
    leaders: frozenset[str]
    """The rules that gave such an alarm its title."""
    first: str | None
    """The rule that led when it was first found."""
    time: Time | None
    """Until then."""
    bystanders: int
    """Alarms of medium or above that name somebody else."""


def names(alarm: Alarm, actor: Actor | None) -> bool:
    """Whether the alarm is about the actor: by its MAC, or by one of its addresses."""
    if actor is None:
        return False
    if alarm.mac in actor.macs or alarm.addresses & actor.addresses:
        return True
    # Only a MAC tells who else used an address; without one it is all there is.
    return alarm.mac is None and bool(alarm.addresses & actor.seen)


def overlaps(alarm: Alarm, labelled: Labelled) -> bool:
    """Whether the alarm is of the time of the deed."""
    return alarm.first <= labelled.stop + AFTER and alarm.last >= labelled.start - BEFORE


def loud(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Those of medium or above that no role silences."""
    return [a for a in alarms if a.severity >= Severity.MEDIUM and not a.silenced]


def counting(
    observed: Observed, alarms: Iterable[Alarm], floor: Severity | None = None
) -> list[Alarm]:
    """The alarms that find the action, by time: about the actor, of then, at the floor."""
    least = observed.labelled.floor if floor is None else floor
    return sorted(
        (a for a in _about(observed, alarms) if a.severity >= least), key=lambda a: a.first
    )


def _about(observed: Observed, alarms: Iterable[Alarm]) -> list[Alarm]:
    return [
        alarm
        for alarm in alarms
        if not alarm.silenced
        and names(alarm, observed.actor)
        and overlaps(alarm, observed.labelled)
    ]


def outcome(
    observed: Observed,
    alarms: Sequence[Alarm],
    floor: Severity | None = None,
    moment: Moment | None = None,
) -> Outcome:
    """An attack capture, judged.

    ``floor`` is for detectors without severities; ``moment`` is when it was found, where that is
    not the beginning of the first alarm.
    """
    labelled = observed.labelled
    good = counting(observed, alarms, floor)
    if good and moment is None:
        moment = Moment(good[0].first, good[0].rule)
    best = max((alarm.severity for alarm in _about(observed, alarms)), default=None)
    return Outcome(
        labelled=labelled,
        found=bool(good),
        at_catalogue=best is not None and best >= labelled.catalogue,
        best=best,
        rules=frozenset(rule for alarm in good for rule in alarm.rules),
        leaders=frozenset(alarm.rule for alarm in good),
        first=moment.rule if moment else None,
        time=time_to(moment.at, labelled, observed.actor_times) if moment else None,
        bystanders=sum(not names(alarm, observed.actor) for alarm in loud(alarms)),
    )


def time_to(at: float, labelled: Labelled, sent: Sequence[float]) -> Time:
    """From the start of the deed to ``at``. ``sent``: the actor's packets, sorted."""
    start = labelled.start if isfinite(labelled.start) else min([at, *sent[:1]])
    before = bisect_right(sent, start - BEFORE)
    until = bisect_right(sent, at + A_TICK)
    return Time(max(0, until - before), max(0.0, at - start))


class Benign(NamedTuple):
    """What benign captures came to in one variant and seed."""

    captures: int
    networks: int
    alarmed: frozenset[int]
    """The networks with an alarm of medium or above."""
    rules: Mapping[str, frozenset[int]]
    """Rule → networks in which it contributed to such an alarm."""


def benign(runs: Iterable[tuple[Observed, Sequence[Alarm]]], numbers: Mapping[str, int]) -> Benign:
    """Benign captures by network; ``numbers``: path of a capture → its network."""
    captures = 0
    networks: set[int] = set()
    rules: dict[str, set[int]] = {}
    for observed, alarms in runs:
        number = numbers[str(observed.labelled.path)]
        captures += 1
        networks.add(number)
        for alarm in loud(alarms):
            for rule in alarm.rules:
                rules.setdefault(rule, set()).add(number)
    return Benign(
        captures,
        len(networks),
        frozenset().union(*rules.values()),
        {rule: frozenset(found) for rule, found in rules.items()},
    )


class Hub(NamedTuple):
    """A home hub, without its role and with it."""

    medium: int
    """Alarms of medium that name it while it has no role: one is allowed."""
    wrong: int
    """Alarms without the role that are high or name somebody else."""
    with_role: int
    """Alarms of medium or above with the role."""

    @property
    def good(self) -> bool:
        """Reported once at most, and silenced by its role."""
        return self.medium <= 1 and not self.wrong and not self.with_role


def hub(observed: Observed, run: Run) -> Hub:
    """A hub's capture, judged."""
    alone = loud(run.without_role or ())
    fair = [a for a in alone if a.severity == Severity.MEDIUM and names(a, observed.actor)]
    return Hub(len(fair), len(alone) - len(fair), len(loud(run.alarms)))
