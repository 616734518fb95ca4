"""What a payload says, worked out once for each host and remembered. Bounded both ways.

Between 46 and 99 % of real payloads repeat. A repeat only counts: everything that can be
known of the bytes alone is kept here, and rules hear only what is new.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from whoasks.core import model
from whoasks.core.drill import DRILL_TYPE
from whoasks.core.model import Flow, Message
from whoasks.core.names import Name, normal, parse
from whoasks.core.records import Echo

TRAITS = ("meta", "types", "instances", "reverse_names", "any_types", "guesses")
"""What a rule may care about of a query, by the name of the attribute."""
MAX_SHOWN = 4
"""Flows with which a payload was shown to the rules that are remembered: a host sends the same
over both address families; from a new port each time it is new each time."""
_RESOLVING = (model.SRV, model.TXT, model.ANY)
_ADDRESSING = (model.A, model.AAAA, model.ANY)
_RANDOM = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.")
"""Browsers hide a host's address behind such names (WebRTC, draft-ietf-mmusic-mdns-ice)."""
_TOKEN = 16


class Ask(msgspec.Struct, frozen=True):
    """One question with its name taken apart."""

    name: Name
    raw: str
    qtype: int
    unicast: bool


class Asked:
    """The names that a payload asks for, by what they are: what a window holds of it. Known answers
    and the message itself are not in it, so that a window of thousands stays small."""

    __slots__ = (
        "any_types", "distinct", "guesses", "instances", "reverse_names", "types",
    )  # fmt: skip

    def __init__(self, said: Utterance) -> None:
        self.types = said.types
        self.instances = said.instances
        self.reverse_names = said.reverse_names
        self.any_types = said.any_types
        self.distinct = said.distinct
        self.guesses = said.guesses


