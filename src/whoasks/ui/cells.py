"""The pieces that tables and reports are put together from. Every name passes ``text`` here.

A cell is always a rich ``Text``: a string would be read as markup, and names are strangers'.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec
from rich.cells import cell_len
from rich.text import Text

from whoasks import text
from whoasks.core.model import Host, Severity

SEVERITY_STYLES = {
    Severity.INFO: "cyan",
    Severity.LOW: "bold cyan",
    Severity.MEDIUM: "bold yellow",
    Severity.HIGH: "bold red",
}
VERDICT_STYLES = {"routine": "dim", "unusual": "yellow", "suspicious": "bold red"}


_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class Clock(msgspec.Struct, frozen=True):
    """How times are shown: in ``zone`` (None: the machine's), without today's date."""

    now: float | None = None
    """Epoch seconds; None: every time gets its date."""
    zone: tzinfo | None = None

    def show(self, at: float) -> str:
        """``10:00:00`` today, ``2026-01-01 10:00:00`` on any other day."""
        moment = self._moment(at)
        if self.now is not None and moment.date() == self._moment(self.now).date():
            return f"{moment:%H:%M:%S}"
        return moment.replace(tzinfo=None).isoformat(" ", "seconds")

    def span(self, start: float, end: float) -> str:
        """``10:00:00 to 10:00:03``, with dates where they are needed."""
        first, last = self.show(start), self.show(end)
        if first == last:
            return first
        if first[:-8] == last[:-8]:
            last = last[-8:]
        return f"{first} to {last}"

    def _moment(self, at: float) -> datetime:
        try:
            return datetime.fromtimestamp(at, self.zone)
        except (ValueError, OverflowError, OSError):  # a capture may claim any time
            return _LATEST if at > 0 else _EARLIEST


def safe(name: str, style: str = "") -> Text:
    """A name as a cell."""
    return Text(text.terminal(name), style=style)


def clip(name: str, cells: int) -> str:
    """A safe name in at most so many terminal cells, wide letters counted as two."""
    shown = text.terminal(name)
    if cell_len(shown) <= cells:
        return shown
    width = 0
    for at, char in enumerate(shown):
        width += cell_len(char)
        if width > cells - 1:
            return shown[:at] + "…" if cells > 0 else ""
    return shown


def severity(value: Severity) -> Text:
    """The word, coloured: colour alone says nothing on a plain terminal."""
    return Text(value.label, style=SEVERITY_STYLES[value])


def dotless(name: str) -> str:
    """A name as people write it, without the root's dot."""
    return name.removesuffix(".") or "."


def host(value: Host) -> str:
    """``10.0.0.23 (cli.local, 02:00:…, Vendor, role hub)``; raw, still to be made safe."""
    first, *more = _told(value)
    return f"{first} ({', '.join(more)})" if more else first


def host_cell(value: Host, wide: bool) -> Text:
    """A host as a cell: on one line where there is room, else a line for each thing told."""
    return safe(host(value)) if wide else stacked(_told(value))


def stacked(lines: Iterable[str]) -> Text:
    """Several lines in one cell; a line end inside one of them is escaped like all else."""
    return Text("\n").join(safe(line) for line in lines)


def _told(value: Host) -> list[str]:
    told = [value.addresses[0]] if value.addresses else []
    told += [part for part in (value.hostname and dotless(value.hostname), value.mac) if part]
    if value.vendor:
        told.append(value.vendor)
    if value.role:
        told.append(f"role {value.role}")
    return told or ["unknown"]


def where(interface: str, vlan: int | None) -> str:
    """``eth0`` or ``eth0 VLAN 12``."""
    return interface if vlan is None else f"{interface} VLAN {vlan}"


def some(names: Sequence[str], most: int, dropped: int = 0) -> str:
    """The first names, and how many more there are; raw."""
    more = max(0, len(names) - most) + dropped
    listed = ", ".join(dotless(name) for name in names[:most])
    return f"{listed} and {more:,} more" if more and listed else listed or f"{more:,} names"


def count(number: int, word: str, words: str | None = None) -> str:
    """``1 packet``, ``2 packets``, ``2 queries``."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def value(item: Any) -> str:
    """Something observed, or a threshold; raw."""
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, float):
        return f"{item:.4g}"
    if isinstance(item, int):
        # Ports and IDs are numbers too, and nobody writes 5,353.
        return f"{item:,}" if item >= 100_000 else str(item)
    if isinstance(item, str):
        return item
    if isinstance(item, (list, tuple, set, frozenset)):
        parts = item if isinstance(item, (list, tuple)) else sorted(item, key=str)
        return ", ".join(value(part) for part in parts)
    return json.dumps(item, ensure_ascii=False, default=str)


def measure(key: str) -> str:
    """A key of ``observed`` as words; raw."""
    return key.replace("_", " ")


def seconds(length: float) -> str:
    """A length of time in the unit that suits it."""
    if length < 120:
        return f"{length:.1f} s"
    if length < 7200:
        return f"{length / 60:.0f} min"
    return f"{length / 3600:.1f} h" if length < 172_800 else f"{length / 86_400:.0f} days"
