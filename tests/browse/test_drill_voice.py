"""A drill on the wire, over the loopback: sockets, order, pauses, and what refuses."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from whoasks.browse import drill_voice
from whoasks.browse.drill import Packet
from whoasks.browse.drill_voice import DrillError, Place, Sent, Voice
from whoasks.core.model import GROUP_IPV4

LO = socket.if_nametoindex("lo") if sys.platform == "linux" else socket.if_nametoindex("lo0")
HERE = Place("lo", LO)
ALSO = Place("lo", LO, ipv6=True)
NOWHERE = Place("gone0", 2**30)
SCRIPT = [Packet(b"mark", 1), Packet(b"first", 1, 1.0), Packet(b"second", 2, 0.1)]


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Hears the group on the loopback, with the sender's TTL."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_RECVTTL", 12), 1)
        sock.bind((GROUP_IPV4, 5353))
        request = struct.pack("=4s4si", socket.inet_aton(GROUP_IPV4), bytes(4), LO)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        sock.settimeout(5)
        yield sock


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    "legacy", [pytest.param(False, id="port 5353"), pytest.param(True, id="ephemeral port")]
)
def test_what_arrives(ear: socket.socket, legacy: bool) -> None:
    clock, sent = Clock(), Sent()
    with Voice([HERE], legacy=legacy) as voice:
        voice.say({"lo": SCRIPT}, sent, clock=clock, sleep=clock.sleep)
    heard = [ear.recvmsg(100, socket.CMSG_SPACE(4)) for _ in SCRIPT]
    assert [payload for payload, *_ in heard] == [b"mark", b"first", b"second"]
    assert {struct.unpack("=i", data)[0] for _, ((*_, data),), *_ in heard} == {255}
    ports = {address[1] for *_, address in heard}
    assert len(ports) == 1
    assert (ports == {5353}) is not legacy
    assert (sent.packets, sent.mark_at, sent.first_at) == (3, 1_000.0, 1_001.0)
    assert clock.now == pytest.approx(1_001.1)


def test_every_interface_says_its_own() -> None:
    said: list[tuple[str, bytes]] = []

    class Deaf:
        def __init__(self, place: Place) -> None:
            self.place = place

        def sendto(self, payload: bytes, target: tuple[object, ...]) -> None:
            said.append((str(self.place), payload))

        def close(self) -> None: ...

    places = [Place("a", 1), Place("a", 1, ipv6=True), Place("b", 2)]
    scripts = {"a": [Packet(b"a1", 1), Packet(b"a2", 1)], "b": [Packet(b"b1", 1), Packet(b"b2", 1)]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drill_voice, "_open", lambda place, port: Deaf(place))
        with Voice(places, legacy=False) as voice:
            voice.say(scripts, Sent(), sleep=lambda seconds: None)
    assert said == [
        *(("a (IPv4)", b"a1"), ("a (IPv6)", b"a1"), ("b (IPv4)", b"b1")),
        *(("a (IPv4)", b"a2"), ("a (IPv6)", b"a2"), ("b (IPv4)", b"b2")),
    ]


class TestRefusals:
    """One place that refuses is named; all of them end it."""

    def test_one_of_two(self, ear: socket.socket) -> None:
        sent = Sent()
        with Voice([NOWHERE, HERE], legacy=False) as voice:
            voice.say({"lo": [SCRIPT[0]], "gone0": [SCRIPT[0]]}, sent)
        assert ear.recv(100) == b"mark"
        assert list(voice.refused) == [NOWHERE]
        assert sent.packets == 1

    def test_all(self) -> None:
        with pytest.raises(DrillError) as caught:
            Voice([NOWHERE], legacy=False)
        assert caught.value.exit_code == 3
        assert "gone0 (IPv4): " in caught.value.sentence
        assert "whoasks doctor" in caught.value.remedy

    def test_none_given(self) -> None:
        with pytest.raises(DrillError, match="no interface has an address"):
            Voice([], legacy=False)

    def test_while_sending(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[bool] = []

        class Unplugged:
            def sendto(self, payload: bytes, target: tuple[object, ...]) -> None:
                if payload != b"mark":
                    raise OSError(errno.ENETUNREACH, "Network is unreachable")

            def close(self) -> None:
                closed.append(True)

        monkeypatch.setattr(drill_voice, "_open", lambda place, port: Unplugged())
        sent = Sent()
        with (
            Voice([HERE], legacy=False) as voice,
            pytest.raises(DrillError, match=r"lo \(IPv4\): Network is unreachable"),
        ):
            voice.say({"lo": SCRIPT}, sent, sleep=lambda seconds: None)
        assert (sent.packets, sent.first_at) == (1, None)
        assert closed == [True]


def test_an_interruption_leaves_the_count_right_and_no_socket_open() -> None:
    sent = Sent()

    def pause(seconds: float) -> None:
        if seconds:
            raise KeyboardInterrupt

    voice = Voice([HERE, ALSO], legacy=True)
    with pytest.raises(KeyboardInterrupt), voice:
        voice.say({"lo": SCRIPT}, sent, sleep=pause)
    assert sent.packets in (1, 2)  # the loopback may have no IPv6
    assert sent.first_at is None
    assert all(sock.fileno() == -1 for sock in voice._sockets.values())


def test_unicast_stays_with_the_responder() -> None:
    """On Linux nothing but multicast can arrive at what asks from port 5353."""
    with Voice([HERE], legacy=False) as voice:
        (sock,) = voice._sockets.values()
        bound = sock.getsockname()[0]
    assert bound == (GROUP_IPV4 if sys.platform == "linux" else "0.0.0.0")  # noqa: S104
