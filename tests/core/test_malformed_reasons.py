"""What is kept of a payload that is no message: a reason, a detail, and the questions if any."""

from __future__ import annotations

import pytest
from tests.core.test_wire import A_NAME, PTR_IN, message, record

from whoasks.core.malformed import MalformedMessage, Reason
from whoasks.core.wire import decode

QUESTION = A_NAME + PTR_IN
TXT = record(A_NAME, 16, b"\x00")

# What stands behind one good question, and how it is bad.
BEHIND = {
    "counts lie": (message(1, 900, body=QUESTION), Reason.COUNTS_LIE),
    "cut record": (message(1, 1, body=QUESTION + TXT[:-1]), Reason.TRUNCATED),
    "pointer loop": (message(1, 1, body=QUESTION + b"\xc0\x19" + TXT), Reason.POINTER_LOOP),
    "pointer beyond": (message(1, 1, body=QUESTION + b"\xff\xff" + TXT), Reason.POINTER_BEYOND),
    "label type": (message(1, 1, body=QUESTION + b"\x41" + TXT * 2), Reason.BAD_LABEL),
    "name too long": (
        message(1, 1, body=QUESTION + (b"\x3f" + b"a" * 63) * 4 + TXT), Reason.NAME_TOO_LONG,
    ),
    "address of 3": (message(1, 1, body=QUESTION + record(A_NAME, 1, b"abc")), Reason.BAD_RECORD),
}  # fmt: skip


def caught(payload: bytes) -> MalformedMessage:
    with pytest.raises(MalformedMessage) as info:
        decode(payload)
    return info.value


@pytest.mark.parametrize(("payload", "reason"), BEHIND.values(), ids=BEHIND)
def test_the_question_in_front_is_kept(payload, reason):
    error = caught(payload)
    assert error.reason == reason
    assert error.partial is not None
    assert [question.name for question in error.partial.questions] == ["a.local."]
    assert error.partial.counts[0] == 1
    assert not error.partial.exact


@pytest.mark.parametrize(("payload", "reason"), BEHIND.values(), ids=BEHIND)
def test_of_a_response_nothing_is_kept(payload, reason):
    error = caught(payload[:2] + b"\x84\x00" + payload[4:])
    assert error.reason == reason
    assert error.partial is None


NO_QUESTION = {
    "no header": b"\x00" * 11,
    "too long": message(1, body=QUESTION + b"\x00" * 9000),
    "the second question is cut": message(2, body=QUESTION + QUESTION[:-1]),
    "no question announced": message(0, 1, body=record(A_NAME, 1, b"abc")),
    "questions lie too": message(65535, 900, body=QUESTION),
}


@pytest.mark.parametrize("payload", NO_QUESTION.values(), ids=NO_QUESTION)
def test_without_whole_questions_nothing_is_kept(payload):
    assert caught(payload).partial is None


def test_it_says_reason_and_detail():
    error = caught(b"\x00" * 11)
    assert str(error) == f"truncated: {error.detail}"
