"""An audit on a screen: the hosts with what they give away, then what each of it means and what
to do about it, once. Worst first; order is the caller's. Nothing is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.auditing.results import AuditOf, Exposure, Grade
from whoasks.core.model import Severity
from whoasks.ui.cells import count, dotless, safe, severity
from whoasks.ui.tables import Adaptive

GRADE_STYLES = {
    "A": "bold green",
    "B": "bold cyan",
    "C": "bold yellow",
    "D": "bold yellow",
    "E": "bold red",
    "F": "bold reverse red",
}


def report(audited: Sequence[AuditOf]) -> RenderableType:
    """Every host, then every check that hit."""
    titles = (exposure.title for one in audited for exposure in one.exposures)
    width = max(map(len, titles), default=0)
    parts: list[RenderableType] = []
    for one in audited:
        parts += [_heading(one.grade), _items(one, width), Text()]
    advice = list(_advice(audited))
    if advice:
        parts += [Text("What it means, and what to do", style="bold underline"), *advice]
    else:
        parts = parts[:-1]
    return Group(*parts)


def grades(audited: Iterable[AuditOf]) -> RenderableType:
    """A row a host."""
    listed = [one.grade for one in audited]

    def build(wide: bool) -> Table:
        table = _table("Grade", "Host", "Address", "Device", "Because", *(_COUNTS if wide else ()))
        for grade in listed:
            numbers = (grade.high, grade.medium, grade.low, grade.info)
            table.add_row(
                _letter(grade),
                _name(grade),
                safe(grade.addresses[0] if grade.addresses else ""),
                safe(grade.kind or ""),
                safe(grade.reason),
                *(Text(str(number or ""), justify="right") for number in numbers if wide),
            )
        return table

    return Adaptive(build)


_TITLE = 36
"""Cells of a title, which wraps beyond: room for what is given away on 80 columns."""
_COUNTS = ("High", "Medium", "Low", "Info")


def summary(audited: Sequence[AuditOf]) -> str:
    """``9 hosts: 1 E, 3 C, 5 B; 1 high, 4 medium, 9 low, 3 info.``"""
    letters = [one.grade.grade for one in audited]
    by_grade = [f"{letters.count(each)} {each}" for each in sorted(set(letters), reverse=True)]
    totals = {
        level: sum(getattr(one.grade, level.label) for one in audited)
        for level in sorted(Severity, reverse=True)
    }
    items = [f"{number:,} {level.label}" for level, number in totals.items() if number]
    hosts = f"{count(len(audited), 'host')}: {', '.join(by_grade)}"
    return f"{hosts}; {', '.join(items)}." if items else f"{hosts}."


def _heading(grade: Grade) -> Text:
    line = _letter(grade).append("  ").append_text(_name(grade))
    told = [", ".join(grade.addresses), grade.kind or ""]
    line.append_text(safe("  " + "  ".join(part for part in told if part), "not bold"))
    return line


def _letter(grade: Grade) -> Text:
    return Text.assemble((grade.grade, GRADE_STYLES[grade.grade]))


def _name(grade: Grade) -> Text:
    if grade.hostname is None:
        return Text("host not known", style="bold")
    return safe(dotless(grade.hostname), "bold")


def _items(one: AuditOf, width: int) -> RenderableType:
    if not one.exposures:
        return Text("   nothing found", style="dim")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, min_width=6)
    table.add_column(overflow="fold", width=min(width, _TITLE))
    table.add_column(overflow="fold")
    for exposure in one.exposures:
        table.add_row(severity(exposure.severity), safe(exposure.title), _subject(exposure))
    if one.grade.dropped:
        table.add_row(Text(), Text(f"and {one.grade.dropped:,} more", style="dim"), Text())
    return Padding(table, (0, 0, 0, 3), expand=False)


def _subject(exposure: Exposure) -> Text:
    cell = safe(exposure.subject)
    # Of a port the service's name says nothing more; of a name or number it says where it stands.
    if exposure.services and not exposure.ports[1:] and "on port" not in exposure.subject:
        cell.append_text(safe(f"  {exposure.services[0]}", "dim"))
    more = len(exposure.services) - 1
    return cell.append(f" and {more} more", style="dim") if more > 0 else cell


def _advice(audited: Sequence[AuditOf]) -> Iterable[RenderableType]:
    """Each check once: the one that hits worst first."""
    found: dict[str, list[Exposure]] = {}
    for one in audited:
        for exposure in one.exposures:
            found.setdefault(exposure.check, []).append(exposure)
    worst = {check: max(e.severity for e in hits) for check, hits in found.items()}
    for check in sorted(found, key=lambda each: -worst[each]):
        hits = found[check]
        first = hits[0]
        hosts = len({hit.hostname for hit in hits})
        head = Text.assemble((first.title, "bold"), (f"  {check}, {count(hosts, 'host')}", "dim"))
        refs = ", ".join((*first.references, *(f"ATT&CK {each}" for each in first.attack)))
        lines = Text("\n").join(
            [
                safe(first.reason),
                Text("Remedy: ").append_text(safe(first.remedy)),
                safe(refs, "dim"),
            ]
        )
        yield Text()
        yield severity(worst[check]).append("  ").append_text(head)
        yield Padding(lines, (0, 0, 0, 3))


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold underline")
    for title in titles:
        whole = title in ("Grade", *_COUNTS)
        table.add_column(title, overflow="fold", no_wrap=whole)
    return table
