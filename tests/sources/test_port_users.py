"""Who has a port, from a /proc made by hand and from the real one."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from whoasks.sources.port_users import PortUser, port_users

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  ...\n"


def line(address: str, port: int, inode: int) -> str:
    return (
        f"  1: {address}:{port:04X} 00000000:0000 07 00000000:00000000 00:00000000 00000000"
        f"   104        0 {inode} 2 0 0\n"
    )


@pytest.fixture
def proc(tmp_path: Path) -> Callable[..., Path]:
    """A /proc with these sockets, and processes that have them open."""

    def make(udp: str = "", udp6: str = "", **processes: int) -> Path:
        net = tmp_path / "self" / "net"
        net.mkdir(parents=True)
        (net / "udp").write_text(HEAD + udp)
        (net / "udp6").write_text(HEAD + udp6)
        for pid, (name, inode) in enumerate(processes.items(), 100):
            folder = tmp_path / str(pid)
            (folder / "fd").mkdir(parents=True)
            (folder / "comm").write_text(f"{name}\n")
            (folder / "fd" / "3").symlink_to(f"socket:[{inode}]")
            (folder / "fd" / "0").symlink_to("/dev/null")
        return tmp_path

    return make


def test_a_responder_with_every_address(proc: Callable[..., Path]) -> None:
    made = proc(line("00000000", 5353, 7), line("0" * 32, 5353, 8), avahi=7, other=99)
    assert port_users(proc=made) == [PortUser("avahi", 100, True), PortUser(None, None, True)]


def test_a_socket_of_the_group_takes_no_unicast(proc: Callable[..., Path]) -> None:
    made = proc(line("FB0000E0", 5353, 7), player=7)
    assert port_users(proc=made) == [PortUser("player", 100, False)]


def test_other_ports_are_not_looked_at(proc: Callable[..., Path]) -> None:
    assert port_users(proc=proc(line("00000000", 53, 7), resolver=7)) == []


def test_without_proc(tmp_path: Path) -> None:
    assert port_users(proc=tmp_path / "none") == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_this_process() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        (user,) = port_users(mine.getsockname()[1])
    assert user.pid == os.getpid()
    assert not user.wildcard
