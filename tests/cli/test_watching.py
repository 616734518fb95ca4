"""The live watcher over a source made of values: what is kept, shown and said, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from tests.cli.test_read import META, query

from whoasks.cli import learning, losses, watching
from whoasks.cli.errors import WhoasksError
from whoasks.config import Settings
from whoasks.core.habits import HostHabit, Learned, TypeHabit
from whoasks.core.model import (
    BurstClosed,
    Datagram,
    Event,
    FindingClosed,
    FindingOpened,
    Flow,
    Service,
    Summary,
)
from whoasks.core.settings import CoreSettings
from whoasks.sources.interfaces import Interface
from whoasks.store import Keeper, StoreError
from whoasks.store.retention import Retention


class FakeSource:
    """Hands on what the test gives it, at once and when it is closed."""

    made: FakeSource

    def __init__(
        self, names: object, on_batch: Callable, on_change: Callable, turns_away: Callable
    ) -> None:
        self.names, self.on_batch, self.on_change = names, on_batch, on_change
        self.turns_away = turns_away
        self.own_addresses = frozenset({"10.0.0.200"})
        self.own_macs = frozenset({"02:00:00:00:00:01"})
        self.interfaces = (Interface("eth0", 2, True, True, prefixes=("10.0.0.0/24", "fe80::/64")),)
        self.notes: list[str] = []
        self.notes_dropped = 0
        self.counts = {"received": 0, "kernel_drops": 0, "truncated": 0}
        self.first: list[Datagram] = []
        self.last: list[Datagram] = []
        self.closed = False
        FakeSource.made = self

    def start(self) -> None:
        if self.first:
            asyncio.get_running_loop().call_soon(self.on_batch, self.first)

    def close(self) -> None:
        if self.last and not self.closed:
            self.on_batch(self.last)
        self.closed = True

    def coverage(self) -> list[str]:
        return ["Unicast is not heard."]


class Log:
    """A report and a store that write down what they got, in one order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.events: list[Event] = []
        self.learned: list[Learned] = []
        self.retentions: list[Retention] = []
        self.summary: Summary | None = None
        self.ended = self.full = self.gone = False

    def tell(self, events: Iterable[Event]) -> None:
        if self.gone:
            raise BrokenPipeError
        events = list(events)
        self.events += events
        self.lines += [("told", type(event).__name__) for event in events]

    def offer(self, services: Iterable[Service]) -> None: ...

    def end(self, summary: Summary | None) -> None:
        self.summary, self.ended = summary, True

    def save(self, events: Iterable[Event]) -> None:
        if self.full:
            raise StoreError("The disk is full", "Make room")
        self.lines += [("kept", type(event).__name__) for event in events]

    def save_askers(self, askers: Iterable[object]) -> None:
        if self.full:
            raise StoreError("The disk is full", "Make room")
        self.lines += [("kept", "Asker") for _ in askers]

    def save_habits(self, learned: Learned) -> None:
        if self.full:
            raise StoreError("The disk is full", "Make room")
        self.learned.append(learned)

    def prune(self, now: float, retention: Retention) -> dict[str, int]:
        self.retentions.append(retention)
        return {}

    def close(self) -> None: ...

    def of(self, what: str) -> list[str]:
        return [name for did, name in self.lines if did == what]


class Bench:
    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, habits: Learned | None = None, gap: float = 10.0
    ) -> None:
        monkeypatch.setattr("whoasks.sources.multicast.MulticastSource", FakeSource)
        monkeypatch.setattr(watching, "TICK", 0.02)
        self.log, self.said = Log(), []
        keeper = Keeper(lambda: self.log, self.said.append)
        settings = Settings(core=CoreSettings(burst_gap=gap))
        self.watch = watching.Watch(
            settings, ("eth0",), keeper, self.log, self.said.append, habits=habits
        )
        self.source = FakeSource.made

    def run(self, seconds: float | None = 0.1, then: Callable = lambda source: None) -> str:
        return asyncio.run(self.watch.run(seconds, then))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def asked(at: float, *names: str, source: str = "10.0.0.1") -> Datagram:
    flow = Flow("eth0", source, 5353, "224.0.0.251", 5353, "02:00:00:00:00:01", "neighbour")
    return Datagram(at, flow, query(*names))


