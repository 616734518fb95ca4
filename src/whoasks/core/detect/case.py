"""A finding while it is open: every rule's claim about one host's action, folded into one.

Severity grows by kinds of evidence, not by volume: two kinds in one burst make medium of what
is low, and no more. The finding has the severity, the title and the sentence of its
strongest claim; the others are kept beside it.
"""

from __future__ import annotations

from whoasks.core.bursts import OpenBurst
from whoasks.core.detect.base import Rule, Signal
from whoasks.core.detect.view import Occasion
from whoasks.core.identity import HostState
from whoasks.core.model import Claim, Severity, Tool

MAX_NAMES = 64
MAX_EVIDENCE = 5
"""Packets quoted: enough to see the pattern in."""


class OpenClaim:
    """What one rule says at the moment."""

    __slots__ = ("alone", "burst", "rule", "severity", "signal", "silenced")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.severity = Severity.INFO
        self.signal: Signal | None = None
        self.silenced: str | None = None
        self.burst = -1
        """Serial number of the burst in which it was made last."""
        self.alone = False

    def value(self) -> Claim:
        """The claim as outputs show it."""
        signal = self.signal
        assert signal is not None  # noqa: S101 - a claim is made by a signal
        return Claim(
            self.rule.id, self.severity, signal.explanation, signal.observed, signal.threshold,
            self.silenced,
        )  # fmt: skip


class OpenFinding:
    """One host's action, while it goes on."""

    __slots__ = (
        "burst", "claims", "context", "drill", "evidence", "family", "first", "host", "id",
        "interface", "last", "names", "names_dropped", "packets", "questions", "shown",
        "shown_names", "tool",
    )  # fmt: skip

    def __init__(self, family: str, host: HostState, at: float, interface: str) -> None:
        self.family = family
        self.host = host
        self.interface = interface
        self.first = self.last = at
        self.id = ""
        self.burst: OpenBurst | None = None
        self.claims: dict[str, OpenClaim] = {}
        self.context: tuple[str, ...] = ()
        """What makes it unusual here, as clauses."""
        self.packets = self.questions = 0
        self.names: dict[str, None] = {}
        self.names_dropped = 0
        self.shown: tuple[Severity, int] = (Severity.INFO, 0)
        """Severity and number of claims as last told."""
        self.shown_names = 1
        self.evidence: list[str] = []
        self.tool: Tool | None = None
        self.drill: str | None = None

    def add(self, rule: Rule, occasion: Occasion, signal: Signal, silenced: str | None) -> None:
        """Take in what a rule says at one packet."""
        claim = self.claims.get(rule.id)
        if claim is None:
            claim = self.claims[rule.id] = OpenClaim(rule)
        severity = rule.severity if signal.severity is None else signal.severity
        claim.severity = max(severity, claim.severity)
        claim.signal, claim.silenced, claim.alone = signal, silenced, signal.alone
        claim.burst = occasion.burst.serial if occasion.burst is not None else -1
        for name in signal.names:
            if name in self.names:
                continue
            if len(self.names) < MAX_NAMES:
                self.names[name] = None
            else:
                self.names_dropped += 1

    def see(self, occasion: Occasion, at: float) -> None:
        """Count the packet that rules spoke up at."""
        self.last = max(self.last, at)
        self.burst = occasion.burst or self.burst
        self.packets += 1
        self.questions += len(occasion.said.means.asks)
        tool = occasion.tool if occasion.burst is None else occasion.burst.tool
        self.tool = tool or self.tool
        if len(self.evidence) < MAX_EVIDENCE:
            self.evidence.append(evidence(occasion, self.first))

    def lift(self) -> None:
        """Bring the kinds of evidence of one burst together."""
        latest = max((c.burst for c in self.claims.values()), default=-1)
        if latest < 0:
            return
        together = [
            c for c in self.claims.values()
            if c.burst == latest and c.silenced is None and not c.alone
        ]  # fmt: skip
        kinds = {claim.rule.evidence for claim in together}
        if len(kinds) < 2:
            return
        for claim in together:
            kind = claim.rule.evidence
            if claim.severity != Severity.LOW or not claim.rule.liftable or kind == "newcomer":
                continue
            # A shape lifts others, and is lifted by the host's being new alone.
            if kind != "shape" or "newcomer" in kinds:
                claim.severity = Severity.MEDIUM

    @property
    def silenced(self) -> str | None:
        """The role that silences all of it, if one does."""
        roles = [claim.silenced for claim in self.claims.values()]
        return roles[0] if all(roles) else None

    @property
    def lead(self) -> OpenClaim:
        """The strongest claim that no role silences; of equals the one in running order."""
        claims = self.claims.values()
        return max(claims, key=lambda claim: (claim.silenced is None, claim.severity))

    @property
    def severity(self) -> Severity:
        """That of the strongest claim."""
        return self.lead.severity

    def mark(self, burst: OpenBurst) -> None:
        """Let the burst's own record say what was found in it."""
        for claim in self.claims.values():
            if claim.burst != burst.serial:
                continue
            if claim.silenced is None:
                burst.severity = Severity(max(claim.severity, burst.severity or Severity.INFO))
            burst.reasons[claim.rule.title] = None

    def news(self) -> bool:
        """Whether there is enough that is new to tell of it again; then it counts as told."""
        now = (self.severity, len(self.claims))
        if now == self.shown and len(self.names) < 2 * self.shown_names:
            return False
        self.shown, self.shown_names = now, max(1, len(self.names))
        return True


def evidence(occasion: Occasion, first: float) -> str:
    """One packet as a line; names in it are raw, as everywhere in the core."""
    flow, asks = occasion.flow, occasion.said.means.asks
    when = f"+{occasion.at - first:.3f} s"
    where = f"{when} {flow.source} port {flow.source_port} to {flow.destination}"
    message = occasion.message
    if message is None:
        return f"{where}: {occasion.said.size} bytes that are no message"
    names = [ask.raw for ask in asks]
    what = "question"
    if not names:
        what = "answer" if message.is_response else "question in a probe"
        records = message.answers if message.is_response else message.questions
        names = [record.name for record in records]
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    plural = "s" if len(names) != 1 and what != "question in a probe" else ""
    return f"{where}: {len(names)} {what}{plural}, {listed}"
