"""What a browse asks and when, against answers made by hand; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import dnslib
import pytest

from whoasks.browse.common import COMMON_TYPES
from whoasks.browse.packets import Ask, KnownAnswer, build, is_truncated
from whoasks.browse.plan import (
    ANSWER_TIME,
    AT_ONCE,
    LATEST_SECOND_ROUND,
    MOST_ROUNDS,
    SECOND_ROUND,
    Plan,
)
from whoasks.core import wire
from whoasks.core.inventory import Inventory
from whoasks.core.model import AAAA, PTR, SRV, TXT, A, Message, Record, ServiceSeen, Srv
from whoasks.core.names import META_QUERY, from_labels

HTTP = "_http._tcp.local."
Responder = Callable[[Message], list[Record]]


def ptr(name: str, data: str) -> Record:
    return Record(name, PTR, 1, 4500, data)


def instance(name: str, host: str = "h.local.") -> list[Record]:
    return [
        Record(name, SRV, 1, 120, Srv(0, 0, 80, host), True),
        Record(name, TXT, 1, 4500, b"\x00", True),
        Record(host, A, 1, 120, "10.0.0.9", True),
    ]


class Run:
    """A plan driven by its own ``next_at``, with a network that answers ``late`` seconds later."""

    def __init__(
        self,
        *responders: Responder,
        types: tuple[str, ...] = (),
        late: float = 0.05,
        **kwargs: bool,
    ) -> None:
        self.late = late
        self.inventory = Inventory({})
        self.plan = Plan(self.inventory, types, **kwargs)
        self.asked: list[tuple[float, Message]] = []
        self.responders = responders
        self.now = 0.0

    def until_quiet(self, most: float = 30.0) -> Run:
        pending: list[tuple[float, list[Record]]] = []
        while self.now < most:
            for at, records in [p for p in pending if p[0] <= self.now]:
                pending.remove((at, records))
                message = Message(0, 0x8400, answers=tuple(records))
                events = self.inventory.observe(message, self.now, "e", "m")
                if events:
                    new = sum(isinstance(event, ServiceSeen) for event in events)
                    self.plan.news(self.now, new)
            self.inventory.advance(self.now)
            for packet in self.plan.due(self.now):
                query = wire.decode(packet)
                self.asked.append((self.now, query))
                for respond in self.responders:
                    if records := respond(query):
                        pending.append((self.now + self.late, records))
            if self.plan.is_quiet(self.now):
                return self
            self.now = min([self.plan.next_at(self.now), *(at for at, _ in pending)])
        raise AssertionError("never quiet")

    def times(self, name: str, qtype: int = PTR) -> list[float]:
        return [
            round(at, 2)
            for at, query in self.asked
            for q in query.questions
            if (q.name.lower(), q.qtype) == (name.lower(), qtype)
        ]


def answering(table: dict[tuple[str, int], list[Record]]) -> Responder:
    """Answers each question in the table, but for known answers."""

    def respond(query: Message) -> list[Record]:
        known = {(r.name, r.data) for r in query.known_answers}
        return [
            r
            for q in query.questions
            for r in table.get((q.name, q.qtype), [])
            if (r.name, r.data) not in known
        ]

    return respond


def test_silence_ends_after_two_rounds() -> None:
    run = Run().until_quiet()
    assert run.times(META_QUERY) == pytest.approx([0.0, SECOND_ROUND], abs=0.01)
    assert run.times("_ipp._tcp.local.") == pytest.approx([0.0, SECOND_ROUND], abs=0.01)
    assert run.plan.rounds == 2
    assert run.now == pytest.approx(SECOND_ROUND + ANSWER_TIME, abs=0.02)
    assert [len(q.questions) for _, q in run.asked] == [1 + len(COMMON_TYPES)] * 2
    assert run.asked[0][1].questions[0].name == META_QUERY


def test_no_question_is_qu_and_every_packet_fits() -> None:
    run = Run().until_quiet()
    assert not any(q.unicast for _, query in run.asked for q in query.questions)


def test_a_type_is_asked_for_when_heard_of_and_again_a_second_later() -> None:
    name = "_odd._udp.local."
    meta = answering({(META_QUERY, PTR): [ptr(META_QUERY, name)]})
    run = Run(meta).until_quiet()
    first, second = run.times(name)
    assert 0.05 <= first <= 0.08
    assert second - first >= 1.0
    assert run.plan.rounds == 2


def test_known_answers_go_with_the_second_round() -> None:
    web = f"Dr\\. No.{HTTP}"
    run = Run(answering({(HTTP, PTR): [ptr(HTTP, web), *instance(web)]})).until_quiet()
    first, second = (q for _, q in run.asked)
    assert first.known_answers == ()
    assert [(r.name, r.data, r.ttl) for r in second.known_answers] == [(HTTP, web, 4498)]
    assert run.plan.rounds == 2


def test_what_came_along_is_not_asked_for() -> None:
    web = f"Web.{HTTP}"
    run = Run(answering({(HTTP, PTR): [ptr(HTTP, web), *instance(web)]})).until_quiet()
    assert not [q for _, m in run.asked for q in m.questions if q.qtype != PTR]


def test_what_is_missing_is_asked_for_and_its_address_after_it() -> None:
    web = f"Web.{HTTP}"
    srv, txt, address = instance(web)
    table = {
        (HTTP, PTR): [ptr(HTTP, web)],
        (web, SRV): [srv],
        (web, TXT): [txt],
        ("h.local.", A): [address],
    }
    run = Run(answering(table)).until_quiet()
    assert len(run.times(web, SRV)) == len(run.times(web, TXT)) == 1
    assert len(run.times("h.local.", A)) == len(run.times("h.local.", AAAA)) == 1
    (service,) = run.inventory.services()
    assert service.resolved
    assert run.now < 1.6


def test_an_owner_who_never_answers_is_asked_three_times() -> None:
    web = f"Web.{HTTP}"
    run = Run(answering({(HTTP, PTR): [ptr(HTTP, web)]})).until_quiet()
    times = run.times(web, SRV)
    assert len(times) == 3
    assert all(b - a >= 0.98 for a, b in pairwise(times))
    (service,) = run.inventory.services()
    assert service.missing == ("SRV", "TXT", "address")


def test_where_packets_are_lost_an_owner_is_asked_once_more() -> None:
    web = f"Web.{HTTP}"
    heard = 0

    def deaf_once(query: Message) -> list[Record]:
        nonlocal heard
        heard += HTTP in [q.name for q in query.questions]
        return [ptr(HTTP, web)] if heard == 2 else []

    run = Run(deaf_once).until_quiet()
    assert run.plan.rounds == 3
    assert len(run.times(web, SRV)) == 4


def test_a_third_round_when_the_second_brought_something_new() -> None:
    web = f"Web.{HTTP}"
    heard = 0

    def deaf_once(query: Message) -> list[Record]:
        nonlocal heard
        heard += HTTP in [q.name for q in query.questions]
        return [ptr(HTTP, web), *instance(web)] if heard == 2 else []

    run = Run(deaf_once).until_quiet()
    assert run.plan.rounds == 3
    assert run.times(HTTP) == pytest.approx([0.0, SECOND_ROUND, 3 * SECOND_ROUND], abs=0.02)


def test_fast_asks_once() -> None:
    web = f"Web.{HTTP}"
    run = Run(answering({(HTTP, PTR): [ptr(HTTP, web)]}), fast=True).until_quiet()
    assert run.plan.rounds == 1
    assert len(run.times(HTTP)) == len(run.times(web, SRV)) == 1
    assert run.now < 0.5


def test_something_changed_is_no_reason_for_a_round() -> None:
    web = f"Web.{HTTP}"
    ports = iter(range(80, 90))

    def moving(query: Message) -> list[Record]:
        if HTTP not in [q.name for q in query.questions]:
            return []
        moved = Record(web, SRV, 1, 120, Srv(0, 0, next(ports), "h.local."), True)
        return [ptr(HTTP, web), moved, *instance(web)[1:]]

    run = Run(moving).until_quiet()
    assert run.plan.rounds == 2
    assert run.inventory.services()[0].port == 81


@pytest.mark.parametrize(
    ("late", "waited"),
    [(0.05, 0.18), (0.3, 0.36), (0.9, 0.8)],
    ids=["a quick network", "a slow one", "no more than that"],
)
def test_the_first_round_teaches_how_long_answers_take(late: float, waited: float) -> None:
    web = f"Web.{HTTP}"
    run = Run(answering({(HTTP, PTR): [ptr(HTTP, web), *instance(web)]}), late=late)
    run.until_quiet()
    assert run.plan.answer_time == pytest.approx(waited, abs=0.02)


def test_a_second_round_does_not_wait_for_a_type_that_comes_late() -> None:
    """It is asked for again by itself, a second after it was."""
    name = "_odd._udp.local."
    run = Run(answering({(META_QUERY, PTR): [ptr(META_QUERY, name)]}), late=0.6).until_quiet()
    assert run.times(META_QUERY)[1] == pytest.approx(LATEST_SECOND_ROUND, abs=0.02)
    first, second = run.times(name)[:2]
    assert 1.0 <= second - first <= 1.1


def test_a_late_round_of_many_asks_only_where_something_was_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("whoasks.browse.plan.MANY_KNOWN", 3)
    ssh = "_ssh._tcp.local."
    heard = 0

    def deaf_once(query: Message) -> list[Record]:
        nonlocal heard
        names = [q.name for q in query.questions]
        heard += HTTP in names
        found = [ptr(ssh, f"s{n}.{ssh}") for n in range(5)] if ssh in names else []
        return [*found, ptr(HTTP, f"w.{HTTP}")] if heard == 2 else found

    run = Run(deaf_once).until_quiet()
    assert run.plan.rounds == 3
    assert (len(run.times(HTTP)), len(run.times(ssh))) == (3, 2)


def test_intervals_between_one_question_and_the_next_double() -> None:
    """RFC 6762 §5.2, whatever the answers."""
    count = 0

    def restless(query: Message) -> list[Record]:
        nonlocal count
        count += 1
        wanted = HTTP in [q.name for q in query.questions]
        return [ptr(HTTP, f"n{count}.{HTTP}")] if wanted else []

    run = Run(restless).until_quiet()
    asked: dict[tuple[str, int], list[float]] = {}
    for at, query in run.asked:
        for q in query.questions:
            asked.setdefault((q.name.lower(), q.qtype), []).append(at)
    for times in asked.values():
        gaps = [b - a for a, b in pairwise(times)]
        assert all(gap >= 1.0 for gap in gaps)
        assert all(later >= 2 * gap - 1e-6 for gap, later in pairwise(gaps))


def test_something_new_in_every_round_ends_all_the_same() -> None:
    count = 0

    def restless(query: Message) -> list[Record]:
        nonlocal count
        if HTTP not in [q.name for q in query.questions]:
            return []
        count += 1
        return [ptr(HTTP, f"n{count}.{HTTP}"), *instance(f"n{count}.{HTTP}")]

    run = Run(restless).until_quiet()
    assert run.plan.rounds == MOST_ROUNDS
    assert len(run.times(HTTP)) == MOST_ROUNDS


def test_resolving_is_bounded() -> None:
    many = [ptr(HTTP, f"i{n}.{HTTP}") for n in range(300)]
    run = Run(answering({(HTTP, PTR): many})).until_quiet()
    for second in range(20):
        asked = {
            q.name
            for at, m in run.asked
            if second <= at < second + 0.9
            for q in m.questions
            if q.qtype == SRV
        }
        assert len(asked) <= 2 * AT_ONCE


@pytest.mark.parametrize("subtypes", [False, True])
def test_types_asked_for_are_the_only_ones(subtypes: bool) -> None:
    run = Run(types=("_ipp._tcp.local.",), subtypes=subtypes).until_quiet()
    names = {q.name for _, m in run.asked for q in m.questions}
    sub = {f"{s}._sub._ipp._tcp.local." for s in ("_universal", "_print", "_cups")}
    assert names == {"_ipp._tcp.local."} | (sub if subtypes else set())


class TestPackets:
    """Questions as bytes."""

    def test_labels_that_zeroconf_cannot_say(self) -> None:
        hostile = from_labels((b"caf\xe9 v1.2\x1b\n", b"_http", b"_tcp", b"local"))
        (packet,) = build([Ask(hostile, SRV), Ask(HTTP, PTR, (KnownAnswer(hostile, 9),))])
        message = wire.decode(packet)
        assert [q.name for q in message.questions] == [hostile, HTTP]
        assert message.known_answers[0].data == hostile

    def test_many_questions_fill_few_packets(self) -> None:
        packets = build([Ask(f"instance number {n}.{HTTP}", SRV) for n in range(200)])
        assert all(len(p) <= 1440 for p in packets)
        assert len(packets) <= 7
        assert sum(dnslib.DNSRecord.parse(p).header.q for p in packets) == 200

    def test_known_answers_that_need_several_packets(self) -> None:
        known = tuple(KnownAnswer(f"instance number {n}.{HTTP}", 4000) for n in range(150))
        packets = build([Ask(HTTP, PTR, known)])
        messages = [wire.decode(p) for p in packets]
        assert [len(m.questions) for m in messages] == [1] + [0] * (len(messages) - 1)
        assert [is_truncated(p) for p in packets] == [True] * (len(packets) - 1) + [False]
        assert all(len(p) <= 1440 for p in packets)
        assert [r.data for m in messages for r in m.known_answers] == [k.data for k in known]

    def test_nothing_to_ask(self) -> None:
        assert build([]) == []

    def test_large_and_small_share_packets(self) -> None:
        """Twenty types of fifty instances, and fifty more of none: one packet a type."""
        asks = [Ask(f"_t{n:02d}._tcp.local.", PTR) for n in range(50)]
        for n in range(20):
            name = f"_full{n:02d}._tcp.local."
            known = tuple(KnownAnswer(f"Device {n:02d}{i:02d}.{name}", 4000) for i in range(50))
            asks.append(Ask(name, PTR, known))
        packets = build(asks)
        assert len(packets) == 20
        assert all(len(p) <= 1440 and not is_truncated(p) for p in packets)
        messages = [wire.decode(p) for p in packets]
        assert sum(len(m.questions) for m in messages) == 70
        for message in messages:  # what is known goes along with its question
            assert {r.name for r in message.known_answers} <= {q.name for q in message.questions}

    def test_types_too_large_for_a_packet_share_a_row(self) -> None:
        asks = []
        for n in range(10):
            name = f"_full{n:02d}._tcp.local."
            known = tuple(KnownAnswer(f"Device {n:02d}{i:03d}.{name}", 4000) for i in range(75))
            asks.append(Ask(name, PTR, known))
        packets = build(asks)
        messages = [wire.decode(p) for p in packets]
        assert [len(m.questions) for m in messages] == [10] + [0] * (len(packets) - 1)
        assert sum(len(m.known_answers) for m in messages) == 750
        assert len(packets) <= 16
