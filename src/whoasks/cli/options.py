"""Options that several commands share: the same letters, the same meaning, the same help.

They stand after the command. Each decorator names the parameter that it fills.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from whoasks import text
from whoasks.core.model import Severity

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from whoasks.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"(\d{1,6})\s*([smhdw])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FORMATS = {
    "table": "a table for people",
    "csv": "CSV for a spreadsheet",
    "ndjson": "one JSON object a line for programs",
    "json": "all of them in one JSON array",
    "ecs": "events of the Elastic Common Schema",
    "ocsf": "of OCSF",
}
ROW_FORMATS = ("table", "csv", "ndjson", "json")
"""Where there are rows of any kind."""
EVENT_FORMATS = tuple(_FORMATS)
"""Where findings and bursts are told; other things have no place in a schema of events."""
_EXAMPLES: dict[str | None, tuple[str, str, str]] = {
    "service": ("instance,port,txt.model", "type,-port", "type=_ipp._tcp and port>=8000"),
    "asker": ("host.addresses,types,last_seen", "-questions", "findings>0 and last_seen>=2h"),
    "finding": ("severity,rule,host.mac", "-severity,first_seen", "severity>=medium"),
    "exposure": ("severity,hostname,subject", "-severity,hostname", "severity>=medium"),
    "service_change": ("change,instance,fields", "change,-last_seen", "change=new"),
    "change": ("change,rule,host.mac,why", "-times,rule", "change=appears and rule=type-sweep"),
    None: ("last_seen,host.mac", "-last_seen", "host.vendor~*apple*"),
}
_WIDE = 200
"""Columns of a table that goes into a file or a pipe, where nothing wraps."""


def interface_option(function: F) -> F:
    """``interfaces``: a tuple of names, empty for every fitting interface."""
    return click.option(
        "-i",
        "--interface",
        "interfaces",
        multiple=True,
        metavar="NAME",
        shell_complete=completed("interfaces"),
        help="Network interface, or several as in 'eth*'; may be repeated. Default: every one that "
        "is up, can do multicast and belongs to no container.",
    )(function)


def db_option(function: F) -> F:
    """``db``: a path or URL, None for the default (see ``database``)."""
    return click.option(
        "--db",
        metavar="PATH|URL",
        envvar="WHOASKS_DB",
        help="Where findings are kept: an SQLite file or a database URL. Default: whoasks.db in "
        "the user's data folder. [env: WHOASKS_DB]",
    )(function)


def config_option(function: F) -> F:
    """``config_path``: a path, None for the default place, where a missing file is fine."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        metavar="FILE",
        envvar="WHOASKS_CONFIG",
        help="Configuration file. Default: config.yaml in the user's configuration folder. "
        "[env: WHOASKS_CONFIG]",
    )(function)


def format_option(
    *, default: str = "table", choices: tuple[str, ...] = ("table", "csv", "ndjson")
) -> Callable[[F], F]:
    """``format_``: one of the choices."""
    words = [_FORMATS[choice] for choice in choices]
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default=default,
        show_default=True,
        help=f"As {', '.join(words[:-1])} or {words[-1]}.",
    )


def output_option(function: F) -> F:
    """``output``: a path, None for standard output."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write there instead of to standard output; only you may read the file.",
    )(function)


def no_color_option(function: F) -> F:
    """``no_color``: plain text even on a terminal, as with NO_COLOR."""
    return click.option(
        "--no-color", is_flag=True, help="No colours. NO_COLOR in the environment does the same."
    )(function)


def shaping_options(kind: str | None = None, *, sort: bool = True) -> Callable[[F], F]:
    """``wanted``: a ``shaping.Wanted``. ``kind`` is what the rows are (``service``), None where an
    argument says it; without ``sort`` the rows are written as they come."""
    columns = click.option(
        "--columns",
        metavar="NAME,...",
        shell_complete=completed("fields", kind),
        help="These fields of a record only, in this order; with a dot into what is nested: "
        f"{_EXAMPLES[kind][0]}.",
    )
    order = click.option(
        "--sort",
        metavar="[-]NAME,...",
        shell_complete=completed("fields", kind),
        help="Order by these fields, with a - the other way round: "
        f"{_EXAMPLES[kind][1]}. Ports, addresses and times are ordered as numbers.",
    )
    conditions = click.option(
        "--filter",
        "filters",
        metavar="EXPR",
        multiple=True,
        shell_complete=completed("conditions", kind),
        help="Only what fits: FIELD, one of = != ~ !~ < <= > >=, and a value; ~ takes * and ?, "
        f"'and' joins: '{_EXAMPLES[kind][2]}'. May be repeated; all have to hold.",
    )

    def decorate(function: F) -> F:
        from whoasks.cli.shaping import Wanted

        @functools.wraps(function)
        def with_wanted(
            *, columns: str | None, filters: tuple[str, ...], sort: str | None = None, **rest: Any
        ) -> Any:
            return function(wanted=Wanted(columns, sort, filters), **rest)

        made: Any = conditions(with_wanted)
        return cast(F, columns(order(made) if sort else made))

    return decorate


def completed(what: str, *known: Any) -> Callable[..., list[Any]]:
    """A function of ``completing``, imported when a shell asks."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
        from whoasks.cli import completing

        found: list[Any] = getattr(completing, what)(context, incomplete, *known)
        return found

    return complete


