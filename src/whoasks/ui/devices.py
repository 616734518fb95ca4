"""Devices as blocks: what each is, where, and its services; with the evidence when asked for.

Order is the caller's. Nothing is cut: what is too long wraps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.devices import LEAST, Device, DeviceClaim
from whoasks.core.model import Service
from whoasks.ui.cells import dotless, safe
from whoasks.ui.tables import Adaptive

_ALIGNED = 28
"""Cells: a name that is longer does not widen the column of every device."""
_CALLED = {"marketing_name": "sold as", "os": "system", "os_version": "its version", "mac": "MAC"}
"""Claims whose names are not yet words."""


def blocks(
    values: Iterable[Device], *, why: bool = False, subtypes: bool = False
) -> RenderableType:
    """A block for each device."""
    listed = list(values)

    def build(wide: bool) -> RenderableType:
        parts: list[RenderableType] = []
        members = [service for device in listed for service in device.services]
        widths = _widths(members, wide, subtypes)
        for device in listed:
            parts += [Text(), heading(device), *_indented(where(device))]
            if why:
                parts += _indented(evidence(device))
            if device.services:
                parts += _indented(_services(device.services, wide, subtypes, widths))
            else:
                parts += _indented(Text("no service heard of", style="dim"))
        return Group(*parts[1:])

    return Adaptive(build)


def heading(device: Device) -> RenderableType:
    """Its names, and what it is beside them."""
    names = ", ".join(dotless(name) for name in device.hostnames)
    line = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        line.add_column(overflow="fold")
    line.add_row(
        safe(names or "host not known", "bold"), safe(summary(device) or "not known what it is")
    )
    return line


def summary(device: Device) -> str:
    """``computer, Apple MacBook Pro (14-inch, 2021) (MacBookPro18,3), macOS 14.4``, raw."""
    product = [device.told("vendor"), device.told("marketing_name") or device.told("model")]
    if _begins_with(product[1], product[0]):
        product[0] = None
    model = device.told("model")
    if product[1] is not None and model is not None and model != product[1]:
        product.append(f"({model})")
    system = [device.told("os"), device.told("os_version")]
    software = device.told("software")
    if _begins_with(software, _joined(product)):
        product = []
    parts = [device.told("kind"), _joined(product), _joined(system), software]
    return ", ".join(part for part in parts if part)


def where(device: Device) -> Text:
    """Its addresses and MACs: those of its packets, else the one that it tells."""
    told = device.told("mac")
    if device.macs:
        mac = f"MAC {', '.join(device.macs)}"
    else:
        mac = f"MAC {told}, as it tells" if told else ""
    return safe("  ".join(part for part in (", ".join(device.addresses), mac) if part), "dim")


def evidence(device: Device) -> RenderableType:
    """Each claim with its weight and reasons; those that lost against a heavier one dim."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(2):
        table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    before: str | None = None
    for claim in device.claims:
        first = claim.what != before
        told = first and claim.weight >= LEAST
        style = "" if told else "dim"
        value = claim.value if told else f"{'perhaps' if first else 'not'} {claim.value}"
        table.add_row(
            Text(_CALLED.get(claim.what, claim.what) if first else "", style="dim"),
            safe(value, style),
            Text(_percent(claim), style=style),
            safe("; ".join(claim.why), "dim"),
        )
        before = claim.what
    notes = [safe(note, "dim") for note in device.notes]
    if not device.claims:
        return Group(Text("nothing speaks for anything", style="dim"), *notes)
    return Group(table, *notes) if notes else table


def _percent(claim: DeviceClaim) -> str:
    return f"{claim.weight:.0%}"


def _begins_with(text: str | None, start: str | None) -> bool:
    return bool(text and start and text.casefold().startswith(start.casefold()))


def _joined(words: Sequence[str | None]) -> str:
    return " ".join(word for word in words if word)


def _indented(part: RenderableType) -> list[RenderableType]:
    if isinstance(part, Text) and not part:
        return []
    return [Padding(part, (0, 0, 0, 2), expand=False)]


_Column = tuple[str, Callable[[Service], Text]]


def _columns(wide: bool, subtypes: bool) -> list[_Column]:
    columns: list[_Column] = [
        ("Name", _name),
        ("Type", lambda s: _type(s, subtypes)),
        ("Port", lambda s: Text("" if s.port is None else str(s.port))),
    ]
    if wide:
        columns.append(("What", lambda s: safe(s.description or "")))
        columns.append(("Seen on", lambda s: safe(", ".join(s.interfaces), "dim")))
    return columns


def _widths(members: Sequence[Service], wide: bool, subtypes: bool) -> list[int]:
    """One width for a column in all blocks, so that the eye can run down it."""
    return [
        min(_ALIGNED, max((cell_len(line) for s in members for line in _lines(cell(s))), default=0))
        for _, cell in _columns(wide, subtypes)
    ]


def _lines(cell: Text) -> list[str]:
    return str(cell).split("\n")


def _services(
    members: Sequence[Service], wide: bool, subtypes: bool, widths: Sequence[int]
) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    columns = _columns(wide, subtypes)
    for (title, _), width in zip(columns, widths, strict=True):
        # A type stays whole unless somebody made one that would push all else aside.
        whole = title == "Port" or (
            title == "Type" and all(len(service.type) <= _ALIGNED for service in members)
        )
        table.add_column(
            title,
            overflow="fold",
            no_wrap=whole,
            min_width=width,
            justify="right" if title == "Port" else "left",
        )
    for service in members:
        table.add_row(*(cell(service) for _, cell in columns))
    return table


def _name(service: Service) -> Text:
    name = safe(service.instance, "dim" if service.stale else "")
    if service.stale:
        name.append(" (gone)", style="dim")
    elif service.missing:
        name.append(f" (no {', no '.join(service.missing)})", style="dim")
    return name


def _type(service: Service, subtypes: bool) -> Text:
    cell = safe(service.type)
    for subtype in service.subtypes if subtypes else ():
        cell.append("\n").append_text(safe(f"  {subtype}", "dim"))
    if service.domain not in ("local", "local."):
        cell.append("\n").append_text(safe(f"  in {dotless(service.domain)}", "dim"))
    return cell
