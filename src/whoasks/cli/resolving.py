"""Answers as records for programs and as a table for people: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from whoasks.browse.answers import Heard, Speaker
from whoasks.browse.lookup import Target
from whoasks.core.instances import parse_txt
from whoasks.core.model import AAAA, NSEC, PTR, SCHEMA, SRV, TXT, A, Nsec, Record, Srv

if TYPE_CHECKING:
    from rich.console import RenderableType

_TYPES = {A: "A", PTR: "PTR", TXT: "TXT", AAAA: "AAAA", SRV: "SRV", NSEC: "NSEC", 13: "HINFO"}
_ORDER = {SRV: 0, TXT: 1, PTR: 2, A: 3, AAAA: 4}


def type_name(rtype: int) -> str:
    """``SRV``; ``TYPE64`` for what has no name here (RFC 3597 §5)."""
    return _TYPES.get(rtype, f"TYPE{rtype}")


def in_order(heard: Iterable[Heard]) -> list[Heard]:
    """What was looked up first, then where that is."""
    return sorted(heard, key=lambda h: _ORDER.get(h.record.rtype, len(_ORDER)))


def as_record(target: Target, heard: Heard, asked_at: float) -> dict[str, Any]:
    """One answer for programs. ``asked_at``: when the question was put, epoch seconds."""
    record, data = heard.record, heard.record.data
    fields: dict[str, Any] = {
        "record": "answer",
        "schema": SCHEMA,
        "asked": target.given,
        "name": record.name,
        "type": type_name(record.rtype),
        "ttl": record.ttl,
        "data": "; ".join(data_of(heard)),
        "cache_flush": record.cache_flush,
        "hostname": data.target if isinstance(data, Srv) else None,
        "port": data.port if isinstance(data, Srv) else None,
        "txt": parse_txt(data) if record.rtype == TXT and isinstance(data, bytes) else None,
        "raw": data.hex() if isinstance(data, bytes) else None,
    }
    fields["answered_by"] = [
        {
            "addresses": speaker.addresses,
            "mac": speaker.mac,
            "interface": speaker.interface or None,
            "after": round(max(speaker.at - asked_at, 0.0), 4),
        }
        for speaker in heard.speakers.values()
    ]
    return fields


def data_of(heard: Heard) -> list[str]:
    """What a record says, each piece of a TXT by itself; link-local addresses with their scope."""
    record, data = heard.record, heard.record.data
    if isinstance(data, Srv):
        weights = f" (priority {data.priority}, weight {data.weight})"
        return [f"{data.target}:{data.port}{weights if data.priority or data.weight else ''}"]
    if isinstance(data, Nsec):
        return ["only " + ", ".join(type_name(rtype) for rtype in data.types)]
    if isinstance(data, bytes):
        return _pieces(record, data)
    if data.startswith("fe80:"):
        scopes = dict.fromkeys(s.interface for s in heard.speakers.values() if s.interface)
        return [f"{data}%{scope}" for scope in scopes] or [data]
    return [data]


def _pieces(record: Record, data: bytes) -> list[str]:
    if record.rtype != TXT:
        return [data.hex()]
    pairs = parse_txt(data).items()
    return [key if value is None else f"{key}={value}" for key, value in pairs] or ["(empty)"]


def said_by(speaker: Speaker, asked_at: float) -> str:
    """``10.0.0.9, fe80::9 (02:00:00:00:00:09) on eth0 after 21 ms``."""
    if not speaker.addresses:
        return "by unicast: the sender is not known"
    mac = f" ({speaker.mac})" if speaker.mac else ""
    took = max(speaker.at - asked_at, 0.0) * 1000
    return f"{', '.join(speaker.addresses)}{mac} on {speaker.interface} after {took:.0f} ms"


def table(found: Sequence[tuple[Target, Sequence[Heard]]], asked_at: float) -> RenderableType:
    """A block for each target that was answered: its records and who said them."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from whoasks.ui.cells import safe

    parts: list[RenderableType] = []
    for target, heard in found:
        if not heard:
            continue
        grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, justify="right")
        grid.add_column(overflow="fold")
        grid.add_column(overflow="fold")
        shown = ""
        for each in in_order(heard):
            if each.record.name != shown and each.record.rtype in (A, AAAA, NSEC):
                shown = each.record.name
                if shown != target.name:
                    grid.add_row(Text(), Text(), safe(shown, "bold"), Text())
            lines = Text("\n").join(safe(line) for line in data_of(each))
            speakers = [said_by(speaker, asked_at) for speaker in each.speakers.values()]
            by = Text("\n").join(safe(line, "dim") for line in speakers)
            kind = Text(type_name(each.record.rtype))
            grid.add_row(kind, Text(f"{each.record.ttl} s", style="dim"), lines, by)
        heading = safe(target.given, "bold")
        if target.name.rstrip(".") != target.given.rstrip("."):
            heading.append_text(safe(f"  {target.name}", "not bold dim"))
        parts += [Text(), heading, Padding(grid, (0, 0, 0, 2), expand=False)]
    return Group(*parts[1:])
