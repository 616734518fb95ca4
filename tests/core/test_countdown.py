"""Known answers with other TTLs: never anything else than the decoder would have said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.traffic import announce, ask, probe

from whoasks.core.countdown import (
    HEAD,
    MAX_PLACES,
    counted_down,
    may_count_down,
    places_of,
    start_of,
)
from whoasks.core.malformed import MalformedMessage
from whoasks.core.wire import decode

QUESTIONS = ("_ipp._tcp.local", "_http._tcp.local", "_services._dns-sd._udp.local")


def query(ttls: list[int], questions: tuple[str, ...] = QUESTIONS, ident: int = 0) -> bytes:
    known = [(f"Printer {number}", ttl) for number, ttl in enumerate(ttls)]
    return ask(*questions, known=known, ident=ident)


TTLS = st.lists(st.integers(0, 0x7FFFFFFF), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(TTLS, TTLS, st.sampled_from(QUESTIONS))
def test_other_ttls_come_to_what_the_decoder_says(
    before: list[int], after: list[int], question: str
) -> None:
    one, other = query(before, (question,)), query(after, (question,))
    message = decode(one)
    got = counted_down(other, one, places_of(one, message), message)
    assert got == (decode(other) if len(before) == len(after) else None)


FIRST = query([4500, 120])


@pytest.mark.parametrize(
    "other",
    [
        query([4500]),
        query([4500, 120, 120]),
        query([4500, 120], ident=9),
        query([4500, 0x8000_0000]),
        query([4500, 120], QUESTIONS[:2]),
        FIRST.replace(b"Printer 1", b"Printer 2"),
        FIRST[:-1] + b"x",
        FIRST[:-1],
        FIRST + b"x",
    ],
    ids=[
        "fewer", "more", "another ID", "a TTL that is none", "fewer questions", "another instance",
        "its last byte", "cut off", "one byte more",
    ],
)  # fmt: skip
def test_whatever_else_differs_is_for_the_decoder(other: bytes) -> None:
    message = decode(FIRST)
    places = places_of(FIRST, message)
    assert len(places) == 2
    assert counted_down(other, FIRST, places, message) is None


@pytest.mark.parametrize(
    ("payload", "may"),
    [
        (FIRST, True),
        (ask(*QUESTIONS), False),
        (probe("x._ipp._tcp.local"), False),
        (announce("x", "_ipp._tcp"), False),
        (FIRST[:HEAD], False),
        (b"", False),
    ],
    ids=["known answers", "none", "a probe", "a response", "as short as its head", "nothing"],
)
def test_what_is_looked_at(payload: bytes, may: bool) -> None:
    assert may_count_down(payload) is may
    assert start_of(payload) == (payload[:HEAD], len(payload))


def test_very_many_are_not_compared() -> None:
    for count, places in ((MAX_PLACES, MAX_PLACES), (MAX_PLACES + 1, 0)):
        payload = query([9] * count)
        assert len(places_of(payload, decode(payload))) == places


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 3), st.integers(0, 3))
def test_bytes_that_are_anything_do_no_harm(rest: bytes, questions: int, answers: int) -> None:
    payload = bytes(5) + bytes((questions, 0, answers, 0, 0, 0, 0)) + rest
    try:
        message = decode(payload)
    except MalformedMessage:
        return
    places = places_of(payload, message)
    if places:
        assert counted_down(payload, payload, places, message) == message
