"""The exact path where the hot one cannot be right, and what it may cost and keep."""

from __future__ import annotations

import random
import struct

import pytest
from tests.core.test_wire import (
    A_NAME,
    LIMIT,
    PTR_IN,
    SEEDS,
    chained,
    message,
    mutate,
    quickest,
    record,
    tiny_questions,
)
from tests.helpers.traffic import flow, pipeline

from whoasks.core.malformed import MalformedMessage, Reason
from whoasks.core.model import Datagram, Nsec
from whoasks.core.names import from_labels
from whoasks.core.wire import MAX_QUESTIONS, MAX_RECORDS, MAX_SIZE, decode
from whoasks.core.wire_exact import (
    BEYOND_BUDGET,
    ENTRY_BUDGET,
    LABEL_BUDGET,
    MAX_TYPES,
    decode_exact,
)

OPT = record(b"\x00", 41, b"", rclass=1440, ttl=0)


def wire_name(*parts: bytes) -> bytes:
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\x00"


def exactly(payload: bytes):
    return decode_exact(payload, MAX_QUESTIONS, MAX_RECORDS)


# A dot inside a label joins to the text of a name with one label more.
MERGED = {
    "a type in one label": (b"_http._tcp", b"local"),
    "an instance with its type": (b"a._http", b"_tcp", b"local"),
    "a host with its domain": (b"a.local",),
    "half a reverse name": (b"1.2", b"3", b"4", b"in-addr", b"arpa"),
    "dots alone": (b".", b"0", b"in-addr", b"arpa"),
    "subtype": (b"_x._sub", b"_http", b"_tcp", b"local"),
}


@pytest.mark.parametrize("parts", MERGED.values(), ids=MERGED)
@pytest.mark.parametrize("place", ["owner", "data", "a late question"])
def test_dots_in_labels_are_never_taken_for_boundaries(parts, place):
    name = wire_name(*parts)
    if place == "owner":
        got = decode(message(0, 1, body=record(name, 16, b"\x00"), flags=0x8400)).answers[0].name
    elif place == "data":
        got = decode(message(0, 1, body=record(A_NAME, 12, name), flags=0x8400)).answers[0].data
    else:
        before = A_NAME + PTR_IN + (b"\xc0\x0c" + PTR_IN) * 99
        got = decode(message(101, body=before + name + PTR_IN)).questions[-1].name
    assert got == from_labels(parts)


def test_two_opts_are_still_edns():
    got = decode(message(1, 0, 0, 2, A_NAME + PTR_IN + OPT * 2))
    assert got.edns
    assert got.additionals == ()
    assert got.counts == (1, 0, 0, 2)


def nsec(windows: int, tail: bytes = b"") -> bytes:
    bitmap = b"".join(bytes((number, 32)) + b"\xff" * 32 for number in range(windows))
    return b"\xc0\x0c" + bitmap + tail


@pytest.mark.parametrize("name", [A_NAME, wire_name(b"a.b")], ids=["hot", "exact"])
def test_nsec_of_one_block_is_read_and_of_more_is_kept_as_bytes(name):
    one = decode(message(0, 1, body=record(name, 47, nsec(1)), flags=0x8400)).answers[0]
    assert isinstance(one.data, Nsec)
    assert one.data.types == tuple(range(MAX_TYPES))
    for data in (nsec(2), nsec(250), nsec(1, b"\x01\x01\x40"), nsec(0, b"\x00\x01\x40" * 100)):
        got = decode(message(0, 1, body=record(name, 47, data), flags=0x8400)).answers[0]
        assert got.data == data


BITMAPS = {
    "length zero": b"\x00\x00",
    "length 33": b"\x00\x21" + b"\x40" * 33,
    "cut": b"\x00\x04\x40",
    "one byte left": b"\x00\x01\x40\x00",
}


@pytest.mark.parametrize("bitmap", BITMAPS.values(), ids=BITMAPS)
def test_an_odd_bitmap_is_kept(bitmap):
    data = b"\xc0\x0c" + bitmap
    got = exactly(message(0, 1, body=record(A_NAME, 47, data), flags=0x8400))
    assert got.answers[0].data == data


