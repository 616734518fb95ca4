"""Services for audits, and what one check makes of them."""

from __future__ import annotations

from typing import Any

from tests.helpers import samples

from whoasks.core.audit import audit
from whoasks.core.auditing.checks import ALL
from whoasks.core.auditing.results import Exposure
from whoasks.core.model import Service

OTHERS = {check.id for check in ALL}


def at(
    kind: str,
    instance: str = "Thing",
    *,
    txt: dict[str, str | None] | None = None,
    port: int | None = 1234,
    host: str | None = "thing.local.",
    addresses: tuple[str, ...] = ("10.0.0.9",),
    **changes: Any,
) -> Service:
    """A service of a type such as ``ssh`` or ``_matterc._udp``."""
    full = kind if kind.startswith("_") else f"_{kind}._tcp"
    return samples.service(
        instance=instance,
        type=full,
        subtypes=(),
        hostname=host,
        port=port,
        addresses=addresses,
        txt=txt or {},
        txt_raw=None,
        **changes,
    )


def exposures(check: str, *services: Service) -> list[Exposure]:
    """What that check alone says of them, all hosts together."""
    found = audit(services, skip=OTHERS - {check})
    return [exposure for one in found for exposure in one.exposures]


def told(check: str, *services: Service) -> list[tuple[str, str]]:
    """(severity, subject) of each exposure."""
    return [(e.severity.label, e.subject) for e in exposures(check, *services)]
