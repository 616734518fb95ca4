"""The one composition that live watching, capture files and tests all use.

A datagram goes in, events come out: identity, decoding, inventory, bursts, detection. Time is
the packet's; it never runs backwards in here, and what came late is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from whoasks.core.bursts import Bursts, OpenBurst
from whoasks.core.detect.engine import Engine
from whoasks.core.habits import Habits, Learned
from whoasks.core.identity import OFTEN, HostState, Identities
from whoasks.core.inventory import Inventory
from whoasks.core.knowledge import Knowledge
from whoasks.core.listener import Listener
from whoasks.core.model import (
    Asker,
    BurstClosed,
    Datagram,
    Event,
    Flow,
    Host,
    MalformedSeen,
    Summary,
)
from whoasks.core.prefixes import Network
from whoasks.core.segment import Segment
from whoasks.core.settings import CoreSettings
from whoasks.core.summing import asker_of, dropped_of_askers
from whoasks.core.utterance import Utterance
from whoasks.core.words import Words

TWIN = 0.1
"""Seconds within which the same payload over another interface or family is the same packet."""
CROWD = 50
"""Packets of one timestamp after which it says nothing: windowed rules rest (DNS-SD bursts of
one host stay below 30 even at a conference)."""
REBASE = 3600.0
"""Seconds backwards that mean another recording rather than a late packet."""
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
        habits: Learned | None = None,
    ) -> None:
        self.coverage: list[str] = [SUPPRESSED]
        self.notes: list[str] = []
        self.inventory = Inventory(knowledge.service_types)
        self._segment = segment = Segment(Habits(habits, settings.learning))
        self._identities = Identities(
            settings.roles, own_addresses, vendor, segment.prefixes.is_routed
        )
        self._engine = Engine(settings, self._snapshot, self.coverage, self._segment)
        self._bursts = Bursts(settings.burst_gap, self._engine.windows)
        self._listener = Listener(
            self.inventory, self._bursts, self._engine, self._segment, knowledge, self._timed
        )
        self._words = Words()
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
        if host.packets <= OFTEN:
            host = self._young(host, flow, payload, at)
        host.last = at
        if host.identity != "mac":
            self._identities.heard(host, flow, payload, at)
        said = self._words.known(host, payload)
        if said is None:
            said = self._words.learn(host, payload)
            self._segment.prefixes.see(flow)
        elif self._is_twin(said, flow, at):
            self._twins += 1
            return events
        said.last, said.flow = at, flow
        listener = self._listener
        if host.disputed and (said.message is None or not said.message.is_response):
            events += listener.alive(host, flow, said, at)
        if said.malformed is not None:
            events.append(self._malformed_seen(host, flow, said))
            events += listener.broken(host, flow, said, at)
        if said.message is not None:
            events += listener.understand(host, flow, said, said.message, at)
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
        events: list[Event] = self.inventory.advance(self._now, wholly=True)
        events += [self._burst_closed(b) for b in self._bursts.expired(float("inf"))]
        events += self._engine.finish(self._now)
        return events

    def note(self, text: str) -> None:
        """A line on what cannot be seen; every finding from here on carries it."""
        if text not in self.coverage:
            self.coverage.append(text)

    def set_own(self, addresses: frozenset[str], macs: frozenset[str] = frozenset()) -> None:
        """This machine's addresses: its own questions are logged, and are never a finding but
        for a drill. With ``macs``, a stranger that uses one of the addresses is told apart."""
        self._identities.set_own(addresses, macs)

    def configure(self, settings: CoreSettings) -> None:
        """Go on with other settings: rules, roles, times. What is open stays open."""
        self._engine.configure(settings)
        self._bursts.configure(settings.burst_gap, self._engine.windows)
        self._identities.set_roles(settings.roles)
        self._segment.habits.configure(settings.learning)
        self._listener.storm = self._engine.storm()

    def set_prefixes(self, interface: str, networks: tuple[Network, ...]) -> None:
        """What is on the link of an interface: whoever asks from elsewhere is off-link."""
        self._segment.prefixes.give(interface, networks)

    def learned(self, since: float = float("-inf")) -> Learned:
        """What is usual here, as a store keeps it; only what changed after ``since``."""
        return self._segment.habits.learned(since)

    def learning(self) -> str:
        """How far learning has got, for people; empty when it has ended."""
        return self._segment.habits.progress(self._now)

    # What comes out at the end.

    def askers(self) -> list[Asker]:
        """Every host that asked, in the order of its first question."""
        known = [h for h in self._identities if h.asked is not None]
        known.sort(key=lambda host: host.asked.first)
        return [asker_of(self._snapshot(host), host.vlan, host.asked) for host in known]

    def summary(self) -> Summary:
        """What it all came to."""
        dropped = Counter(self._identities.dropped) + self._bursts.dropped + self._engine.dropped
        dropped.update(self.inventory.dropped)
        dropped.update(dropped_of_askers(self._identities))
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
            notes=tuple(self._all_notes()),
        )

    def _all_notes(self) -> Iterator[str]:
        yield from self.notes
        if self._untimed:
            yield (
                f"{self._untimed} packets carried no usable time: rules that count within a "
                "time were off for them"
            )
        if self._twins:
            yield f"{self._twins} packets were copies over another interface or family"
        for key, why in self._segment.reflection.found.items():
            yield f"{key} looks like a reflector, behind which true sources are hidden: {why}"

    # How it works.

    def _pass(self, at: float) -> list[Event]:
        """Close what time has closed."""
        events: list[Event] = self.inventory.advance(at)
        events += [self._burst_closed(b) for b in self._bursts.expired(at)]
        events += self._engine.advance(at)
        # Nothing can be due before the oldest of each kind, nor sooner than a second from now
        # for records, whose expiry nobody waits for.
        soon = at if self.inventory.is_behind else at + 1.0
        self._due = min(self._bursts.next_expiry(), self._engine.next_expiry(), soon)
        return events

    def _young(self, host: HostState, flow: Flow, payload: bytes, at: float) -> HostState:
        """A host's first packets: is it one that we know by its other address family?"""
        if host.packets > 1:
            self._identities.settle(host)
            return host
        host.first = at
        if at > 0:
            self._segment.habits.begin(at)
        if host.identity != "mac":
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

    def _malformed_seen(self, host: HostState, flow: Flow, said: Utterance) -> Event:
        reason, detail = said.malformed or ("", "")
        self._malformed[reason] += 1
        return MalformedSeen(self._now, self._snapshot(host), flow, reason, detail)

    def _timed(self) -> bool:
        """Whether the packet's time says anything; counts the ones that do not."""
        timed = self._now > 0 and self._same_time <= CROWD
        self._untimed += not timed
        return timed

    def _burst_closed(self, burst: OpenBurst) -> Event:
        host = burst.host
        if host.packets > 1 and burst.types:
            # One packet is no habit, and a flood of spoofed sources has one each.
            self._segment.habits.ask(
                host.key, burst.types, burst.ended, first=host.first, alone=burst.loose_types
            )
        return BurstClosed(self._now, burst.close(self._snapshot(host)))

    def _snapshot(self, host: HostState) -> Host:
        return self._identities.snapshot(host, self.inventory.hostname_of(host.key), self._now)
