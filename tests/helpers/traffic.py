"""Packets as tests say them: who asks what, when. Time is a plain number of seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dnslib import PTR, QTYPE, RR, SRV, TXT, A, DNSHeader, DNSQuestion, DNSRecord

from whoasks import knowledge
from whoasks.core.model import (
    Burst,
    BurstClosed,
    Datagram,
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Flow,
)
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings

META = "_services._dns-sd._udp.local"
KNOWLEDGE = knowledge.load()


def flow(host: int = 23, **changes: Any) -> Flow:
    """How a host's multicast reaches us; the number is its last octet and its MAC's."""
    fields: dict[str, Any] = {
        "interface": "eth0",
        "source": f"10.0.{host >> 8}.{host & 255}",
        "source_port": 5353,
        "destination": "224.0.0.251",
        "destination_port": 5353,
        "mac": f"02:00:00:00:{host >> 8:02x}:{host & 255:02x}",
        "mac_source": "frame",
        "ttl": 255,
    }
    return Flow(**(fields | changes))


def flow6(host: int = 23, **changes: Any) -> Flow:
    """The same host over IPv6."""
    return flow(host, **({"source": f"fe80::{host:x}", "destination": "ff02::fb"} | changes))


def ask(
    *names: str,
    qtype: int = 12,
    qu: bool = False,
    ident: int = 0,
    recursion: bool = False,
    known: Iterable[tuple[str, int]] = (),
) -> bytes:
    """A query; ``known``: instances of the first name and the TTLs that are left of them."""
    header = DNSHeader(id=ident, bitmap=0x100 if recursion else 0)
    qclass = 0x8001 if qu else 1
    query = DNSRecord(header, [DNSQuestion(name, qtype, qclass) for name in names])
    for instance, ttl in known:
        query.add_answer(RR(names[0], QTYPE.PTR, 1, ttl, PTR(f"{instance}.{names[0]}")))
    return bytes(query.pack())


def probe(*names: str) -> bytes:
    """A query that claims names: ANY, QU, with proposed records (RFC 6762 §8.1)."""
    record = DNSRecord(
        DNSHeader(id=0, bitmap=0), [DNSQuestion(name, 255, 0x8001) for name in names]
    )
    for name in names:
        record.add_auth(RR(name, 12, 1, 120, PTR(f"me.{name}")))
    return bytes(record.pack())


def announce(name: str, kind: str, host: str = "printer", last: int = 9, ttl: int = 4500) -> bytes:
    """A response that announces one whole service."""
    record = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    record.add_answer(RR(f"{kind}.local", 12, 1, ttl, PTR(f"{name}.{kind}.local")))
    record.add_ar(RR(f"{name}.{kind}.local", 33, 0x8001, ttl, SRV(0, 0, 80, f"{host}.local")))
    record.add_ar(RR(f"{name}.{kind}.local", 16, 0x8001, ttl, TXT([b"a=1"])))
    record.add_ar(RR(f"{host}.local", 1, 0x8001, ttl, A(f"10.0.0.{last}")))
    return bytes(record.pack())


def records(*given: tuple[str, Any, int], flush: bool = True, ident: int = 0) -> bytes:
    """A response of (name, data as dnslib has it, TTL)."""
    kinds = {A: 1, PTR: 12, TXT: 16, SRV: 33}
    record = DNSRecord(DNSHeader(id=ident, bitmap=0x8400))
    for name, data, ttl in given:
        kind = kinds[type(data)]
        shared = kind == 12 or not flush
        record.add_answer(RR(name, kind, 1 if shared else 0x8001, ttl, data))
    return bytes(record.pack())


def address(host: str, at: str, ttl: int = 120, *, flush: bool = True) -> bytes:
    """A response that gives a host name an address."""
    return records((f"{host}.local", A(at), ttl), flush=flush)


def service(instance: str, target: str, port: int = 80, ttl: int = 120) -> bytes:
    """A response that says where an instance is."""
    return records((f"{instance}.local", SRV(0, 0, port, f"{target}.local"), ttl))


def details(instance: str, *pairs: str, ttl: int = 4500) -> bytes:
    """A response with an instance's TXT data."""
    return records((f"{instance}.local", TXT([pair.encode() for pair in pairs]), ttl))


def types(count: int, start: int = 0) -> list[str]:
    """Names of service types that nobody offers."""
    return [f"_made-up-{number}._tcp.local" for number in range(start, start + count)]


Said = tuple[float, Flow, bytes]


def pipeline(settings: CoreSettings | None = None, **more: Any) -> Pipeline:
    return Pipeline(settings or CoreSettings(), KNOWLEDGE, **more)


def run(said: Iterable[Said], settings: CoreSettings | None = None, **more: Any) -> list[Event]:
    """Everything that follows from the packets, to the end."""
    made = pipeline(settings, **more)
    events = list(made.feed_all(Datagram(*one) for one in said))
    return events + made.finish()


def all_findings(events: Iterable[Event]) -> list[Finding]:
    """The last state of every finding."""
    last: dict[str, Finding] = {}
    for event in events:
        if isinstance(event, FindingOpened | FindingUpdated | FindingClosed):
            last[event.finding.id] = event.finding
    return list(last.values())


def findings(events: Iterable[Event]) -> dict[str, Finding]:
    """Rule → the finding that it contributed to (the latest, where there are several)."""
    return {rule: found for found in all_findings(events) for rule in found.rules}


def fired(
    said: Iterable[Said], settings: CoreSettings | None = None, **more: Any
) -> dict[str, str]:
    """Rule → severity of its claim."""
    found = all_findings(run(said, settings, **more))
    return {claim.rule: claim.severity.label for each in found for claim in each.claims}


def accused(
    said: Iterable[Said], settings: CoreSettings | None = None, **more: Any
) -> dict[tuple[str, str], str]:
    """(Rule, last digits of the accused's MAC or its address) → severity of the claim."""
    found = all_findings(run(said, settings, **more))
    return {
        (claim.rule, (each.host.mac or each.host.addresses[0])[-5:]): claim.severity.label
        for each in found
        for claim in each.claims
    }


def bursts(events: Iterable[Event]) -> list[Burst]:
    return [event.burst for event in events if isinstance(event, BurstClosed)]


def one_a_packet(
    names: Iterable[str], start: float = 0.0, step: float = 1.0, host: int = 23
) -> Iterator[Said]:
    """One question a packet."""
    at = flow(host)
    for number, name in enumerate(names):
        yield start + number * step, at, ask(name)
