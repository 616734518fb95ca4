"""A whole browse with a zeroconf that is not one, in time that passes at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from zeroconf import DNSAddress, DNSHinfo, DNSPointer, DNSService, DNSText, RecordUpdate

from whoasks.browse import session
from whoasks.browse.foreign import record_of
from whoasks.browse.intake import Intake
from whoasks.browse.packets import Ask, build
from whoasks.browse.plan import Plan
from whoasks.browse.session import BrowseError, Browser, Ending
from whoasks.core import wire
from whoasks.core.inventory import Inventory
from whoasks.core.model import PTR, SRV, TXT, A, Datagram, Flow, Record, Srv

HTTP = "_http._tcp.local."
FLOW = Flow("eth0", "10.0.0.9", 5353, "224.0.0.251", 5353)


class _Selector(selectors.DefaultSelector):
    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout:
            self.skipped += timeout
        return super().select(0)


class FastLoop(asyncio.SelectorEventLoop):
    """Time jumps to whatever is waited for."""

    def __init__(self) -> None:
        self.selector = _Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return super().time() + self.selector.skipped


class FakeZeroconf:
    """Keeps what is sent; the test answers."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.listener: Any = None
        self.closed = False
        self.on_send: Callable[[bytes], None] = lambda packet: None
        self.zeroconf = self

    async def async_wait_for_start(self) -> None:
        pass

    def async_add_listener(self, listener: Any, question: Any) -> None:
        self.listener = listener

    def async_send(self, out: Any) -> None:
        for packet in out.packets():
            self.sent.append(packet)
            self.on_send(packet)

    async def async_close(self) -> None:
        self.closed = True


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> FakeZeroconf:
    fake = FakeZeroconf()
    monkeypatch.setattr(session, "AsyncZeroconf", lambda **kwargs: fake)
    return fake


@pytest.fixture
def loop() -> Iterator[FastLoop]:
    loop = FastLoop()
    yield loop
    loop.close()


class Case:
    """A browser with its parts at hand."""

    def __init__(self) -> None:
        self.inventory = Inventory({})
        self.intake = Intake(self.inventory)
        self.plan = Plan(self.inventory)
        self.browser = Browser(self.plan, self.inventory, self.intake.feed, ["10.0.0.1"])

    def run(self, **kwargs: Any) -> Coroutine[Any, Any, Ending]:
        return self.browser.run(**kwargs)


def response(*names: str) -> bytes:
    """PTR answers, made of a query packet with known answers and the QR bit."""
    from whoasks.browse.packets import KnownAnswer

    known = tuple(KnownAnswer(name, 4500) for name in names)
    packet = bytearray(build([Ask(HTTP, PTR, known)])[0])
    packet[2] |= 0x84
    return bytes(packet)


