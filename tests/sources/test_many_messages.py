"""Many datagrams at a time: the same as one by one."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time

import pytest
from tests.sources.test_multicast import QUERY, group, speaker, taken

from whoasks.sources import group_socket, many_messages
from whoasks.sources.group_socket import LARGEST
from whoasks.sources.many_messages import AT_ONCE, ManyMessages, address_of

pytestmark = pytest.mark.skipif(not many_messages.available(), reason="needs recvmmsg")


def test_it_is_what_serves() -> None:
    with group() as sock, speaker() as say:
        say(QUERY)
        assert len(taken(sock)) == 1
        assert sock._many is not None


@pytest.mark.parametrize("singly", [False, True], ids=["many", "one by one"])
def test_payload_time_flow_and_ttl(singly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_socket.many_messages, "available", lambda: not singly)
    before = time.time()
    with group() as sock, speaker(ttl=7) as say, speaker(ttl=255) as other:
        for number in range(150):
            (other if number % 2 else say)(b"%d" % number * 50)
        came = taken(sock, 1_000)
    assert [each.payload for each in came] == [b"%d" % number * 50 for number in range(150)]
    assert {(each.flow.source, each.flow.ttl) for each in came} == {
        ("127.0.0.1", 7),
        ("127.0.0.1", 255),
    }
    assert len({id(each.flow) for each in came}) == 2
    assert all(before - 1 <= each.at <= time.time() + 1 for each in came)
    assert [each.at for each in came] == sorted(each.at for each in came)


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_all_that_waits(count: int) -> None:
    with group() as sock, speaker() as say:
        for _ in range(count):
            say(QUERY)
        assert len(taken(sock, 1_000)) == count


def test_no_more_than_asked_for() -> None:
    with group() as sock, speaker() as say:
        for _ in range(100):
            say(QUERY)
        assert [len(taken(sock, most)) for most in (3, 70, 100)] == [3, 70, 27]


def test_a_socket_that_is_no_more() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        number = gone.fileno()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        ManyMessages(LARGEST).take(number, 10)


def test_without_time_and_ttl() -> None:
    """Nothing was asked of the kernel but the datagrams."""
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as say,
    ):
        sock.bind(("::1", 0))
        say.bind(("::1", 0))
        say.sendto(b"word", sock.getsockname())
        say.sendto(b"a longer one", sock.getsockname())
        many = ManyMessages(5)
        first, second = many.take(sock.fileno(), 10)
    assert (first[0], first[1], first[3], first[4]) == (b"word", 0.0, b"", 0)
    assert (second[0], second[4] & socket.MSG_TRUNC) == (b"a lon", socket.MSG_TRUNC)
    assert address_of(first[2])[0] == "::1"


def test_addresses() -> None:
    family = socket.AF_INET.to_bytes(2, sys.byteorder)
    assert address_of(family + bytes.fromhex("14e9c0000201") + bytes(8)) == ("192.0.2.1", 5353)
