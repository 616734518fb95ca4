"""What one message means: to the burst it belongs to, to the rules, to the inventory.

Sits between the pipeline, which knows time and who spoke, and everything that learns from what
was said. No state of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from whoasks.core.askers import AskerState
from whoasks.core.bursts import Bursts, OpenBurst
from whoasks.core.detect.engine import Engine
from whoasks.core.detect.shapes import Guess, Shapes
from whoasks.core.detect.view import Answered, Broken, Disputed, Heard, Occasion
from whoasks.core.drill import DRILL_LASTS
from whoasks.core.identity import HostState
from whoasks.core.inventory import Inventory
from whoasks.core.knowledge import Knowledge
from whoasks.core.model import AAAA, A, Event, Flow, Message, ServiceSeen, Tool
from whoasks.core.names import normal
from whoasks.core.segment import Segment
from whoasks.core.utterance import MAX_SHOWN, Utterance

STORM_RULE = "query-flood"
"""The rule that hears repeats too, when they come fast enough."""

MAX_OWNED = 8
"""Addresses of one message that are looked at for who owns their name."""


class Listener:
    """Takes in one message at a time."""

    def __init__(  # noqa: PLR0917 - one composition, made once
        self,
        inventory: Inventory,
        bursts: Bursts,
        engine: Engine,
        segment: Segment,
        knowledge: Knowledge,
        timed: Callable[[], bool],
    ) -> None:
        """``timed`` tells whether the time of the packet at hand says anything."""
        self._inventory = inventory
        self._bursts = bursts
        self._engine = engine
        self._segment = segment
        self._knowledge = knowledge
        self._timed = timed
        self._shapes = Shapes(knowledge.tool_shapes, knowledge.answer_shapes)
        self.storm = engine.storm()

    def broken(self, host: HostState, flow: Flow, said: Utterance, at: float) -> list[Event]:
        """A payload that is no message, or only in part."""
        broken = Broken(at, flow, host, said, said.message, self._segment)
        return self._engine.hear_malformed(broken, self._timed())

    def alive(self, host: HostState, flow: Flow, said: Utterance, at: float) -> list[Event]:
        """A host whose name another one claimed says something: it is there."""
        events: list[Event] = []
        for dispute in self._segment.ownership.spoke(host, said.message, at):
            occasion = Occasion(at, flow, host, said, said.message, self._segment)
            events += self._engine.hear_dispute(Disputed(occasion, dispute))
        return events

    def _enter_claims(self, answered: Answered) -> None:
        """Who owns which name, and who has been the only one to."""
        at, host, segment = answered.at, answered.host, self._segment
        answers = answered.message.answers
        asked = segment.has_asked(host, {normal(record.name) for record in answers}, at)
        segment.ownership.announce(host, answered.message, at, asked=asked)
        if host.packets < 2:  # a flood of made-up hosts shall not push out known owners
            return
        for record in answers[:MAX_OWNED]:
            if record.rtype in (A, AAAA) and record.ttl:
                name = normal(record.name)
                stake = segment.ownership.sole_owner(name)
                if stake is not None and stake.host is host:
                    segment.habits.own(name, host.key, at, since=stake.first)

    def _ask(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """A query: count it in its burst, and show the rules what is new of it."""
        burst = self._bursts.hear(host, flow, at)
        asker: AskerState = host.asked
        segment = self._segment
        if not asker.packets:
            known = segment.habits.known(host.key)
            if known is not None:
                asker.knows(known)
        segment.ask(host, said, at)
        fresh = burst.count(said, flow, at)
        entered, gained = asker.learn(said, burst, at)
        storm = asker.count(len(said.means.asks), at) and self._is_storm(host, asker)
        if said.means.drill and said.means.drill != host.drill:
            # A drill is an action of its own: what is open takes nothing more in.
            host.open_rules.clear()
            host.drill, host.drill_until = said.means.drill, at + DRILL_LASTS
        drill = host.drill if at <= host.drill_until else None
        if (
            said.heard
            and not (fresh or gained or storm)
            and said.shown_for == drill
            and (not entered or self._engine.is_calm(asker, said))
        ):
            self._name_tool(burst, self._shapes.repeat(burst, said, at) or said.shape)
            if said.rules:
                self._engine.repeat(host, said.rules, len(said.means.asks), at)
            elif entered:
                self._engine.hear_again(host, flow, said, at)
            return []
        if not said.heard:
            segment.reflection.asked(host, flow, said.means.distinct, at)
        said.shown_for = drill
        if flow not in said.shown_by:
            said.shown_by = (*said.shown_by, flow)[-MAX_SHOWN:]
        heard = Heard(
            at, flow, host, said, message, segment, burst, asker,
            self._inventory.advertised_types(), self._knowledge,
        )  # fmt: skip
        heard.storm = storm
        heard.shape = guess = self._shapes.guess(heard)
        # In another burst its words say the same again; what else this burst showed does not.
        said.shape = guess if guess is not None and guess.by_itself else None
        said.heard = True
        self._name_tool(burst, guess)
        return self._engine.hear(heard, self._timed())

    def _is_storm(self, host: HostState, asker: AskerState) -> bool:
        """Whether repeats alone are worth showing: asked only until a finding says so."""
        if self.storm is None or not asker.storm(*self.storm):
            return False
        return STORM_RULE not in host.open_rules

    def understand(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """Take in one message."""
        if said.means.is_response:
            return self._answer(host, flow, said, message, at)
        events: list[Event] = []
        if message.answers:  # known ones; without, the inventory has nothing to learn
            events = self._learn(host, flow, said, message, at)
        if said.means.is_query:
            asked = self._ask(host, flow, said, message, at)
            return events + asked if events else asked
        if said.means.is_probe:
            occasion = Occasion(at, flow, host, said, message, self._segment)
            events += self._engine.hear_probe(occasion, self._timed())
        return events

    def _learn(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """What the inventory learns of it; of what it has learned before, that it is still so."""
        inventory = self._inventory
        told = inventory.observe(message, at, flow.interface, host.key, said.heard, said.echo)
        said.echo = inventory.echo
        return told

    def _answer(
        self, host: HostState, flow: Flow, said: Utterance, message: Message, at: float
    ) -> list[Event]:
        """A response: the rules look at it once, before the inventory learns from it."""
        engine = self._engine
        if said.heard and not host.disputed:
            if said.rules:
                engine.repeat(host, said.rules, 0, at)
                if not engine.forging.isdisjoint(said.rules):
                    return []
            return self._learn(host, flow, said, message, at)
        owners, key = self._inventory.owners_of, host.key
        answered = Answered(
            at, flow, host, said, message, self._segment,
            lambda name, kind: key in owners(name, kind),
        )  # fmt: skip
        events = self._claims(answered, first=not said.heard)
        if not engine.forging.isdisjoint(said.rules):
            said.heard = True
            return events  # what a rule takes for a forgery is not listed as a service
        before = len(self._inventory.advertised_types())
        told = self._learn(host, flow, said, message, at)
        said.heard = True
        events += told
        if told:
            fresh = sum(isinstance(event, ServiceSeen) for event in told)
            answered.fresh = fresh + max(0, len(self._inventory.advertised_types()) - before)
            if answered.fresh:
                events += engine.hear_announced(answered, self._timed())
        return events

    def _claims(self, answered: Answered, *, first: bool) -> list[Event]:
        """What a response claims, and what it shows of claims against its sender."""
        at, host, segment = answered.at, answered.host, self._segment
        message, events = answered.message, list[Event]()
        disputes = segment.ownership.spoke(host, message, at) if host.disputed else []
        if first:
            guess = self._shapes.guess_answer(answered)
            answered.tool = Tool(guess.name, guess.confidence, guess.why) if guess else None
            events += self._engine.hear_answer(answered, self._timed())
            host.announced = True
            if not self._engine.forging.intersection(answered.said.rules):
                self._enter_claims(answered)
            segment.reflection.answered(host, message)
        for dispute in disputes:
            events += self._engine.hear_dispute(Disputed(answered, dispute))
        return events

    @staticmethod
    def _name_tool(burst: OpenBurst, guess: Guess | None) -> None:
        """The surest guess of a burst's questions is the burst's."""
        if guess is not None and (burst.tool is None or guess.confidence > burst.tool.confidence):
            burst.tool = Tool(guess.name, guess.confidence, guess.why)
