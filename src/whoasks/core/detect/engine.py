"""The only place where findings are opened, lifted, folded, silenced, updated and closed.

What several rules say of one host's action is one finding: of the same burst, or within a minute.
What a role silences is kept all the same and says by what.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from typing import Any

from whoasks.core.askers import AskerState
from whoasks.core.detect.audience import Audience
from whoasks.core.detect.base import Detector, Later, Rule, Signal
from whoasks.core.detect.case import OpenFinding
from whoasks.core.detect.ids import Ids
from whoasks.core.detect.rules import ALL
from whoasks.core.detect.telling import coverage, finding_of
from whoasks.core.detect.view import Answered, Broken, Disputed, Heard, Occasion
from whoasks.core.identity import HostState
from whoasks.core.model import (
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Flow,
    Host,
    Severity,
)
from whoasks.core.segment import Segment
from whoasks.core.settings import CoreSettings
from whoasks.core.utterance import Utterance

MAX_OPEN = 4_096
"""Open findings. The one silent longest is closed early beyond it."""
MAX_LATER = 4_096
"""Looks that rules asked for; beyond it the new one is not granted, and counted."""
TOGETHER = 60.0
"""Seconds after the last sign of an action in which another rule's claim belongs to it."""
SILENCES_ALL = ("inventory", "sensor", "ignore")

Snapshot = Callable[[HostState], Host]
Said = tuple[Rule, Signal]


