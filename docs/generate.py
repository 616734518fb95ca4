"""Writes docs/rules.md, docs/commands.md and docs/man/whoasks.1 from the code: none can drift.

``python docs/generate.py`` writes them, with ``--check`` it only says which is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

import whoasks.cli
from whoasks.config.rendering import docs as field_docs
from whoasks.core.detect.base import Detector, Rule
from whoasks.core.detect.rules import ALL

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code, then run `make docs`. -->"

KEEP_LINES = "\b\n"
"""How click marks a paragraph whose lines are not to be joined."""


def rules_page() -> str:
    """The catalogue, a section a rule, in running order."""
    table = [
        "| rule | what it says of a host | severity | ATT&CK |",
        "|---|---|---|---|",
        *(
            f"| [`{rule.id}`](#{rule.id}) | {rule.title} | {rule.severity.label} |"
            f" {', '.join(map(_technique, rule.attack))} |"
            for rule in (detector.rule for detector in ALL)
        ),
    ]
    sections = [_rule(detector) for detector in ALL]
    opening = "Every rule, its settings and the benign causes. `whoasks rules ID` shows the same."
    return _page("Rules", opening, "\n".join(table), *sections)


def _rule(detector: type[Detector]) -> str:
    rule = detector.rule
    module = sys.modules[detector.__module__]
    parts = [f"## {rule.id}", _plain(module.__doc__ or "")]
    parts.append(" ".join(_facts(rule)))
    settings = _settings(detector)
    if settings:
        parts.append(settings)
    parts.append("References: " + ", ".join(rule.references) + ".")
    return "\n\n".join(parts)


def _facts(rule: Rule) -> Iterator[str]:
    yield f"Severity: {rule.severity.label}."
    if rule.lifts:
        yield "Weak evidence: it lifts a low finding of the same burst to medium, never further."
    if rule.windowed:
        yield "Counts within a time, so it is off where a recording carries no usable times."
    if rule.needs_unicast:
        yield "Needs unicast packets, which a listener on a switch does not see."
    if rule.roles:
        yield f"Recorded in silence for hosts with the role {_listed(rule.roles)}."


def _settings(detector: type[Detector]) -> str:
    fields: dict[str, Any] = msgspec.to_builtins(detector.Settings())
    if not fields:
        return ""
    told = field_docs(detector.Settings)
    rows = [
        f"| `{name}` | {_value(value)} | {_cell(told.get(name, ''))} |"
        for name, value in fields.items()
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def _technique(technique: str) -> str:
    path = technique.replace(".", "/")
    return f"[{technique}](https://attack.mitre.org/techniques/{path}/)"


def commands_page() -> str:
    """Every command with its arguments and options, as ``--help`` has them."""
    opening = "Data goes to stdout, everything else to stderr."
    sections = [_command(path, command) for path, command in commands()]
    return _page("Commands", opening, *sections)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, groups before what is in them."""
    (group,) = (found for found in vars(whoasks.cli).values() if isinstance(found, click.Group))
    yield from _walk("whoasks", group)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _walk(f"{path} {name}", found)


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    parts = [f"## {path}", f"```\n{usage}\n```", _plain(command.help or "")]
    # Arguments stand in the usage, and --help is everywhere.
    options = [param for param in command.params if isinstance(param, click.Option)]
    rows = [row for option in options if (row := _option(option, context))]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def _option(option: click.Option, context: click.Context) -> str | None:
    record = option.get_help_record(context)
    if record is None:
        return None
    called, meaning = record
    return f"| `{_cell(called)}` | {_cell(meaning)} |"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, *parts]) + "\n"