def test_kept_before_it_is_shown_and_closed_at_the_end(bench: Bench) -> None:
    bench.source.first = [asked(time.time(), META)]
    assert bench.run() == "time"
    opened = FindingOpened.__name__
    assert bench.log.lines.index(("kept", opened)) < bench.log.lines.index(("told", opened))
    assert bench.log.of("kept")[-1] == "Asker"
    assert bench.log.of("told") == [opened, "BurstClosed", "FindingClosed"]
    assert bench.log.summary is not None
    assert bench.log.summary.findings["medium"] == 1
    assert "Unicast is not heard." in bench.log.summary.coverage


def test_a_tick_closes_a_burst_that_is_over(bench: Bench) -> None:
    bench.source.first = [asked(time.time() - 60.0, "_ipp._tcp.local")]
    seen: list[str] = []

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.08, lambda: seen.extend(bench.log.of("told")))

    bench.run(0.15, later)
    assert seen == [BurstClosed.__name__]


def test_ticks_leave_room_for_packets_on_their_way(bench: Bench) -> None:
    """A packet that waited in a socket while a tick passed has not come too late."""
    stamped = time.time()

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.08, bench.source.on_batch, [asked(stamped, "_ipp._tcp.local")])

    bench.run(0.15, later)
    assert bench.log.summary is not None
    assert bench.log.summary.time_went_back == 0


