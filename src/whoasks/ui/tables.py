"""Tables of services, askers, bursts and findings. They fit 80 columns and use what is wider.

Order is the caller's. Nothing is cut: a cell that is too narrow for its text wraps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.model import Asker, Burst, Finding, Service
from whoasks.ui.cells import (
    VERDICT_STYLES,
    Clock,
    count,
    dotless,
    host_cell,
    safe,
    seconds,
    severity,
    some,
    where,
)

By = Literal["service", "host", "type"]

WIDE = 110
"""Columns from which on there is room for what is only nice to know."""

_TYPES = 6
_LOCAL, _SHORT = ".local.", "Host (.local)"
"""Where there is no room for what nearly every host's name ends with, the heading has it."""
_ALIGNED = 28
"""Cells: what is longer does not widen the column of every group."""

_Column = tuple[str, Callable[[Service], Text]]


class Adaptive:
    """A renderable that is built when the width is known."""

    def __init__(self, build: Callable[[bool], RenderableType]) -> None:
        self._build = build

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._build(options.max_width >= WIDE)


def services(
    values: Iterable[Service], by: By = "service", *, subtypes: bool = False
) -> RenderableType:
    """Services in the order given; by host or type, those beside each other stand together."""
    listed = list(values)

    def build(wide: bool) -> RenderableType:
        columns = _service_columns(wide, subtypes, by)
        if by == "service":
            return _service_table(listed, columns, {})
        # Columns of all groups have one width, so that the eye can run down them.
        widths = {
            title: min(_ALIGNED, max((cell_len(str(cell(each))) for each in listed), default=0))
            for title, cell in columns
        }
        parts: list[RenderableType] = []
        for _, found in groupby(listed, lambda s: s.hostname if by == "host" else s.type):
            members = list(found)
            heading = _host_heading(members) if by == "host" else _type_heading(members)
            table = _service_table(members, columns, widths)
            parts += [Text(), heading, Padding(table, (0, 0, 0, 2), expand=False)]
        return Group(*parts[1:])

    return Adaptive(build)


def _host_heading(members: Sequence[Service]) -> Text:
    name = members[0].hostname
    if name is None:
        return Text("host not known", style="bold")
    # Services of one host differ in what has been heard so far; insertion keeps their order.
    addresses = dict.fromkeys(address for service in members for address in service.addresses)
    line = safe(dotless(name), "bold")
    return line.append_text(safe("  " + ", ".join(addresses), "not bold")) if addresses else line


def _type_heading(members: Sequence[Service]) -> Text:
    first = members[0]
    line = safe(first.type, "bold")
    more = f"  {first.description}" if first.description else ""
    return line.append_text(safe(f"{more}  {count(len(members), 'service')}", "not bold"))


def _service_columns(wide: bool, subtypes: bool, by: By) -> list[_Column]:
    columns: list[_Column] = [("Name", _name)]
    if by != "type":
        columns.append(("Type", lambda s: _type(s, subtypes)))
    if by != "host":
        # Groups have no heading that could say what is left out.
        columns.append((_SHORT, _short_host) if by == "service" and not wide else ("Host", _host))
    columns.append(("Port", _port))
    if by != "host":
        columns.append(("Address", _address))
    if wide and by != "type":
        columns.append(("What", lambda s: safe(s.description or "")))
    if wide:
        columns.append(("Seen on", lambda s: safe(", ".join(s.interfaces), "dim")))
    return columns


def _service_table(
    members: Sequence[Service], columns: list[_Column], widths: Mapping[str, int]
) -> Table:
    table = _table(header=not widths)
    for title, _ in columns:
        # A type stays whole unless somebody made one that would push all else aside.
        whole = title == "Port" or (
            title == "Type" and all(len(service.type) <= _ALIGNED for service in members)
        )
        _column(table, title, whole=whole, least=widths.get(title))
    for service in members:
        table.add_row(*(cell(service) for _, cell in columns))
    return table


def _name(service: Service) -> Text:
    name = safe(service.instance, "dim" if service.stale else "")
    return name.append(" (gone)", style="dim") if service.stale else name


def _type(service: Service, subtypes: bool) -> Text:
    cell = safe(service.type)
    for subtype in service.subtypes if subtypes else ():
        cell.append("\n").append_text(safe(f"  {subtype}", "dim"))
    if service.domain not in ("local", "local."):
        cell.append("\n").append_text(safe(f"  in {dotless(service.domain)}", "dim"))
    return cell


