"""The only place where findings are opened, lifted, silenced, updated and closed.

One open finding for each host and rule. Severity grows by kinds of evidence: a shape in the
same burst lifts a low finding to medium and no further. What a role silences is kept all the
same and says by what.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator

from whoasks.core.bursts import OpenBurst, stable_id
from whoasks.core.detect.base import Detector, Rule, Signal
from whoasks.core.detect.rules import ALL
from whoasks.core.detect.view import Answered, Heard
from whoasks.core.identity import HostState
from whoasks.core.model import (
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Host,
    Severity,
    Tool,
)
from whoasks.core.settings import CoreSettings

MAX_OPEN = 4_096
"""Open findings: one for each host and rule. The longest silent one is closed early beyond it."""
MAX_NAMES = 64
MAX_EVIDENCE = 5
"""Packets quoted: enough to see the pattern in."""
SILENCES_ALL = ("inventory", "sensor", "ignore")

Snapshot = Callable[[HostState], Host]


class OpenFinding:
    """A finding while it is open."""

    __slots__ = (
        "burst", "contributors", "evidence", "first", "host", "id", "last", "names",
        "names_dropped", "packets", "questions", "rule", "severity", "shown_names",
        "signal", "silenced", "tool",
    )  # fmt: skip

    def __init__(self, rule: Rule, host: HostState, signal: Signal, at: float):
        self.rule = rule
        self.host = host
        self.burst: OpenBurst | None = None
        self.signal = signal
        self.first = self.last = at
        self.id = ""
        self.severity = signal.severity or rule.severity
        self.silenced: str | None = None
        self.packets = self.questions = 0
        self.names: dict[str, None] = {}
        self.names_dropped = 0
        self.shown_names = 1
        self.contributors: dict[str, None] = {rule.id: None}
        self.evidence: list[str] = []
        self.tool: Tool | None = None

    def add(self, heard: Heard | Answered, signal: Signal) -> None:
        """Take in one more packet that the rule spoke up at."""
        self.last = heard.at
        self.signal = signal
        self.burst = heard.burst
        self.packets += 1
        self.questions += len(heard.said.asks)
        self.tool = (heard.burst.tool if heard.burst else None) or self.tool
        for name in signal.names:
            if name in self.names:
                continue
            if len(self.names) < MAX_NAMES:
                self.names[name] = None
            else:
                self.names_dropped += 1
        if len(self.evidence) < MAX_EVIDENCE:
            self.evidence.append(_evidence(heard, self.first))


def _evidence(heard: Heard | Answered, first: float) -> str:
    """One packet as a line; names in it are raw, as everywhere in the core."""
    flow, asks = heard.flow, heard.said.asks
    names = [ask.raw for ask in asks] or [record.name for record in heard.message.answers]
    what = "question" if asks else "answer"
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return (
        f"+{heard.at - first:.3f} s {flow.source} port {flow.source_port} to "
        f"{flow.destination}: {len(names)} {what}{'s' if len(names) != 1 else ''}, {listed}"
    )


class Engine:
    """Runs the selected rules over what is new and keeps their findings."""

    def __init__(self, settings: CoreSettings, snapshot: Snapshot, coverage: list[str]) -> None:
        chosen = settings.rules
        self.detectors: tuple[Detector, ...] = tuple(
            kind(chosen[kind.rule.id] if chosen is not None else None)
            for kind in ALL
            if chosen is None or kind.rule.id in chosen
        )
        self._on_answers = tuple(
            d for d in self.detectors if type(d).on_answer is not Detector.on_answer
        )
        self._close_after = settings.close_after
        self._snapshot = snapshot
        self._coverage = coverage
        self._open: OrderedDict[OpenFinding, None] = OrderedDict()
        self._minute = 0
        self._given: Counter[tuple[str, str, int | str, int]] = Counter()
        """Ids given in the current minute; at most as many as findings can be opened in it."""
        self.counts: Counter[str] = Counter()
        self.silenced = 0
        self.dropped: Counter[str] = Counter()

    @property
    def windows(self) -> tuple[float, ...]:
        """The window lengths that the rules look at."""
        lengths = {getattr(d.settings, "window", None) for d in self.detectors}
        return tuple(sorted(length for length in lengths if length is not None))

    def hear(self, host: HostState, heard: Heard, timed: bool) -> list[Event]:
        """Show a query that brought something new to every rule."""
        if host.is_self:
            return []
        events: list[Event] = []
        spoke: list[str] = []
        for detector in self.detectors:
            if detector.rule.windowed and not timed:
                continue
            for signal in detector.on_query(heard):
                spoke.append(detector.rule.id)
                events += self._signal(host, detector.rule, heard, signal)
        heard.said.rules = tuple(spoke)
        if spoke:
            events = self._lift(host, heard.burst, events, heard.at)
        return events

    def hear_answer(self, host: HostState, answered: Answered) -> list[Event]:
        """Show a response that is new from its sender to the rules about answers."""
        if host.is_self:
            return []
        events: list[Event] = []
        spoke: list[str] = []
        for detector in self._on_answers:
            for signal in detector.on_answer(answered):
                spoke.append(detector.rule.id)
                events += self._signal(host, detector.rule, answered, signal)
        answered.said.rules = tuple(spoke)
        return events

    def repeat(self, host: HostState, rules: tuple[str, ...], questions: int, at: float) -> None:
        """The same payload again: its findings live on."""
        for rule in rules:
            found: OpenFinding | None = host.open_rules.get(rule)
            if found is not None:
                found.last = at
                found.packets += 1
                found.questions += questions
                self._open.move_to_end(found)

    def _signal(
        self, host: HostState, rule: Rule, heard: Heard | Answered, signal: Signal
    ) -> list[Event]:
        found: OpenFinding | None = host.open_rules.get(rule.id)
        is_new = found is None
        if found is None:
            found = OpenFinding(rule, host, signal, heard.at)
            found.id = self._new_id(rule, host, heard)
            host.open_rules[rule.id] = found
        # Each time: the role may be given to an address or a name that came to be known since.
        found.silenced = self._silenced_by(host, rule)
        found.add(heard, signal)
        self._open[found] = None
        self._open.move_to_end(found)
        if is_new:
            if host.asked is not None:
                host.asked.findings += 1
            return [FindingOpened(heard.at, self._value(found)), *self._overflow(heard.at)]
        severity = signal.severity or rule.severity
        if severity > found.severity or len(found.names) >= 2 * found.shown_names:
            found.severity = max(severity, found.severity)
            found.shown_names = len(found.names)
            return [FindingUpdated(heard.at, self._value(found))]
        return []

    def _new_id(self, rule: Rule, host: HostState, heard: Heard | Answered) -> str:
        """The same packets give the same id, whether a socket heard them or a capture did.

        So it is made of what both see: the sender's address, not the MAC, and the minute, not
        the microsecond. Hosts of one address in one minute are told apart by order.
        """
        vlan = host.vlan if host.vlan is not None else ""
        parts = (rule.id, heard.flow.source, vlan, int(heard.at // 60))
        if parts[3] != self._minute:
            self._minute = parts[3]
            self._given.clear()
        self._given[parts] += 1
        return stable_id("finding", *parts, self._given[parts])

    def _silenced_by(self, host: HostState, rule: Rule) -> str | None:
        role = self._snapshot(host).role
        return role if role in (*SILENCES_ALL, *rule.roles) else None

    def _lift(
        self, host: HostState, burst: OpenBurst, events: list[Event], at: float
    ) -> list[Event]:
        """Bring the kinds of evidence of one burst together."""
        together = [f for f in host.open_rules.values() if f.burst is burst]
        shape = any(f.rule.lifts for f in together)
        changed: set[str] = set()
        for found in together:
            before = len(found.contributors)
            found.contributors.update(dict.fromkeys(f.rule.id for f in together))
            lifted = shape and not found.rule.lifts and found.severity == Severity.LOW
            if lifted:
                found.severity = Severity.MEDIUM
            if lifted or len(found.contributors) > before:
                changed.add(found.id)
            if found.silenced is None:
                severity = max(found.severity, burst.severity or Severity.INFO)
                burst.severity = Severity(severity)
            burst.reasons[found.rule.title] = None
        # A finding that is opened by this packet is told once, with all that the packet says.
        told = {e.finding.id: e for e in events if isinstance(e, FindingOpened | FindingUpdated)}
        others: list[Event] = [
            e for e in events if not isinstance(e, FindingOpened | FindingUpdated)
        ]
        for found in together:
            event = told.get(found.id)
            if event is not None:
                others.append(type(event)(at, self._value(found)))
            elif found.id in changed:
                others.append(FindingUpdated(at, self._value(found)))
        return others

    def _overflow(self, at: float) -> list[Event]:
        if len(self._open) <= MAX_OPEN:
            return []
        self.dropped["open findings"] += 1
        return [self._close(next(iter(self._open)), at)]

    def advance(self, at: float) -> Iterator[Event]:
        """Close what has been quiet for long enough."""
        while self._open:
            found = next(iter(self._open))
            if at - found.last <= self._close_after:
                return
            yield self._close(found, at)

    def next_expiry(self) -> float:
        """The last moment at which nothing closes."""
        if not self._open:
            return float("inf")
        return next(iter(self._open)).last + self._close_after

    def finish(self, at: float) -> Iterator[Event]:
        """Close everything."""
        while self._open:
            yield self._close(next(iter(self._open)), at)

    def _close(self, found: OpenFinding, at: float) -> Event:
        del self._open[found]
        if found.host.open_rules.get(found.rule.id) is found:
            del found.host.open_rules[found.rule.id]
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
        return Finding(
            id=found.id,
            rule=found.rule.id,
            severity=found.severity,
            title=found.rule.title,
            explanation=f"{describe(host)} {found.signal.explanation}.",
            attack=found.rule.attack,
            status="closed" if closed else "open",
            host=host,
            interface=found.host.interface,
            vlan=found.host.vlan,
            first_seen=found.first,
            last_seen=found.last,
            packets=found.packets,
            questions=found.questions,
            names=tuple(found.names),
            names_dropped=found.names_dropped,
            observed=found.signal.observed,
            threshold=found.signal.threshold,
            tool=found.tool,
            silenced_by=found.silenced,
            coverage=tuple(self._coverage) + _identity_coverage(host),
            burst=found.burst.id if found.burst else None,
            rules=tuple(found.contributors),
            evidence=tuple(found.evidence),
        )


def _identity_coverage(host: Host) -> tuple[str, ...]:
    if host.identity == "address":
        return ("no MAC was seen: another address of the same host would count as another host",)
    return ()


def describe(host: Host) -> str:
    """The host in a sentence; the name in it is raw."""
    about = [host.hostname.removesuffix(".")] if host.hostname else []
    if host.mac:
        about.append(f"MAC {host.mac}" + (f", {host.vendor}" if host.vendor else ""))
    first = host.addresses[0] if host.addresses else "an unknown address"
    return f"{first} ({', '.join(about)})" if about else first
