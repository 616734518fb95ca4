"""What an export holds and is called: a record for each value that is shown. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from whoasks.core.model import Asker, Burst, Finding, Service
from whoasks.ui.live.hosts import HostView
from whoasks.ui.live.moments import Moment
from whoasks.ui.live.services import key
from whoasks.ui.live.table import Table

ENDINGS = (".csv", ".ndjson")
_MIXED = "Timeline"
"""Services, bursts and findings in one: a table of rows cannot hold that."""


def exported(table: Table[Any]) -> list[Service | Asker | Finding | Burst]:
    """The records of what is shown, in its order. A host's are its services."""
    found: list[Any] = []
    for value in table.listed():
        match value:
            case HostView():
                found += value.services
            case Moment():
                found += [value.value] if value.value is not None else []
            case _:
                found.append(value)
    if found and isinstance(found[0], Service):
        # Two hosts never share one, but a timeline tells of one again and again.
        return found if _is_timeline(table) else list({key(s): s for s in found}.values())
    return found


def export_words(title: str, number: int) -> tuple[str, str]:
    """What is asked, and the path that is proposed."""
    what = {"Hosts": "services of these hosts", _MIXED: "services, bursts and findings"}
    ending = ".ndjson" if title == _MIXED else ".csv"
    return f"Export {number:,} {what.get(title, title.lower())}", f"{title.lower()}{ending}"


def path_check(title: str) -> Callable[[str], str | None]:
    """What is wrong with a path for this table's records, in a sentence; None for nothing."""

    def check(path: str) -> str | None:
        endings = ENDINGS[1:] if title == _MIXED else ENDINGS
        if path.endswith(endings):
            return None
        only = "; a timeline is of several kinds, which CSV cannot hold" if title == _MIXED else ""
        return f"The name must end in {' or '.join(endings)}{only}"

    return check


def _is_timeline(table: Table[Any]) -> bool:
    return any(isinstance(value, Moment) for value in table.listed()[:1])
