"""What is remembered of what was said, and for how long."""

from typing import Any

import pytest
from tests.helpers.traffic import META, ask, flow, types

from whoasks.core import words
from whoasks.core.identity import OFTEN, HostState
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode
from whoasks.core.words import Memo, Words


def said(payload: bytes) -> Utterance:
    return Utterance(decode(payload), None, len(payload))


def speaker(number: int = 1, packets: int = 2) -> HostState:
    host = HostState(str(number), flow(number), "mac")
    host.packets = packets
    return host


def test_the_memo_is_per_host():
    memo = Memo()
    one, two = flow(1), flow(2)
    memo.put(one, b"x", said(ask(META)))
    assert memo.get(one, b"x") is not None
    assert memo.get(two, b"x") is None


def test_the_memo_has_two_generations():
    memo, host, one = Memo(3), flow(), said(ask(*types(2)))
    for number in range(30):
        memo.put(host, bytes((number,)), one)
        memo.get(host, b"\x00")
    assert len(memo) <= 6
    assert memo.get(host, b"\x00") is one  # what is used survives
    assert memo.get(host, b"\x05") is None


def test_the_memo_is_bounded_by_bytes(monkeypatch):
    monkeypatch.setattr(words, "MAX_BYTES", 100)
    memo, one = Memo(), said(ask(META))
    for number in range(50):
        memo.put(flow(), bytes((number,)) * 30, one)
    assert len(memo) <= 6


def test_the_same_again_does_not_fill_the_memo():
    memo, host, one = Memo(), flow(), said(ask(META))
    for _ in range(3):
        memo.put(host, b"x", one)
    assert memo._bytes == one.size


@pytest.mark.parametrize(
    ("packets", "remembered"), [(1, False), (2, True), (OFTEN, True), (OFTEN + 1, False)]
)
def test_a_first_packet_is_looked_for_while_a_host_is_young(packets: int, remembered: bool):
    heard, host, payload = Words(), speaker(packets=1), ask(META)
    first = heard.learn(host, payload)
    host.packets = packets
    assert (heard.known(host, payload) is first) is remembered
    assert (heard.memo.get(host, payload) is first) is remembered


def known(*ttls: int, question: str = "_ipp._tcp.local", **more: Any) -> bytes:
    answers = [(f"Printer {number}", ttl) for number, ttl in enumerate(ttls)]
    return ask(question, known=answers, **more)


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        (known(4500, 4500), known(4400, 4300), True),
        (known(4500, 4500), known(4500), True),
        (known(4500), known(4500, 4400), True),
        (known(4500), ask("_ipp._tcp.local"), False),
        (known(4500), known(4500, question="_ssh._tcp.local"), False),
        (known(4500), known(4500, ident=7), False),
    ],
    ids=[
        "the TTLs have run down", "an answer less", "an answer more", "none at all",
        "another question", "another ID",
    ],
)  # fmt: skip
def test_what_counts_as_the_same_question(before: bytes, after: bytes, heard: bool):
    remembered, host = Words(), speaker()
    remembered.learn(host, before).heard = True
    now = remembered.learn(host, after)
    assert now.heard is heard
    assert now.message == decode(after)


def test_another_host_that_says_the_same_has_not_been_heard():
    remembered = Words()
    remembered.learn(speaker(1), known(4500)).heard = True
    for payload in (known(4500), known(4400)):
        assert not remembered.learn(speaker(2), payload).heard
