"""How ``list`` and ``resolve`` ask the network: from where, with whose ears, until when.

What takes long to load is loaded here while the network is thinking about its answers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whoasks.cli import errors, options

if TYPE_CHECKING:
    from whoasks.browse.session import Browser, Ending
    from whoasks.cli.interrupts import Interrupts
    from whoasks.core.model import Datagram
    from whoasks.sources.interfaces import Interface

Families = tuple[bool, bool]
"""Whether to ask over IPv4, and over IPv6."""


class Late(Mapping[str, str]):
    """A table that is empty until ``load`` is called, for what only the last look needs."""

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        self._read = read
        self._table: Mapping[str, str] = {}

    def load(self) -> None:
        """Read it, once."""
        if not self._table:
            self._table = self._read()

    def __getitem__(self, key: str) -> str:
        return self._table[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def interfaces_from(given: tuple[str, ...], config_path: Path | None) -> tuple[str, ...]:
    """Those given, else those configured; none means every fitting one. Raises ConfigError."""
    if given:
        return given
    from whoasks import config

    # Without a file there is nothing to check, and the rules' settings need not be loaded.
    if config.find(config_path, os.environ) is None:
        return ()
    return options.settings(config_path).interfaces


def places(chosen: Sequence[Interface], families: Families) -> list[str | int]:
    """Where zeroconf is to ask from: IPv4 addresses, and indexes of interfaces with IPv6."""
    ipv4, ipv6 = families
    found: list[str | int] = []
    for interface in chosen:
        if ipv4:
            found += interface.ipv4
        if ipv6 and interface.ipv6:
            found.append(interface.index)
    if not found:
        family = "IPv4" if ipv4 else "IPv6"
        raise errors.WhoasksError(
            f"No {family} address on {', '.join(interface.name for interface in chosen)}",
            "Give it one, or name another with --interface",
            errors.NOT_ALLOWED,
        )
    return found


async def listen_and_ask(
    browser: Browser,
    chosen: Sequence[Interface],
    families: Families,
    timeout: float,
    *,
    on_tick: Callable[[], None] | None = None,
    on_idle: Callable[[], None] | None = None,
) -> Ending:
    """One browse or look-up, heard on the multicast groups of these interfaces."""
    from whoasks.sources.multicast import MulticastSource

    ipv4, ipv6 = families

    def on_batch(batch: Sequence[Datagram]) -> None:
        browser.hear(d for d in batch if (ipv6 if ":" in d.flow.source else ipv4))

    # Listening first: nothing that answers the first question may come too early.
    async with MulticastSource([interface.name for interface in chosen], on_batch):
        return await browser.run(timeout, on_tick, on_idle)


def run(browser: Browser, asking: Coroutine[Any, Any, Ending], interrupts: Interrupts) -> Ending:
    """Run it to its end, which may be Ctrl-C."""

    async def interruptible() -> Ending:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None  # noqa: S101  asyncio.run made one
        with interrupts.ending(lambda: loop.call_soon_threadsafe(task.cancel)):
            return await asking

    interrupts.hold()
    try:
        return asyncio.run(interruptible())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return browser.ending("interrupted")
