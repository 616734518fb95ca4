"""Bursts as the listener hears them: new payloads are guessed at, repeats only counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from dnslib import EDNS0, PTR, RR, A, DNSHeader, DNSQuestion, DNSRecord
from tests.helpers.traffic import KNOWLEDGE, flow

from whoasks.core.bursts import OpenBurst
from whoasks.core.detect.shapes import Guess, Shapes
from whoasks.core.identity import HostState
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode

__all__ = ["KNOWLEDGE", "Burst", "say"]


def say(
    *asks: str | tuple[str, int],
    qu: bool = False,
    ident: int = 0,
    recursion: bool = False,
    authentic: bool = False,
    edns: bool = False,
    known: tuple[str, ...] = (),
    answer: tuple[str, int] | None = None,
    flush: bool = False,
) -> bytes:
    """A query, or an answer with one address; a name alone is asked for with PTR."""
    flags = 0x8400 if answer else 0x100 * recursion | 0x20 * authentic
    pairs = [(one, 12) if isinstance(one, str) else one for one in asks]
    qclass = 0x8001 if qu else 1
    made = DNSRecord(
        DNSHeader(id=ident, bitmap=flags), [DNSQuestion(name, kind, qclass) for name, kind in pairs]
    )
    for label in known:
        made.add_answer(RR(pairs[0][0], 12, 1, 4500, PTR(f"{label}.{pairs[0][0]}")))
    if answer is not None:
        made.add_answer(RR(answer[0], 1, 0x8001 if flush else 1, answer[1], A("10.0.0.66")))
    if edns:
        made.add_ar(EDNS0(udp_len=1440))
    return bytes(made.pack())


class Burst:
    """One open burst of one host."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.open = OpenBurst(HostState("it", flow(), "mac"), 0.0, 1)
        self.best: Guess | None = None
        self._heard: dict[bytes, Utterance] = {}

    def said(self, *packets: Any) -> Guess | None:
        """Say (seconds, payload[, flow]) one after another; the guess at the last of them."""
        guess = None
        for at, payload, *where in packets:
            by = where[0] if where else flow()
            said = self._heard.get(payload)
            if said is not None:
                self.open.count(said, by, at)
                guess = self.shapes.repeat(self.open, said, at)
            else:
                message = decode(payload)
                said = self._heard[payload] = Utterance(message, None, len(payload))
                self.open.count(said, by, at)
                guess = self.shapes.guess(
                    SimpleNamespace(at=at, flow=by, message=message, said=said, burst=self.open)
                )
            if guess is not None and (self.best is None or guess.confidence > self.best.confidence):
                self.best = guess
        return guess