def severity_option(flag: str, meaning: str) -> Callable[[F], F]:
    """An option (``--severity``, ``--fail-on``) that holds a ``Severity`` or None."""
    return click.option(
        flag,
        type=click.Choice([severity.label for severity in Severity], case_sensitive=False),
        callback=_severity,
        help=meaning,
    )


def _severity(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> Severity | None:
    return None if value is None else Severity[value.upper()]


def period_options(function: F) -> F:
    """``since`` and ``until``: seconds since the epoch, or None."""
    since = click.option(
        "--since",
        metavar="WHEN",
        callback=_moment,
        help="From then on: 2026-01-31, 2026-01-31T08:00:00Z, or an age such as 30m, 2h or 7d.",
    )
    until = click.option(
        "--until", metavar="WHEN", callback=_moment, help="Until then; a date takes in its day."
    )
    return since(until(function))


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        return moment(value, time.time(), end=parameter.name == "until")
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"'{value}' is no time; write 2026-01-31, 2026-01-31T08:00:00Z, or an age such as "
            "30m, 2h or 7d.",
            context,
            parameter,
        ) from None


def moment(given: str, now: float, *, zone: tzinfo | None = None, end: bool = False) -> float:
    """Seconds since the epoch of an RFC 3339 time, a date, or an age such as ``2h`` before now.

    What names no time zone is meant in ``zone``, None for the machine's. A date is the day's
    first moment, and with ``end`` the next day's, so that ``--until`` takes in the day it names.
    Raises ValueError.
    """
    given = given.strip()
    if age := _AGE.fullmatch(given.lower()):
        return now - int(age[1]) * _UNITS[age[2]]
    at = datetime.fromisoformat(given.upper())
    if end and _DATE.fullmatch(given):
        at += timedelta(days=1)
    # Without a zone ``timestamp`` takes the machine's, with the offset that held on that day.
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def settings(config_path: Path | None) -> Settings:
    """What is configured, with its warnings on stderr. Raises ConfigError."""
    from whoasks import config

    loaded = config.load(config.find(config_path, os.environ), now=time.time())
    for warning in loaded.warnings:
        click.echo(f"whoasks: {text.terminal(warning)}", err=True)
    return loaded


def database(db: str | None, loaded: Settings) -> str:
    """Path or URL of the store: ``--db`` or ``WHOASKS_DB``, the configuration, the default."""
    from whoasks import config

    return db or loaded.database or config.default_database(os.environ)


def console(*, no_color: bool = False, stderr: bool = False) -> Console:
    """Where tables and blocks are printed; NO_COLOR is honoured, markup is off."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream,
        width=None if stream.isatty() or "COLUMNS" in os.environ else _WIDE,
        color_system=None if no_color else "auto",
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(renderable: RenderableType, output: Path | None, *, no_color: bool = False) -> None:
    """Print a table or report; into a pipe or the ``-o`` file it goes as plain text."""
    screen = console(no_color=no_color)
    if output is None and screen.is_terminal:
        screen.print(renderable)
        return
    import io

    from rich.console import Console

    from whoasks.outputs import Sink

    plain = io.StringIO()
    width = screen.width if output is None else _WIDE
    Console(file=plain, width=width, color_system=None, markup=False, emoji=False).print(renderable)
    with Sink(output) as sink:
        sink.write("".join(f"{line.rstrip()}\n" for line in plain.getvalue().splitlines()))