def test_silence(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()
    ending = loop.run_until_complete(case.run())
    assert (ending.reason, ending.rounds, ending.packets) == ("quiet", 2, 2)
    assert ending.took == pytest.approx(1.42, abs=0.1)
    assert ending.quiet_for == pytest.approx(ending.took, abs=0.1)
    assert len(voice.sent) == 2
    assert voice.closed


def test_what_the_multicast_sockets_hear_steers_the_plan(
    voice: FakeZeroconf, loop: FastLoop
) -> None:
    case = Case()

    def answer(packet: bytes) -> None:
        if len(voice.sent) == 1:
            heard = [Datagram(1e9, FLOW, response(f"Web.{HTTP}")), Datagram(1e9, FLOW, b"junk")]
            loop.call_later(0.05, case.browser.hear, heard)

    voice.on_send = answer
    loop.run_until_complete(case.run())
    asked = [(q.name, q.qtype) for p in voice.sent for q in wire.decode(p).questions]
    assert (f"Web.{HTTP}", SRV) in asked
    assert (f"Web.{HTTP}", TXT) in asked
    assert [s.first_seen for s in case.inventory.services()] == [1e9]
    assert case.intake.malformed == 1


def test_what_only_zeroconf_hears_is_taken_in_later(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()
    pointer = DNSPointer(HTTP, PTR, 1, 4500, f"v1.2 x.{HTTP}")

    def answer(packet: bytes) -> None:
        if len(voice.sent) == 1:
            voice.listener.async_update_records(None, 0.0, [RecordUpdate(pointer, None)])

    voice.on_send = answer
    loop.run_until_complete(case.run())
    (service,) = case.inventory.services()
    assert (service.instance, service.interfaces) == ("v1.2 x", ())
    assert case.inventory.owners_of(HTTP, PTR) == ("zeroconf",)


def test_what_both_hear_is_taken_in_once(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()
    pointer = DNSPointer(HTTP, PTR, 1, 4500, f"v1.2 x.{HTTP}")

    def answer(packet: bytes) -> None:
        if len(voice.sent) == 1:
            case.browser.hear([Datagram(1e9, FLOW, response(f"v1\\.2 x.{HTTP}"))])
            voice.listener.async_update_records(None, 0.0, [RecordUpdate(pointer, None)])

    voice.on_send = answer
    loop.run_until_complete(case.run())
    assert case.inventory.owners_of(HTTP, PTR) == ("10.0.0.9",)
    assert [s.interfaces for s in case.inventory.services()] == [("eth0",)]


def test_timeout_and_progress(voice: FakeZeroconf, loop: FastLoop) -> None:
    ticks: list[int] = []
    ending = loop.run_until_complete(Case().run(timeout=0.5, on_tick=lambda: ticks.append(1)))
    assert ending.reason == "timeout"
    assert ending.took == pytest.approx(0.5, abs=0.1)
    assert ticks


def test_interrupted(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()
    task = loop.create_task(case.run())
    loop.call_later(0.2, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    assert voice.closed
    assert case.browser.ending("interrupted").rounds == 1


def test_no_port_is_a_sentence(monkeypatch: pytest.MonkeyPatch, loop: FastLoop) -> None:
    def refuse(**kwargs: Any) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(session, "AsyncZeroconf", refuse)
    with pytest.raises(BrowseError, match=r"port 5353 .* doctor"):
        loop.run_until_complete(Case().run())


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (
            DNSPointer(HTTP, PTR, 1, 10, f"a\\b.{HTTP}"),
            Record(HTTP, PTR, 1, 10, f"a\\\\b.{HTTP}"),
        ),
        (
            DNSService("x", SRV, 0x8001, 10, 1, 2, 80, "h.local."),
            Record("x", SRV, 1, 10, Srv(1, 2, 80, "h.local."), True),
        ),
        (DNSText("x", TXT, 1, 10, b"\x01a"), Record("x", TXT, 1, 10, b"\x01a")),
        (DNSAddress("x", A, 1, 10, b"\x0a\x00\x00\x09"), Record("x", A, 1, 10, "10.0.0.9")),
        (DNSHinfo("x", 13, 1, 10, "cpu", "os"), None),
        (DNSPointer("x", PTR, 1, 10, "caf\ufffd.x"), None),
        (DNSText("caf\ufffd.x", TXT, 1, 10, b"\x01a"), None),
        (DNSService("x", SRV, 1, 10, 0, 0, 80, "caf\ufffd"), None),
    ],
    ids=["PTR", "SRV", "TXT", "A", "HINFO", "PTR to lost", "TXT of lost", "SRV to lost"],
)
def test_zeroconfs_records_as_ours(theirs: Any, ours: Record | None) -> None:
    assert record_of(theirs) == ours


def test_something_else_is_done_once_while_nothing_is_asked(
    voice: FakeZeroconf, loop: FastLoop
) -> None:
    done: list[int] = []
    loop.run_until_complete(Case().run(on_idle=lambda: done.append(len(voice.sent))))
    assert done == [1]


def test_the_last_round_and_what_was_waited_for(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()

    def answer(packet: bytes) -> None:
        if len(voice.sent) == 1:
            heard = [Datagram(1e9, FLOW, response(f"Web.{HTTP}"))]
            loop.call_later(0.4, case.browser.hear, heard)

    voice.on_send = answer
    ending = loop.run_until_complete(case.run())
    assert ending.found == 0
    assert ending.waited == pytest.approx(0.48, abs=0.02)  # the slowest answer, and a little more


def test_a_goodbye_in_the_last_second_counts(voice: FakeZeroconf, loop: FastLoop) -> None:
    case = Case()

    def goodbye(name: str) -> bytes:
        packet = bytearray(response(name))
        at = packet.rindex(b"\x00\x0c\x00\x01") + 4
        packet[at : at + 4] = bytes(4)
        return bytes(packet)

    def answer(packet: bytes) -> None:
        if len(voice.sent) == 1:
            came = [Datagram(1e9, FLOW, response(f"{name}.{HTTP}")) for name in ("Web", "Stays")]
            loop.call_later(0.05, case.browser.hear, came)
            gone = [Datagram(1e9 + 0.9, FLOW, goodbye(f"Web.{HTTP}"))]
            loop.call_later(0.95, case.browser.hear, gone)

    voice.on_send = answer
    loop.run_until_complete(case.run(timeout=1.2))
    stale = {service.instance: service.stale for service in case.inventory.services()}
    assert stale == {"Web": True, "Stays": False}
