"""What is said of records that somebody owns: goodbyes, takings, and second interfaces."""

from __future__ import annotations

from dataclasses import replace

from tests.traces import wire
from tests.traces.home import Home
from tests.traces.hosts import Host
from tests.traces.segment import Service
from tests.traces.wire import PTR, SRV, TXT, Message, Record


def gone(*records: Record) -> Message:
    return wire.tell(*(replace(record, ttl=0) for record in records))


def of_type(host: Host, type_: str) -> list[Record]:
    """PTR, SRV and TXT of one of its instances."""
    full = host.instance(type_)
    return [r for r in host.service_records() if full in (r.name, r.data)]


def taken(host: Host, type_: str, thief: Host, *txt: str) -> Message:
    """An announcement of somebody else's instance, on the thief's own host."""
    full = host.instance(type_)
    return wire.tell(
        Record(f"{type_}.local", PTR, full, 4500),
        Record(full, SRV, (8009, thief.name)),
        Record(full, TXT, txt or ("txtvers=1",), 4500),
        *thief.host_records(),
    )


def docked(home: Home, host: Host) -> Host:
    """The same machine's other interface: same names, another MAC and address."""
    cable = home.stranger(host.base, *host.offered)
    cable.twins.add(host)
    host.twins.add(cable)
    return cable


def pair(home: Home) -> tuple[Host, Host]:
    """Two machines that offer one service under one instance name, one at a time."""
    offer = Service("Cluster", "_https._tcp", 443)
    return home.stranger("node-a", offer), home.stranger("node-b", offer)