class Utterance:
    """One payload as said by one host, with what does not depend on when it was said."""

    __slots__ = (
        "any_types", "asked", "asks", "burst", "distinct", "drill", "echo", "flow", "guesses",
        "heard", "hostnames", "instances", "is_probe", "is_query", "is_response", "keys", "last",
        "malformed", "marks", "message", "meta", "named", "names", "places", "qu", "reverse_names",
        "rules", "shape", "shown_by", "shown_for", "size", "traits", "types", "words",
    )  # fmt: skip

    def __init__(self, message: Message | None, malformed: tuple[str, str] | None, size: int):
        self.message = message
        self.malformed = malformed
        """Reason and detail, when the payload is no message."""
        self.size = size
        self.last = float("-inf")
        self.flow: Flow | None = None
        self.burst = -1
        """Serial number of the burst that has taken its names already."""
        self.heard = False
        """Whether the rules heard it."""
        self.shape: Any = None
        """The tool that it was taken for then by itself (``shapes.Guess``)."""
        self.rules: tuple[str, ...] = ()
        """The rules that spoke up at it; a repeat keeps their findings alive."""
        self.echo: Echo | None = None
        """What it refreshes in the inventory when it is said again."""
        self.is_response = message is not None and message.is_response
        self.is_probe = message is not None and message.is_probe
        # Probes claim names, they do not ask (RFC 6762 §8.1).
        self.is_query = (
            message is not None
            and not self.is_response
            and not self.is_probe
            and bool(message.questions)
        )
        self.shown_by: tuple[Flow, ...] = ()
        """The flows with which the rules have seen it (``MAX_SHOWN``)."""
        self.words = b""
        self.places: tuple[int, ...] = ()
        """The payload of a query, and where the TTLs of its known answers are (``countdown``)."""
        self.shown_for: str | None = None
        """The drill it was last shown to the rules in."""
        self._ask_nothing()
        if self.is_query and message is not None:
            self._take(message)
        elif self.is_probe and message is not None:
            self._claim(message)
        self.asked = Asked(self)

    def _ask_nothing(self) -> None:
        """What it asks for, of a message that asks for nothing."""
        self.marks: tuple[int, bool, bool, bool, bool] | None = None
        """Of a query: questions with QU, whether it has known answers, an ID, RD, EDNS. None for
        the commonest, which has nothing of it."""
        self.asks: tuple[Ask, ...] = ()
        self.qu = 0
        self.meta = False
        self.types: frozenset[str] = frozenset()
        self.instances: frozenset[str] = frozenset()
        self.hostnames: frozenset[str] = frozenset()
        self.reverse_names: frozenset[str] = frozenset()
        self.names: tuple[str, ...] = ()
        self.named: tuple[tuple[str, str], ...] = ()
        """Key and name as it was asked, of each name."""
        self.any_types: frozenset[str] = frozenset()
        """Types, and the list of types, asked for with ANY."""
        self.distinct: frozenset[tuple[str, int]] = frozenset()
        """Name and record type of each question."""
        self.keys: frozenset[str] = frozenset()
        """Keys of the names asked for, and of those a probe claims."""
        self.guesses: frozenset[str] = frozenset()
        """Host names asked for, but for random ones."""
        self.traits = 0
        """Which kinds of names are asked for, as bits (``TRAITS``)."""
        self.drill: str | None = None
        """The token of a drill that announces itself."""

    def _claim(self, message: Message) -> None:
        """The names that a probe claims."""
        self.keys = frozenset([normal(question.name) for question in message.questions])

    def again(self) -> Utterance:
        """The same words as another host says them: what it means is shared, the rest is new."""
        other = self._meaning()
        other.message, other.size = self.message, self.size
        other.asked = self.asked
        other.last = float("-inf")
        other.flow = None
        other.burst = -1
        other.heard = False
        other.echo = None
        other.words, other.places = b"", ()
        other.shape = None
        other.rules = ()
        other.shown_for = None
        other.shown_by = ()
        return other

    def renewed(self, message: Message, size: int) -> Utterance:
        """The same questions of the same host with other known answers: nothing new is asked."""
        other = self._meaning()
        other.message, other.size = message, size
        other.asked = Asked(self)  # a packet of its own in the windows
        other.last = self.last
        other.flow = self.flow
        other.burst = self.burst
        other.heard = self.heard
        other.echo = None
        other.words, other.places = b"", ()
        other.shape = self.shape
        other.rules = self.rules
        other.shown_for = self.shown_for
        other.shown_by = self.shown_by
        return other

    def _meaning(self) -> Utterance:
        """Another one that asks the same. A loop over the names takes three times as long."""
        other = object.__new__(Utterance)
        other.malformed = self.malformed
        other.is_query = self.is_query
        other.is_response = self.is_response
        other.is_probe = self.is_probe
        other.marks = self.marks
        other.asks = self.asks
        other.qu = self.qu
        other.meta = self.meta
        other.types = self.types
        other.instances = self.instances
        other.hostnames = self.hostnames
        other.reverse_names = self.reverse_names
        other.names = self.names
        other.named = self.named
        other.any_types = self.any_types
        other.distinct = self.distinct
        other.keys = self.keys
        other.guesses = self.guesses
        other.traits = self.traits
        other.drill = self.drill
        return other

    def _take(self, message: Message) -> None:  # noqa: C901 - one line for each kind of name
        self.asks = tuple(
            [Ask(parse(q.name), q.name, q.qtype, q.unicast) for q in message.questions]
        )
        self.qu = sum(ask.unicast for ask in self.asks)
        known, recursion = bool(message.answers), message.recursion_desired
        marks = (self.qu, known, message.id != 0, recursion, message.edns)
        self.marks = marks if any(marks) else None
        named = {normal(ask.raw): ask.raw for ask in self.asks}
        self.named = tuple(named.items())
        self.names = tuple(named.values())
        types, instances, hostnames, reverse = set(), set(), set(), set()
        guesses = set()
        for ask in self.asks:
            name, kind = ask.name, ask.name.kind
            if kind == "meta":
                self.meta = True
            elif kind in ("type", "subtype"):
                # Whatever the record type, a question about a type browses; SOA and NS do not.
                if ask.qtype in (model.PTR, model.ANY) and name.type is not None:
                    types.add(name.type)
            elif kind == "instance":
                if name.type == DRILL_TYPE:
                    self.drill = (name.instance or "")[:_TOKEN]
                elif ask.qtype in _RESOLVING:
                    instances.add(name.key)
            elif kind == "host" or (kind == "other" and name.domain == "local"):
                if kind == "host":
                    hostnames.add(name.key)
                if ask.qtype in _ADDRESSING and not _RANDOM.match(name.key):
                    guesses.add(name.key)
            elif kind == "reverse":
                reverse.add(name.key)
        self.types = frozenset(types)
        self.distinct = frozenset((ask.name.key, ask.qtype) for ask in self.asks)
        self.any_types = frozenset(
            ask.name.type
            for ask in self.asks
            if ask.qtype == model.ANY
            and ask.name.kind in ("type", "subtype", "meta")
            and ask.name.type is not None
        )
        self.guesses = frozenset(guesses)
        self.keys = frozenset([ask.name.key for ask in self.asks])
        self.instances = frozenset(instances)
        self.hostnames = frozenset(hostnames)
        self.reverse_names = frozenset(reverse)
        for bit, trait in enumerate(TRAITS):
            self.traits |= bool(getattr(self, trait)) << bit
