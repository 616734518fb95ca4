"""Decoding: what a message holds, what is no message and why, and what it may cost."""

from __future__ import annotations

import gc
import os
import random
import struct
import time
from pathlib import Path

import pytest
from dnslib import EDNS0, PTR, RR, DNSHeader, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers.traffic import META, announce, ask, flow, pipeline, probe

from whoasks.core import instances, names, wire
from whoasks.core.malformed import MalformedMessage, Reason
from whoasks.core.model import Datagram, Message, Nsec, Srv
from whoasks.core.wire import MAX_QUESTIONS, MAX_RECORDS, MAX_SIZE, decode
from whoasks.core.wire_exact import BEYOND_BUDGET, decode_exact
from whoasks.sources.capture_file import CaptureFile

PTR_IN = struct.pack("!HH", 12, 1)
HEAD = struct.Struct("!6H")


def message(questions=0, answers=0, authorities=0, additionals=0, body=b"", flags=0, ident=0):
    return HEAD.pack(ident, flags, questions, answers, authorities, additionals) + body


def record(name: bytes, kind: int, data: bytes, rclass: int = 1, ttl: int = 120) -> bytes:
    return name + struct.pack("!HHIH", kind, rclass, ttl, len(data)) + data


A_NAME = b"\x01a\x05local\x00"


def test_questions_and_bits():
    got = decode(ask("_ssh._tcp.local", "A.local", qu=True, ident=7, recursion=True))
    assert [(q.name, q.qtype, q.qclass, q.unicast) for q in got.questions] == [
        ("_ssh._tcp.local.", 12, 1, True),
        ("A.local.", 12, 1, True),
    ]
    assert (got.id, got.recursion_desired, got.is_response, got.is_probe) == (7, True, False, False)
    assert got.exact


def test_an_announcement():
    got = decode(announce("Web", "_http._tcp"))
    assert got.is_response
    assert got.answers[0].data == "Web._http._tcp.local."
    srv, txt, address = got.additionals
    assert srv.data == Srv(0, 0, 80, "printer.local.")
    assert srv.cache_flush
    assert (txt.data, address.data) == (b"\x03a=1", "10.0.0.9")


def test_a_probe_is_told_by_its_authority():
    got = decode(probe("_ssh._tcp.local"))
    assert got.is_probe
    assert len(got.authorities) == 1
    assert got.known_answers == ()


def test_known_answers():
    query = DNSRecord(DNSHeader(id=0, bitmap=0x200), [DNSQuestion("_x._tcp.local", 12)])
    query.add_answer(RR("_x._tcp.local", 12, 1, 9, PTR("a._x._tcp.local")))
    got = decode(bytes(query.pack()))
    assert [r.data for r in got.known_answers] == ["a._x._tcp.local."]
    assert got.is_truncated


@pytest.mark.parametrize("last", [True, False])
def test_opt_wherever_it_stands(last):
    opt = b"\x00" + struct.pack("!HHIH", 41, 1440, 0, 0)
    other = record(A_NAME, 1, b"\x0a\x00\x00\x01")
    body = A_NAME + PTR_IN + (other + opt if last else opt + other)
    got = decode(message(1, 0, 0, 2, body))
    assert got.edns
    assert [r.data for r in got.additionals] == ["10.0.0.1"]
    assert not decode(ask("a.local")).edns
    plain = DNSRecord(DNSHeader(id=0, bitmap=0), [DNSQuestion("a.local", 1)])
    plain.add_ar(EDNS0(udp_len=1440))
    assert decode(bytes(plain.pack())).edns


LABELS = {
    "a dot": (b"Dr. No", "Dr\\. No"),
    "a backslash": (b"a\\b", "a\\\\b"),
    "not UTF-8": (b"a\xffb", "a\\255b"),
    "ESC": (b"\x1b[2J", "\x1b[2J"),
    "newline": (b"a\nb", "a\nb"),
    "UTF-8": ("Büro".encode(), "Büro"),
    "63 bytes": (b"x" * 63, "x" * 63),
    "a type as one label": (b"_http._tcp", "_http\\._tcp"),
}


