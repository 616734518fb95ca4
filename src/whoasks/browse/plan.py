"""What to ask, when, and when it is enough. Pure: time is an argument, nothing is sent here.

The meta-query first; a question for each type the moment it is heard of; SRV, TXT and
addresses only for what the answers did not bring along; all of it asked a second time,
since a fifth of the packets may be lost, and again as long as that brings anything new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from whoasks.browse.common import COMMON_TYPES, SUBTYPES
from whoasks.browse.packets import Ask, KnownAnswer, build, is_truncated
from whoasks.browse.past import Past
from whoasks.core.inventory import Inventory
from whoasks.core.model import AAAA, PTR, SRV, TXT, A
from whoasks.core.names import META_QUERY, parse

SECOND_ROUND, LATEST_SECOND_ROUND = 1.125, 1.3
"""Seconds after the first. An owner may answer 120 ms late, and repeats nothing within a second
(RFC 6762 §6). It waits until all that the first asked may be asked again (§5.2), so that one
packet does for most, but not longer: what was first asked later is asked again by itself."""
MOST_ROUNDS = 4
MANY_KNOWN = 2_000
"""Known answers, some fifty packets of them, from which on a third round asks only for those
types again of which the second brought something new."""
GATHER = 0.015
"""Seconds in which questions gather into one packet."""
PATIENCE = 0.04
"""Seconds an instance may wait for the rest of it to come unasked, in the next packet."""
ANSWER_TIME, FAST_ANSWER_TIME = 0.3, 0.25
"""Seconds in which an answer comes, up to 120 ms of delay included (RFC 6762 §6)."""
SHORTEST_ANSWER_TIME, LONGEST_ANSWER_TIME = 0.18, 0.8
"""Seconds: what the first round, of which nothing is cut short, may teach of that."""
SPARE = 0.06
"""Seconds that an answer may come later than the slowest of the first round."""
NEWS_TIME = 0.15
"""Seconds after the last news: what comes in one piece may come in several packets."""
TRUNCATED_EXTRA = 0.5
"""Seconds more for an answer when our known answers filled several packets (RFC 6762 §7.2)."""
AT_ONCE = 100
"""Instances being resolved at the same time."""
RETRIES = (1.02, 2.05, 4.1)
"""Seconds from one attempt at an instance to the next: its questions may be put again then (§5.2).
The last is made only where packets are known to be lost."""
MOST_TRIES = 8
"""Attempts at one instance whatever happens: its owner may go on changing it for ever."""


class Asked(msgspec.Struct):
    """One PTR question and where it stands."""

    not_before: float
    round: int = 0
    """The last round it was put in; 0 for never."""
    known: int = 0
    """Answers known when it was put."""


class Attempt(msgspec.Struct):
    """One instance being resolved."""

    missing: tuple[str, ...]
    next_at: float
    tries: int = 0
    """With this much missing."""
    tries_ever: int = 0


class Plan:
    """One browse. Call ``due`` at every ``next_at``, and soon after anything is heard."""

    def __init__(
        self,
        inventory: Inventory,
        types: Sequence[str] = (),
        *,
        subtypes: bool = False,
        fast: bool = False,
    ) -> None:
        """``types``: full names to ask for, like ``_http._tcp.local.``; none for everything.

        ``fast``: everything is asked once, and nothing that goes unanswered again.
        """
        self._inventory = inventory
        self._everything = not types
        self._subtypes = subtypes
        self._least_rounds, self._most_rounds = (1, 1) if fast else (2, MOST_ROUNDS)
        self._retries = () if fast else RETRIES
        self._asked: dict[str, Asked] = {}
        self._known_types: set[str] = set()
        self._attempts: dict[str, Attempt] = {}
        self._past = Past()
        self._next_try = math.inf
        self._began = 0.0
        self._next_round = 0.0
        self._last_ask = self._slowest = 0.0
        self._wait_until = 0.0
        self.rounds = 0
        self.packets = 0
        self.found = 0
        """What was new in this round: instances and types."""
        self.last_news = 0.0
        self.answer_time = FAST_ANSWER_TIME if fast else ANSWER_TIME
        """Seconds in which answers come here, as far as known."""
        for name in types or (META_QUERY, *COMMON_TYPES):
            self._add(name, -math.inf)

    def news(self, now: float, found: int = 1) -> None:
        """Something was heard that was not known before: ``found`` new instances, or changes."""
        self.last_news = now
        self.found += found
        if self.rounds == 1:
            # An answer to a question before the last one took longer, and is not looked for.
            self._slowest = max(self._slowest, now - self._last_ask)

    def due(self, now: float) -> list[bytes]:
        """The packets to send at this moment, in order."""
        if now >= self._next_round and self._worth_a_round():
            self._open_round(now)
        self._learn_types(now)
        packets = build([*self._browsing(now, self._asked), *self._resolving(now)])
        if packets:
            self.packets += len(packets)
            self._last_ask = now
            slow = any(is_truncated(packet) for packet in packets)
            wait = self.answer_time + (TRUNCATED_EXTRA if slow else 0.0)
            self._wait_until = max(self._wait_until, now + wait)
        return packets

    def next_at(self, now: float) -> float:
        """When to call ``due`` and ``is_quiet`` again at the latest."""
        times = [a.not_before for a in self._asked.values() if a.round < self.rounds]
        times += [self._next_try, self._wait_until, self.last_news + NEWS_TIME]
        if self._worth_a_round():
            times.append(self._next_round)
        return min((t for t in times if t > now), default=now + GATHER)

    def is_quiet(self, now: float) -> bool:
        """Whether nothing more is to be asked, and nothing more is to be expected."""
        return (
            not self._worth_a_round()
            and now >= self._wait_until
            and now >= self.last_news + NEWS_TIME
            and self._next_try == math.inf
            and all(asked.round >= self.rounds for asked in self._asked.values())
        )

    # Rounds.

    def _worth_a_round(self) -> bool:
        """Two rounds always; another one whenever the last brought anything new."""
        if self.rounds < self._least_rounds:
            return True
        return self.rounds < self._most_rounds and self.found > 0

    def _open_round(self, now: float) -> None:
        self.rounds += 1
        self.found = 0
        if self.rounds == 1:
            self._began = self.last_news = now
        elif self.rounds == 2 and self._slowest:
            learnt = self._slowest + SPARE
            self.answer_time = min(max(learnt, SHORTEST_ANSWER_TIME), LONGEST_ANSWER_TIME)
        elif self.rounds > 2:
            self._leave_out()

    def _leave_out(self) -> None:
        """Where known answers are many: from a late round, what brought nothing in the last."""
        known = {name: self._count(name) for name in self._asked}
        if sum(known.values()) <= MANY_KNOWN:
            return
        for name, asked in self._asked.items():
            if asked.round and known[name] <= asked.known:
                asked.round = self.rounds

    # Browsing.

    def _add(self, name: str, not_before: float) -> None:
        self._asked.setdefault(name, Asked(not_before))
        kind = ".".join(name.split(".")[:2])
        if self._subtypes:
            for subtype in SUBTYPES.get(kind, ()):
                self._asked.setdefault(f"{subtype}._sub.{name}", Asked(not_before))

    def _learn_types(self, now: float) -> None:
        types = self._inventory.advertised_types()
        if not self._everything or len(types) == len(self._known_types):
            return
        for kind in types - self._known_types:
            self._known_types.add(kind)
            if f"{kind}.local." not in self._asked:
                self._add(f"{kind}.local.", now + GATHER)
                self.news(now)

    def _browsing(self, now: float, names: Iterable[str]) -> list[Ask]:
        """The PTR questions of this round that are due, and with them any never put before."""
        waiting = [(n, a) for n in names if (a := self._asked[n]).round < self.rounds]
        if not any(asked.not_before <= now for _, asked in waiting):
            return []
        asks: list[Ask] = []
        for name, asked in waiting:
            if asked.not_before <= now or asked.round == 0:
                known = self._inventory.known_answers(name)
                asks.append(Ask(name, PTR, tuple(KnownAnswer(n, int(ttl)) for n, ttl in known)))
                asked.round, asked.not_before = self.rounds, self._past.ask((name, PTR), now)
                asked.known = self._count(name)
        if asks:
            # In one go when all may be asked again; those of a round's first second wait for it.
            self._next_round = max(a.not_before for a in self._asked.values())
            if self.rounds == 1:
                earliest, latest = self._began + SECOND_ROUND, self._began + LATEST_SECOND_ROUND
                self._next_round = min(max(self._next_round, earliest), latest)
        return asks

    def _count(self, name: str) -> int:
        return sum(1 for _ in self._inventory.live(name, PTR))

    # Resolving.

    def _resolving(self, now: float) -> list[Ask]:
        asks: list[Ask] = []
        under_way = 0
        self._next_try = math.inf
        for name in self._inventory.unresolved_names():
            if not self._is_wanted(name):
                continue
            attempt = self._attempt(name, now)
            if self._is_spent(attempt):
                continue
            under_way += 1
            if under_way > AT_ONCE:
                break
            if attempt.next_at <= now:
                asks += self._questions(name, attempt, now)
                gap = RETRIES[min(attempt.tries, len(RETRIES) - 1)]
                attempt.tries += 1
                attempt.tries_ever += 1
                attempt.next_at = now + gap
                if self._is_spent(attempt):
                    continue
            self._next_try = min(self._next_try, attempt.next_at)
        return asks

    def _is_spent(self, attempt: Attempt) -> bool:
        """Whether it has had its chances: the last only where the second round brought anything,
        since packets are lost there (three attempts left 5 of 1,000 unresolved at 5 %)."""
        chances = 1 + len(self._retries)
        if self._retries and self.rounds <= 2:
            chances -= 1
        return attempt.tries >= chances or attempt.tries_ever >= MOST_TRIES

    def _is_wanted(self, name: str) -> bool:
        """Whether it is of a type that is browsed for."""
        kind = parse(name).type
        return self._everything or any(parse(asked).type == kind for asked in self._asked)

    def _attempt(self, name: str, now: float) -> Attempt:
        missing = self._inventory.missing(name)
        attempt = self._attempts.get(name)
        if attempt is None:
            attempt = self._attempts[name] = Attempt(missing, now + PATIENCE)
        elif attempt.missing != missing:  # a part has come: ask for the rest afresh
            attempt.missing, attempt.tries, attempt.next_at = missing, 0, now + GATHER
        return attempt

    def _questions(self, name: str, attempt: Attempt, now: float) -> Iterator[Ask]:
        """What is missing, but for what was asked just now for another instance's sake."""
        wanted: list[tuple[str, int]] = []
        full = self._inventory.full_name(name)
        if "SRV" in attempt.missing:
            wanted.append((full, SRV))
        if "TXT" in attempt.missing:
            wanted.append((full, TXT))
        hostname = self._inventory.hostname(name)
        if "address" in attempt.missing and hostname is not None:
            wanted += [(hostname, A), (hostname, AAAA)]
        for question in wanted:
            if self._past.may(question, now):
                self._past.ask(question, now)
                yield Ask(*question)