def _plain(text: str) -> str:
    """A docstring as Markdown: double backquotes are reStructuredText, ``\\b`` is click's."""
    paragraphs = inspect.cleandoc(text).replace("``", "`").split("\n\n")
    return "\n\n".join(
        f"```\n{part.removeprefix(KEEP_LINES)}\n```" if part.startswith(KEEP_LINES) else part
        for part in paragraphs
    )


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", _plain(text)).replace("|", "\\|")


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def manual_page() -> str:
    """``man whoasks``: all commands on one page, from the same help."""
    (_, group), *rest = commands()
    lines = [
        rf".\" {NOTE[5:-4]}",
        f'.TH WHOASKS 1 "" "whoasks {whoasks.__version__}" "User Commands"',
        ".SH NAME",
        rf"whoasks \- {_roff(_sentence(group.help or ''))}",
        ".SH SYNOPSIS",
        r"\fBwhoasks\fR \fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION",
        *_roff_text(group.help or ""),
        ".SH OPTIONS",
        *_roff_options(group, click.Context(group, info_name="whoasks")),
        ".SH COMMANDS",
        *(line for path, command in rest for line in _roff_command(path, command)),
        ".SH EXIT STATUS",
        *(line for code, meaning in EXITS for line in (".TP", rf"\fB{code}\fR", _roff(meaning))),
        ".SH ENVIRONMENT",
        *(line for name, told in ENVIRONMENT for line in (".TP", rf"\fB{name}\fR", _roff(told))),
        ".SH SEE ALSO",
        r"\fBavahi\-browse\fR(1), \fBdns\-sd\fR(1), RFC 6762, RFC 6763",
    ]
    return "\n".join(lines) + "\n"


EXITS = (
    ("0", "Done."),
    ("1", "Nothing was found (list), or a finding at or above --fail-on was."),
    ("2", "Wrong usage, configuration or input file."),
    ("3", "The machine does not allow it: a permission or an interface is missing."),
    ("130", "Interrupted; what was found until then is written."),
)
ENVIRONMENT = (
    ("WHOASKS_CONFIG", "The configuration file, as --config gives it."),
    ("WHOASKS_DB", "Where findings are kept, as --db gives it."),
    ("NO_COLOR", "No colours, as --no-color."),
    ("COLUMNS", "Width of tables that do not go to a terminal."),
)


def _roff_command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    yield rf".SS \fB{_roff(path)}\fR {_roff(usage)}"
    yield from _roff_text(command.help or "")
    yield from _roff_options(command, context)


def _roff_options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.params:
        record = param.get_help_record(context) if isinstance(param, click.Option) else None
        if record is not None:
            yield from (".TP", rf"\fB{_roff(record[0])}\fR", _roff(record[1]))


def _roff_text(text: str) -> Iterator[str]:
    """Paragraphs of a help text; those that keep their lines are examples."""
    for number, part in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        if part.startswith(KEEP_LINES):
            kept = part.removeprefix(KEEP_LINES).splitlines()
            yield from (".nf", *map(_roff, kept), ".fi")
        else:
            yield _roff(" ".join(part.split()))


def _roff(text: str) -> str:
    """Text as roff takes it: nothing in it is a request or an escape."""
    text = text.replace("``", "").replace("`", "").replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text.startswith((".", "'")) else text


def _sentence(text: str) -> str:
    """The first one, as a clause."""
    first = " ".join(text.partition("\n\n")[0].split()).rstrip(".")
    return first[:1].lower() + first[1:]


def help_text() -> str:
    """What ``whoasks --help`` prints on a terminal of 80 columns and more."""
    (group,) = (found for found in vars(whoasks.cli).values() if isinstance(found, click.Group))
    context = click.Context(group, info_name="whoasks", terminal_width=78, **group.context_settings)
    return group.get_help(context) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "../src/whoasks/help.txt": help_text,
    "rules.md": rules_page,
    "commands.md": commands_page,
    "man/whoasks.1": manual_page,
}


def main(argv: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` return 1 when one of them differs."""
    stale = []
    for name, page in PAGES.items():
        path = HERE / name
        text = page()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in argv:
        print(f"Out of date: docs/{', docs/'.join(stale)}. Run `make docs`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
