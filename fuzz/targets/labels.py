"""``core.names`` and ``core.wire`` together: what a name's labels are survives every way round."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from fuzz.measuring import cost
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from whoasks.core import names
from whoasks.core.malformed import MalformedMessage
from whoasks.core.wire import decode

_QUERY = struct.pack("!6H", 0, 0, 1, 0, 0, 0)
_MOST = 200
"""Octets of the labels given: a name has 255 with the lengths."""


def one(data: bytes) -> Costs:
    taken = cost(lambda: names.parse.__wrapped__(data.decode("utf-8", "surrogateescape")))
    _any_text(data.decode("utf-8", "surrogateescape"))
    _any_text(data.decode("latin-1"))
    _round_trip(data)
    return (taken,)


def _any_text(text: str) -> None:
    """Text that no decoder made: parts, kind and key are given, and stay what they are."""
    name = names.parse(text)
    assert names.parse(name.key).key == name.key
    for part in names.split(text):
        again = names.escape_label(names.unescape_label(part))
        assert names.unescape_label(again) == names.unescape_label(part)


def _round_trip(data: bytes) -> None:
    """Labels → text → labels, and over the wire."""
    labels = tuple(part[:63] for part in data[:_MOST].split(b"\n") if part)
    text = names.from_labels(labels)
    assert names.labels(text) == labels
    wire = b"".join(bytes((len(part),)) + part for part in labels) + b"\x00"
    try:
        message = decode(_QUERY + wire + struct.pack("!HH", 12, 1))
    except MalformedMessage:
        assert len(wire) > 255 or len(labels) > 127
        return
    assert names.labels(message.questions[0].name) == labels
    assert message.questions[0].name == text


def seeds() -> Iterator[bytes]:
    for payload in recordings.payloads():
        try:
            message = decode(payload)
        except MalformedMessage:
            continue
        for question in message.questions[:3]:
            yield b"\n".join(names.labels(question.name))
            yield question.name.encode("utf-8", "surrogatepass")


LABELS = Target(
    name="names",
    promise="labels are the same bytes after every round trip; any text is parsed",
    one=one,
    seeds=seeds,
    limit=0.005,
    words=(b"\\.", b"\\\\", b"\\195", b"\\999", b"_tcp", b"_udp", b"_sub", b"_services", b"\n",
           b"_dns-sd", b"local", b"in-addr", b"arpa", b".", b"\xc3\xa9", b"\xed\xa0\x80"),
    longest=2_000,
)  # fmt: skip
