"""``whoasks doctor``: what this machine and set-up can and cannot see. It mends nothing.

Sends nothing: the only packets it can cause are the kernel's own, when it tries to join the groups.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from whoasks import text
from whoasks.cli import errors, options

if TYPE_CHECKING:
    from rich.text import Text

    from whoasks.config import Settings
    from whoasks.sources.interfaces import Interface

Mark = Literal["ok", "note", "blind", "bad"]
"""``bad`` alone keeps ``watch`` from working; ``blind`` is what it will not see."""

_WORDS: dict[Mark, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "note": ("note", "cyan"),
    "blind": ("blind", "yellow"),
    "bad": ("BAD", "bold red"),
}


class Fact(msgspec.Struct, frozen=True):
    """One thing found: how it is, and a sentence with raw names in it."""

    mark: Mark
    sentence: str


@click.command(name="doctor")
@options.interface_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """What this machine and set-up can and cannot see.

    Looks at the configuration, the interfaces, the multicast groups, packet capture, port 5353 and
    the store.
    Exits with 3 when `whoasks watch` could not work here, and says what to do about it.

    \b
    Examples:
      whoasks doctor
      whoasks doctor -i eth0 --db /var/lib/whoasks/whoasks.db
    """
    console = options.console(no_color=no_color)
    bad = False
    for title, facts in _sections(interfaces, db, config_path):
        console.print(_heading(title))
        for fact in facts:
            bad = bad or fact.mark == "bad"
            console.print(_line(fact), soft_wrap=True)
    if bad:
        click.echo("whoasks: watch would not work here: see the lines marked BAD.", err=True)
    return errors.NOT_ALLOWED if bad else 0


def _sections(
    interfaces: Sequence[str], db: str | None, config_path: Path | None
) -> Iterator[tuple[str, list[Fact]]]:
    loaded, facts = _configuration(config_path)
    yield "Configuration", facts
    names = interfaces or (loaded.interfaces if loaded else ())
    yield "Interfaces", list(_interfaces(names))
    yield "Hearing the groups", list(_groups(names))
    yield "Capturing packets", list(_capture(names))
    yield "Port 5353", list(_port())
    if loaded is not None:
        yield "Store", list(_store(options.database(db, loaded)))


def _heading(title: str) -> Text:
    from rich.text import Text

    return Text(title, style="bold underline")


def _line(fact: Fact) -> Text:
    from rich.text import Text

    word, style = _WORDS[fact.mark]
    line = Text("  ").append(f"{word:<6}", style=style)
    return line.append(text.terminal(fact.sentence))


def _configuration(config_path: Path | None) -> tuple[Settings | None, list[Fact]]:
    from whoasks import config

    try:
        loaded = config.load(config.find(config_path, os.environ))
    except config.ConfigError as error:
        known = errors.of(error)
        said = str(known if known is not None else error)
        return None, [Fact("bad", line) for line in said.splitlines()]
    facts = [
        Fact(
            "ok", f"{loaded.source} is in force." if loaded.source else "The defaults are in force."
        )
    ]
    facts += [Fact("note", warning) for warning in loaded.warnings]
    return loaded, facts


def _interfaces(names: Sequence[str]) -> Iterator[Fact]:
    """Each interface, used or not, and why."""
    from whoasks.sources.interfaces import SourceError, choose, discover

    everything = discover()
    try:
        chosen = {each.name for each in choose(names, everything)}
    except SourceError as error:
        yield Fact("bad", str(error))
        chosen = set()
    for each in everything:
        where = ", ".join((*each.ipv4, *each.ipv6)) or "no address"
        if each.name in chosen:
            yield Fact("ok", f"{each.name} ({where}) is listened on.")
        else:
            yield Fact("note", f"{each.name} ({where}) is left out: {_why_not(each, names)}.")


def _why_not(interface: Interface, names: Sequence[str]) -> str:
    from whoasks.sources.interfaces import is_container

    reasons: tuple[tuple[bool, str], ...] = (
        (not interface.up, "it is down"),
        (interface.loopback, "it is the loopback; name it with --interface to hear it"),
        (not interface.multicast, "it does not carry multicast"),
        (bool(names), "others were named"),
        (is_container(interface.name), "its name is one of containers; --interface takes it in"),
    )
    return next((reason for applies, reason in reasons if applies), "it cannot be used")


def _groups(names: Sequence[str]) -> Iterator[Fact]:
    """Whether the groups can be joined, and what that will not show."""
    from whoasks.sources.interfaces import SourceError
    from whoasks.sources.multicast import MulticastSource

    async def join() -> tuple[list[str], list[str]]:
        async with MulticastSource(names, lambda batch: None) as source:
            return [each.name for each in source.interfaces], source.coverage()

    try:
        heard, blind = asyncio.run(join())
    except SourceError as error:
        yield Fact("bad", str(error))
        return
    yield Fact("ok", f"The mDNS groups can be joined on {', '.join(heard)}, without privileges.")
    for line in blind:
        yield Fact("blind", line)
    yield Fact("blind", "Other VLANs are not heard, unless a reflector or relay brings them here.")
    yield Fact(
        "blind", "A switch with IGMP snooping, or a Wi-Fi that filters multicast, may hide hosts."
    )


def _capture(names: Sequence[str]) -> Iterator[Fact]:
    """Whether packets can be captured, what that adds, and how to be allowed to."""
    from whoasks.sources.capture_sockets import CaptureSockets, remedies
    from whoasks.sources.interfaces import SourceError
    from whoasks.sources.packet_capture import CaptureSource

    async def capture() -> tuple[list[str], list[str]]:
        with CaptureSockets() as sockets:
            async with CaptureSource(names, lambda batch: None, sockets=sockets) as source:
                return [each.name for each in source.interfaces], source.coverage()

    try:
        heard, blind = asyncio.run(capture())
    except SourceError as error:
        yield Fact("note", f"{error.sentence} watch works without.")
        for line in remedies(error):
            yield Fact("note", line)
        return
    yield Fact(
        "ok",
        f"watch --capture can be used on {', '.join(heard)}: it adds the MAC of every host, VLAN "
        "tags, unicast to this host, and what the kernel dropped.",
    )
    for line in blind:
        yield Fact("blind", f"With --capture: {line}")


def _port() -> Iterator[Fact]:
    from whoasks.sources.port_users import port_users

    users = port_users()
    if not users:
        yield Fact("ok", "Nobody else is seen on it.")
    for user in users:
        who = f"{user.name} (pid {user.pid})" if user.name else "A process of another user"
        unicast = " and gets the unicast that comes to it" if user.wildcard else ""
        yield Fact("ok", f"{who} has it{unicast}; watch shares the groups and takes none of that.")


def _store(place: str) -> Iterator[Fact]:
    """The state of the database, without making or changing one."""
    from whoasks.store import Store, StoreError
    from whoasks.store.location import locate

    try:
        path = locate(place).path
        if path is not None and not path.exists():
            yield _new_file(path)
            return
        with Store(place, read_only=True) as store:
            count = sum(1 for _ in store.findings())
            yield Fact("ok", f"{store} can be read, and holds {count:,} findings.")
        if path is not None and not os.access(path, os.W_OK):
            yield Fact("bad", f"{path} may not be written: check its permissions, or give --db.")
    except StoreError as error:
        yield Fact("bad", str(errors.of(error)))


def _new_file(path: Path) -> Fact:
    """Whether a database could be made there."""
    folder = next(each for each in path.parents if each.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Fact("ok", f"{path} does not exist yet; watch will make it.")
    return Fact("bad", f"{path} cannot be made: {folder} may not be written. Give another --db.")
