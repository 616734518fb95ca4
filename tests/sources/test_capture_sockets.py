"""The store of packet sockets, and the words for a machine that allows none."""

from __future__ import annotations

import errno
import os
import sys

import msgspec
import pytest
from tests.sources.capturing import LO, needs_capture

from whoasks.sources import capture_sockets, privileges
from whoasks.sources.capture_sockets import BARE, ETHERNET, CaptureSockets, explain, remedies
from whoasks.sources.interfaces import SourceError
from whoasks.sources.packet_socket import PacketSocket

TUNNEL = msgspec.structs.replace(LO, name="tun0", loopback=False, mac=None)


@needs_capture
def test_taken_given_back_and_closed() -> None:
    with CaptureSockets() as sockets:
        taken = [sockets.take(LO) for _ in range(ETHERNET)]
        assert all(sock is not None and sock.ethernet for sock in taken)
        assert sockets.take(LO) is None
        bare = sockets.take(TUNNEL)
        assert bare is not None
        assert not bare.ethernet
        assert taken[0] is not None
        sockets.give(taken[0])
        assert sockets.take(LO) is taken[0]
    assert len(sockets.made) == ETHERNET + BARE
    assert {sock.fileno() for sock in sockets.made} == {-1}
    sockets.close()


def refused(number: int, monkeypatch: pytest.MonkeyPatch) -> SourceError:
    def refuse(self: PacketSocket, **_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(PacketSocket, "__init__", refuse)
    monkeypatch.setattr(privileges, "chosen", lambda user: None)
    with pytest.raises(SourceError) as caught:
        capture_sockets.opened()
    assert caught.value.exit_code == 3
    return caught.value


def test_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    error = refused(errno.EPERM, monkeypatch)
    assert error.sentence == "This process may not capture packets (CAP_NET_RAW)."
    for words in ("sudo whoasks watch --capture", "AmbientCapabilities=CAP_NET_RAW", "setcap "):
        assert words in error.remedy
        assert any(words.split("=")[0] in line for line in remedies(error))
    assert os.path.realpath(sys.executable) in error.remedy


def test_other_troubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    error = refused(errno.EMFILE, monkeypatch)
    assert error.sentence == "Capturing packets failed: Too many open files."
    assert remedies(error) == []
    assert "on 'eth0' failed: No" in str(explain(OSError(errno.ENODEV, "No such device"), "eth0"))


def test_elsewhere_than_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SourceError, match=r"on Linux only\. Leave --capture out") as caught:
        CaptureSockets()
    assert caught.value.exit_code == 3
    assert remedies(caught.value) == []


@needs_capture
def test_sockets_are_closed_when_privileges_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[CaptureSockets] = []

    class Kept(CaptureSockets):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    def refuse(account: object) -> None:
        raise SourceError("Privileges could not be given up.", "")

    monkeypatch.setattr(capture_sockets, "CaptureSockets", Kept)
    monkeypatch.setattr(privileges, "chosen", lambda user: None)
    monkeypatch.setattr(privileges, "drop", refuse)
    with pytest.raises(SourceError):
        capture_sockets.opened()
    assert {sock.fileno() for sock in made[0].made} == {-1}


@pytest.mark.parametrize(
    ("euid", "words"),
    [
        pytest.param(0, "as root, with all", id="root"),
        pytest.param(54321, "54321, with", id="user"),
    ],
)
def test_who_it_runs_as(euid: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    assert words in capture_sockets.running_as()
