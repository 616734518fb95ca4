"""One name, address or instance: what to ask for it, when, and when it is answered.

Pure: time is an argument, nothing is sent here. It asks as ``Plan`` does, and ends as soon as
there is an answer and others have had a moment to say something else.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from whoasks import text
from whoasks.browse.answers import Answers
from whoasks.browse.packets import Ask, build
from whoasks.browse.past import Past, Question
from whoasks.core.instances import DEVICE_INFO, one_label
from whoasks.core.model import AAAA, PTR, SRV, TXT, A
from whoasks.core.names import labels, parse

MOST_TRIES = 3
"""At 0, 1 and 3 seconds."""
ANSWER_TIME = 0.5
"""Seconds that the last question is waited for."""
OTHERS_TIME = 0.15
"""Seconds after an answer in which another host may give another one (RFC 6762 §6)."""

Kind = Literal["host", "address", "instance"]
_LONE_BACKSLASH = re.compile(r"\\(?!\d{3}|[.\\])")


class Target(msgspec.Struct, frozen=True):
    """One thing to be looked up."""

    given: str
    """As somebody wrote it."""
    kind: Kind
    name: str
    """What to ask for, presentation form."""


def target_of(given: str) -> Target:
    """What ``nas``, ``nas.local``, ``10.0.0.9``, ``fe80::9%eth0`` or ``Web._http._tcp`` means.

    Names may be written as tables show them, with their escapes. Raises ``ValueError`` with a
    sentence that says what would be right.
    """
    plain = given.strip()
    if address := _address(plain):
        return Target(given, "address", address.reverse_pointer + ".")
    name = _LONE_BACKSLASH.sub(r"\\\\", text.unescape(plain))
    name = name if name.endswith(".") and not name.endswith("\\.") else name + "."
    parsed = parse(name)
    if parsed.type is not None and parsed.domain == "":
        name += "local."
        parsed = parse(name)
    kind: Kind = "host"
    if parsed.kind == "instance" and parsed.domain == "local":
        kind, name = "instance", one_label(name, parsed)
    elif parsed.kind in ("type", "subtype", "meta"):
        raise ValueError(f"{given!r} is a type of services. List them with 'whoasks list'.")
    elif parsed.kind == "reverse":
        kind = "address"
    elif parsed.domain not in ("", "local"):
        raise ValueError(
            f"{given!r} does not end in .local: it is a name for DNS, not for mDNS. "
            "Write a host as nas or nas.local, a service as 'Name._http._tcp'."
        )
    elif not name.lower().endswith(".local."):
        name += "local."
    parts = labels(name)
    if not all(0 < len(part) < 64 for part in parts) or sum(map(len, parts)) + len(parts) > 254:
        raise ValueError(f"{given!r} is no name: a part of it is empty or over 63 bytes long.")
    return Target(given, kind, name)


def _address(given: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return None


class Lookup:
    """Some targets at once. Call ``due`` at every ``next_at``, and whenever something is heard."""

    def __init__(self, targets: Sequence[Target], answers: Answers) -> None:
        self._targets = targets
        self._answers = answers
        self._past = Past()
        self._tries: dict[Question, int] = {}
        self._next: dict[Question, float] = {}
        self._answered: dict[str, float] = {}
        """When each target's answer was found to be there."""
        self.rounds = 0
        self.packets = 0
        self.found = 0
        self.first_asked = 0.0
        """When the first question was put."""
        self.last_news = 0.0
        self.answer_time = ANSWER_TIME
        for target in targets:
            answers.want(target.name)

    def news(self, now: float, found: int = 1) -> None:
        """Nothing: it looks at the answers itself."""

    def due(self, now: float) -> list[bytes]:
        """The packets to send at this moment, in order."""
        if not self._tries:
            self.first_asked = now
        asks: dict[Question, None] = {}
        for target in self._targets:
            missing = self._missing(target)
            if not missing:
                self._answered.setdefault(target.given, now)
            asks.update(dict.fromkeys(q for q in missing if self._may(q, now)))
        for question in asks:
            self._tries[question] = self._tries.get(question, 0) + 1
            self._next[question] = self._past.ask(question, now)
        self.rounds = max(self._tries.values(), default=0)
        self.last_news = max(self._answered.values(), default=self.first_asked)
        packets = build([Ask(*question) for question in asks])
        self.packets += len(packets)
        return packets

    def next_at(self, now: float) -> float:
        """When to call ``due`` and ``is_quiet`` again at the latest."""
        times = [moment for target in self._targets for moment in self._moments(target)]
        return min((moment for moment in times if moment > now), default=now + OTHERS_TIME)

    def is_quiet(self, now: float) -> bool:
        """Whether everything is answered, or will not be."""
        return all(max(self._moments(target), default=now) <= now for target in self._targets)

    def _may(self, question: Question, now: float) -> bool:
        return self._tries.get(question, 0) < MOST_TRIES and self._past.may(question, now)

    def _moments(self, target: Target) -> list[float]:
        """The next thing to do for a target; the last of them is its end."""
        answered = self._answered.get(target.given)
        if answered is not None:
            return [answered + OTHERS_TIME]
        moments: list[float] = []
        for question in self._missing(target):
            tries, again = self._tries.get(question, 0), self._next.get(question, math.inf)
            if tries < MOST_TRIES:
                moments.append(again)
            else:
                moments.append(self._past.last(question) + ANSWER_TIME)
        return moments

    def _missing(self, target: Target) -> list[Question]:
        """The questions that would be worth putting, as things stand."""
        has, name = self._answers.has, target.name
        if target.kind == "address":
            return [] if has(name, PTR) else [(name, PTR)]
        if target.kind == "host":
            return [] if self._has_address(name) else [(name, A), (name, AAAA)]
        missing = [] if has(name, TXT) else [(name, TXT)]
        if has(name, SRV):
            for host in self._answers.hosts_of(name):
                missing += [] if self._has_address(host) else [(host, A), (host, AAAA)]
        elif parse(name).type != DEVICE_INFO and not self._answers.lacks(name, SRV):
            missing.insert(0, (name, SRV))
        return missing

    def _has_address(self, host: str) -> bool:
        """Whether an address is known, or that there is none (RFC 6762 §6.1)."""
        answers = self._answers
        return (
            answers.has(host, A)
            or answers.has(host, AAAA)
            or (answers.lacks(host, A) and answers.lacks(host, AAAA))
        )
