"""What happened, a line each, in the order of happening: the Timeline table. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from whoasks.core.model import (
    Burst,
    BurstClosed,
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Host,
    MalformedSeen,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
)
from whoasks.ui.cells import Clock, count, dotless
from whoasks.ui.live.columns import LOCAL, Column, natural, numeric
from whoasks.ui.live.look import Grouping, Look

CAP = 5_000
"""Moments kept: an hour of a busy network; older ones are in the store."""


class Moment(msgspec.Struct, frozen=True):
    """One thing that happened."""

    number: int
    at: float
    """Epoch seconds."""
    kind: str
    who: str
    """Raw."""
    what: str
    """Raw."""
    value: Service | Burst | Finding | None = None


def moments(event: Event, number: int) -> Iterator[Moment]:
    """What an event is on the timeline."""
    match event:
        case ServiceSeen(at, service):
            yield _of_service(number, at, "new", service)
        case ServiceChanged(at, service):
            yield _of_service(number, at, "changed", service)
        case ServiceGone(at, service):
            yield _of_service(number, at, "gone", service, f" ({event.reason})")
        case BurstClosed(at, burst):
            yield Moment(number, burst.started, "asked", called(burst.host), _asked(burst), burst)
        case MalformedSeen(at, host):
            yield Moment(number, at, "malformed", called(host), event.detail or event.reason)
        case FindingOpened(at, finding):
            yield _of_finding(number, at, "finding", finding)
        case FindingUpdated(at, finding):
            yield _of_finding(number, at, "updated", finding)
        case FindingClosed(at, finding):
            yield _of_finding(number, at, "closed", finding)


def name(host: Host) -> str:
    """What people call a host: its name, else an address, else its MAC; raw."""
    if host.hostname:
        return dotless(host.hostname)
    return host.addresses[0] if host.addresses else host.mac or "unknown"


def called(host: Host) -> str:
    """The same where it is shown, not copied: nobody knows his own address by heart."""
    return "this host" if host.role == "self" else name(host)


def clock_of(at: float) -> str:
    """The time of day, in the machine's zone."""
    return Clock().show(at)[-8:]


def _of_service(number: int, at: float, kind: str, service: Service, more: str = "") -> Moment:
    who = dotless(service.hostname) if service.hostname else ""
    port = f" port {service.port}" if service.port else ""
    return Moment(number, at, kind, who, f"{service.instance}  {service.type}{port}{more}", service)


def _of_finding(number: int, at: float, kind: str, finding: Finding) -> Moment:
    silenced = f" (silenced by {finding.silenced_by})" if finding.silenced_by else ""
    what = f"{finding.severity.label}: {finding.title}{silenced}"
    return Moment(number, at, kind, name(finding.host), what, finding)


def _asked(burst: Burst) -> str:
    parts = [count(burst.questions, "question")]
    if burst.meta_query:
        parts.append("all types")
    if burst.types:
        parts.append(count(burst.types, "type"))
    if burst.tool:
        parts.append(f"like {burst.tool.name}")
    first = ", ".join(dotless(name) for name in burst.names[:3])
    return f"{burst.verdict}: {', '.join(parts)}: {first}"


def _style(moment: Moment) -> str:
    value = moment.value
    if isinstance(value, Finding):
        return "severity-" + value.severity.label
    if isinstance(value, Burst):
        return "verdict-" + value.verdict
    return "kind-" + moment.kind


LOOK: Look[Moment] = Look(
    columns=(
        Column(
            "Time",
            lambda m: clock_of(m.at),
            lambda m: numeric(m.at),
            least=8,
            falling=True,
        ),
        Column("Kind", lambda m: m.kind, least=9, style=_style),
        Column(
            "Who",
            lambda m: m.who,
            lambda m: natural(m.who),
            least=16,
            share=1,
            most=40,
            ending=LOCAL,
        ),
        Column("What", lambda m: m.what, least=30, share=4, most=400),
    ),
    key=lambda m: str(m.number),
    groupings=(Grouping("kind", lambda m: m.kind), Grouping("host", lambda m: m.who or "unknown")),
    falling=True,
    empty="Nothing has happened yet.",
    cap=CAP,
)
