"""What a payload asks, by the bytes alone: worked out once, shared by all hosts that say it.

Rules read it, windows count it. Nothing in here depends on when it was said, or by whom.
"""

from __future__ import annotations

import re
from typing import Any

from whoasks.core import model
from whoasks.core.drill import DRILL_TYPE
from whoasks.core.model import Message, Question
from whoasks.core.names import normal, parse

TRAITS = ("meta", "types", "instances", "reverse_names", "any_types", "guesses")
"""What a rule may care about of a query, by the name of the attribute."""
COUNTED = ("types", "instances", "reverse_names", "any_types", "distinct", "guesses")
"""What windows count of it, by the name of the attribute."""
_RESOLVING = (model.SRV, model.TXT, model.ANY)
_ADDRESSING = (model.A, model.AAAA, model.ANY)
_RANDOM = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.")
"""Browsers hide a host's address behind such names (WebRTC, draft-ietf-mmusic-mdns-ice)."""
_TOKEN = 16


class Ask:
    """One question with its name taken apart."""

    __slots__ = ("name", "qtype", "raw", "unicast")

    def __init__(self, question: Question) -> None:
        self.name = parse(question.name)
        self.raw = question.name
        self.qtype = question.qtype
        self.unicast = question.unicast


class Meaning:
    """What a message asks for, or claims; of one that does neither, that."""

    __slots__ = (
        "any_types", "asks", "counted", "distinct", "drill", "guesses", "hostnames", "instances",
        "is_probe", "is_query", "is_response", "keys", "marks", "meta", "named", "names", "qu",
        "reverse_names", "traits", "types",
    )  # fmt: skip

    def __init__(self, message: Message | None) -> None:
        self.is_response = message is not None and message.is_response
        self.is_probe = message is not None and message.is_probe
        # Probes claim names, they do not ask (RFC 6762 §8.1).
        self.is_query = (
            message is not None
            and not self.is_response
            and not self.is_probe
            and bool(message.questions)
        )
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
        self.counted: tuple[tuple[str, frozenset[Any]], ...] = ()
        """Of what windows count (``COUNTED``), kind and names where there are any."""
        self.traits = 0
        """Which kinds of names are asked for, as bits (``TRAITS``)."""
        self.drill: str | None = None
        """The token of a drill that announces itself."""
        if self.is_query and message is not None:
            self._take(message)
        elif self.is_probe and message is not None:
            self._claim(message)

    def _claim(self, message: Message) -> None:
        """The names that a probe claims."""
        self.keys = frozenset([normal(question.name) for question in message.questions])

    def _take(self, message: Message) -> None:  # noqa: C901 - one line for each kind of name
        self.asks = tuple([Ask(question) for question in message.questions])
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
        named_kinds = [(kind, getattr(self, kind)) for kind in COUNTED]
        self.counted = tuple([each for each in named_kinds if each[1]])
        for bit, trait in enumerate(TRAITS):
            self.traits |= bool(getattr(self, trait)) << bit
