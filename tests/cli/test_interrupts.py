"""Ctrl-C before, during and after what can be lost."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from types import SimpleNamespace

import pytest

from whoasks.cli import asking, errors
from whoasks.cli.interrupts import Interrupts, noted


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def raised(act) -> bool:
    try:
        act()
    except KeyboardInterrupt:
        return True
    return False


@pytest.fixture
def interrupts():
    made = Interrupts()
    yield made
    made.release()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_before_anything_is_asked_it_ends_the_program(interrupts):
    assert raised(interrupt)
    assert not interrupts.seen


def test_the_first_ends_what_is_going_on_the_second_the_program(interrupts):
    ended = []
    with interrupts.ending(lambda: ended.append(True)):
        interrupt()
        assert ended == [True]
        assert raised(interrupt)
    assert interrupts.seen


def test_afterwards_it_is_taken_note_of(interrupts):
    ended = []
    with interrupts.ending(lambda: ended.append(True)):
        pass
    assert not raised(interrupt)
    assert interrupts.seen
    assert ended == []
    with interrupts.ending(lambda: ended.append(True)):
        assert ended == [True]  # nothing is begun that was to end already


def test_what_ignores_it_goes_on_ignoring_it(interrupts):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.noting():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_changes_nothing(interrupts):
    def run() -> None:
        with interrupts.noting():
            pass

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("interrupted", "code"),
    [pytest.param(True, errors.INTERRUPTED, id="130"), pytest.param(False, 1, id="its own code")],
)
def test_how_a_command_ends(interrupted, code):
    @noted
    def command(*, interrupts, word):
        with interrupts.noting():
            if interrupted:
                interrupt()
        assert word == "given"
        return 1

    assert command(word="given") == code
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("early", [True, False])
def test_a_browse_that_waits_is_woken(interrupts, early):
    browser = SimpleNamespace(ending=lambda reason: reason)

    async def browse() -> str:
        await asyncio.sleep(30)
        return "quiet"

    if early:
        with interrupts.noting():
            interrupt()
        assert asking.run(browser, browse(), interrupts) == "interrupted"
        return
    timer = threading.Timer(0.1, interrupt)
    timer.start()
    try:
        assert asking.run(browser, browse(), interrupts) == "interrupted"
    finally:
        timer.join()
