"""Joined to the groups, deaf to them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sources.capturing import LO

from whoasks.sources.membership import Membership


@pytest.fixture
def membership() -> Iterator[Membership]:
    made = Membership()
    yield made
    made.close()


def users() -> int:
    """How many have joined the IPv6 group on lo, as the kernel counts them."""
    lines = Path("/proc/net/igmp6").read_text(encoding="ascii").splitlines()
    group = "ff0200000000000000000000000000fb"
    return sum(int(line.split()[3]) for line in lines if group in line and " lo " in line)


def test_joining_twice_is_once_and_closing_leaves(membership: Membership) -> None:
    before = users()
    assert membership.join(LO.index) == ["IPv4", "IPv6"]
    assert membership.join(LO.index) == ["IPv4", "IPv6"]
    assert users() == before + 1
    membership.leave(LO.index)
    assert users() == before
    membership.join(LO.index)
    membership.close()
    membership.close()
    assert users() == before


def test_an_interface_that_is_not_there(membership: Membership) -> None:
    assert membership.join(999_999) == []
    membership.leave(999_999)


def test_a_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def only_ipv4(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported")
        return real(family, kind)

    monkeypatch.setattr(socket, "socket", only_ipv4)
    made = Membership()
    assert made.join(LO.index) == ["IPv4"]
    made.close()


def test_after_closing_nothing_is_joined(membership: Membership) -> None:
    membership.close()
    assert membership.join(LO.index) == []
