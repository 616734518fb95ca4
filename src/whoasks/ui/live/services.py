"""The Services table: what a service is in a row, and which ways of grouping there are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whoasks.core.model import Service
from whoasks.ui.cells import dotless
from whoasks.ui.live.columns import LOCAL, Column, by_address, numeric
from whoasks.ui.live.look import Grouping, Look
from whoasks.ui.live.moments import clock_of


def key(service: Service) -> str:
    """Its identity: name, type and domain, which no letter case tells apart."""
    return "\x1f".join((service.instance, service.type, service.domain)).casefold()


def device(known: Mapping[str, Any] | None) -> str:
    """What it is, as far as is known: kind, vendor, model, or else its system; raw.

    A model that names its vendor does not need it said twice.
    """
    found = known or {}
    model = found.get("marketing_name") or found.get("model") or found.get("os")
    told = [str(part) for part in (found.get("kind"), found.get("vendor"), model) if part]
    shorter = (w for at, w in enumerate(told) if not any(w in more for more in told[at + 1 :]))
    return " ".join(shorter)


def address(service: Service) -> str:
    """Its first address, and how many more there are; why there is none."""
    if not service.addresses:
        return "" if service.resolved else f"no {' or '.join(service.missing) or 'address'}"
    more = len(service.addresses) - 1
    return f"{service.addresses[0]} +{more}" if more else service.addresses[0]


def host(service: Service) -> str:
    """The name of its host; raw."""
    return dotless(service.hostname) if service.hostname else ""


def _state(service: Service) -> str:
    return "gone" if service.stale else "" if service.resolved else "unresolved"


CAP = 20_000
"""Services kept between two snapshots, which then say what there still is."""

LOOK: Look[Service] = Look(
    columns=(
        Column("Name", lambda s: s.instance, least=18, share=3, most=64),
        Column("Type", lambda s: s.type, least=16, share=2, most=28),
        Column("Host", host, least=12, share=2, most=40, ending=LOCAL),
        Column(
            "Port",
            lambda s: "" if s.port is None else str(s.port),
            lambda s: numeric(s.port),
            least=5,
            right=True,
        ),
        Column(
            "Address",
            address,
            lambda s: by_address(s.addresses[0] if s.addresses else None),
            least=15,
            share=2,
            most=44,
        ),
        Column(
            "What", lambda s: device(s.device) or s.description or "", least=14, share=3, wide=110
        ),
        Column("On", lambda s: ", ".join(s.interfaces), least=6, share=1, most=20, wide=132),
        Column(
            "Seen",
            lambda s: clock_of(s.last_seen),
            lambda s: numeric(s.last_seen),
            least=8,
            wide=96,
            falling=True,
        ),
    ),
    key=key,
    groupings=(
        Grouping("type", lambda s: f"{s.type}  {s.description or ''}".rstrip()),
        Grouping("host", lambda s: host(s) or "host not known"),
    ),
    stale=lambda s: s.stale,
    more_words=lambda s: "\n".join(
        (
            _state(s),
            device(s.device),
            *s.addresses,
            *(f"{k}={v}" for k, v in s.txt.items()),
            *s.subtypes,
        )
    ),
    empty="Nothing has been announced yet.",
    cap=CAP,
)
