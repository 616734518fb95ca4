"""``list --save``: a list under a name in the store. What cannot be kept is said before anything is
asked of the network."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whoasks.cli import errors, options

if TYPE_CHECKING:
    from whoasks.core.model import Service

F = TypeVar("F", bound=Callable[..., Any])


def save_option(function: F) -> F:
    """``name``: what the list is to be called, None for not keeping it."""
    return click.option(
        "--save",
        "name",
        metavar="NAME",
        help="Keep the list under that name in the store (--db), for `whoasks diff` and `whoasks "
        "audit`; what --filter leaves out is kept too.",
    )(function)


class Saving:
    """A name, and the store that takes it; or no wish to keep anything."""

    def __init__(self, name: str | None, db: str | None, config_path: Path | None) -> None:
        """Raises WhoasksError for a name that cannot be, ConfigError for the configuration."""
        self._name = name or ""
        self.wanted = name is not None
        if not self.wanted:
            return
        from whoasks.store.lists import is_name

        if not is_name(self._name):
            raise errors.WhoasksError(
                f"A list cannot be called {name!r}",
                "Use letters, digits, - and _, at most 64 of them",
            )
        self._url = options.database(db, options.settings(config_path))

    def save(self, services: Sequence[Service], asked: Sequence[str], code: int) -> None:
        """Keep them and say so; raises StoreError.

        ``asked``: full names of the types asked for. ``code``: with which the command ends so
        far. A list that broke off takes no place of a whole one.
        """
        if not self.wanted:
            return
        if code:
            click.echo(f"Not saved as {self._name}: it is not the whole list.", err=True)
            return
        from whoasks.store import Store

        with Store(self._url) as store:
            store.save_list(self._name, time.time(), services, asked)
        click.echo(
            f"Saved as {self._name}; `whoasks diff {self._name}` tells what changed since.",
            err=True,
        )
