"""All that was observed, put together once; tables and JSON are read off it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bench.detection import scoring
from bench.detection.alarms import Alarm
from bench.detection.networks import networks
from bench.detection.observed import PLAIN, Moment, Observed, Run
from bench.detection.scoring import Benign, Hub, Outcome

from whoasks.core.model import Severity

Voice = Callable[[Run], Sequence[Alarm]]
When = Callable[[Observed], Moment | None]


class Judged(NamedTuple):
    """One variant with one seed: what a detector made of all captures."""

    outcomes: tuple[Outcome, ...]
    benign: Benign

    @property
    def found(self) -> int:
        """Actions named."""
        return sum(o.found for o in self.outcomes)

    @property
    def at_catalogue(self) -> int:
        """Actions named with the catalogue's severity."""
        return sum(o.at_catalogue for o in self.outcomes)

    @property
    def accusing(self) -> int:
        """Attack captures in which somebody else is accused."""
        return sum(o.bystanders > 0 for o in self.outcomes)


class Pair(NamedTuple):
    """The command and the naive rule over the same packets."""

    whoasks: Judged
    naive: Judged


@dataclass
class Results:
    """Everything of one evaluation. ``seconds`` is its wall time."""

    observed: Sequence[Observed]
    seconds: float

    @cached_property
    def networks(self) -> dict[str, int]:
        """Path of a capture → its network."""
        return networks({str(o.labelled.path): o.macs for o in self.observed})

    @cached_property
    def judged(self) -> dict[tuple[str, int | None], Pair]:
        """Variant and seed → both detectors, in the order in which they ran."""
        keys = dict.fromkeys((r.variant, r.seed) for o in self.observed for r in o.runs)
        return {key: self._pair(key) for key in keys}

    @property
    def plain(self) -> Pair:
        """The captures as they were recorded."""
        return self.judged[PLAIN, None]

    @property
    def hubs(self) -> list[tuple[Observed, Hub]]:
        """Every hub, judged without its role and with it."""
        return [
            (o, scoring.hub(o, run))
            for o in self.observed
            if o.labelled.kind == "hub"
            for run in o.runs[:1]
        ]

    @property
    def failures(self) -> list[tuple[Observed, Run]]:
        """Runs that did not end well."""
        return [(o, run) for o in self.observed for run in o.runs if run.failure]

    @property
    def runs(self) -> int:
        """How often the command was run."""
        asked = sum(o.asked for o in self.observed)
        return asked + sum(1 + (r.without_role is not None) for o in self.observed for r in o.runs)

    def attacks(self, key: tuple[str, int | None] = (PLAIN, None)) -> list[tuple[Observed, Run]]:
        """The runs of attack captures in that variant."""
        return self._of(("attack",), key)

    def _of(
        self, kinds: tuple[str, ...], key: tuple[str, int | None]
    ) -> list[tuple[Observed, Run]]:
        return [
            (o, run)
            for o in self.observed
            if o.labelled.kind in kinds
            for run in o.runs
            if (run.variant, run.seed) == key
        ]

    def _pair(self, key: tuple[str, int | None]) -> Pair:
        found = (lambda o: o.moment) if key == (PLAIN, None) else (lambda o: None)
        return Pair(
            self._judge(key, lambda run: run.alarms, None, found),
            self._judge(key, lambda run: run.naive, Severity.INFO, lambda o: None),
        )

    def _judge(
        self, key: tuple[str, int | None], voice: Voice, floor: Severity | None, when: When
    ) -> Judged:
        return Judged(
            tuple(
                scoring.outcome(o, voice(run), floor, when(o))
                for o, run in self._of(("attack",), key)
            ),
            scoring.benign(
                ((o, voice(run)) for o, run in self._of(("benign", "hub"), key)), self.networks
            ),
        )
