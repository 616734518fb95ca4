"""Interfaces are looked at again: by the clock, at the kernel's word, and no more when it ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest
from tests.sources.capturing import LO, until

from whoasks.sources import following, netlink
from whoasks.sources.following import Follower
from whoasks.sources.interfaces import Interface, SourceError


def looks(names: Sequence[str], poll: float) -> tuple[Follower, list[dict[str, Interface]]]:
    seen: list[dict[str, Interface]] = []
    return Follower(names, lambda everything, now: seen.append(now), poll), seen


def test_the_first_look_is_strict() -> None:
    follower, _ = looks(["nosuch0"], 1.0)
    with pytest.raises(SourceError, match="nosuch0"):
        follower.begin()
    everything, chosen = looks(["lo"], 1.0)[0].begin()
    assert list(chosen) == ["lo"]
    assert LO.index in [each.index for each in everything]


def test_by_the_clock_until_the_end() -> None:
    follower, seen = looks(["lo"], 0.01)

    async def run() -> None:
        follower.start()
        await until(lambda: len(seen) >= 3)
        follower.close()
        follower.close()
        count = len(seen)
        await asyncio.sleep(0.05)
        assert len(seen) == count

    asyncio.run(run())
    assert [list(each) for each in seen[:3]] == [["lo"]] * 3


def test_at_the_kernels_word_once_for_a_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SETTLE", 0.02)
    kernel, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    monkeypatch.setattr(netlink, "open_changes", lambda: ours)
    follower, seen = looks(["lo"], 60.0)

    async def run() -> None:
        follower.start()
        for _ in range(5):
            kernel.send(b"changed")
        await until(lambda: seen)
        follower.look_soon()
        await until(lambda: len(seen) == 2)
        follower.close()
        follower.look_soon()
        await asyncio.sleep(0.05)

    with kernel:
        asyncio.run(run())
    assert len(seen) == 2


def test_a_system_without_the_kernels_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlink, "open_changes", lambda: None)
    follower, seen = looks(["lo"], 0.01)

    async def run() -> None:
        follower.start()
        await until(lambda: seen)
        follower.close()

    asyncio.run(run())
