"""The capture source on the loopback interface: its life, its interfaces, its words."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.helpers import pcaps as p
from tests.sources.capturing import LO, about, needs_capture, speaker, until

from whoasks.core.model import Datagram, Flow
from whoasks.sources import capture_sockets, following, packet_capture
from whoasks.sources.capture_sockets import CaptureSockets
from whoasks.sources.interfaces import Interface, SourceError
from whoasks.sources.packet_capture import CaptureSource
from whoasks.sources.packet_socket import PacketSocket

pytestmark = needs_capture


@pytest.fixture
def sockets() -> Iterator[CaptureSockets]:
    with CaptureSockets() as made:
        yield made


class Machine:
    """What ``discover`` finds, to be changed while a source runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *present: Interface) -> None:
        self.present = present
        monkeypatch.setattr(following, "discover", lambda: self.present)


def changed(**values: object) -> Interface:
    return msgspec.structs.replace(LO, **values)


def test_batches_reach_the_callback_and_closing_hands_on_the_rest(sockets: CaptureSockets) -> None:
    found: list[Datagram] = []
    first, last = os.urandom(12), os.urandom(12)

    async def run() -> CaptureSource:
        async with CaptureSource(["lo"], found.extend, sockets=sockets) as source:
            assert [interface.name for interface in source.interfaces] == ["lo"]
            assert "127.0.0.1" in source.own_addresses
            with speaker() as say:
                say(first)
                await until(lambda: about(found, first))
                say(last)
        return source

    source = asyncio.run(run())
    assert [len(about(found, mark)) for mark in (first, last)] == [1, 1]
    assert source.counts["received"] == len(found)
    assert source.counts["kernel_drops"] == source.counts["truncated"] == 0
    source.close()


def test_the_groups_stay_joined_and_no_socket_holds_the_port(sockets: CaptureSockets) -> None:
    async def run() -> None:
        async with CaptureSource(["lo"], lambda _: None, sockets=sockets) as source:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as selfish:
                selfish.bind(("127.0.0.1", 5353))
            # IPv4 groups are told of by their bytes; IPv6 is there on lo as well.
            assert "FB0000E0" in Path("/proc/net/igmp").read_text(encoding="ascii")
            assert not [line for line in source.coverage() if "group" in line]

    asyncio.run(run())


def test_interfaces_are_followed(sockets: CaptureSockets, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, LO)
    found: list[Datagram] = []
    told: list[str] = []
    mark = os.urandom(12)

    async def run() -> None:
        source = CaptureSource(
            ["lo"], found.extend, sockets=sockets, on_change=told.append, poll=0.02, follow_ups=True
        )
        async with source:
            machine.present = (changed(ipv4=("127.0.0.1", "127.0.0.77")),)
            await until(lambda: len(told) == 1)
            assert "127.0.0.77" in source.own_addresses
            machine.present = ()
            await until(lambda: len(told) == 2)
            assert (source.interfaces, source.own_addresses) == ((), frozenset())
            machine.present = (LO,)
            await until(lambda: len(told) == 3)
            with speaker() as say:
                say(mark)
            await until(lambda: about(found, mark))
            assert source.notes == told

    asyncio.run(run())
    assert told == ["lo changed its addresses", "lo went away", "lo joined"]


def test_an_interface_flaps_for_longer_than_there_are_sockets(
    sockets: CaptureSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket goes back and serves again; notes are capped."""
    monkeypatch.setattr(packet_capture, "NOTES_CAP", 3)
    machine = Machine(monkeypatch, LO)
    told: list[str] = []

    async def run() -> CaptureSource:
        async with CaptureSource(
            ["lo"], lambda _: None, sockets=sockets, on_change=told.append, poll=0.005
        ) as source:
            for turn in range(2 * capture_sockets.ETHERNET + 2):
                machine.present = (LO,) if turn % 2 else ()
                await until(lambda turn=turn: len(told) == turn + 1)
        return source

    source = asyncio.run(run())
    assert set(told) == {"lo went away", "lo joined"}
    assert (len(source.notes), source.notes_dropped) == (3, len(told) - 3)


def test_more_interfaces_than_sockets_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_sockets, "ETHERNET", 1)
    other = changed(name="lo2", index=LO.index + 1_000)
    machine = Machine(monkeypatch, LO)
    told: list[str] = []

    async def run() -> None:
        with CaptureSockets() as sockets:
            source = CaptureSource(
                ["lo", "lo2"], lambda _: None, sockets=sockets, on_change=told.append, poll=0.01
            )
            # At the start only one of them is there.
            monkeypatch.setattr(following, "choose", lambda names, everything: (LO,))
            async with source:
                machine.present = (LO, other)
                await until(lambda: told)
                await asyncio.sleep(0.05)

    asyncio.run(run())
    assert told == ["No capture socket is left for 'lo2'. Start the watch again to have more."]


@pytest.mark.parametrize(
    ("names", "words"),
    [pytest.param(["nosuch0"], "There is no interface 'nosuch0'", id="no such interface")],
)
def test_a_start_that_fails_leaves_nothing_open(
    names: list[str], words: str, sockets: CaptureSockets
) -> None:
    async def run() -> None:
        CaptureSource(names, lambda _: None, sockets=sockets).start()

    with pytest.raises(SourceError, match=words):
        asyncio.run(run())
    assert {sock.fileno() for sock in sockets.made} == {-1}


def test_what_the_machine_forbids_is_explained(
    sockets: CaptureSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(PacketSocket, "capture", refuse)

    async def run() -> None:
        CaptureSource(["lo"], lambda _: None, sockets=sockets).start()

    with pytest.raises(SourceError, match="on 'lo' failed: Cannot allocate memory"):
        asyncio.run(run())


def test_what_is_captured_apart_counts_there_alone(
    sockets: CaptureSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame of a VLAN that is an interface of its own passes that one too."""
    found: list[Datagram] = []
    flows = [Flow("lo", "10.0.0.1", 5353, "224.0.0.251", 5353, vlan=vlan) for vlan in (None, 5, 6)]

    def receive(self: PacketSocket, into: list[Datagram], *_: object) -> int:
        into += [Datagram(1.0, flow, p.QUERY) for flow in flows]
        count = len(flows)
        flows.clear()
        return count

    monkeypatch.setattr(PacketSocket, "receive", receive)
    monkeypatch.setattr(packet_capture, "captured_apart", lambda names: {"lo": frozenset({5})})

    async def run() -> None:
        async with CaptureSource(["lo"], found.extend, sockets=sockets):
            pass

    asyncio.run(run())
    assert [each.flow.vlan for each in found] == [None, 6]


def test_coverage_without_macs(sockets: CaptureSockets, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel has no frames to tell MACs by; lo stands in for one."""
    Machine(monkeypatch, changed(loopback=False, multicast=True))

    async def run() -> list[str]:
        async with CaptureSource(["lo"], lambda _: None, sockets=sockets) as source:
            return source.coverage()

    said = asyncio.run(run())
    assert "lo has no MACs: hosts there are known by their addresses." in said
    assert said[0].startswith("Unicast between other hosts")
