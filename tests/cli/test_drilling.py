"""Looking for a drill's findings, against a store that is made here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.helpers.samples import finding

from whoasks.browse.drill import drill, packets
from whoasks.browse.drill_voice import Place, Sent
from whoasks.cli import drilling
from whoasks.cli.drilling import Plan, look, only_sent, store_option, verdict
from whoasks.core.model import Finding, Severity
from whoasks.store import StoreError

MARK = "0badcafe"
AT = 1_000_000.0
META = finding(id="m" * 16, rule="meta-query", rules=("meta-query",), drill=MARK)
SHAPED = finding(id="m" * 16, rule="meta-query", rules=("meta-query", "scanner-shape"), drill=MARK)
OTHER = finding(id="o" * 16, rule="meta-query", rules=("meta-query", "scanner-shape"), drill=None)
BUSY = StoreError("The database is locked", "Wait", passing=True)
GONE = StoreError("The database is damaged", "Move it away")

Answer = list[Finding] | StoreError


def plan(kind: str = "legacy", wait: float = 5.0) -> Plan:
    script = packets(kind, MARK, address="10.0.0.5", ident=lambda: 7)
    return Plan(drill(kind), MARK, (Place("eth0", 2),), {"eth0": script}, wait)


class FakeStore:
    """Answers one after another, the last one for ever; time passes by sleeping."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[float | None] = []
        self.now = 50.0

    def findings(self, since: float | None = None) -> list[Finding]:
        self.asked.append(since)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, StoreError):
            raise answer
        return answer

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= drilling.POLL
        self.now += seconds


@pytest.mark.parametrize(
    ("answers", "found", "looks", "took"),
    [
        pytest.param([[SHAPED]], [SHAPED], 1, 0.0, id="at once"),
        pytest.param([[], [OTHER], [SHAPED]], [SHAPED], 3, 0.5, id="after a while"),
        pytest.param([[META], [META], [SHAPED]], [SHAPED], 3, 0.5, id="it grows"),
        pytest.param([[META]], [META], 21, 5.0, id="it never grows"),
        pytest.param([[]], [], 21, 5.0, id="never"),
        pytest.param([[OTHER]], [], 21, 5.0, id="not the drill's"),
        pytest.param([BUSY, BUSY, [SHAPED]], [SHAPED], 3, 0.5, id="locked for a while"),
        pytest.param([[META], BUSY, [META]], [META], 21, 5.0, id="locked in between"),
    ],
)
def test_looking(answers: list[Answer], found: list[Finding], looks: int, took: float) -> None:
    store, seen = FakeStore(answers), list[Finding]()
    look(store, plan(), Sent(5, AT, AT + 1), seen, clock=store.clock, sleep=store.sleep)
    assert seen == found
    assert len(store.asked) == looks
    assert store.now - 50.0 == pytest.approx(took)
    assert set(store.asked) == {AT - drilling.SKEW}


@pytest.mark.parametrize(
    ("error", "took"),
    [pytest.param(BUSY, 5.0, id="locked to the end"), pytest.param(GONE, 0.0, id="for good")],
)
def test_a_store_that_cannot_be_read(error: StoreError, took: float) -> None:
    store = FakeStore([error])
    with pytest.raises(StoreError) as caught:
        look(store, plan(), Sent(5, AT, AT + 1), [], clock=store.clock, sleep=store.sleep)
    assert caught.value is error
    assert store.now - 50.0 == pytest.approx(took)


def test_no_wait_looks_once() -> None:
    store, seen = FakeStore([[META]]), list[Finding]()
    look(store, plan(wait=0), Sent(), seen, clock=store.clock, sleep=store.sleep)
    assert seen == [META]
    assert len(store.asked) == 1


@pytest.mark.parametrize(
    ("first_seen", "words"),
    [
        pytest.param(AT + 1.0, "0.0 s after the first question", id="with the first packet"),
        pytest.param(AT + 0.98, "0.0 s after the first question", id="stamped before it left"),
        pytest.param(AT + 1.94, "0.9 s after the first question", id="later"),
        pytest.param(AT - 60, "-61.0 s from the first question by the watcher's", id="slow clock"),
        pytest.param(AT + 7_202, "+7201.0 s from the first question by the", id="fast clock"),
    ],
)
def test_how_long_it_took(first_seen: float, words: str) -> None:
    found = finding(rule="meta-query", first_seen=first_seen, drill=MARK)
    assert words in verdict(plan(), Sent(5, AT, AT + 1), [found], "")[0]


def test_the_gravest_comes_first_and_what_is_missing_last() -> None:
    low = finding(id="b" * 16, rule="any-query", severity=Severity.LOW, rules=("any-query",))
    lines = verdict(plan(), Sent(5, AT, AT + 1), [low, META], " --db w.db")
    assert [line.split(",")[0].split("(")[0].strip() for line in lines] == [
        "Detected: meta-query",
        "whoasks explain mmmmmmmm --db w.db",
        "Detected: any-query",
        "whoasks explain bbbbbbbb --db w.db",
        "Not as expected: scanner-shape did not fire.",
    ]


def test_without_a_store() -> None:
    said = only_sent(plan(), Sent(1, AT))
    assert "Sent 1 packet;" in said
    assert MARK in said


@pytest.mark.parametrize(
    ("name", "option"),
    [
        pytest.param("/home/me/whoasks.db", "", id="the default"),
        pytest.param("/var/a b.db", " --db '/var/a b.db'", id="quoted"),
        pytest.param("postgresql://me@host/w", " --db postgresql://me@host/w", id="a URL"),
    ],
)
def test_how_the_store_is_named(name: str, option: str) -> None:
    assert store_option(name, "/home/me/whoasks.db") == option


def test_the_protocol_is_the_stores() -> None:
    from whoasks.store import Store

    method: Callable[..., object] = Store.findings
    assert "since" in method.__code__.co_varnames
