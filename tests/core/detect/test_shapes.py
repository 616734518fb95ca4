"""How a guess comes about: fields, evidence, doubt, families, and what it costs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.helpers.shapes import KNOWLEDGE, Burst, say
from tests.helpers.traffic import META, flow, flow6, types

from whoasks.core.detect.shape_burst import MAX_BEATS, MAX_GAPS, WEIGHTS, Intervals, kept_gaps
from whoasks.core.detect.shape_query import MAX_TRAITS, QueryTable
from whoasks.core.detect.shapes import LEAST, Guess, Shapes
from whoasks.core.knowledge import AnswerShape, ToolShape
from whoasks.core.packet import is_group
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode

SSH = "_ssh._tcp.local"
UUID = "0f3a1c52-7b1e-4c0e-9d55-2b1f0a6c7d8e.local"
LEGACY = flow(source_port=40000, ttl=1)
CLIENT = flow()


def fits(stated, by=CLIENT, payload=None, after_meta=False):
    table = QueryTable((ToolShape(name="it", source="test", **stated),))
    message = decode(payload or say(SSH))
    said = Utterance(message, None, 40)
    return bool(table.fitting(by, message, said, after_meta or said.means.meta))


# What a shape states, the query it fits, one that it does not fit.
QUERY = {
    "port mdns": ({"port": "mdns"}, (CLIENT,), (LEGACY,)),
    "port ephemeral": ({"port": "ephemeral"}, (LEGACY,), (CLIENT,)),
    "a privileged port is not ephemeral": (
        {"port": "ephemeral"},
        (LEGACY,),
        (flow(source_port=53),),
    ),
    "port number": ({"port": "40000"}, (LEGACY,), (flow(source_port=40001),)),
    "id zero": ({"id": "zero"}, (), (CLIENT, say(SSH, ident=1))),
    "id nonzero": ({"id": "nonzero"}, (CLIENT, say(SSH, ident=9)), ()),
    "id number": ({"id": "1"}, (CLIENT, say(SSH, ident=1)), (CLIENT, say(SSH, ident=2))),
    "recursion": ({"recursion": True}, (CLIENT, say(SSH, recursion=True)), ()),
    "AD": ({"authentic": True}, (CLIENT, say(SSH, authentic=True)), ()),
    "ttl": ({"ttl": (1,)}, (LEGACY,), (CLIENT,)),
    "ttl unknown fits": ({"ttl": (1,)}, (flow(ttl=None),), (CLIENT,)),
    "OPT": ({"edns": True}, (CLIENT, say(SSH, edns=True)), ()),
    "all QU": ({"unicast_bit": True}, (CLIENT, say(SSH, qu=True)), ()),
    "no QU": ({"unicast_bit": False}, (), (CLIENT, say(SSH, qu=True))),
    "unicast": ({"unicast_destination": True}, (flow(destination="10.0.0.9"),), (flow6(),)),
    "another group": (
        {"unicast_destination": False},
        (flow(destination="239.1.2.3"),),
        (flow(destination="fe80::1"),),
    ),
    "meta": ({"meta_query": True}, (CLIENT, say(META)), ()),
    "after meta": ({"after_meta": True}, (CLIENT, None, True), ()),
    "known answers": ({"known_answers": True}, (CLIENT, say(SSH, known=("a",))), ()),
    "questions": ({"questions": (2, 3)}, (CLIENT, say(SSH, META)), ()),
    "kinds": ({"kinds": ("type", "meta")}, (CLIENT, say(SSH, META)), (CLIENT, say(SSH, "a.local"))),
    "qtypes": (
        {"qtypes": (12, 16)},
        (CLIENT, say((SSH, 12), (SSH, 16))),
        (CLIENT, say((SSH, 255))),
    ),
    "a rare record type": ({"qtypes": (64,)}, (CLIENT, say((SSH, 64))), ()),
    "order": (
        {"order": (16, 33)},
        (CLIENT, say(SSH, ("a." + SSH, 16), ("a." + SSH, 33))),
        (CLIENT, say(("a." + SSH, 33), ("a." + SSH, 16))),
    ),
    "holds": (
        {"holds": frozenset({"_ssh._tcp", "_smb._tcp"}), "holds_at_least": 2},
        (CLIENT, say(SSH, "_smb._tcp.local", "_ipp._tcp.local")),
        (),
    ),
    "only": ({"only": frozenset({"_ssh._tcp"})}, (), (CLIENT, say(SSH, "_smb._tcp.local"))),
    "only, and no type at all": ({"only": frozenset({"_ssh._tcp"})}, (), (CLIENT, say("a.local"))),
    "name ends": ({"name_ends": ".local.local."}, (CLIENT, say(SSH + ".local")), ()),
    "name is": ({"name_is": ("_ssh._tcp.local.",)}, (), (CLIENT, say(META))),
    "uuid": ({"name_is_uuid": True}, (CLIENT, say((UUID, 1))), (CLIENT, say(("kitchen.local", 1)))),
}


@pytest.mark.parametrize(("stated", "yes", "no"), QUERY.values(), ids=QUERY)
def test_what_is_stated_of_a_query_must_hold(stated, yes, no):
    assert fits(stated, *yes)
    assert not fits(stated, *no)


BASE = {"name": "it", "source": "test", "confidence": 0.5}
T = [f"{name}." for name in types(4)]
# Evidence, a burst that shows it, its weight, the words.
EVIDENCE = {
    "one gap": (
        {"gaps": (1, 3)},
        [(0, say(SSH)), (1.02, say(SSH))],
        "one gap",
        "repeats after 1 s",
    ),
    "two gaps": (
        {"gaps": (1, 3)},
        [(0, say(SSH)), (1, say(SSH)), (4.1, say(SSH))],
        "two gaps",
        "repeats after 1 and 3 s",
    ),
    "three gaps": (
        {"gaps": (1, 2, 4)},
        [(0, say(SSH)), (1, say(SSH)), (3, say(SSH)), (7, say(SSH))],
        "three gaps",
        "repeats after 1, 2 and 4 s",
    ),
    "gaps from the middle of the series": (
        {"gaps": (1, 4, 9)},
        [(0, say(SSH)), (4, say(SSH)), (13, say(SSH))],
        "two gaps",
        "repeats after 4 and 9 s",
    ),
    "known answers change the packet, not the questions": (
        {"gaps": (1, 3)},
        [(0, say(SSH)), (1, say(SSH, known=("a",)))],
        "one gap",
        "repeats after 1 s",
    ),
    "QU the first time only": (
        {"qu_first": True},
        [(0, say(SSH, qu=True)), (1, say(SSH))],
        "qu first",
        "QU the first time only",
    ),
    "QU first, then other questions": (
        {"qu_first": True},
        [(0, say(SSH, qu=True)), (1, say(T[0]))],
        "qu first",
        "QU the first time only",
    ),
    "ID counts": (
        {"counting_ids": True},
        [(0, say(SSH, ident=4)), (1, say(SSH, ident=5))],
        "id counts",
        "ID counts up",
    ),
    "ID counts on": (
        {"counting_ids": True},
        [(n, say(SSH, ident=4 + n)) for n in range(3)],
        "id counts on",
        "ID counts up",
    ),
    "new ports": (
        {"new_ports": True},
        [(n / 9, say(T[n], ident=1), flow(source_port=40000 + 7 * n)) for n in range(3)],
        "new ports",
        "a new port for each query",
    ),
    "then packed": (
        {"then": "packed"},
        [(0, say(META)), (0.2, say(*T))],
        "then",
        "then several types a packet",
    ),
    "then packed, in the same packet": (
        {"then": "packed"},
        [(0, say(META, *T))],
        "then",
        "then several types a packet",
    ),
    "then single": (
        {"then": "single"},
        [(0, say(META)), *((n, say(T[n])) for n in range(3))],
        "then",
        "then the types one a packet",
    ),
    "one each": (
        {"one_each": True},
        [(n, say(T[n])) for n in range(3)],
        "one each",
        "one type a packet",
    ),
    "browsed": (
        {"browsed": True},
        [(0, say(SSH)), (1, say(("a." + SSH, 255)))],
        "browsed",
        "resolves what it browsed",
    ),
}
NOTHING = {
    "a gap that is another's": ({"gaps": (1, 3)}, [(0, say(SSH)), (2, say(SSH))]),
    "two packets of one moment": (
        {"gaps": (1, 3)},
        [(0, say(SSH)), (0.01, say(SSH, known=("a",)))],
    ),
    "QM first": (
        {"qu_first": True},
        [(0, say(SSH)), (1, say(SSH, qu=True)), (2, say(T[0], qu=True))],
    ),
    "QU twice": ({"qu_first": True}, [(0, say(SSH, qu=True)), (1, say(T[0], qu=True))]),
    "IDs at random": ({"counting_ids": True}, [(0, say(SSH, ident=900)), (1, say(SSH, ident=5))]),
    "one port": ({"new_ports": True}, [(n, say(T[n], ident=1), LEGACY) for n in range(3)]),
    "two new ports": (
        {"new_ports": True},
        [(n, say(T[n], ident=1), flow(source_port=40000 + n)) for n in range(2)],
    ),
    "packed without the list": ({"then": "packed"}, [(0, say(*T))]),
    "single without the list": ({"then": "single"}, [(n, say(T[n])) for n in range(3)]),
    "single and packed": (
        {"then": "single"},
        [(0, say(META)), (1, say(*T)), *((2 + n, say(T[n])) for n in range(3))],
    ),
    "two types": ({"one_each": True}, [(n, say(T[n])) for n in range(2)]),
    "one type over two families": (
        {"one_each": True},
        [(0, say(T[0])), (0, say(T[0]), flow6()), (1, say(T[1]))],
    ),
    "not browsed": ({"browsed": True}, [(0, say(T[0])), (1, say(("a." + SSH, 255)))]),
}


def last_guess(stated, burst):
    return Burst(Shapes((ToolShape(**(BASE | stated)),))).said(*burst)


@pytest.mark.parametrize(("stated", "burst", "piece", "words"), EVIDENCE.values(), ids=EVIDENCE)
def test_evidence_takes_its_share_of_the_doubt(stated, burst, piece, words):
    guess = last_guess(stated, burst)
    assert guess.confidence == pytest.approx(1 - 0.5 * (1 - WEIGHTS[piece]), abs=0.006)
    assert words in guess.why


@pytest.mark.parametrize(("stated", "burst"), NOTHING.values(), ids=NOTHING)
def test_what_is_no_evidence(stated, burst):
    guess = last_guess(stated, burst)
    assert guess is None or guess.confidence == 0.5


def test_pieces_add_up_and_never_to_certainty():
    stated = {"gaps": (1, 3, 9), "qu_first": True, "counting_ids": True, "confidence": 0.9}
    said = [(at, say(SSH, qu=at == 0, ident=1 + n)) for n, at in enumerate((0, 1, 4, 13))]
    guess = last_guess(stated, said)
    assert 0.95 < guess.confidence <= 0.97
    assert guess.why[-3:] == (
        "QU the first time only",
        "ID counts up",
        "repeats after 1, 3 and 9 s",
    )


def test_intervals_of_another_cost():
    sure = {"confidence": 0.9, "gaps": (1, 3)}
    guess = last_guess(sure, [(0, say(SSH)), (2, say(SSH))])
    assert guess.confidence == pytest.approx(0.72)
    assert guess.why[-1] == "but not all of it fits"
    assert last_guess({"gaps": (1, 3)}, [(0, say(SSH)), (2, say(SSH))]) is None


def test_who_never_says_qu_did_not_say_it_before():
    shape = {"unicast_bit": False, "confidence": 0.9}
    assert last_guess(shape, [(0, say(SSH, qu=True)), (1, say(SSH))]).confidence < 0.9


def test_more_types_than_the_program_ever_asks_for():
    shape = {"most_types": 3, "confidence": 0.9}
    said = [(n, say(T[n])) for n in range(4)]
    assert last_guess(shape, said[:3]).name == "it"
    assert last_guess(shape, said) is None


def two(first, second, **both):
    made = [{"source": "t", "port": "mdns", **both, **one} for one in (first, second)]
    return Burst(Shapes(tuple(ToolShape(**one) for one in made))).said((0, say(SSH)))


ALIKE = {
    "the surest": (({"name": "a", "confidence": 0.6}, {"name": "b", "confidence": 0.8}), "b"),
    "alike": (({"name": "a", "confidence": 0.78}, {"name": "b", "confidence": 0.8}), None),
    "alike, one family": (
        (
            {"name": "a", "family": "f", "confidence": 0.78},
            {"name": "b", "family": "f", "confidence": 0.8},
        ),
        "f",
    ),
    "alike, one family, one known by names": (
        (
            {"name": "a", "family": "f", "confidence": 0.78, "holds": frozenset({"_ssh._tcp"})},
            {"name": "b", "family": "f", "confidence": 0.8},
        ),
        "a",
    ),
    "alike, one with no family": (({"name": "a", "family": "f"}, {"name": "b"}), None),
    "alike, two families": (({"name": "a", "family": "f"}, {"name": "b", "family": "g"}), None),
    "alike, one name": (({"name": "a", "confidence": 0.8}, {"name": "a", "confidence": 0.79}), "a"),
    "below the least": (
        ({"name": "a", "confidence": 0.49}, {"name": "b", "confidence": 0.2}),
        None,
    ),
    "at the least": (({"name": "a", "confidence": LEAST}, {"name": "b", "confidence": 0.2}), "a"),
}


@pytest.mark.parametrize(("shapes", "name"), ALIKE.values(), ids=ALIKE)
def test_two_that_are_alike(shapes, name):
    guess = two(*shapes)
    assert (guess.name if guess else None) == name


def test_a_family_is_a_scanner_when_all_of_it_are():
    a, b = {"name": "a", "scanner": True}, {"name": "b"}
    assert not two(a, b, family="f").scanner
    assert two(a, b | {"scanner": True}, family="f").scanner


def test_no_table_no_guess():
    assert Burst(Shapes(())).said((0, say(SSH)), (1, say(SSH))) is None


def test_repeats_alone_bring_the_intervals_in():
    shapes = Shapes((ToolShape(**BASE, gaps=(1, 2, 4)),))
    burst = Burst(shapes)
    said = Utterance(decode(say(SSH)), None, 40)
    assert shapes.repeat(burst.open, said, 1.0) is None
    assert burst.said((0, say(SSH))).confidence == 0.5
    seen = [shapes.repeat(burst.open, said, at).confidence for at in (0.01, 1.0, 3.0, 7.0, 40.0)]
    assert seen == [0.5, 0.6, 0.72, 0.82, 0.66]
    other = Utterance(decode(say(META)), None, 40)
    assert shapes.repeat(burst.open, other, 8.0) is None


def test_two_programs_of_a_host_keep_their_own_lanes():
    shape = ToolShape(**BASE, port="mdns", counting_ids=True)
    burst = Burst(Shapes((shape,)))
    burst.said((0, say(T[0], ident=7)), (0.1, say(T[1], ident=90), LEGACY))
    assert burst.said((0.2, say(T[0], ident=8))).confidence > 0.5


GAPS = {
    "none": (None, (1.0,), (0, 0, False)),
    "not yet": ((1.0, 2.0), (), (0, 0, False)),
    "all": ((1.0, 2.0), (1.0, 2.0), (0, 2, False)),
    "middle": ((1.0, 2.0, 4.0), (2.0, 4.0), (1, 2, False)),
    "begun anew": ((1.0, 3.0, 9.0), (1.0, 0.0, 3.0, 9.0), (1, 2, True)),
    "one that fits after one that does not": ((1.0, 3.0), (0.0, 1.0), (0, 0, True)),
    "longer than stated": ((1.0, 2.0), (1.0, 2.0, 1.0), (0, 2, True)),
    "all but the last": ((1.0, 2.0), (1.0, 2.0, 0.0), (0, 2, True)),
}


@pytest.mark.parametrize(("stated", "seen", "expected"), GAPS.values(), ids=GAPS)
def test_gaps_kept(stated, seen, expected):
    assert kept_gaps(stated, seen) == expected


@pytest.mark.parametrize(
    ("gap", "nearest"),
    [(1.0, 1.0), (1.09, 1.0), (0.93, 1.0), (1.2, 0.0), (0.24, 0.225), (0.3, 0.0), (7.7, 7.6),
     (8.0, 8.0), (9.1, 9.0), (2.0, 2.0), (50.0, 0.0)],
)  # fmt: skip
def test_an_interval_is_taken_as_the_nearest_one_kept(gap, nearest):
    made = ToolShape(name="a", source="t", gaps=(0.225, 1, 2, 7.6, 8, 9))
    assert Intervals((made,)).nearest(gap) == nearest
    assert Intervals(()).nearest(gap) == 0.0


def test_state_of_a_burst_is_bounded():
    burst = Burst(Shapes(KNOWLEDGE.tool_shapes))
    burst.said(*((n / 100, say(name)) for n, name in enumerate(types(500))))
    burst.said(*((5 + n, say("_x._tcp.local")) for n in range(20)))
    state = burst.open.shape_state
    assert len(state.beats) <= MAX_BEATS
    assert max(len(beat.gaps) for beat in state.beats.values()) == MAX_GAPS


def test_what_is_remembered_of_queries_is_bounded():
    table = QueryTable(KNOWLEDGE.tool_shapes)
    for ttl in range(256):
        for port in (5353, 40000, 12345):
            for payload in (say(SSH), say(SSH, ident=1), say(SSH, ident=9), say(META)):
                message = decode(payload)
                said = Utterance(message, None, 40)
                table.fitting(flow(source_port=port, ttl=ttl), message, said, False)
    assert len(table._memo) <= MAX_TRAITS


def answered(by, payload):
    return SimpleNamespace(flow=by, message=decode(payload))


FORGED = flow(destination="10.0.0.23", ttl=64)
ANSWERS = {
    "as Responder answers": (FORGED, say(answer=("fileserv.local", 120)), "Responder"),
    "to everybody": (flow(ttl=64), say(answer=("fileserv.local", 120)), None),
    "marked as the only owner's": (FORGED, say(answer=("fileserv.local", 120), flush=True), None),
    "another record TTL": (FORGED, say(answer=("fileserv.local", 10)), None),
    "another IP TTL": (flow(destination="10.0.0.23"), say(answer=("fileserv.local", 120)), None),
    "a legacy answer repeats the question": (
        FORGED,
        say("fileserv.local", answer=("fileserv.local", 120)),
        None,
    ),
}


@pytest.mark.parametrize(("by", "payload", "name"), ANSWERS.values(), ids=ANSWERS)
def test_answers(by, payload, name):
    guess = Shapes((), KNOWLEDGE.answer_shapes).guess_answer(answered(by, payload))
    assert (guess.name if guess else None) == name


def test_an_answer_of_several_records_is_no_single_forgery():
    shape = AnswerShape(name="a", source="t", confidence=0.6, records=(2, 3), rtypes=(1,))
    one = answered(FORGED, say(answer=("a.local", 9)))
    assert Shapes((), (shape,)).guess_answer(one) is None


@pytest.mark.parametrize(
    ("address", "group"),
    [("224.0.0.251", True), ("239.1.2.3", True), ("10.0.0.1", False), ("ff02::fb", True),
     ("fe80::1", False), ("240.0.0.1", False)],
)  # fmt: skip
def test_group_addresses(address, group):
    assert is_group(address) is group


def test_a_guess_is_a_value():
    assert Guess("a", 0.5, False, ()) == Guess("a", 0.5, False, ())
