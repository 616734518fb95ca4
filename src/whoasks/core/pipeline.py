"""The one composition that live watching, capture files and tests all use.

A datagram goes in, events come out: identity, decoding, inventory, bursts, detection. Time is
the packet's; it never runs backwards in here, and what came late is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from whoasks.core.bursts import AskerState, Bursts, OpenBurst
from whoasks.core.detect.engine import Engine
from whoasks.core.detect.shapes import Shapes
from whoasks.core.detect.view import Answered, Heard
from whoasks.core.identity import HostState, Identities
from whoasks.core.inventory import Inventory
from whoasks.core.knowledge import Knowledge
from whoasks.core.malformed import MalformedMessage
from whoasks.core.model import (
    Asker,
    BurstClosed,
    Datagram,
    Event,
    Flow,
    Host,
    MalformedSeen,
    Message,
    Summary,
    Tool,
)
from whoasks.core.settings import CoreSettings
from whoasks.core.utterance import Memo, Utterance
from whoasks.core.wire import decode

TWIN = 0.1
"""Seconds within which the same payload over another interface or family is the same packet."""
CROWD = 50
"""Packets of one timestamp after which it says nothing: windowed rules rest (DNS-SD bursts of
one host stay below 30 even at a conference)."""
REBASE = 3600.0
"""Seconds backwards that mean another recording rather than a late packet."""
SHOWN_TYPES = 256
SUPPRESSED = (
    "a question that known answers, another host's question or a warm cache made needless is "
    "never sent (RFC 6762 §7)"
)
"""What no tap can see."""


class Pipeline:
    """Feed it datagrams; it keeps the state of one watch or one reading."""

    def __init__(
        self,
        settings: CoreSettings,
        knowledge: Knowledge,
        *,
        own_addresses: frozenset[str] = frozenset(),
        vendor: Callable[[str], str | None] | None = None,
    ) -> None:
        self.coverage: list[str] = [SUPPRESSED]
        self.notes: list[str] = []
        self.inventory = Inventory(knowledge.service_types)
        self._knowledge = knowledge
        self._identities = Identities(settings.roles, own_addresses, vendor)
        self._engine = Engine(settings, self._snapshot, self.coverage)
        self._bursts = Bursts(settings.burst_gap, self._engine.windows)
        self._memo = Memo()
        self._shapes = Shapes(knowledge.tool_shapes)
        self._now = 0.0
        self._due = 0.0
        self._same_time = 0
        self._back = 0
        self._untimed = 0
        self._packets = 0
        self._twins = 0
        self._malformed: Counter[str] = Counter()

    # What goes in.

    def feed(self, datagram: Datagram) -> list[Event]:
        """One datagram; everything that follows from it, in order."""
        at, flow, payload = datagram.at, datagram.flow, datagram.payload
        self._packets += 1
        events: list[Event] = []
        if at > self._now:
            self._now = at
            self._same_time = 0
            if at > self._due:
                events = self._pass(at)
        else:
            events = self._late(at)
            at = self._now
        host = self._identities.of(flow)
        host.packets += 1
        if host.packets <= 2:
            host = self._young(host, flow, payload, at)
        if host.identity != "mac":
            self._identities.heard(host, flow, payload, at)
        said = self._memo.get(host, payload)
        if said is None:
            said = self._utter(host, payload)
        elif self._is_twin(said, flow, at):
            self._twins += 1
            return events
        said.last, said.flow = at, flow
        if said.malformed is not None:
            self._malformed_event(host, flow, said, events)
        if said.message is not None:
            events += self._understand(host, flow, said, said.message, at)
        return events

    def feed_all(self, datagrams: Iterable[Datagram]) -> Iterator[Event]:
        """Many datagrams, events as they come."""
        feed = self.feed
        for datagram in datagrams:
            events = feed(datagram)
            if events:
                yield from events

    def advance(self, at: float) -> list[Event]:
        """Let time pass without a packet."""
        if at <= self._now:
            return []
        self._now = at
        return self._pass(at) if at > self._due else []

    def finish(self) -> list[Event]:
        """Close all that is open, at the time of the last packet."""
        events: list[Event] = list(self.inventory.advance(self._now))
        events += [self._burst_closed(b) for b in self._bursts.expired(float("inf"))]
        events += self._engine.finish(self._now)
        return events

    def note(self, text: str) -> None:
        """A line on what cannot be seen; every finding from here on carries it."""
        if text not in self.coverage:
            self.coverage.append(text)

    def set_own(self, addresses: frozenset[str]) -> None:
        """This machine's addresses: its own questions are logged, and are never a finding."""
        self._identities.set_own(addresses)

    # What comes out at the end.

    def askers(self) -> list[Asker]:
        """Every host that asked, in the order of its first question."""
        known = [h for h in self._identities if h.asked is not None]
        return [self._asker(h, h.asked) for h in sorted(known, key=lambda h: h.asked.first)]

    def summary(self) -> Summary:
        """What it all came to."""
        dropped = Counter(self._identities.dropped) + self._bursts.dropped + self._engine.dropped
        dropped.update(self.inventory.dropped)
        dropped.update(self._dropped_of_askers())
        notes = list(self.notes)
        if self._untimed:
            notes.append(
                f"{self._untimed} packets carried no usable time: rules that count within a "
                "time were off for them"
            )
        if self._twins:
            notes.append(f"{self._twins} packets were copies over another interface or family")
        return Summary(
            packets=self._packets,
            mdns=self._packets - self._malformed.total(),
            malformed=dict(sorted(self._malformed.items())),
            dropped={name: count for name, count in sorted(dropped.items()) if count},
            time_went_back=self._back,
            askers=self._bursts.askers,
            bursts=self._bursts.closed,
            findings=self._engine.tally(),
            coverage=tuple(self.coverage),
            silenced=self._engine.silenced_count(),
            services=len(self.inventory),
            notes=tuple(notes),
        )

    def _dropped_of_askers(self) -> Counter[str]:
        """What the caps of single askers left out; a dropped asker takes its own along."""
        left: Counter[str] = Counter()
        for host in self._identities:
            asked: AskerState | None = host.asked
            if asked is not None:
                left["types of an asker"] += asked.dropped
                left["packets of a window"] += sum(w.dropped for w in asked.windows.values())
        return left

    # How it works.

    def _pass(self, at: float) -> list[Event]:
        """Close what time has closed."""
        events: list[Event] = list(self.inventory.advance(at))
        events += [self._burst_closed(b) for b in self._bursts.expired(at)]
        events += self._engine.advance(at)
        # Nothing can be due before the oldest of each kind, nor sooner than a second from now
        # for records, whose expiry nobody waits for.
        self._due = min(self._bursts.next_expiry(), self._engine.next_expiry(), at + 1.0)
        return events

    def _young(self, host: HostState, flow: Flow, payload: bytes, at: float) -> HostState:
        """A host's first packets: is it one that we know by its other address family?"""
        if host.packets == 2:
            self._identities.settle(host)
        elif host.identity != "mac":
            return self._identities.born(host, flow, payload, at)
        return host

    def _late(self, at: float) -> list[Event]:
        if at == self._now:
            self._same_time += 1
            return []
        if at > 0:
            self._back += 1
            if self._now - at > REBASE:
                events = self.finish()
                self._now, self._due, self._same_time = at, 0.0, 0
                self.notes.append("time went back by more than an hour: another recording")
                return events
        return []

    def _utter(self, host: HostState, payload: bytes) -> Utterance:
        try:
            said = Utterance(decode(payload), None, len(payload))
        except MalformedMessage as error:
            said = Utterance(error.partial, (error.reason.value, error.detail), len(payload))
        self._memo.put(host, payload, said)
        return said

    @staticmethod
    def _is_twin(said: Utterance, flow: Flow, at: float) -> bool:
        """The same packet once more, over another interface or address family."""
        before = said.flow
        return (
            before is not None
            and before is not flow
            and at - said.last <= TWIN
            and (
                before.interface != flow.interface or (":" in before.source) != (":" in flow.source)
            )
        )

    def _malformed_event(
        self, host: HostState, flow: Flow, said: Utterance, events: list[Event]
    ) -> None:
        reason, detail = said.malformed or ("", "")
        self._malformed[reason] += 1
        events.append(MalformedSeen(self._now, self._snapshot(host), flow, reason, detail))

    def _ask(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """A query: count it in its burst, and show the rules what is new of it."""
        burst = self._bursts.hear(host, flow, at)
        asker: AskerState = host.asked
        asker.last = at
        asker.packets += 1
        asker.questions += len(said.asks)
        gained = burst.count(said, flow, at)
        gained |= asker.learn(said, burst, at)
        if not gained and said.heard:
            _name_tool(burst, said)
            if said.rules:
                self._engine.repeat(host, said.rules, len(said.asks), at)
            return []
        heard = Heard(
            at, flow, said, message, burst, asker,
            self.inventory.advertised_types(), self._knowledge,
        )  # fmt: skip
        heard.shape = said.shape = self._shapes.guess(heard)
        said.heard = True
        _name_tool(burst, said)
        timed = at > 0 and self._same_time <= CROWD
        self._untimed += not timed
        return self._engine.hear(host, heard, timed)

    def _understand(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """Take in one message."""
        events: list[Event] = []
        if message.is_response:
            events = self._answer(host, flow, said, message, at)
            if said.rules:
                # What a rule takes for a forgery is not listed as a service.
                return events
        events += self.inventory.observe(message, at, flow.interface, host.key)
        if said.is_query:
            events += self._ask(host, flow, said, message, at)
        return events

    def _answer(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """A response: the rules look at it once, before the inventory learns from it."""
        if said.heard:
            self._engine.repeat(host, said.rules, 0, at)
            return []
        said.heard = True
        owners, key = self.inventory.owners_of, host.key
        answered = Answered(at, flow, said, message, lambda name, kind: key in owners(name, kind))
        return self._engine.hear_answer(host, answered)

    def _burst_closed(self, burst: OpenBurst) -> Event:
        return BurstClosed(self._now, burst.close(self._snapshot(burst.host)))

    def _snapshot(self, host: HostState) -> Host:
        return self._identities.snapshot(host, self.inventory.hostname_of(host.key), self._now)

    def _asker(self, host: HostState, asked: AskerState) -> Asker:
        types = tuple(sorted(asked.types))
        return Asker(
            host=self._snapshot(host),
            interface=asked.interface,
            vlan=host.vlan,
            first_seen=asked.first,
            last_seen=asked.last,
            packets=asked.packets,
            questions=asked.questions,
            types=types[:SHOWN_TYPES],
            types_dropped=max(0, len(types) - SHOWN_TYPES) + asked.dropped,
            bursts=asked.bursts,
            findings=asked.findings,
        )


def _name_tool(burst: OpenBurst, said: Utterance) -> None:
    """The surest guess of a burst's questions is the burst's."""
    shape = said.shape
    if shape is not None and (burst.tool is None or shape.confidence > burst.tool.confidence):
        burst.tool = Tool(shape.name, shape.confidence)
