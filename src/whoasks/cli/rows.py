"""Rows of one kind on their way out, in the shape that was asked for. Nothing is found here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape
    from whoasks.outputs import Kind, Stream, Value, Writer


def allow(format_: str, shape: Shape) -> None:
    """Raises UsageError where the columns of a format cannot be chosen."""
    from whoasks.outputs.chosen import FORMATS

    if shape.columns and format_ not in ("table", *FORMATS):
        raise click.UsageError(
            f"--format {format_} has the fields of its schema; --columns goes with "
            f"table, {', '.join(FORMATS[:-1])} and {FORMATS[-1]}."
        )


def writer(
    format_: str, stream: Stream, kind: Kind | None, shape: Shape, *, live: bool = False
) -> Writer:
    """The writer of a format with the columns that were chosen."""
    from whoasks import outputs
    from whoasks.outputs import chosen

    if shape.columns:
        return chosen.writer(format_, stream, kind, shape.paths, live=live)
    return outputs.writer(format_, stream, kind, live=live)


def write(
    values: Iterable[Value], kind: Kind, shape: Shape, format_: str, output: Path | None
) -> None:
    """Write all of them, in any format but a table. They are filtered and sorted already."""
    from whoasks.outputs import Sink

    with Sink(output) as sink:
        out = writer(format_, sink, kind, shape)
        out.begin()
        for value in values:
            out.write(value)
        out.end()