def test_ticks_wait_for_a_source_that_is_behind(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a flood, packets wait longer than ticks leave room for; they are not late for that."""
    monkeypatch.setattr(watching, "TICK", 0.05)
    stamped = time.time() - 30.0

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        for turn in range(20):
            packet = asked(stamped + turn * 0.01, f"_t{turn}._tcp.local")
            loop.call_later(turn * 0.01, bench.source.on_batch, [packet])

    bench.run(0.25, later)
    assert bench.log.summary is not None
    assert (bench.log.summary.packets, bench.log.summary.time_went_back) == (20, 0)


def test_a_source_that_captures_can_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeSource] = []

    class Other(FakeSource):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            made.append(self)

    keeper = Keeper(Log, lambda said: None)
    loaded = Settings(core=CoreSettings())
    watching.Watch(loaded, ("eth0",), keeper, Log(), print, make_source=Other)
    assert [each.names for each in made] == [("eth0",)]


def test_what_waits_in_the_sockets_still_counts(bench: Bench) -> None:
    bench.source.last = [asked(time.time(), META)]
    bench.run()
    assert FindingOpened.__name__ in bench.log.of("told")


def test_our_own_questions_are_no_finding(bench: Bench) -> None:
    bench.source.first = [asked(time.time(), META, source="10.0.0.200")]
    bench.run()
    assert FindingOpened.__name__ not in bench.log.of("told")


@pytest.mark.parametrize(("source", "severity"), [("10.0.0.77", "low"), ("10.0.9.77", "high")])
def test_the_prefixes_of_an_interface_tell_who_is_off_the_link(
    source: str, severity: str, bench: Bench
) -> None:
    question = asked(time.time(), "_ipp._tcp.local", source=source)
    flow = msgspec.structs.replace(question.flow, destination="10.0.0.200")
    bench.source.first = [msgspec.structs.replace(question, flow=flow)]
    bench.run()
    assert bench.log.summary is not None
    assert bench.log.summary.findings[severity] == 1


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        pytest.param(signal.SIGINT, "interrupted", id="Ctrl-C"),
        pytest.param(signal.SIGTERM, "terminated", id="a service manager"),
    ],
)
def test_signals(number: int, ending: str, bench: Bench) -> None:
    bench.source.first = [asked(time.time(), META)]

    def later(source: object) -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)

    assert bench.run(None, later) == ending
    assert bench.log.of("told")[-1] == "FindingClosed"
    assert bench.log.ended
    assert bench.log.summary is None
    assert bench.source.closed


def test_a_store_that_fails_stops_nothing(bench: Bench) -> None:
    bench.log.full = True
    bench.source.first = [asked(time.time(), META)]
    assert bench.run() == "time"
    assert FindingOpened.__name__ in bench.log.of("told")
    assert bench.said[0].startswith("The disk is full. Make room. The watch goes on")
    assert bench.said[-1].startswith("Not kept in the database: 1 findings, 1 bursts")


def test_nobody_reads_any_more(bench: Bench) -> None:
    """The watch ends, and what it heard is kept all the same."""
    bench.log.gone = True
    bench.source.first = [asked(time.time(), META)]
    assert bench.run(30.0) == "failed"
    assert isinstance(bench.watch.failure, BrokenPipeError)
    kept = [name for name in bench.log.of("kept") if name != "Asker"]
    assert kept == ["FindingOpened", "BurstClosed", "FindingClosed"]
    assert bench.log.of("kept")[-1] == "Asker"


MAC = "02:00:00:00:00:01"


def known(learned: list[Learned], key: str = MAC) -> list[HostHabit]:
    return [habit for each in learned for habit in each.hosts if habit.key == key]


def test_what_was_learned_is_kept_at_the_end(bench: Bench) -> None:
    now = time.time()
    bench.source.first = [asked(now - 1, "_ipp._tcp.local"), asked(now, "_raop._tcp.local")]
    bench.run()
    (habit,) = known(bench.log.learned)
    assert {each.type for each in habit.types} == {"_ipp._tcp", "_raop._tcp"}
    assert now - 2 < bench.log.learned[-1].started <= now


def test_what_was_learned_is_kept_in_parts_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 2)
    monkeypatch.setattr(watching, "HABITS_EVERY", 0.15)
    bench = Bench(monkeypatch, gap=0.05)
    now = time.time()
    bench.source.first = [
        Datagram(now + at, flow, query(f"_t{at * 100:.0f}._tcp.local"))
        for at in (0.0, 0.01)
        for flow in (
            Flow("eth0", f"10.0.0.{n}", 5353, "224.0.0.251", 5353, f"02:00:00:00:00:0{n}")
            for n in range(5)
        )
    ]
    during: list[Learned] = []

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(2.6, lambda: during.extend(bench.log.learned))

    bench.run(2.7, later)
    told = [each for each in during if each.hosts]
    assert [len(each.hosts) for each in told[:3]] == [2, 2, 1]
    assert {habit.key[-1] for each in told for habit in each.hosts} == set("01234")
    assert max(len(each.hosts) for each in during) == 2


def test_a_watch_knows_what_earlier_ones_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    before = HostHabit(MAC, 100.0, 200.0, (TypeHabit("_ipp._tcp", 100.0, 200.0, 3),))
    bench = Bench(monkeypatch, Learned(50.0, (before,)))
    now = time.time()
    bench.source.first = [asked(now - 1, "_ipp._tcp.local"), asked(now, "_ipp._tcp.local")]
    bench.run()
    (habit,) = known(bench.log.learned)
    assert (habit.first_seen, habit.types[0].first, habit.types[0].days) == (100.0, 100.0, 4)
    assert bench.log.learned[-1].started == 50.0


def test_a_silent_watch_has_learned_nothing(bench: Bench) -> None:
    bench.run()
    assert bench.log.learned == []


def test_drops_and_changes_are_told(bench: Bench) -> None:
    def later(source: FakeSource) -> None:
        source.notes.append("eth1 joined")
        source.on_change("eth1 joined")
        source.counts["kernel_drops"] = 7

    bench.run(0.1, later)
    assert bench.said == [
        "eth1 joined",
        "The kernel dropped 7 packets before they could be read.",
    ]
    assert bench.log.summary is not None
    assert "eth1 joined" in bench.log.summary.notes
    assert "the kernel dropped 7 packets unread" in bench.log.summary.notes


def test_a_flood_costs_nobody_else_a_packet(bench: Bench) -> None:
    """All at once, so that nothing is followed meanwhile: the same on every machine."""
    began = time.time() - 5.0

    def small(number: int) -> Datagram:
        flow = Flow("eth0", "10.0.0.2", 5353, "224.0.0.251", 5353, "02:00:00:00:00:02", "frame")
        return Datagram(began + number / 100, flow, query(f"_small-{number}._tcp.local"))

    def flood(number: int) -> Datagram:
        return asked(began + number / 5_000, f"_flood-{number}._tcp.local")

    bench.source.first = [small(0), small(0)]
    for number in range(200):
        bench.source.first += [flood(25 * number + each) for each in range(25)] + [small(number)]
    bench.run()
    bursts = {
        event.burst.host.addresses: event.burst
        for event in bench.log.events
        if isinstance(event, BurstClosed)
    }
    assert (bursts["10.0.0.2",].packets, bursts["10.0.0.2",].types) == (202, 200)
    opened = [event.finding for event in bench.log.events if isinstance(event, FindingOpened)]
    assert {finding.host.addresses for finding in opened} >= {("10.0.0.1",), ("10.0.0.2",)}
    closed = {
        event.finding.host.addresses: event.finding
        for event in bench.log.events
        if isinstance(event, FindingClosed)
    }
    assert "query-flood" in closed["10.0.0.1",].rules
    assert "type-sweep" in closed["10.0.0.2",].rules
    assert losses.LEFT_OUT in closed["10.0.0.2",].coverage
    (said,) = bench.said
    assert said.startswith("More comes than can be followed")
    summary = bench.log.summary
    assert summary is not None
    (note,) = (note for note in summary.notes if note.startswith("left out"))
    left_out = 5_000 - (summary.packets - 202)
    assert note == f"left out {left_out:,} packets of {MAC} beyond the budget"
    assert left_out > 2_000


def test_a_source_that_cannot_start(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: FakeSource) -> None:
        raise OSError("no")

    monkeypatch.setattr(FakeSource, "start", refuse)
    with contextlib.suppress(OSError):
        bench.run()
    assert bench.log.lines == []


def test_sighup_reads_the_configuration_again(bench: Bench) -> None:
    silent = Settings(core=CoreSettings(rules={}))
    bench.watch._reload = lambda: silent

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        os.kill(os.getpid(), signal.SIGHUP)
        loop.call_later(0.05, bench.source.on_batch, [asked(time.time(), META)])

    bench.run(0.2, later)
    assert "The configuration was read again" in bench.said[-1]
    assert FindingOpened.__name__ not in bench.log.of("told")


def test_sighup_with_a_mistake_keeps_the_old_one(bench: Bench) -> None:
    def broken() -> Settings:
        raise WhoasksError("hosts[0] has no role", "Give it one")

    bench.watch._reload = broken

    def later(source: object) -> None:
        loop = asyncio.get_running_loop()
        os.kill(os.getpid(), signal.SIGHUP)
        loop.call_later(0.05, bench.source.on_batch, [asked(time.time(), META)])

    bench.run(0.2, later)
    assert bench.said[-1] == "The configuration stays as it was. hosts[0] has no role. Give it one."
    assert FindingOpened.__name__ in bench.log.of("told")


def test_how_long_things_are_kept_is_taken_over_at_once(bench: Bench) -> None:
    shorter = Settings(core=CoreSettings(), retention=Retention(bursts=1))
    bench.watch._reload = lambda: shorter

    def again(source: object) -> None:
        asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGHUP)

    bench.run(0.3, again)
    assert [kept.bursts for kept in bench.log.retentions] == [Retention().bursts, 1]
