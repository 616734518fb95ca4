"""One packet socket on the loopback interface: what its ring gives, and what it survives."""

from __future__ import annotations

import errno
import os
import struct
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
from tests.helpers import pcaps as p
from tests.sources.capturing import LO, about, needs_capture, speaker

from whoasks.core.model import Datagram
from whoasks.sources import bpf, packet_socket
from whoasks.sources.flow_table import FlowTable
from whoasks.sources.link import Holder, Links
from whoasks.sources.packet_socket import BLOCK, RETIRE, PacketSocket

pytestmark = needs_capture
SIZE = 8 * BLOCK


@pytest.fixture
def sock() -> Iterator[PacketSocket]:
    made = PacketSocket()
    yield made
    made.close()


def reader() -> Holder:
    counts: Counter[str] = Counter()
    return Links(counts, FlowTable(counts)).holder(1, "lo")


def listen(sock: PacketSocket, **options: bool) -> None:
    sock.capture(LO, bpf.program(incoming_only=True), SIZE, **options)


def taken(sock: PacketSocket, wait: float = 3 * RETIRE) -> list[Datagram]:
    time.sleep(wait)
    found: list[Datagram] = []
    while sock.receive(found, reader()):
        pass
    return found


def mark() -> bytes:
    return os.urandom(12)


def test_what_a_datagram_says(sock: PacketSocket) -> None:
    listen(sock)
    said = mark()
    with speaker() as say:
        before = time.time()
        say(said)
        after = time.time()
    (datagram,) = about(taken(sock), said)  # once, although lo shows it going out and coming in
    flow = datagram.flow
    assert before - 0.001 <= datagram.at <= after + 0.001
    assert (flow.interface, flow.source, flow.destination) == ("lo", "127.0.0.1", "127.0.0.1")
    assert (flow.destination_port, flow.mac, flow.vlan) == (5353, None, None)
    assert datagram.payload == said


def test_ipv6_too(sock: PacketSocket) -> None:
    listen(sock)
    said = mark()
    with speaker("::1") as say:
        say(said)
    assert [each.flow.source for each in about(taken(sock), said)] == ["::1"]


def test_fragments_are_put_together(sock: PacketSocket) -> None:
    listen(sock)
    said = mark() + bytes(65_000)  # the loopback's frames hold 65,536 bytes; IPv4 never more
    with speaker() as say:
        say(said)
    assert [each.payload for each in about(taken(sock), said[:12])] == [said]


def test_nothing_before_capture_and_nothing_after_release(sock: PacketSocket) -> None:
    said = mark()
    with speaker() as say:
        say(said)
        listen(sock)
        sock.release()
        say(said)
    assert about(taken(sock), said) == []
    assert sock.interface is None


def test_a_released_socket_serves_again(sock: PacketSocket) -> None:
    listen(sock)
    said, later = mark(), mark()
    with speaker() as say:
        say(said)
        sock.release()
        time.sleep(3 * RETIRE)
        listen(sock, promiscuous=True)
        say(later)
    found = taken(sock)
    assert len(about(found, later)) == 1
    assert about(found, said) == [], "what the interface before it said is not mixed in"


def test_drops_are_counted_and_stay_counted(sock: PacketSocket) -> None:
    sock.capture(LO, bpf.program(incoming_only=True), 1)
    said = mark() + bytes(30_000)
    sent = 5 * packet_socket.LEAST * BLOCK // len(said)
    with speaker() as say:
        for _ in range(sent):
            say(said)
    dropped = sock.drops
    assert dropped > 0
    assert sock.drops >= dropped
    assert dropped + len(about(taken(sock), said[:12])) >= sent
    sock.close()
    assert sock.drops >= dropped


def test_a_ring_that_does_not_fit_becomes_smaller(
    sock: PacketSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = sock._socket

    class Tight:
        def setsockopt(self, level: int, option: int, value: bytes | int) -> None:
            if option == packet_socket._RX_RING and isinstance(value, bytes):
                asked.append(struct.unpack("=7I", value)[1])
                if asked[-1] > 8:
                    raise OSError(errno.ENOMEM, "no memory")
            real.setsockopt(level, option, value)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr(sock, "_socket", Tight())
    sock.capture(LO, bpf.program(), 32 * BLOCK)
    assert asked == [32, 16, 8]


def test_an_interface_that_is_not_there(sock: PacketSocket) -> None:
    with pytest.raises(OSError, match="No such device"):
        sock.capture(msgspec.structs.replace(LO, name="nosuch0"), bpf.program(), SIZE)


def test_closing_twice(sock: PacketSocket) -> None:
    listen(sock)
    sock.close()
    sock.close()


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        pytest.param(0x10, 0, "8100", id="an old kernel does not tell the kind"),
        pytest.param(0x50, 0x88A8, "88a8", id="an outer tag"),
    ],
)
def test_a_tag_that_was_taken_off_is_put_back(status: int, kind: int, expected: str) -> None:
    frame = packet_socket._with_tag(p.QUERY_FRAME, status, 0xE005, kind)
    assert frame[12:16].hex() == expected + "e005"
    found = reader()(frame, 0, len(frame), len(frame))
    assert isinstance(found, tuple)
    assert found[0].vlan == 5
