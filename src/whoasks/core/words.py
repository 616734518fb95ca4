"""Payloads to utterances: what a host has said before is not taken apart again. All bounded.

Between 46 and 99 % of real payloads repeat. Of the others, those of whoever keeps asking are
questions asked before with other known answers, or with the same ones whose TTLs have run down.
"""

from __future__ import annotations

from whoasks.core.countdown import counted_down, may_count_down, places_of, start_of
from whoasks.core.identity import OFTEN, HostState
from whoasks.core.malformed import MalformedMessage
from whoasks.core.model import Message
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode

MAX_ENTRIES = 4_096
"""Utterances in each of two generations: a segment of 200 hosts says about 2,000. A generation is
freed at once, in the middle of a packet: four times as many made that packet cost 14 ms."""
MAX_WORDINGS = 1_024
"""Payloads in each of two generations that are shared by all hosts."""
MAX_BYTES = 4 * 1024 * 1024
"""Payload bytes in each generation."""
MAX_FIRST = 512
"""First packets remembered in each of two generations, for copies over the other family."""
RESPONSE = 0x8000
"""The QR bit of the flags."""


class Words:
    """What was said of late, by whom."""

    def __init__(self) -> None:
        self.memo = Memo()
        self._first = Memo(MAX_FIRST)
        """Of hosts that spoke once: a flood of made-up ones has nothing else."""
        self._wording = Wording()

    def known(self, host: HostState, payload: bytes) -> Utterance | None:
        """What a host has said before."""
        said = self.memo.get(host, payload)
        if said is None and 1 < host.packets <= OFTEN:
            said = self._first.get(host, payload)
            if said is not None:
                self.memo.put(host, payload, said)
        return said

    def learn(self, host: HostState, payload: bytes) -> Utterance:
        """What a host says now, which ``known`` does not know."""
        said = (
            (self._counted_down(host, payload) if may_count_down(payload) else None)
            or self._wording.get(payload)
            or self._decoded(host, payload)
        )
        (self.memo if host.packets > 1 else self._first).put(host, payload, said)
        return said

    def _counted_down(self, host: HostState, payload: bytes) -> Utterance | None:
        """What the host said before, if only the TTLs of its known answers have changed."""
        key = start_of(payload)
        before = self.memo.get(host, key)
        if before is None or before.message is None:
            return None
        message = counted_down(payload, before.words, before.places, before.message)
        if message is None:
            return None
        said = before.renewed(message, len(payload))
        said.words, said.places = payload, before.places
        self.memo.put(host, key, said)
        return said

    def _decoded(self, host: HostState, payload: bytes) -> Utterance:
        """A payload taken apart."""
        size = len(payload)
        try:
            message = decode(payload)
        except MalformedMessage as error:
            said = Utterance(error.partial, (error.reason.value, error.detail), size)
        else:
            if message.answers and not message.flags & RESPONSE and host.packets > 1:
                return self._with_known_answers(host, payload, message)
            said = Utterance(message, None, size)
        self._wording.put(payload, said)
        return said

    def _with_known_answers(self, host: HostState, payload: bytes, message: Message) -> Utterance:
        """A query of which only the known answers may be new."""
        asked = (message.flags, message.id, message.edns, message.questions)
        before = self.memo.get(host, asked) if not message.counts[2] else None
        if before is not None:
            said = before.renewed(message, len(payload))
        else:
            said = Utterance(message, None, len(payload))
            self._wording.put(payload, said)
        if said.means.is_query:
            self.memo.put(host, asked, said)
            said.places = places_of(payload, message)
            if said.places:
                said.words = payload
                self.memo.put(host, start_of(payload), said)
        return said


class Wording:
    """Payloads taken apart, whoever said them: most hosts say the same few things."""

    def __init__(self) -> None:
        self._young: dict[bytes, Utterance] = {}
        self._old: dict[bytes, Utterance] = {}

    def get(self, payload: bytes) -> Utterance | None:
        """As somebody else said it, for a copy of one's own."""
        found = self._young.get(payload)
        if found is None:
            found = self._old.get(payload)
            if found is not None:
                self.put(payload, found)
        return found.again() if found is not None else None

    def put(self, payload: bytes, utterance: Utterance) -> None:
        """Remember; starts a new generation when this one is full."""
        if len(self._young) >= MAX_WORDINGS:
            self._old, self._young = self._young, {}
        self._young[payload] = utterance


class Memo:
    """Payloads by host, in two generations: what is used survives, what is not goes."""

    def __init__(self, entries: int = MAX_ENTRIES) -> None:
        self._entries = entries
        self._young: dict[tuple[object, object], Utterance] = {}
        self._old: dict[tuple[object, object], Utterance] = {}
        self._bytes = 0

    def get(self, host: object, payload: object) -> Utterance | None:
        """The utterance, if the host said this within the last two generations."""
        key = (host, payload)
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(host, payload, found)
        return found

    def put(self, host: object, payload: object, utterance: Utterance) -> None:
        """Remember, under the payload or what else tells it; starts a new generation when this
        one is full."""
        if len(self._young) >= self._entries or self._bytes + utterance.size > MAX_BYTES:
            self._old, self._young, self._bytes = self._young, {}, 0
        key = (host, payload)
        if key not in self._young:
            self._bytes += utterance.size
        self._young[key] = utterance

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