def _host(service: Service) -> Text:
    if service.hostname is None:
        return Text("" if service.resolved else "no SRV", style="dim")
    return safe(dotless(service.hostname))


def _short_host(service: Service) -> Text:
    name = service.hostname
    if name is None or not name.casefold().endswith(_LOCAL) or len(name) == len(_LOCAL):
        return _host(service)
    return safe(name[: -len(_LOCAL)])


def _port(service: Service) -> Text:
    return Text("" if service.port is None else str(service.port))


def _address(service: Service) -> Text:
    if not service.addresses:
        return Text("" if service.resolved else "no address", style="dim")
    cell = safe(service.addresses[0])
    more = len(service.addresses) - 1
    return cell.append(f" +{more}", style="dim") if more else cell


def askers(values: Iterable[Asker], clock: Clock) -> RenderableType:
    """Who asked for what."""
    listed = list(values)

    def build(wide: bool) -> Table:
        table = _table()
        titles = ["Asker", "On", "Asked for", "Questions", "Bursts", "Findings", "Last"]
        for title in titles + (["First", "Packets"] if wide else []):
            _column(table, title)
        for asker in listed:
            more = (safe(clock.show(asker.first_seen)), Text(f"{asker.packets:,}"))
            found = Text(str(asker.findings), style="bold red" if asker.findings else "dim")
            table.add_row(
                host_cell(asker.host, wide),
                safe(where(asker.interface, asker.vlan)),
                safe(some(asker.types, _TYPES, asker.types_dropped) if asker.types else ""),
                Text(f"{asker.questions:,}"),
                Text(str(asker.bursts)),
                found,
                safe(clock.show(asker.last_seen)),
                *(more if wide else ()),
            )
        return table

    return Adaptive(build)


def bursts(values: Iterable[Burst], clock: Clock) -> RenderableType:
    """Bursts, a row each."""
    listed = list(values)

    def build(wide: bool) -> Table:
        table = _table()
        titles = ["Started", "Lasted", "Verdict", "Asker", "Questions", "Types"]
        for title in titles + (["Packets", "Tool", "Because"] if wide else []):
            _column(table, title)
        for burst in listed:
            more = (
                Text(f"{burst.packets:,}"),
                safe(burst.tool.name if burst.tool else ""),
                safe(", ".join(burst.reasons)),
            )
            table.add_row(
                safe(clock.show(burst.started)),
                safe(seconds(burst.ended - burst.started)),
                Text(burst.verdict, style=VERDICT_STYLES[burst.verdict]),
                host_cell(burst.host, wide),
                Text(f"{burst.questions:,}"),
                Text(f"{burst.types:,}"),
                *(more if wide else ()),
            )
        return table

    return Adaptive(build)


def findings(values: Iterable[Finding], clock: Clock) -> RenderableType:
    """Findings, a row each; the id is cut to what ``whoasks explain`` needs."""
    listed = list(values)

    def build(wide: bool) -> Table:
        table = _table()
        titles = ["ID", "Severity", "Rule", "Host", "First seen"]
        for title in titles + (["Last seen", "What"] if wide else []):
            _column(table, title)
        for finding in listed:
            word = severity(finding.severity)
            if finding.silenced_by:
                word.append_text(safe(f" (silenced: {finding.silenced_by})", "dim"))
            table.add_row(
                safe(finding.id[:8]),
                word,
                safe(finding.rule),
                host_cell(finding.host, wide),
                safe(clock.show(finding.first_seen)),
                *(
                    (
                        safe(clock.show(finding.last_seen)),
                        safe(finding.title),
                    )
                    if wide
                    else ()
                ),
            )
        return table

    return Adaptive(build)


_NUMBERS = {"Port", "Questions", "Bursts", "Findings", "Packets", "Types", "Lasted"}
_WHOLE = {"Severity", "Verdict", "ID", "Rule"} | _NUMBERS


def _table(*, header: bool = True) -> Table:
    return Table(box=None, pad_edge=False, show_header=header, header_style="bold underline")


def _column(
    table: Table, title: str, *, whole: bool | None = None, least: int | None = None
) -> None:
    table.add_column(
        title,
        overflow="fold",
        no_wrap=title in _WHOLE if whole is None else whole,
        justify="right" if title in _NUMBERS else "left",
        min_width=least,
    )
