"""Who waits for descriptors: in the loop, and in a thread while the loop is busy."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.sources.test_multicast import QUERY, speaker, until

from whoasks.core.model import Datagram
from whoasks.sources import reader as reader_module
from whoasks.sources.multicast import MulticastSource
from whoasks.sources.reader import BUSY, LoopReader, Reader, ThreadReader

BOTH = pytest.mark.parametrize("make", [LoopReader, ThreadReader])


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        yield one, other


def took(into: list[bytes], sock: socket.socket) -> int:
    """Read once, and say that much came: the thread is to help."""
    with suppress(BlockingIOError):  # the other one was there first
        into.append(sock.recv(100))
    return BUSY


async def helped(reader: Reader) -> None:
    """Until the thread reads, when something has come that was much."""
    await until(reader._wanted.is_set)  # type: ignore[attr-defined]


@BOTH
def test_called_until_it_is_removed(make: Callable[[], Reader]) -> None:
    got: list[bytes] = []

    async def run() -> None:
        reader = make()
        reader.start()
        with pair() as (one, other):
            reader.add(one.fileno(), lambda: took(got, one))
            for word in (b"one", b"two"):
                other.send(word)
                await until(lambda word=word: got[-1:] == [word])
            reader.remove(one.fileno())
            reader.remove(one.fileno())
            other.send(b"three")
            await asyncio.sleep(0.05)
            reader.stop()
            reader.stop()

    asyncio.run(run())
    assert got == [b"one", b"two"]


@BOTH
def test_in_the_loop(make: Callable[[], Reader]) -> None:
    """What a callback asks for is called in the loop's thread, whichever it is in itself."""
    threads: list[int] = []

    async def run() -> None:
        reader = make()
        reader.start()
        with pair() as (one, other):

            def call() -> int:
                one.recv(100)
                reader.in_loop(lambda: threads.append(threading.get_ident()))
                return 1

            reader.add(one.fileno(), call)
            other.send(b"one")
            await until(lambda: bool(threads))
            reader.stop()

    asyncio.run(run())
    assert threads == [threading.get_ident()]


def test_a_thread_reads_while_the_loop_is_busy() -> None:
    got: list[bytes] = []

    async def run() -> None:
        reader = ThreadReader()
        reader.start()
        with pair() as (one, other):
            reader.add(one.fileno(), lambda: took(got, one))
            other.send(b"one")
            await helped(reader)
            other.send(b"two")
            deadline = time.monotonic() + 10
            while len(got) < 2 and time.monotonic() < deadline:
                sum(range(1_000))
            assert got == [b"one", b"two"]
            reader.stop()

    asyncio.run(run())


def test_a_lock_keeps_the_thread_out() -> None:
    got: list[bytes] = []

    async def run() -> None:
        reader = ThreadReader()
        reader.start()
        with pair() as (one, other):
            reader.add(one.fileno(), lambda: took(got, one))
            other.send(b"one")
            await helped(reader)
            with reader.lock:
                other.send(b"two")
                time.sleep(0.05)
                assert got == [b"one"]
            await until(lambda: len(got) == 2)
            reader.stop()

    asyncio.run(run())


def test_what_goes_wrong_in_the_thread_the_loop_is_told() -> None:
    told: list[object] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        reader = ThreadReader()
        reader.start()
        with pair() as (one, other):
            home = threading.get_ident()

            def call() -> int:
                if threading.get_ident() != home:
                    raise BrokenPipeError
                return BUSY

            reader.add(one.fileno(), call)
            other.send(b"one")
            await until(lambda: bool(told))
            reader.remove(one.fileno())
            reader.stop()

    asyncio.run(run())
    assert [type(each) for each in told] == [BrokenPipeError]


def test_the_thread_rests_while_little_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "ROUNDS", 2)
    monkeypatch.setattr(reader_module, "REST", 0.005)
    threads: list[int] = []

    async def run() -> None:
        reader = ThreadReader()
        reader.start()
        much = BUSY
        with pair() as (one, other):

            def call() -> int:
                with suppress(BlockingIOError):
                    one.recv(100)
                    threads.append(threading.get_ident())
                return much

            reader.add(one.fileno(), call)
            other.send(b"one")
            await helped(reader)
            much = 1
            await until(lambda: not reader._wanted.is_set())
            threads.clear()
            for turn in range(5):
                other.send(b"few")
                await until(lambda turn=turn: len(threads) == turn + 1)
            reader.remove(one.fileno())
            reader.stop()

    asyncio.run(run())
    assert set(threads) == {threading.get_ident()}


def test_how_often_threads_change_is_set_back() -> None:
    before = sys.getswitchinterval()

    async def run() -> None:
        reader = ThreadReader()
        reader.start()
        assert sys.getswitchinterval() < before
        reader.stop()

    asyncio.run(run())
    assert sys.getswitchinterval() == before


def test_a_reader_that_never_started_can_stop() -> None:
    ThreadReader().stop()


def test_a_source_in_a_thread_hands_on_all_there_is() -> None:
    """Also what came while nobody looked, just before the end."""
    found: list[Datagram] = []
    threads: set[int] = set()

    def on_batch(batch: list[Datagram]) -> None:
        threads.add(threading.get_ident())
        found.extend(batch)

    async def run() -> None:
        async with MulticastSource(["lo"], on_batch, reader=ThreadReader()) as source:
            with speaker() as say:
                for _ in range(BUSY):
                    say(QUERY)
                await until(lambda: len(found) == BUSY)
                deadline = time.monotonic() + 10
                while len(threads) < 2 and time.monotonic() < deadline:
                    say(QUERY)
                    await asyncio.sleep(0)
                    time.sleep(0.02)
                so_far = len(found)
                for _ in range(100):
                    say(QUERY)
        assert so_far + 100 <= source.counts["received"] == len(found)

    asyncio.run(run())
    assert len(threads) == 2, "the loop, and the thread when much came"
