"""The details pane: all that is known of the row under the cursor, as rich renderables.

Pure. Every name passes ``ui.cells`` and so ``text``; nothing is markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.detect.rules import ALL
from whoasks.core.devices import Device, DeviceClaim
from whoasks.core.model import Asker, Burst, Finding, Service
from whoasks.ui import report
from whoasks.ui.cells import Clock, count, dotless, measure, safe, stacked, where
from whoasks.ui.live import services
from whoasks.ui.live.hosts import HostView
from whoasks.ui.live.moments import Moment, name

_RULES = {detector.rule.id: detector.rule for detector in ALL}
_WHY = 2
"""Reasons that are told for a claim about a device."""
_NAMES = 40
"""Names of a burst that are listed."""


def details(value: object, clock: Clock) -> RenderableType:
    """What there is to say of a row; a hint where the cursor is on none."""
    match value:
        case Service():
            return _service(value, clock)
        case HostView():
            return _host(value, clock)
        case Asker():
            return _asker(value, clock)
        case Finding():
            return report.explain(value, _RULES.get(value.rule), clock)
        case Moment():
            return _moment(value, clock)
    return Text("No row.", style="dim")


def _service(service: Service, clock: Clock) -> RenderableType:
    facts = _facts()
    _fact(facts, "state", _state(service))
    _fact(facts, "type", service.type, service.description or "")
    _fact(facts, "device", services.device(service.device))
    _fact(facts, "host", dotless(service.hostname) if service.hostname else "")
    _fact(facts, "port", str(service.port) if service.port is not None else "")
    _fact(facts, "address", *service.addresses)
    _fact(facts, "subtypes", ", ".join(service.subtypes))
    if service.domain not in ("local", "local."):
        _fact(facts, "domain", dotless(service.domain))
    _fact(facts, "on", ", ".join(service.interfaces))
    _fact(facts, "first seen", clock.show(service.first_seen))
    _fact(facts, "last seen", clock.show(service.last_seen))
    _fact(facts, "name bytes", service.name_raw.hex(" ") if service.name_raw else "")
    parts: list[RenderableType] = [safe(service.instance, "bold"), _indented(facts)]
    if service.txt:
        parts += [_title(f"TXT, {count(len(service.txt), 'key')}"), _indented(_txt(service))]
    elif service.txt_raw is not None:
        parts.append(_title("TXT is empty"))
    return Group(*parts)


def _state(service: Service) -> str:
    if service.stale:
        return "gone: said goodbye, or not heard of within its time"
    return "" if service.resolved else f"not known yet: {', '.join(service.missing)}"


def _txt(service: Service) -> Table:
    """Key and value as decoded; a value that is no text in hex (RFC 6763 §6.5 allows any byte)."""
    table = _facts()
    for key, value in service.txt.items():
        if value is None:
            table.add_row(safe(key), Text("present, no value", style="dim"))
        elif any("\udc80" <= char <= "\udcff" or char == "\0" for char in value):
            raw = value.encode("utf-8", "surrogateescape")
            table.add_row(safe(key), Text(raw.hex(" "), style="italic"))
        else:
            table.add_row(safe(key), safe(value))
    return table


def _host(host: HostView, clock: Clock) -> RenderableType:
    facts = _facts()
    for claim in _claims(host.device):
        _fact(facts, measure(claim.what), claim.value, *(f"  {why}" for why in claim.why[:_WHY]))
    _fact(facts, "address", *host.addresses)
    _fact(facts, "MAC", host.mac or "")
    _fact(facts, "vendor", host.vendor or "")
    _fact(facts, "role", host.role or "")
    _fact(facts, "first seen", clock.show(host.first_seen))
    _fact(facts, "last seen", clock.show(host.last_seen))
    if host.asker:
        _fact(facts, "asked", *_asked(host.asker))
    parts: list[RenderableType] = [safe(host.name, "bold"), _indented(facts)]
    if host.services:
        table = _facts()
        for service in host.services:
            port = f" {service.port}" if service.port else ""
            style = "dim" if service.stale else ""
            table.add_row(safe(service.type + port, style), safe(service.instance, style))
        parts += [_title(f"Offers {count(len(host.services), 'service')}"), _indented(table)]
    return Group(*parts)


def _claims(device: Device | None) -> list[DeviceClaim]:
    """What is told of each kind: the heaviest."""
    first: dict[str, DeviceClaim] = {}
    for claim in device.claims if device else ():
        if claim.what == "mac":  # which the host has a line for
            continue
        first.setdefault(claim.what, claim)
    return list(first.values())


def _asker(asker: Asker, clock: Clock) -> RenderableType:
    facts = _facts()
    _fact(facts, "address", *asker.host.addresses)
    _fact(facts, "MAC", asker.host.mac or "")
    _fact(facts, "vendor", asker.host.vendor or "")
    _fact(facts, "role", asker.host.role or "")
    _fact(facts, "on", where(asker.interface, asker.vlan))
    _fact(facts, "asked", *_asked(asker))
    _fact(facts, "findings", str(asker.findings) if asker.findings else "")
    _fact(facts, "first asked", clock.show(asker.first_seen))
    _fact(facts, "last asked", clock.show(asker.last_seen))
    parts: list[RenderableType] = [safe(name(asker.host), "bold"), _indented(facts)]
    return Group(*parts, *_listed("Types asked for", asker.types, asker.types_dropped))


def _asked(asker: Asker) -> list[str]:
    questions, packets = count(asker.questions, "question"), count(asker.packets, "packet")
    return [f"{questions} in {packets}, {count(asker.bursts, 'burst')}"]


def _moment(moment: Moment, clock: Clock) -> RenderableType:
    value = moment.value
    head = safe(clock.show(moment.at), "dim").append(f"  {moment.kind}", style="bold")
    match value:
        case Burst():
            names = [dotless(each) for each in value.names]
            dropped = value.names_dropped + max(0, len(names) - _NAMES)
            line = report.burst_line(value, clock)
            return Group(head, line, *_listed("Names asked for", names[:_NAMES], dropped))
        case None:
            return Group(head, safe(moment.who), safe(moment.what))
    return Group(head, details(value, clock))


def _listed(title: str, names: Sequence[str], dropped: int) -> list[RenderableType]:
    if not names:
        return []
    more = [f"and {dropped:,} more"] if dropped else []
    lines = stacked([*names, *more])
    return [_title(title), Padding(lines, (0, 0, 0, 2), expand=False)]


def _title(words: str) -> Text:
    return Text(words, style="bold underline")


def _indented(table: Table) -> RenderableType:
    return Padding(table, (0, 0, 0, 1), expand=False)


def _facts() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", overflow="fold")
    table.add_column(overflow="fold")
    return table


def _fact(table: Table, title: str, *lines: str) -> None:
    said: Iterable[str] = [line for line in lines if line]
    if said:
        table.add_row(Text(title), stacked(said))
