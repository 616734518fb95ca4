"""``core.wire.decode``: a message or MalformedMessage, whatever the bytes, in bounded time."""

from __future__ import annotations

from fuzz.measuring import cost, forget
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from whoasks.core import names
from whoasks.core.malformed import MalformedMessage
from whoasks.core.model import Message
from whoasks.core.wire import MAX_QUESTIONS, MAX_RECORDS, decode

WORDS = (
    b"\x09_services\x07_dns-sd\x04_udp\x05local\x00", b"\x05_http\x04_tcp\x05local\x00",
    b"\x04_sub", b"\x07in-addr\x04arpa\x00", b"\x03ip6\x04arpa\x00", b"\xc0\x0c", b"\xc0\xff",
    b"\x00\x0c\x00\x01", b"\x00\x0c\x80\x01", b"\x00\xff\x80\x01", b"\x00\x21\x80\x01",
    b"\x00\x10\x80\x01", b"\x00\x1c\x80\x01", b"\x00\x2f\x80\x01", b"\x00\x0d\x00\x01",
    b"\x00\x00\x29\x05\xa0\x00\x00\x00\x00\x00\x00", b"\x00\x00\x11\x94", b"\x3f", b"\xff\xff",
)  # fmt: skip


def one(data: bytes) -> Costs:
    forget()
    taken = cost(lambda: _decoded(data))
    message = _decoded(data)
    if message is not None:
        check(message)
    return (taken,)


def _decoded(data: bytes) -> Message | None:
    try:
        return decode(data)
    except MalformedMessage as error:
        assert error.detail
        return error.partial


def check(message: Message) -> None:
    """What holds for every message that is let through."""
    assert len(message.questions) <= MAX_QUESTIONS
    records = (*message.answers, *message.authorities, *message.additionals)
    assert len(message.answers) <= MAX_RECORDS
    assert len(records) <= 3 * MAX_RECORDS
    for name in {each.name for each in (*message.questions, *records)}:
        assert name.endswith("."), name
        parts = names.labels(name)
        assert all(len(part) <= 63 for part in parts) or not message.exact, name
        names.parse(name)


WIRE = Target(
    name="wire",
    promise="decode raises MalformedMessage and nothing else, within 5 ms",
    one=one,
    seeds=recordings.payloads,
    limit=0.005,
    words=WORDS,
)
