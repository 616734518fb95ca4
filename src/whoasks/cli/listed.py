"""Where a list of services comes from: the network, a capture, a file of records, a saved list,
the store at a time. ``audit`` and ``diff`` take any of them.

A word is a saved list where there is one of that name, else a file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
import msgspec

from whoasks import text
from whoasks.cli import asking, browsing, errors, options

if TYPE_CHECKING:
    from whoasks.cli.interrupts import Interrupts
    from whoasks.core.model import Event, Service
    from whoasks.store import Store

F = TypeVar("F", bound=Callable[..., Any])

_LOOKED_AT = 4_096
"""Bytes of a file that tell what it is."""


class Listed(NamedTuple):
    """Services, and what is to be said of where they are from."""

    shown: str
    """``monday``, ``a.pcap``, ``now``: raw."""
    services: list[Service]
    notes: list[str] = []  # noqa: RUF012  (never changed)
    """For people, already safe."""
    code: int = 0
    """With which the command ends at least: a capture that broke off, an interruption."""
    asked: tuple[str, ...] = ()
    """The types that it was confined to; none for all."""

    def confined(self, asked: Sequence[str]) -> list[Service]:
        """Its services of these types."""
        from whoasks.browse.types import matches

        names = tuple(asked)
        return [s for s in self.services if matches(names, s.type, s.subtypes)]


def at_option(help_: str, *, multiple: bool) -> Callable[[F], F]:
    """``moments`` (or ``moment``): epoch seconds of each ``--at``."""
    name = "moments" if multiple else "moment"
    return click.option(
        "--at", name, metavar="WHEN", multiple=multiple, callback=_moments, help=help_
    )


def _moments(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    if value is None or isinstance(value, str):
        return None if value is None else _moment(context, parameter, value)
    return tuple(_moment(context, parameter, each) for each in value)


def _moment(context: click.Context, parameter: click.Parameter, given: str) -> float:
    now = time.time()
    if given.strip().lower() == "now":
        return now
    try:
        return options.moment(given, now)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"'{given}' is no time; write now, 2026-01-31, 2026-01-31T08:00:00Z, or an age such as "
            "30m, 2h or 7d.",
            context,
            parameter,
        ) from None


class Lists:
    """The places that lists come from, with the options that they need."""

    def __init__(
        self,
        interrupts: Interrupts,
        *,
        db: str | None,
        config_path: Path | None,
        interfaces: tuple[str, ...] = (),
        timeout: float = browsing.TIMEOUT,
    ) -> None:
        self._interrupts = interrupts
        self._db = db
        self._config_path = config_path
        self._interfaces = interfaces
        self._timeout = timeout

    def now(self, asked: tuple[str, ...] = ()) -> Listed:
        """What is on the network now: a browse, as ``list`` does it."""
        from whoasks import knowledge
        from whoasks.browse.plan import Plan
        from whoasks.cli import listing
        from whoasks.core.device_senders import Senders
        from whoasks.core.inventory import Inventory

        inventory, senders = Inventory(knowledge.load().service_types), Senders()

        def prepare() -> None:
            knowledge.devices()

        ending = browsing.browse(
            Plan(inventory, asked),
            inventory,
            senders,
            asking.interfaces_from(self._interfaces, self._config_path),
            self._interrupts,
            timeout=self._timeout,
            prepare=prepare,
        )
        heard = identified(inventory.services(), senders)
        services = listing.select(heard, asked, "service", stale=False)
        sentence = listing.closing(ending, services, text.terminal)
        code = errors.INTERRUPTED if ending.reason == "interrupted" else 0
        return Listed("now", services, [sentence], code, asked)

    def named(self, word: str) -> Listed:
        """The saved list of that name, else that file. Raises WhoasksError and the like."""
        from whoasks.store.lists import is_name

        if is_name(word):
            found = self._saved(word)
            if found is not None:
                return found
        return from_file(word, self._interrupts)

    def stored(self, moment: float) -> Listed:
        """What the store knows to have been there at that time. Raises StoreError."""
        with self._store() as store:
            services = store.services_at(moment)
        shown = f"the store at {_shown(moment)}"
        notes = [] if services else [f"No service is known to {shown}; `whoasks watch` fills it."]
        return Listed(shown, identified(services), notes)

    def names(self) -> list[str]:
        """Names of the saved lists, newest first; none where there is no store."""
        from whoasks.store import StoreError

        try:
            with self._store() as store:
                return [name for name, _, _ in store.lists()]
        except StoreError:
            return []

    def _saved(self, word: str) -> Listed | None:
        from whoasks.store import StoreError

        there = Path(word).exists()
        try:
            with self._store() as store:
                saved = store.saved_list(word)
        except StoreError as error:
            if there:
                return None
            raise errors.WhoasksError(
                f"There is no file {word!r}, nor a saved list of that name: {error.sentence}",
                "`whoasks list --save NAME` saves one",
                errors.USAGE,
            ) from error
        if saved is not None:
            shown = f"{word} ({_shown(saved.at)})"
            return Listed(shown, list(saved.services), asked=saved.asked)
        if there:
            return None
        names = ", ".join(self.names()[:10])
        raise errors.WhoasksError(
            f"There is no saved list {word!r}, nor a file of that name",
            f"Saved are: {names}" if names else "`whoasks list --save NAME` saves one",
        )

    def _store(self) -> Store:
        from whoasks.store import Store as Opened

        url = options.database(self._db, options.settings(self._config_path))
        return Opened(url, read_only=True)


def identified(services: Iterable[Service], senders: Any = None) -> list[Service]:
    """The services with their devices, as far as what they say tells."""
    from whoasks.cli import devices

    listed = list(services)
    return devices.attached(listed, devices.identified(listed, senders))


def from_file(word: str, interrupts: Interrupts) -> Listed:
    """A capture or a list of records; ``-`` is standard input, for records alone."""
    from whoasks.outputs.reading import looks_like_records, services

    if word == "-":
        return Listed("standard input", services(sys.stdin, "standard input"))
    path = Path(word)
    try:
        with path.open("rb") as file:
            begin = file.read(_LOOKED_AT)
        if begin and not looks_like_records(begin.decode("utf-8-sig", "replace")):
            return _from_capture(path, interrupts)
        with path.open(encoding="utf-8-sig") as lines:
            return Listed(word, services(lines, word))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path, bytes that are no text
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise errors.WhoasksError(
            f"{word} cannot be read: {why}",
            "Give a capture, the output of `whoasks list --format ndjson`, or a saved list",
        ) from error


def _from_capture(path: Path, interrupts: Interrupts) -> Listed:
    """Everything that was announced in it and not taken back.

    Time does not make a service go here: a capture ends when somebody stopped it.
    """
    from whoasks import knowledge
    from whoasks.browse.intake import Intake
    from whoasks.cli.devices import both
    from whoasks.core.device_senders import Senders
    from whoasks.core.inventory import Inventory
    from whoasks.core.model import ServiceGone, ServiceSeen
    from whoasks.sources.capture_file import CaptureError, CaptureFile

    inventory, senders = Inventory(knowledge.load().service_types), Senders()
    intake, file = Intake(inventory), CaptureFile(path, ended=lambda: interrupts.seen)
    hear = both(senders, intake.feed)
    left: set[tuple[str, str, str]] = set()
    notes, code = [], 0

    def take(events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, ServiceGone) and event.reason == "goodbye":
                left.add(_key(event.service))
            elif isinstance(event, ServiceSeen):
                left.discard(_key(event.service))

    try:
        with interrupts.noting():
            for batch in file.read():
                for datagram in batch:
                    take(hear(datagram))
    except CaptureError as error:
        if not len(inventory) and not interrupts.seen:
            raise
        notes, code = [text.terminal(str(error))], errors.USAGE
    if interrupts.seen:
        notes, code = [browsing.CUT_OFF], errors.INTERRUPTED
    take(intake.finish())
    heard = identified(inventory.services(), senders)
    services = [msgspec.structs.replace(s, stale=_key(s) in left) for s in heard]
    return Listed(str(path), services, [*map(text.terminal, file.notes), *notes], code)


def _key(service: Service) -> tuple[str, str, str]:
    return service.instance, service.type, service.domain


def _shown(moment: float) -> str:
    try:
        return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M:%S}"  # noqa: DTZ006  (for people)
    except (ValueError, OverflowError, OSError):
        return f"{moment:.0f}"
