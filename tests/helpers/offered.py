"""Services and senders for the tests of devices, as short as can be."""

from __future__ import annotations

from whoasks.core.model import AAAA, GROUP_IPV4, HINFO, A, Flow, Message, Record, Service

GLOBAL = {"3c:22:fb:01:02:03": "Apple, Inc.", "a0:b7:65:11:22:33": "Espressif Inc."}


def vendor_of(mac: str) -> str | None:
    """Two makers, without the IEEE's table."""
    return GLOBAL.get(mac)


def offered(
    type_: str = "_http._tcp",
    txt: dict[str, str | None] | None = None,
    *,
    name: str = "Thing",
    at: str | None = "thing.local.",
) -> Service:
    """One service; ``at`` is its host name."""
    return Service(
        instance=name,
        type=type_,
        subtypes=(),
        domain="local",
        hostname=at,
        port=80 if at else None,
        addresses=("10.0.0.9",) if at else (),
        interfaces=("eth0",),
        txt=txt or {},
        txt_raw=b"",
        name_raw=None,
        description=None,
        device=None,
        first_seen=1.0,
        last_seen=2.0,
        resolved=True,
    )


def flow(
    source: str = "10.0.0.9",
    mac: str | None = "3c:22:fb:01:02:03",
    *,
    to: str = GROUP_IPV4,
    ttl: int | None = 255,
) -> Flow:
    """Where an announcement came from."""
    return Flow("eth0", source, 5353, to, 5353, mac=mac, ttl=ttl)


def announces(
    hostname: str = "thing.local.",
    *addresses: str,
    ttl: int = 120,
    hinfo: bytes | None = None,
    flags: int = 0x8400,
) -> Message:
    """A response with addresses of a host name."""
    answers = [
        Record(hostname, AAAA if ":" in address else A, 1, ttl, address)
        for address in addresses or ("10.0.0.9",)
    ]
    if hinfo is not None:
        answers.append(Record(hostname, HINFO, 1, ttl, hinfo))
    return Message(0, flags, answers=tuple(answers))
