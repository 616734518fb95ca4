"""What a detector said of a host, whichever detector it was."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.detection.truth import bare

from whoasks.core.model import Severity


class Alarm(NamedTuple):
    """A finding, as far as it is judged. Times are epoch seconds."""

    rule: str
    """The one that led."""
    rules: tuple[str, ...]
    """All that contributed."""
    severity: Severity
    mac: str | None
    addresses: frozenset[str]
    first: float
    last: float
    silenced: bool = False


def of_record(record: Mapping[str, Any]) -> Alarm:
    """A line of ``--format ndjson`` whose ``record`` is ``finding``."""
    host = record["host"]
    return Alarm(
        rule=record["rule"],
        rules=tuple(dict.fromkeys([record["rule"], *record.get("rules", [])])),
        severity=Severity[record["severity"].upper()],
        mac=host.get("mac"),
        addresses=frozenset(map(bare, host.get("addresses", []))),
        first=_epoch(record["first_seen"]),
        last=_epoch(record["last_seen"]),
        silenced=bool(record.get("silenced_by")),
    )


def _epoch(moment: str) -> float:
    return datetime.datetime.fromisoformat(moment).timestamp()
