"""What may stand where the cursor is: candidates for shells, as click wants them.

Each function gets click's context, whose ``obj`` are the words before, and the word as far as
it is typed. Nothing is asked of the
network, and a machine that does not answer has no candidates.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from whoasks import text

_ROWS = {"audit": "exposure", "diff": "service_change", "tune": "change"}
"""Commands whose rows have another name; what ``export`` writes is in its argument."""

OPEN = "open"
"""The type of a candidate that is a beginning: no blank goes behind it."""


def interfaces(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Names of this machine's interfaces that could be listened on."""
    from whoasks.sources.interfaces import SourceError, discover

    try:
        found = discover()
    except (SourceError, OSError):
        return []
    return [
        CompletionItem(each.name, help=", ".join((*each.ipv4, *each.ipv6)))
        for each in found
        if each.name.startswith(incomplete) and text.terminal(each.name) == each.name
    ]


def types(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Service types: ``ssh``, and ``_ssh._tcp`` where the first underscore is typed."""
    from whoasks import knowledge

    known = knowledge.load().service_types
    if incomplete.startswith("_"):
        return [CompletionItem(n, help=known[n]) for n in known if n.startswith(incomplete)]
    bare = {name.partition(".")[0].removeprefix("_"): told for name, told in known.items()}
    return [CompletionItem(n, help=told) for n, told in bare.items() if n.startswith(incomplete)]


def checks(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Ids of what ``audit`` looks for."""
    from whoasks.core.auditing.checks import ALL

    return [
        CompletionItem(each.id, help=each.title) for each in ALL if each.id.startswith(incomplete)
    ]


def lists(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Names of saved lists; files where there is none that begins like that."""
    from whoasks.cli.interrupts import Interrupts
    from whoasks.cli.listed import Lists
    from whoasks.config import ConfigError

    given = context.params
    places = Lists(Interrupts(), db=given.get("db"), config_path=given.get("config_path"))
    try:
        names = [name for name in places.names() if name.startswith(incomplete)]
    except ConfigError:
        names = []
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, "file")]


def rules(incomplete: str) -> list[CompletionItem]:
    """Ids of rules with what they say of a host."""
    from whoasks.core.detect.rules import ALL

    known = [detector.rule for detector in ALL]
    return [
        CompletionItem(rule.id, help=rule.title) for rule in known if rule.id.startswith(incomplete)
    ]


def fields(context: click.Context, incomplete: str, kind: str | None) -> list[CompletionItem]:
    """A list of fields, the last one as far as it is typed; a ``-`` before it stays."""
    before, comma, last = incomplete.rpartition(",")
    sign = "-" if last.startswith("-") else ""
    taken = {name.lstrip("-") for name in before.split(",")}
    return [
        CompletionItem(f"{before}{comma}{sign}{name}", OPEN)
        for name in _names(context, kind)
        if name.startswith(last.removeprefix("-")) and name not in taken
    ]


def conditions(context: click.Context, incomplete: str, kind: str | None) -> list[CompletionItem]:
    """Fields to begin a condition with."""
    return [
        CompletionItem(name, OPEN) for name in _names(context, kind) if name.startswith(incomplete)
    ]


def _names(context: click.Context, kind: str | None) -> list[str]:
    """The fields of a kind, or of the one that the command line names."""
    from whoasks.outputs.records import STRUCTS
    from whoasks.ui.fields import fields as known

    typed: list[str] = context.obj or []
    words = [kind] if kind else [_ROWS.get(word, word.removesuffix("s")) for word in typed]
    struct = next((each for name, each in STRUCTS.items() if name in words), None)
    return [] if struct is None else list(known(struct))