@pytest.mark.parametrize(("label", "text"), LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("response", [False, True])
def test_labels_are_lossless(label, text, response):
    name = bytes((len(label),)) + label + b"\x05_http\x04_tcp\x05local\x00"
    if response:
        got = decode(message(0, 1, body=record(name, 16, b"\x00"), flags=0x8400))
        assert got.answers[0].name == f"{text}._http._tcp.local."
    else:
        got = decode(message(1, body=name + PTR_IN))
        assert got.questions[0].name == f"{text}._http._tcp.local."


def test_unknown_types_keep_their_bytes():
    got = decode(message(0, 1, body=record(A_NAME, 65, b"\x01\x02"), flags=0x8400))
    assert got.answers[0].data == b"\x01\x02"


def test_nsec_and_a_bitmap_that_is_none():
    good = decode(
        message(0, 1, body=record(A_NAME, 47, b"\xc0\x0c\x00\x04\x40\0\0\x08"), flags=0x8400)
    )
    assert good.answers[0].data == Nsec("a.local.", (1, 28))
    odd = decode(message(0, 1, body=record(A_NAME, 47, b"\xc0\x0c\x00\x40\x40"), flags=0x8400))
    assert odd.answers[0].data == b"\xc0\x0c\x00\x40\x40"


LONG = b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\x3f" + b"a" * 63 + b"\x00"
BAD = {
    "nothing": (b"", Reason.TRUNCATED),
    "11 bytes": (b"\0" * 11, Reason.TRUNCATED),
    "too long": (b"\0" * (MAX_SIZE + 1), Reason.TOO_LONG),
    "more questions than bytes": (message(65535, body=A_NAME + PTR_IN), Reason.COUNTS_LIE),
    "more records than bytes": (message(1, 9, body=A_NAME + PTR_IN), Reason.COUNTS_LIE),
    "pointer to itself": (message(1, body=b"\xc0\x0c" + PTR_IN), Reason.POINTER_LOOP),
    "two pointers": (message(1, body=b"\xc0\x0e\xc0\x0c" + PTR_IN), Reason.POINTER_LOOP),
    "label and pointer": (message(1, body=b"\x01a\xc0\x0c" + PTR_IN), Reason.POINTER_LOOP),
    "pointer past the end": (message(1, body=b"\xff\xff" + PTR_IN), Reason.POINTER_BEYOND),
    "label type 01": (message(1, body=b"\x41" + b"a" * 70 + PTR_IN), Reason.BAD_LABEL),
    "over 255 bytes": (message(1, body=LONG + PTR_IN), Reason.NAME_TOO_LONG),
    "name runs out": (message(1, body=b"\x3fabcdefgh"), Reason.TRUNCATED),
    "address of 3 bytes": (
        message(0, 1, body=record(A_NAME, 1, b"abc"), flags=0x8400), Reason.BAD_RECORD,
    ),
    "SRV of 3 bytes": (
        message(0, 1, body=record(A_NAME, 33, b"abc"), flags=0x8400), Reason.BAD_RECORD,
    ),
    "PTR shorter than its data": (
        message(0, 1, body=record(A_NAME, 12, b"\x00abc"), flags=0x8400), Reason.BAD_RECORD,
    ),
    "data past the end": (
        message(0, 1, body=record(A_NAME, 16, b"abc")[:-2], flags=0x8400), Reason.TRUNCATED,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "reason"), BAD.values(), ids=BAD)
def test_malformed(payload, reason):
    with pytest.raises(MalformedMessage) as caught:
        decode(payload)
    assert caught.value.reason == reason
    assert caught.value.detail


@pytest.mark.parametrize("behind", [b"\xff" * 30, record(A_NAME, 1, b"abc"), b""])
def test_garbage_behind_a_question_does_not_hide_it(behind):
    payload = bytearray(ask(META))
    payload[7] = 1  # one answer is announced
    with pytest.raises(MalformedMessage) as caught:
        decode(bytes(payload) + behind)
    assert [q.name for q in caught.value.partial.questions] == [META + "."]


def tiny_questions(count: int) -> bytes:
    body = A_NAME + PTR_IN
    for number in range(count - 1):
        body += b"\x02" + bytes((33 + number // 90, 33 + number % 90)) + b"\xc0\x0c" + PTR_IN
    return message(count, body=body)


def pointed_names(count: int) -> bytes:
    name = b"".join(b"\x3e" + b"a" * 62 for _ in range(3)) + b"\x3c" + b"b" * 60 + b"\x00"
    one = record(b"\xc0\x0c", 12, b"\xc0\x0c")
    return message(0, count, body=record(name, 12, b"\xc0\x0c") + one * (count - 1), flags=0x8400)


def chained(count: int, length: int) -> bytes:
    """Each name one label and a pointer to the one before, with dots, for the exact path."""
    out = bytearray(message(0, count, flags=0x8400))
    before = None
    for number in range(count):
        here = len(out)
        out += b"\x01." + (struct.pack("!H", 0xC000 | before) if before else b"\x00")
        before = None if number % length == length - 1 else here
        out += struct.pack("!HHIH", 16, 1, 10, 1) + b"\x00"
    return bytes(out)


def bytes_and_dots(count: int, fill: bytes, response: bool = False) -> bytes:
    """Names of the longest labels, each byte of which has to be escaped; found by fuzzing."""
    name = b"".join(b"\x3e" + fill * 62 for _ in range(3)) + b"\x00"
    body = record(name, 16, b"\x00") if response else name + PTR_IN
    for number in range(count - 1):
        place = bytes((33 + number // 90, 33 + number % 90))
        pointed = b"\x02" + place + b"\xc0\x0c"
        data = b"\x02" + place[::-1] + b"\xc0\x0c"
        body += record(pointed, 12, data) if response else pointed + PTR_IN
    if response:
        return message(0, count, body=body, flags=0x8400)
    return message(count, body=body)


def overlapping(count: int) -> bytes:
    """Pointers into labels, so that labels lie over each other, and record counts that lie, so
    that the questions alone are looked for. Found by fuzzing."""
    body = b"".join(b"\x02%02d\xc0\x0e" % number + PTR_IN for number in range(count, 0, -1))
    return message(12, 1, 564, 12_480, body)


BOMBS = {
    "600 names of 250 bytes": pointed_names(600),
    "990 tiny questions": tiny_questions(990),
    "400 tiny questions": tiny_questions(400),
    "chains of 100": chained(440, 100),
    "chains of 120": chained(500, 120),
    "chains of 14": chained(440, 14),
    "440 questions of no text": bytes_and_dots(440, b"\xff"),
    "440 questions of dots": bytes_and_dots(440, b"."),
    "440 records of no text": bytes_and_dots(440, b"\xff", response=True),
    "440 records of dots": bytes_and_dots(440, b".", response=True),
    "40 labels over labels": overlapping(40),
    "90 labels over labels": overlapping(90),
}
LIMIT = 0.005
"""Seconds that no packet may cost."""


def quickest(work, times: int = 9) -> float:
    """The least CPU seconds of several measurements: a busy machine only ever adds. Without
    garbage collections, which walk all that the other tests have left; ``read`` and ``watch``
    take what they load out of them (``cli/memory.py``)."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(times):
            start = time.thread_time()
            work()
            best = min(best, time.thread_time() - start)
    finally:
        gc.enable()
    return best


def forget() -> None:
    """Empty the core's memos of names."""
    for memo in (names.parse, wire.address_text, instances.key_of, instances.shown_label):
        memo.cache_clear()


@pytest.mark.parametrize("payload", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_little_through_the_whole_pipeline(payload):
    """With nothing remembered: a hostile sender writes each packet anew."""

    def feed():
        forget()
        pipeline().feed(Datagram(1.0, flow(), payload))

    def nothing():
        forget()
        pipeline()

    assert quickest(feed) < LIMIT + quickest(nothing)


def test_caps():
    many = decode(tiny_questions(990))
    assert len(many.questions) == MAX_QUESTIONS
    assert many.counts[0] == 990
    assert len(decode(pointed_names(600)).answers) == MAX_RECORDS
    assert decode_exact(tiny_questions(900), 256, 400) is BEYOND_BUDGET


def decoded(payload: bytes) -> Message | Reason:
    try:
        return decode(payload)
    except MalformedMessage as error:
        return error.reason


@given(st.binary(max_size=300))
def test_any_bytes(payload):
    decoded(payload)


@given(st.binary(max_size=100), st.integers(0, 3), st.integers(0, 3))
def test_any_body(body, questions, answers):
    decoded(message(questions, answers, body=body))


SEEDS = [
    ask(META), ask("_ssh._tcp.local", "a.local", "b.c.local", qu=True), probe("x.local"),
    announce("Web. Site", "_http._tcp"), announce("Büro", "_ipp._tcp"), pointed_names(5),
    chained(20, 5), tiny_questions(40),
]  # fmt: skip


def mutate(payload: bytes, chance: random.Random) -> bytes:
    out = bytearray(payload)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out))
        kind = chance.randrange(5)
        if kind == 0:
            out[at] = chance.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            out[at : at + 2] = struct.pack("!H", 0xC000 | chance.randrange(len(out) + 4))
        elif kind == 3 and len(out) > 13:
            del out[chance.randrange(12, len(out)) :]
        else:
            out[at:at] = out[at : at + chance.randrange(1, 20)]
    return bytes(out)


def test_200_000_mutated_payloads():
    chance = random.Random(5353)
    slow = []
    for number in range(200_000):
        payload = mutate(SEEDS[number % len(SEEDS)], chance)
        start = time.perf_counter()
        decoded(payload)
        if time.perf_counter() - start > LIMIT:
            slow.append(payload)
    # A process that was put aside is not a costly packet: measure those again.
    assert [p.hex() for p in slow if quickest(lambda p=p: decoded(p)) > LIMIT] == []


def captures() -> list[Path]:
    shared = os.environ.get("WHOASKS_CAPTURES")
    own = Path(__file__).parents[2] / "fixtures"
    folders = [own, *([Path(shared) / "lab", Path(shared) / "real"] if shared else [])]
    return [path for folder in folders for path in sorted(folder.glob("*.pcap"))]


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_both_paths_read_the_same(path):
    payloads = {d.payload for batch in CaptureFile(path).read() for d in batch}
    for payload in payloads:
        hot = decoded(payload)
        if isinstance(hot, Reason):
            continue
        try:
            exact = decode_exact(payload, MAX_QUESTIONS, MAX_RECORDS)
        except MalformedMessage as error:
            pytest.fail(f"{error} for {payload.hex()}")
        if exact is not BEYOND_BUDGET:
            assert hot == exact


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_dnslib_reads_the_same_names(path):
    for payload in {d.payload for batch in CaptureFile(path).read() for d in batch}:
        got = decoded(payload)
        try:
            oracle = DNSRecord.parse(payload)
        except Exception:  # noqa: BLE001, S112 - the oracle may give up in its own ways
            continue
        if isinstance(got, Reason):
            continue
        assert len(got.questions) == len(oracle.questions)
        assert [q.qtype for q in got.questions] == [q.qtype for q in oracle.questions]
        assert len(got.answers) == len(oracle.rr)
        assert [r.rtype for r in got.answers] == [r.rtype for r in oracle.rr]
        assert len(got.authorities) == len(oracle.auth)
