"""A failing store never stops the watch, and what is given up is counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.store.things import asker, burst, finding, service

from whoasks.core.habits import Learned
from whoasks.core.model import (
    Asker,
    BurstClosed,
    Event,
    FindingClosed,
    FindingOpened,
    ServiceSeen,
    Severity,
)
from whoasks.store import Keeper, Retention, Store, StoreError

FULL = StoreError("The database /x.db cannot grow: the disk is full", "Make room on the disk")


class Disk:
    """A store that can be told to fail; it remembers what it took."""

    def __init__(self, failing: bool = False) -> None:
        self.failing = failing
        self.taken: list[Event] = []
        self.askers: list[Asker] = []
        self.habits: list[Learned] = []
        self.tries = 0
        self.pruned = 0
        self.old = 0
        """Parts of deleting that there still are."""
        self.closed = False

    def _check(self) -> None:
        self.tries += 1
        if self.failing:
            raise FULL

    def save(self, events: Sequence[Event]) -> None:
        self._check()
        self.taken += events

    def save_askers(self, askers: Sequence[Asker]) -> None:
        self._check()
        self.askers += askers

    def save_habits(self, learned: Learned) -> None:
        self._check()
        self.habits.append(learned)

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]:
        self._check()
        self.pruned += 1
        if not self.old:
            return {}
        self.old -= 1
        return {"bursts": self.old % 2}

    def close(self) -> None:
        self.closed = True


class Bench:
    def __init__(self, failing: bool = False) -> None:
        self.disk = Disk(failing)
        self.said: list[str] = []
        self.keeper = Keeper(lambda: self.disk, self.said.append)


def opened(id_: str, severity: Severity = Severity.MEDIUM) -> FindingOpened:
    return FindingOpened(0, finding(id_, severity=severity))


def test_all_is_well() -> None:
    bench = Bench()
    assert bench.keeper.keep([opened("a")], 0.0)
    assert bench.keeper.keep_askers([asker()], 1.0)
    bench.keeper.prune(2.0, Retention())
    assert bench.keeper.finish(3.0)
    assert bench.disk.taken == [opened("a")]
    assert bench.disk.askers == [asker()]
    assert (bench.disk.pruned, bench.disk.closed, bench.said) == (1, True, [])


def test_it_says_so_once_and_again_when_it_is_over() -> None:
    bench = Bench(failing=True)
    for at in range(4):
        assert not bench.keeper.keep([opened(f"f{at}")], float(at))
    assert len(bench.said) == 1
    assert bench.said[0].startswith(f"{FULL.sentence}. {FULL.remedy}. The watch goes on")
    assert bench.keeper.waiting == 4
    bench.disk.failing = False
    assert bench.keeper.retry(5.0)
    assert bench.disk.taken == [opened(f"f{n}") for n in range(4)]
    assert len(bench.said) == 2
    assert "after 5 s; caught up on 4 findings" in bench.said[1]
    assert bench.keeper.keep([opened("last")], 6.0)
    assert bench.disk.taken[-1] == opened("last")


def test_it_tries_less_and_less_often() -> None:
    bench = Bench(failing=True)
    tried = []
    for second in range(1300):
        before = bench.disk.tries
        bench.keeper.keep([opened("a")], float(second))
        if bench.disk.tries > before:
            tried.append(second)
    assert tried == [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215]
    assert len(bench.said) == 1


def test_a_clock_set_back_does_not_stop_the_retries() -> None:
    bench = Bench(failing=True)
    bench.keeper.keep([opened("a")], 1e9)
    bench.disk.failing = False
    assert bench.keeper.retry(5.0)


def test_the_newest_word_on_a_finding_waits() -> None:
    bench = Bench(failing=True)
    closed = FindingClosed(9, finding("a", status="closed"))
    bench.keeper.keep([opened("a")], 0.0)
    bench.keeper.keep([closed, ServiceSeen(0, service()), ServiceSeen(1, service())], 1.0)
    assert bench.keeper.waiting == 2
    bench.disk.failing = False
    bench.keeper.retry(99.0)
    assert bench.disk.taken == [closed, ServiceSeen(1, service())]


def test_the_backlog_is_bounded_and_counts() -> None:
    bench = Bench(failing=True)
    bench.keeper.keep([opened("high", Severity.HIGH), opened("first")], 0.0)
    for n in range(1_500):
        bench.keeper.keep([opened(f"f{n}", Severity.LOW)], 0.0)
    for n in range(5_200):
        bench.keeper.keep([BurstClosed(0, burst(f"b{n}"))], 0.0)
        bench.keeper.keep([ServiceSeen(0, service(f"s{n}"))], 0.0)
    assert bench.keeper.waiting == 11_000
    assert bench.keeper.lost == {"findings": 502, "bursts": 200, "services": 200}
    bench.disk.failing = False
    assert bench.keeper.retry(10.0)
    assert "given up: 502 findings, 200 bursts, 200 services" in bench.said[-1]
    ids = [event.finding.id for event in bench.disk.taken if isinstance(event, FindingOpened)]
    assert ids[:2] == ["high", "first"]
    assert ids[-1] == "f1499"


def test_a_backlog_of_severe_findings_refuses_small_ones() -> None:
    bench = Bench(failing=True)
    bench.keeper.keep([opened(f"h{n}", Severity.HIGH) for n in range(1_000)], 0.0)
    bench.keeper.keep([opened("small", Severity.LOW)], 0.0)
    assert bench.keeper.lost["findings"] == 1
    bench.disk.failing = False
    bench.keeper.retry(10.0)
    assert opened("small", Severity.LOW) not in bench.disk.taken


@pytest.mark.parametrize("recovers", [True, False])
def test_at_the_end_it_tries_whatever_the_wait(recovers: bool) -> None:
    bench = Bench(failing=True)
    bench.keeper.keep([opened("a"), BurstClosed(0, burst())], 0.0)
    bench.keeper.keep_askers([asker()], 0.1)
    bench.disk.failing = not recovers
    assert bench.keeper.finish(0.2) is recovers
    assert bench.disk.closed is recovers or bench.disk.tries
    if recovers:
        assert bench.disk.askers == [asker()]
    else:
        assert bench.said[-1] == "Not kept in the database: 1 findings, 1 bursts"


def test_a_store_that_cannot_be_opened_at_first() -> None:
    disk, said, broken = Disk(), [], [True]

    def opener() -> Disk:
        if broken[0]:
            raise FULL
        return disk

    keeper = Keeper(opener, said.append)
    assert not keeper.keep([opened("a")], 0.0)
    broken[0] = False
    assert keeper.retry(5.0)
    assert disk.taken == [opened("a")]


def test_of_habits_the_newest_waits() -> None:
    bench = Bench()
    assert bench.keeper.keep_habits(Learned(1.0), 0.0)
    bench.disk.failing = True
    assert not bench.keeper.keep_habits(Learned(2.0), 1.0)
    assert not bench.keeper.keep_habits(Learned(3.0), 2.0)
    bench.disk.failing = False
    assert bench.keeper.retry(99.0)
    assert bench.keeper.keep([opened("a")], 100.0)
    assert bench.disk.habits == [Learned(1.0), Learned(3.0)]
    assert len(bench.said) == 2


def test_pruning_may_fail_too() -> None:
    bench = Bench(failing=True)
    bench.keeper.prune(0.0, Retention())
    assert bench.keeper.failing
    bench.keeper.prune(1.0, Retention())
    assert bench.disk.tries == 1


def test_deleting_goes_on_at_every_tick_until_it_is_done() -> None:
    bench = Bench()
    bench.disk.old = 3
    bench.keeper.prune(0.0, Retention())
    done = []
    for second in range(1, 1300):
        assert bench.keeper.retry(float(second))
        done.append(bench.disk.pruned)
    assert done[:5] == [2, 3, 4, 4, 4]
    # and it looks again every ten minutes
    assert [second + 1 for second, n in enumerate(done[4:], 4) if n > done[second - 1]] == [
        603,
        1203,
    ]


def test_without_a_retention_nothing_is_deleted() -> None:
    bench = Bench()
    bench.keeper.keep([opened("a")] * 5000, 0.0)
    assert bench.keeper.retry(1e9)
    assert bench.disk.pruned == 0


@pytest.mark.parametrize("size", [1, 200, 700, 5_000])
def test_a_flood_does_not_outrun_the_deleting(size: int) -> None:
    bench = Bench()
    bench.keeper.prune(0.0, Retention())
    assert bench.disk.pruned == 1
    bench.disk.old = 1_000_000
    for _ in range(0, 60_000, size):  # all between two ticks
        bench.keeper.keep([opened("a")] * size, 1.0)
    # Nothing for the first 20,000, then a part of 200 for each 200.
    assert bench.disk.pruned - 1 == pytest.approx(200, abs=25)


def test_a_clock_set_back_does_not_stop_the_deleting() -> None:
    bench = Bench()
    bench.keeper.prune(1e9, Retention())
    bench.keeper.retry(5.0)
    assert bench.disk.pruned == 2


def test_what_fails_to_be_deleted_is_tried_again_with_the_rest() -> None:
    bench = Bench()
    bench.disk.old = 5
    bench.keeper.prune(0.0, Retention())
    bench.disk.failing = True
    assert not bench.keeper.retry(1.0)
    assert len(bench.said) == 1
    bench.disk.failing = False
    assert bench.keeper.retry(6.0)
    assert not bench.keeper.failing
    before = bench.disk.pruned
    assert bench.keeper.retry(7.0)
    assert bench.disk.pruned == before + 1


def test_with_a_real_database_that_is_deleted(tmp_path: Path) -> None:
    path, said = tmp_path / "x.db", []
    keeper = Keeper(lambda: Store(path), said.append)
    assert keeper.keep([opened("a")], 0.0)
    path.unlink()
    assert not keeper.keep([opened("b")], 1.0)
    assert keeper.keep([opened("c")], 6.0)
    assert keeper.finish(7.0)
    with Store(path, read_only=True) as store:
        assert {value.id for value in store.findings()} == {"b", "c"}
    assert [text.split(" ")[0] for text in said] == ["The", "The"]