class Engine:
    """Runs the selected rules over what is new and keeps their findings."""

    def __init__(
        self, settings: CoreSettings, snapshot: Snapshot, coverage: list[str], segment: Segment
    ) -> None:
        self._order = {kind.rule.id: at for at, kind in enumerate(ALL)}
        self.configure(settings)
        self._snapshot = snapshot
        self._coverage = coverage
        self._segment = segment
        self._open: OrderedDict[OpenFinding, None] = OrderedDict()
        self._later: list[tuple[float, int, Detector, Occasion, Any]] = []
        self._serial = 0
        self._ids = Ids()
        self.counts: Counter[str] = Counter()
        self.silenced = 0
        self.dropped: Counter[str] = Counter()

    def configure(self, settings: CoreSettings) -> None:
        """Take these rules and settings from now on; what is open stays open."""
        chosen = settings.rules
        self.detectors: tuple[Detector, ...] = tuple(
            kind(chosen[kind.rule.id] if chosen is not None else None)
            for kind in ALL
            if chosen is None or kind.rule.id in chosen
        )
        self._audience = Audience(self.detectors)
        self.forging = frozenset(d.rule.id for d in self.detectors if d.rule.forged)
        """Rules at whose word an answer is not believed."""
        self._close_after = settings.close_after

    @property
    def windows(self) -> tuple[float, ...]:
        """The window lengths that the rules look at."""
        lengths = {getattr(d.settings, "window", None) for d in self.detectors}
        return tuple(sorted(length for length in lengths if length is not None))

    def storm(self) -> tuple[int, float] | None:
        """Questions, and seconds in which so many, repeats counted, are a storm."""
        for detector in self.detectors:
            if detector.rule.id == "query-flood":
                return detector.settings.storm, detector.settings.window
        return None

    # Occasions.

    def hear(self, heard: Heard, timed: bool) -> list[Event]:
        """Show a query that brought something new to every rule."""
        said: list[Said] = []
        spoke: list[str] = []
        heard.spoke = spoke
        for detector in self._audience.caring(heard.said.means.traits):
            if detector.rule.windowed and not timed:
                continue
            before = len(said)
            self._collect(detector, heard, detector.on_query(heard), said)
            if len(said) > before:
                spoke.append(detector.rule.id)
        heard.said.rules = tuple(spoke)
        return self._take(heard, said, heard.at) if said else []

    def is_calm(self, asker: AskerState, said: Utterance) -> bool:
        """Whether a payload that the rules know, and that is new in a window again, can bring
        no rule to speak up: none did before, and too little else is asked."""
        return not said.rules and not said.means.any_types and asker.is_calm(self._audience.floors)

    def hear_again(self, host: HostState, flow: Flow, said: Utterance, at: float) -> None:
        """Let the rules about everybody together know of a repeat that the others need not see."""
        for detector in self._audience.on["on_again"]:
            detector.on_again(host, flow, said, at)

    def hear_answer(self, answered: Answered, timed: bool) -> list[Event]:
        """Show a response that is new from its sender."""
        return self._show("on_answer", answered, timed, lambda d: d.on_answer(answered))

    def hear_announced(self, answered: Answered, timed: bool) -> list[Event]:
        """Show a response again once the inventory has learned from it."""
        return self._show("on_announced", answered, timed, lambda d: d.on_announced(answered))

    def hear_probe(self, occasion: Occasion, timed: bool) -> list[Event]:
        """Show a probe."""
        return self._show("on_probe", occasion, timed, lambda d: d.on_probe(occasion))

    def hear_malformed(self, broken: Broken, timed: bool) -> list[Event]:
        """Show what is no message."""
        return self._show("on_malformed", broken, timed, lambda d: d.on_malformed(broken))

    def hear_dispute(self, disputed: Disputed) -> list[Event]:
        """Show a name that two hosts claim."""
        return self._show("on_dispute", disputed, True, lambda d: d.on_dispute(disputed))

    def _show(
        self,
        hook: str,
        occasion: Occasion,
        timed: bool,
        call: Callable[[Detector], Iterable[Signal | Later]],
    ) -> list[Event]:
        said: list[Said] = []
        for detector in self._audience.on[hook]:
            if timed or not detector.rule.windowed:
                self._collect(detector, occasion, call(detector), said)
        if not said:
            return []
        # What a sender repeats keeps the findings about itself alive.
        mine = [rule.id for rule, signal in said if signal.about in (None, occasion.host)]
        occasion.said.rules = tuple(dict.fromkeys((*occasion.said.rules, *mine)))
        return self._take(occasion, said, occasion.at)

    def _collect(
        self,
        detector: Detector,
        occasion: Occasion,
        signals: Iterable[Signal | Later],
        said: list[Said],
    ) -> None:
        for signal in signals:
            if isinstance(signal, Signal):
                said.append((detector.rule, signal))
            elif len(self._later) < MAX_LATER:
                self._serial += 1
                item = (signal.at, self._serial, detector, occasion, signal.subject)
                heappush(self._later, item)
            else:
                self.dropped["later looks"] += 1

    def repeat(self, host: HostState, rules: tuple[str, ...], questions: int, at: float) -> None:
        """The same payload again: its findings live on."""
        found: OpenFinding | None
        for found in dict.fromkeys(host.open_rules.get(rule) for rule in rules):
            if found is not None:
                found.last = at
                found.packets += 1
                found.questions += questions
                self._open.move_to_end(found)

    # Findings.

    def _take(self, occasion: Occasion, said: list[Said], at: float) -> list[Event]:
        """Enter what the rules say at one packet, each in the finding it belongs to."""
        changed: dict[OpenFinding, bool] = {}
        for host in dict.fromkeys(signal.about or occasion.host for _, signal in said):
            # Our own questions are logged; they are a finding only when they are a drill.
            if host.is_self and not (host.drill and at <= host.drill_until):
                continue
            about = [each for each in said if (each[1].about or occasion.host) is host]
            for rule, signal in about:
                found = self._finding_for(rule, host, occasion, at, about, changed)
                found.add(rule, occasion, signal, self._silenced_by(host, rule))
        events: list[Event] = []
        for found, is_new in changed.items():
            found.see(occasion, at)
            events += self._tell(found, is_new, occasion, at)
        while len(self._open) > MAX_OPEN:
            self.dropped["open findings"] += 1
            events.append(self._close(next(iter(self._open)), at))
        return events

    def _finding_for(  # noqa: PLR0917
        self,
        rule: Rule,
        host: HostState,
        occasion: Occasion,
        at: float,
        about: list[Said],
        changed: dict[OpenFinding, bool],
    ) -> OpenFinding:
        """The finding that a rule's claim belongs to, opened if there is none."""
        found: OpenFinding | None = host.open_rules.get(rule.id)
        found = found or self._joined(rule, host, occasion, at, changed)
        if found is None:
            found = OpenFinding(rule.family, host, at, occasion.flow.interface)
            found.drill = host.drill if at <= host.drill_until else None
            family = [each for each in about if each[0].family == rule.family]
            own = occasion.host is host
            address = occasion.flow.source if own else next(iter(host.addresses), "")
            found.id = self._ids.new(_strongest(family).id, address, host.vlan, at)
            if host.asked is not None:
                host.asked.findings += 1
            changed[found] = True
        changed.setdefault(found, False)
        if rule.id not in host.open_rules:
            host.open_rules[rule.id] = found
            leading = _strongest(about).id == rule.id
            if changed[found] and (leading or not found.context):
                habits = self._segment.habits
                found.context = tuple(habits.facts(rule.id, host.key, host.first, at))
        self._segment.habits.fire(rule.id, at)
        self._open[found] = None
        self._open.move_to_end(found)
        return found

    @staticmethod
    def _joined(
        rule: Rule,
        host: HostState,
        occasion: Occasion,
        at: float,
        changed: dict[OpenFinding, bool],
    ) -> OpenFinding | None:
        """The open finding about the same action, if there is one."""
        others: list[OpenFinding] = [
            each
            for each in dict.fromkeys(host.open_rules.values())
            if each.family == rule.family
            and (
                each in changed
                or at - each.last <= TOGETHER
                or (occasion.burst is not None and each.burst is occasion.burst)
            )
        ]
        return max(others, key=lambda each: each.last, default=None)

    def _tell(
        self, found: OpenFinding, is_new: bool, occasion: Occasion, at: float
    ) -> Iterator[Event]:
        found.claims = dict(sorted(found.claims.items(), key=lambda c: self._order[c[0]]))
        found.lift()
        if occasion.burst is not None and found.burst is occasion.burst:
            found.mark(occasion.burst)
        if found.news() or is_new:
            yield (FindingOpened if is_new else FindingUpdated)(at, self._value(found))

    def _silenced_by(self, host: HostState, rule: Rule) -> str | None:
        role = self._snapshot(host).role
        return role if role in SILENCES_ALL or role in rule.roles else None

    # Time.

    def advance(self, at: float) -> Iterator[Event]:
        """Look again where rules asked for it, and close what has been quiet for long enough."""
        while self._later and self._later[0][0] <= at:
            yield from self._look(heappop(self._later))
        while self._open:
            found = next(iter(self._open))
            if at - found.last <= self._close_after:
                return
            yield self._close(found, at)

    def _look(self, item: tuple[float, int, Detector, Occasion, Any]) -> list[Event]:
        at, _, detector, occasion, subject = item
        said: list[Said] = []
        self._collect(detector, occasion, detector.on_time(occasion, at, subject), said)
        return self._take(occasion, said, at) if said else []

    def next_expiry(self) -> float:
        """The last moment at which nothing closes and nothing is to be looked at."""
        closing = float("inf")
        if self._open:
            closing = next(iter(self._open)).last + self._close_after
        return min(closing, self._later[0][0]) if self._later else closing

    def finish(self, at: float) -> Iterator[Event]:
        """Look at what was to be looked at, as far as its time has come, and close everything."""
        while self._later:
            due, *rest = heappop(self._later)
            yield from self._look((min(due, at), *rest))
        while self._open:
            yield self._close(next(iter(self._open)), at)

    def _close(self, found: OpenFinding, at: float) -> Event:
        del self._open[found]
        rules = found.host.open_rules
        for rule in [rule for rule, open_ in rules.items() if open_ is found]:
            del rules[rule]
        if found.silenced is None:
            self.counts[found.severity.label] += 1
        else:
            self.silenced += 1
        return FindingClosed(at, self._value(found, closed=True))

    def tally(self) -> dict[str, int]:
        """Findings by severity, open ones too; silenced ones are counted apart."""
        counts = Counter(self.counts)
        counts.update(f.severity.label for f in self._open if f.silenced is None)
        return {severity.label: counts[severity.label] for severity in Severity}

    def silenced_count(self) -> int:
        """Findings that a role silenced."""
        return self.silenced + sum(1 for f in self._open if f.silenced is not None)

    def _value(self, found: OpenFinding, closed: bool = False) -> Finding:
        host = self._snapshot(found.host)
        hidden = self._segment.reflection.of(found.host)
        if hidden is None and host.role == "reflector":
            hidden = "it has the role of a reflector"
        learning = self._segment.habits.progress(found.last)
        about = coverage(host, hidden, learning)
        return finding_of(found, host, (*self._coverage, *about), closed=closed)


def _strongest(said: list[Said]) -> Rule:
    return max(said, key=lambda each: each[1].severity or each[0].severity)[0]
