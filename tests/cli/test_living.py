"""The network as the full screen sees it, over a source and a browser made of values."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Callable

import msgspec
import pytest
from tests.cli.test_read import META
from tests.cli.test_watching import FakeSource, Log, asked

from whoasks.browse.session import BrowseError, Ending
from whoasks.cli import living, overhearing, watching
from whoasks.cli.known_devices import KnownDevices
from whoasks.config import Settings
from whoasks.core.model import PTR, FindingOpened, Message, Record, ServiceSeen
from whoasks.core.settings import CoreSettings
from whoasks.sources.interfaces import Interface
from whoasks.store import Keeper, StoreError

CARD = Interface("eth0", 2, True, True, ipv4=("10.0.0.200",), ipv6=("fe80::1",))
FOUND = Record("_http._tcp.local.", PTR, 1, 4500, "Thing._http._tcp.local.", False)


class FakeBrowser:
    """Hears one record that only it heard, and ends when the test lets it."""

    made: list[FakeBrowser]
    does: Callable[[FakeBrowser], None] | None = None

    def __init__(self, plan, inventory, feed, places) -> None:
        self.inventory, self.feed, self.places = inventory, feed, places
        self.heard: list[object] = []
        FakeBrowser.made.append(self)

    def hear(self, datagrams) -> None:
        self.heard += datagrams
        for datagram in datagrams:
            self.feed(datagram)

    async def run(self, timeout) -> Ending:
        if FakeBrowser.does is not None:
            FakeBrowser.does(self)
        message = Message(0, 0x8400, answers=(FOUND,))
        self.inventory.observe(message, time.time(), "", "zeroconf")
        self.inventory.advance(time.time())
        assert self.inventory.knows(FOUND)
        await asyncio.sleep(0.05)
        return Ending("quiet", 0.3, 1.0, 2, 7)


class Stage:
    def __init__(self, *, asks: bool = True) -> None:
        self.log, self.events, self.said = Log(), [], []
        self.feed = living.Living(
            Settings(core=CoreSettings()), ("eth0",), lambda say: Keeper(lambda: self.log, say),
            KnownDevices(lambda mac: None), asks=asks,
        )  # fmt: skip
        self.source = FakeSource.made
        self.source.interfaces = (CARD,)

    def run(self, during: Callable[[], bool], ending: str = "quit") -> str:
        """Until ``during`` is true of it."""

        async def watch() -> str:
            task = asyncio.get_running_loop().create_task(
                self.feed.run(self.events.extend, self.said.append)
            )
            deadline = time.monotonic() + 10
            while not task.done() and not during():
                assert time.monotonic() < deadline, (self.said, self.feed.status())
                await asyncio.sleep(0.01)
            self.feed.stop(ending)
            return await task

        return asyncio.run(watch())

    def kinds(self) -> set[type]:
        return {type(event) for event in self.events}


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    monkeypatch.setattr("whoasks.sources.multicast.MulticastSource", FakeSource)
    monkeypatch.setattr("whoasks.browse.session.Browser", FakeBrowser)
    monkeypatch.setattr(watching, "TICK", 0.02)
    FakeBrowser.made, FakeBrowser.does = [], None


def test_it_asks_and_hears_and_tells():
    stage = Stage()
    stage.source.first = [asked(time.time(), META)]
    assert stage.run(lambda: "asked in 7 packets; 1 services" in stage.said) == "quit"
    assert {FindingOpened, ServiceSeen} <= stage.kinds()
    assert {"FindingOpened", "ServiceSeen"} <= set(stage.log.of("kept"))
    assert FakeBrowser.made[0].places == ["10.0.0.200", 2]
    assert (stage.feed.title, len(stage.feed.askers())) == ("eth0", 1)
    (service,) = stage.feed.services()
    assert service.instance == "Thing"
    assert stage.feed.identify([service]).services == (service,)
    assert abs(stage.feed.shown_at() - time.time()) < 5
    assert "Unicast is not heard." in stage.feed.notes()


def test_while_it_asks_what_is_heard_goes_through_the_browser():
    stage = Stage()
    packet = asked(time.time(), META)

    def hear(browser):
        stage.source.on_batch([packet])

    FakeBrowser.does = hear
    stage.run(lambda: FindingOpened in stage.kinds())
    assert FakeBrowser.made[0].heard == [packet]
    assert stage.log.of("kept").count("FindingOpened") == 1


def test_it_asks_again_after_a_pause_and_at_a_key(monkeypatch):
    monkeypatch.setattr(living, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(living, "LONGEST_PAUSE", 0.1)
    stage = Stage()
    stage.run(lambda: len(FakeBrowser.made) >= 4)

    monkeypatch.setattr(living, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(living, "SOON", 0.0)
    FakeBrowser.made, stage, words = [], Stage(), []

    def again() -> bool:
        if stage.feed.status() == "listening" and len(FakeBrowser.made) == 1:
            words.append(stage.feed.ask())
        return len(FakeBrowser.made) > 1

    stage.run(again)
    assert words[0] == "asking once more"


def test_not_right_after_the_last_time():
    stage, words = Stage(), []
    stage.run(lambda: bool(stage.said) and not words.append(stage.feed.ask()))
    assert words == ["asked just now"]


def test_passive_it_never_asks():
    stage = Stage(asks=False)
    stage.source.first = [asked(time.time(), META)]
    stage.run(lambda: FindingOpened in stage.kinds())
    assert FakeBrowser.made == []
    assert stage.feed.status() == "listening only"
    assert "nothing is ever sent" in stage.feed.ask()
    assert "only a recording" in stage.feed.faster(2.0)
    stage.feed.pause(True)


def test_where_it_cannot_ask_it_listens():
    def refuse(browser):
        raise BrowseError("The mDNS port 5353 cannot be used.", "See doctor.")

    FakeBrowser.does = refuse
    stage = Stage()
    stage.run(lambda: bool(stage.said))
    assert stage.said == ["The mDNS port 5353 cannot be used. Listening only"]
    assert stage.feed.status() == "listening only"
    assert stage.feed.ask() == "The mDNS port 5353 cannot be used. See doctor."
    assert stage.feed.ask() in stage.feed.notes()


def test_an_interface_without_an_address_is_only_listened_on():
    stage = Stage()
    stage.source.interfaces = (msgspec.structs.replace(CARD, ipv4=(), ipv6=()),)
    deadline = time.monotonic() + 0.2
    stage.run(lambda: time.monotonic() > deadline)
    assert FakeBrowser.made == []


def test_a_mistake_while_asking_ends_it_and_is_told():
    def break_down(browser):
        raise ZeroDivisionError

    FakeBrowser.does = break_down
    stage = Stage()
    with pytest.raises(ZeroDivisionError):
        stage.run(lambda: False)
    assert stage.log.ended is False
    assert stage.source.closed


@pytest.mark.parametrize("ending", ["quit", "interrupted", "terminated"])
def test_how_it_ends_is_told(ending):
    stage = Stage(asks=False)
    assert stage.run(lambda: stage.feed.title == "eth0", ending) == ending


def test_the_watcher_is_used_by_its_public_names():
    used = set(re.findall(r"\w\)?\._\w+", inspect.getsource(overhearing.OverheardWatch)))
    assert used == set()
    inner = {name for name in vars(watching.Watch) if re.match("_[a-z]", name)}
    assert inner.isdisjoint(re.findall(r"_watch\.(_\w+)", inspect.getsource(living)))


def test_ended_before_it_began():
    stage = Stage(asks=False)
    assert stage.run(lambda: True) == "quit"


def test_the_last_words_are_kept_for_after_the_screen():
    stage = Stage(asks=False)
    stage.source.last = [asked(time.time(), META)]
    stage.log.full = True
    stage.run(lambda: stage.feed.title == "eth0")
    assert any("Not kept in the database" in words for words in stage.feed.last_words)


def test_nothing_is_a_store_that_keeps_nothing():
    nothing = living.Nothing()
    keeper = Keeper(lambda: nothing, pytest.fail)
    assert keeper.keep([], 0.0)
    nothing.save([])
    nothing.save_askers([])
    nothing.save_habits(None)
    assert nothing.prune(0.0) == {}
    assert keeper.finish(0.0)
    assert issubclass(StoreError, Exception)