def test_budgets():
    assert exactly(tiny_questions(ENTRY_BUDGET)) is not BEYOND_BUDGET
    assert exactly(tiny_questions(ENTRY_BUDGET + 1)) is BEYOND_BUDGET
    # Labels: 100 a name, none shared, so that 15 names are just the budget.
    name = b"\x01a" * 100 + b"\x00"
    at_most = LABEL_BUDGET // 100
    assert exactly(message(at_most, body=(name + PTR_IN) * at_most)) is not BEYOND_BUDGET
    assert exactly(message(at_most + 1, body=(name + PTR_IN) * (at_most + 1))) is BEYOND_BUDGET


def pointer_ladder(records: int) -> bytes:
    """126 pointers, each to the one before, and records named by the last of them."""
    out = bytearray(message(0, records + 1, flags=0x8400))
    out += b"\x00" + struct.pack("!HHIH", 16, 1, 10, 1 + 2 * 126)
    at = len(out)
    out += b"\x00"
    for _ in range(126):
        here = len(out)
        out += struct.pack("!H", 0xC000 | at)
        at = here
    return bytes(out + record(struct.pack("!H", 0xC000 | at), 16, b"\x01.") * records)


def test_pointers_deeper_than_any_name_are_a_loop():
    """The last pointer stands first, so that no part of the ladder is known beforehand."""
    ladder = b"".join(struct.pack("!H", 0xC000 | 18 + 2 * step) for step in range(200))
    with pytest.raises(MalformedMessage) as caught:
        exactly(message(1, body=b"\xc0\x12" + PTR_IN + ladder[2:] + b"\x00\x00"))
    assert caught.value.reason == Reason.POINTER_LOOP


def many_instances() -> bytes:
    out = message(0, 490, flags=0x8400) + record(wire_name(b"_http", b"_tcp", b"local"), 12, b"\0")
    for number in range(489):
        label = b"\x03" + bytes((33 + number // 90, 33 + number % 90)) + b"."
        out += record(b"\xc0\x0c", 12, label + b"\xc0\x0c")
    return out


BOMBS = {
    "126 pointers deep, 400 records": pointer_ladder(400),
    "998 questions": tiny_questions(998),
    "NSEC of 250 blocks": message(0, 1, body=record(b"\x01.\x00", 47, nsec(250)), flags=0x8400),
    "35 NSEC of 7 blocks": message(
        0, 35, body=record(b"\x01.\x00", 47, nsec(7)) * 35, flags=0x8400
    ),
    "489 instances": many_instances(),
    "chains of 126": chained(440, 126),
    "9000 bytes of pointers": message(1000, body=b"\xc0\x0c" * 4494),
    "9000 bytes of labels": message(4, 400, body=b"\x01." * 4000 + b"\x00" * 988),
}


@pytest.mark.parametrize("payload", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_little(payload):
    def feed():
        pipeline().feed(Datagram(1.0, flow(), payload))

    assert len(payload) <= MAX_SIZE
    assert quickest(feed) < LIMIT + quickest(pipeline)


def test_20_000_mutated_payloads_through_one_pipeline():
    """Each is heard; one that seems slow is measured again, in a pipeline of its own.

    What a collection of Python's garbage costs is not the packet's: the edge sets that.
    """
    chance = random.Random(6762)
    ears = pipeline()
    hosts = [flow(number) for number in range(300)]
    slow = []
    for number in range(20_000):
        payload = mutate(SEEDS[number % len(SEEDS)], chance)
        datagram = Datagram(1.0 + number / 1000, chance.choice(hosts), payload)
        if quickest(lambda d=datagram: ears.feed(d), 1) > LIMIT:
            slow.append(payload)

    def again(payload: bytes) -> float:
        return quickest(lambda: pipeline().feed(Datagram(1.0, flow(), payload)))

    allowed = LIMIT + quickest(pipeline)
    assert [payload.hex() for payload in slow if again(payload) > allowed] == []
