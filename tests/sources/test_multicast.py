"""The multicast source on the loopback interface: no privilege, nothing leaves the machine."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from whoasks.core.model import Datagram
from whoasks.sources import following, group_socket, interfaces, multicast
from whoasks.sources.group_socket import GroupSocket
from whoasks.sources.interfaces import Interface, SourceError
from whoasks.sources.multicast import MulticastSource
from whoasks.sources.neighbours import NeighbourTable
from whoasks.sources.netlink import Neighbour

LO = next(interface for interface in interfaces.discover() if interface.loopback)
GROUP = ("224.0.0.251", 5353)
QUERY = bytes.fromhex("000000000001000000000000055f68747470045f746370056c6f63616c00000c0001")


@contextmanager
def speaker(port: int = 0, ttl: int = 255) -> Iterator[Callable[[bytes], int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        sock.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", b"", b"", LO.index)
        )
        sock.bind(("127.0.0.1", port))
        yield lambda payload: sock.sendto(payload, GROUP)


@contextmanager
def group(
    mac_of: Callable[[str], str | None] = lambda _: None,
    turns_away: Callable[[str], bool] | None = None,
) -> Iterator[GroupSocket]:
    with closing(GroupSocket(LO, socket.AF_INET, mac_of, turns_away)) as sock:
        yield sock


def taken(sock: GroupSocket, limit: int = 100) -> list[Datagram]:
    found: list[Datagram] = []
    sock.receive(found, limit)
    return found


async def until(done: Callable[[], bool], patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not done():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("mac", "whose"), [(None, "127.0.0.1%lo"), ("02:00:00:00:00:01", "02:00:00:00:00:01")]
)
def test_who_is_turned_away_is_read_past(mac: str | None, whose: str):
    asked: list[str] = []
    away = True

    def turns_away(key: str) -> bool:
        asked.append(key)
        return away

    with group(lambda _: mac, turns_away) as sock, speaker() as say:
        say(QUERY)
        assert taken(sock) == []
        away = False
        say(QUERY)
        say(QUERY)
        assert len(taken(sock)) == 2
    assert asked == [whose, whose]  # once it has a flow, nobody is asked


def test_what_a_datagram_says():
    with group() as sock, speaker(ttl=7) as say:
        before = time.time()
        say(QUERY)
        after = time.time()
        (datagram,) = taken(sock)
    flow = datagram.flow
    assert datagram.payload == QUERY
    # The kernel's stamp, not ours: it lies between the two readings around sending.
    assert before - 0.001 <= datagram.at <= after + 0.001
    assert (flow.interface, flow.source, flow.ttl) == ("lo", "127.0.0.1", 7)
    assert (flow.destination, flow.destination_port) == GROUP
    assert (flow.mac, flow.mac_source) == (None, None)


def test_one_flow_for_one_sender():
    with group() as sock, speaker() as say, speaker() as other:
        for speak in (say, other, say):
            speak(QUERY)
        first, second, third = (datagram.flow for datagram in taken(sock))
    assert first is third
    assert first is not second


def test_unicast_is_left_to_the_responder():
    with group() as sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as say:
        say.sendto(QUERY, ("127.0.0.1", 5353))
        assert taken(sock) == []


def test_too_large_is_cut_and_counted():
    with group() as sock, speaker() as say:
        say(bytes(9_000))
        say(bytes(9_001))
        assert [len(datagram.payload) for datagram in taken(sock)] == [9_000, 9_000]
        assert sock.truncated == 1


def test_a_drain_is_bounded():
    with group() as sock, speaker() as say:
        for _ in range(5):
            say(QUERY)
        assert [len(taken(sock, 3)) for _ in range(3)] == [3, 2, 0]


def test_drops_are_told_without_another_packet(monkeypatch):
    monkeypatch.setattr(group_socket, "RECEIVE_BUFFER", 4_096)
    with group() as sock, speaker() as say:
        for _ in range(200):
            say(QUERY)
        assert sock.drops > 0
        assert sock.drops + len(taken(sock, 1_000)) == 200


def test_joining_twice_is_harmless():
    with group() as sock, speaker() as say:
        sock.join()
        say(QUERY)
        assert len(taken(sock)) == 1


def test_two_listeners_share_the_port():
    with group() as one, group() as two, speaker() as say:
        say(QUERY)
        assert [len(taken(one)), len(taken(two))] == [1, 1]


def test_a_mac_that_becomes_known_or_changes_makes_the_flow_anew():
    macs: list[str | None] = [None]
    with group(lambda _: macs[-1]) as sock, speaker() as say:

        def flow():
            say(QUERY)
            return taken(sock)[0].flow

        unknown = flow()
        sock.recheck()
        assert flow() is unknown
        macs.append("02:00:5e:10:00:01")
        assert flow() is unknown
        sock.recheck()
        known = flow()
        assert (known.mac, known.mac_source) == ("02:00:5e:10:00:01", "neighbour")
        macs.append(None)
        sock.recheck()
        assert flow() is known, "what was learned is not unlearned"
        macs.append("02:00:5e:10:00:02")
        sock.recheck()
        assert flow().mac == "02:00:5e:10:00:02"


def test_flows_are_capped(monkeypatch):
    monkeypatch.setattr(group_socket, "FLOW_CAP", 20)
    with group() as sock:
        for _ in range(200):
            with speaker() as say:
                say(QUERY)
            taken(sock)
            assert len(sock._young) + len(sock._old) <= 20


@pytest.mark.parametrize(
    ("number", "sentence", "remedy"),
    [
        pytest.param(
            errno.EADDRINUSE,
            "Another program holds UDP port 5353 and does not share it.",
            "ss -ulpn",
            id="port held",
        ),
        pytest.param(
            errno.EPERM,
            "This process may not listen to mDNS on 'lo'.",
            "sandbox",
            id="forbidden",
        ),
        pytest.param(
            errno.EMFILE,
            "Listening to mDNS on 'lo' failed: Too many open files.",
            "whoasks doctor",
            id="anything else",
        ),
    ],
)
def test_what_the_machine_forbids_is_explained(monkeypatch, number, sentence, remedy):
    def refuse(*_: object) -> None:
        raise OSError(number, "Too many open files")

    monkeypatch.setattr(multicast, "GroupSocket", refuse)

    async def run() -> None:
        MulticastSource(["lo"], lambda _: None).start()

    with pytest.raises(SourceError) as caught:
        asyncio.run(run())
    assert caught.value.sentence == sentence
    assert remedy in caught.value.remedy


def test_a_port_that_is_not_shared():
    async def run() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as selfish:
            selfish.bind(("", 5353))
            MulticastSource(["lo"], lambda _: None).start()

    with pytest.raises(SourceError, match="does not share it"):
        asyncio.run(run())


def test_a_start_that_fails_hands_nothing_on(monkeypatch):
    real = GroupSocket
    found: list[Datagram] = []

    def half(interface: Interface, family: socket.AddressFamily, *more) -> GroupSocket:
        if family == socket.AF_INET6:
            with speaker() as say:
                say(QUERY)
            raise OSError(errno.EMFILE, "Too many open files")
        return real(interface, family, *more)

    monkeypatch.setattr(multicast, "GroupSocket", half)

    async def run() -> None:
        MulticastSource(["lo"], found.extend).start()

    with pytest.raises(SourceError):
        asyncio.run(run())
    assert found == []


def test_no_family_at_all(monkeypatch):
    def absent(*_: object) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "")

    monkeypatch.setattr(multicast, "GroupSocket", absent)

    async def run() -> None:
        MulticastSource(["lo"], lambda _: None).start()

    with pytest.raises(SourceError, match=r"None of the chosen interfaces .*: lo"):
        asyncio.run(run())


def test_batches_reach_the_callback_and_closing_hands_on_the_rest():
    found: list[Datagram] = []

    async def run() -> MulticastSource:
        source = MulticastSource(["lo"], found.extend)
        async with source:
            assert [interface.name for interface in source.interfaces] == ["lo"]
            assert "127.0.0.1" in source.own_addresses
            with speaker() as say:
                say(QUERY)
                await until(lambda: len(found) == 1)
                say(QUERY)
        return source

    source = asyncio.run(run())
    assert len(found) == 2
    assert source.counts == {"received": 2, "kernel_drops": 0, "truncated": 0}
    source.close()


def test_coverage_says_what_is_not_heard(monkeypatch):
    real = GroupSocket

    def only_ipv4(interface: Interface, family: socket.AddressFamily, *more) -> GroupSocket:
        if family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "")
        return real(interface, family, *more)

    monkeypatch.setattr(multicast, "GroupSocket", only_ipv4)

    async def run() -> list[str]:
        async with MulticastSource(["lo"], lambda _: None) as source:
            return source.coverage()

    assert "IPv6 is not heard on lo." in asyncio.run(run())


class Machine:
    """What ``discover`` finds, to be changed while a source runs."""

    def __init__(self, monkeypatch, *present: Interface) -> None:
        self.present = present
        monkeypatch.setattr(following, "discover", lambda: self.present)


def changed(**values: object) -> Interface:
    return Interface(**{**{f: getattr(LO, f) for f in LO.__struct_fields__}, **values})  # type: ignore[arg-type]


def test_interfaces_are_followed(monkeypatch):
    machine = Machine(monkeypatch, LO)
    found: list[Datagram] = []
    told: list[str] = []

    async def run() -> None:
        async with MulticastSource(
            ["lo"], found.extend, on_change=told.append, poll=0.02
        ) as source:
            machine.present = (changed(ipv4=("127.0.0.1", "127.0.0.77")),)
            await until(lambda: len(told) == 1)
            assert "127.0.0.77" in source.own_addresses
            machine.present = ()
            await until(lambda: len(told) == 2)
            assert (source.interfaces, source.own_addresses) == ((), frozenset())
            machine.present = (LO,)
            await until(lambda: len(told) == 3)
            with speaker() as say:
                say(QUERY)
            await until(lambda: len(found) == 1)
            assert source.notes == told

    asyncio.run(run())
    assert told == ["lo changed its addresses", "lo went away", "lo joined"]


def test_trouble_while_running_is_said_once_and_retried(monkeypatch):
    machine = Machine(monkeypatch, LO)
    told: list[str] = []
    real, refusals = GroupSocket, [errno.EMFILE] * 4

    def sometimes(*arguments) -> GroupSocket:
        if told and refusals:
            raise OSError(refusals.pop(), "Too many open files")
        return real(*arguments)

    monkeypatch.setattr(multicast, "GroupSocket", sometimes)

    async def run() -> list[Datagram]:
        found: list[Datagram] = []
        source = MulticastSource(["lo"], found.extend, on_change=told.append, poll=0.02)
        async with source:
            machine.present = ()
            await until(lambda: told == ["lo went away"])
            machine.present = (LO,)
            await until(lambda: not refusals and not source.coverage()[3:])
            with speaker() as say:
                say(QUERY)
            await until(lambda: bool(found))
        return found

    assert len(asyncio.run(run())) == 1
    assert told[1] == "lo joined"
    assert [note for note in told[2:] if "Too many open files" in note] == told[2:]
    assert len(told) == 3


def test_notes_are_capped(monkeypatch):
    monkeypatch.setattr(multicast, "NOTES_CAP", 3)
    machine = Machine(monkeypatch, LO)

    async def run() -> MulticastSource:
        told: list[str] = []
        source = MulticastSource(["lo"], lambda _: None, on_change=told.append, poll=0.01)
        async with source:
            for turn in range(1, 6):
                machine.present = () if turn % 2 else (LO,)
                await until(lambda turn=turn: len(told) == turn)
        return source

    source = asyncio.run(run())
    assert (len(source.notes), source.notes_dropped) == (3, 2)


def test_neighbours_and_own_interfaces_give_the_mac(monkeypatch):
    Machine(monkeypatch, changed(mac="02:00:5e:10:00:07"))
    found: list[Datagram] = []

    async def run() -> None:
        table = NeighbourTable(lambda: [Neighbour(LO.index, "127.0.0.1", 2, "02:00:5e:10:00:01")])
        async with MulticastSource(["lo"], found.extend, neighbours=table):
            with speaker() as say:
                say(QUERY)
            await until(lambda: bool(found))

    asyncio.run(run())
    assert found[0].flow.mac == "02:00:5e:10:00:07", "our own address has our own MAC"
