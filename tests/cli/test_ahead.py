"""What was read and waits: its order, its bounds, and that nothing of it is lost."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.core.test_shedding import flow, said

from whoasks.cli.ahead import AT_ONCE, Ahead
from whoasks.core.model import Datagram
from whoasks.core.shedding import DEPTH, FULL, MANY


class Work:
    """Writes down what it is given."""

    def __init__(self) -> None:
        self.done: list[Datagram] = []
        self.sizes: list[int] = []
        self.failing = False

    def __call__(self, batch: list[Datagram]) -> None:
        if self.failing:
            raise BrokenPipeError
        self.done += batch
        self.sizes.append(len(batch))


async def until(done: object) -> None:
    for _ in range(2_000):
        if done():  # type: ignore[operator]
            return
        await asyncio.sleep(0.001)
    raise AssertionError


def test_in_order_and_in_the_loop() -> None:
    work = Work()

    async def run() -> None:
        ahead = Ahead(work)
        ahead.start()
        for first in range(0, 90, 30):
            ahead.put(said(1, 30, first=first))
        assert work.done == [], "not in the caller's turn"
        assert ahead.oldest == 100.0
        await until(lambda: len(work.done) == 90)
        assert ahead.oldest is None

    asyncio.run(run())
    assert [each.payload for each in work.done] == [b"%d" % number for number in range(90)]
    assert work.sizes == [90], "what waits is worked on together"


def test_one_turn_is_bounded() -> None:
    work, turns = Work(), []

    async def run() -> None:
        ahead = Ahead(work)
        ahead.start()
        ahead.put(said(1, 1_900))
        asyncio.get_running_loop().call_soon(lambda: turns.append(len(work.done)))
        await until(lambda: len(work.done) == 1_900)

    asyncio.run(run())
    assert max(work.sizes) < AT_ONCE + 64
    assert turns == [work.sizes[0]], "others have their turn in between"


def test_a_flood_is_bounded_and_the_small_asker_whole() -> None:
    """Nothing is worked on meanwhile: the worst that a pipeline can do."""
    work = Work()
    ahead = Ahead(work)
    ahead.put(said(2, 2, at=1.0))
    for step in range(200):
        at = 100.0 + step / 1_000
        ahead.put([*said(1, 100, at=at, first=step * 100), *said(2, 1, at=at, first=step)])
    ahead.drain()
    whose = [each.flow.mac for each in work.done]
    assert whose.count(flow(2).mac) == 2 + 200
    assert MANY - 200 <= whose.count(flow(1).mac) <= MANY + DEPTH
    assert ahead.shedding.most(3) == [(flow(1).mac, ahead.shedding.shed)]
    assert ahead.shedding.shed == 20_000 - whose.count(flow(1).mac)


def test_memory_has_an_end() -> None:
    work = Work()
    ahead = Ahead(work)
    for host in range(500):
        ahead.put(said(host, 2, at=1.0))
    for step in range(100):
        for host in range(500):
            ahead.put(said(host, 1, at=100.0 + step, first=step))
    ahead.drain()
    assert len(work.done) <= FULL
    assert ahead.shedding.shed == 51_000 - len(work.done)


def test_from_another_thread() -> None:
    work = Work()

    async def run() -> None:
        ahead = Ahead(work)
        ahead.start()

        def read() -> None:
            for first in range(0, 1_000, 10):
                ahead.put(said(1, 10, first=first))

        reader = threading.Thread(target=read)
        reader.start()
        await until(lambda: len(work.done) == 1_000)
        reader.join()

    asyncio.run(run())
    assert [each.payload for each in work.done] == [b"%d" % number for number in range(1_000)]


def test_what_waits_at_the_end_is_worked_on() -> None:
    work = Work()

    async def run() -> None:
        ahead = Ahead(work)
        ahead.start()
        ahead.put(said(1, 10))
        ahead.drain()

    asyncio.run(run())
    assert len(work.done) == 10


def test_a_failure_is_the_loops_and_the_rest_stays() -> None:
    work = Work()
    work.failing = True
    failures: list[BaseException] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
        ahead = Ahead(work)
        ahead.start()
        ahead.put(said(1, 10))
        await until(lambda: failures)
        work.failing = False
        ahead.put(said(1, 5, first=10))
        ahead.drain()

    asyncio.run(run())
    assert len(failures) == 1
    assert isinstance(failures[0], BrokenPipeError)
    assert len(work.done) == 5


def test_nothing_at_all() -> None:
    work = Work()
    ahead = Ahead(work)
    ahead.put([])
    ahead.drain()
    assert work.sizes == []


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1_000])
def test_every_packet_counts_once(count: int) -> None:
    work = Work()
    ahead = Ahead(work)
    ahead.put(said(1, count))
    ahead.drain()
    assert len(work.done) == count
