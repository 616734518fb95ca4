"""Packets as tests say them: who asks what, when. Time is a plain number of seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dnslib import PTR, RR, SRV, TXT, A, DNSHeader, DNSQuestion, DNSRecord

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
    *names: str, qtype: int = 12, qu: bool = False, ident: int = 0, recursion: bool = False
) -> bytes:
    """A query."""
    header = DNSHeader(id=ident, bitmap=0x100 if recursion else 0)
    qclass = 0x8001 if qu else 1
    return bytes(DNSRecord(header, [DNSQuestion(name, qtype, qclass) for name in names]).pack())


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


def findings(events: Iterable[Event]) -> dict[str, Finding]:
    """The last state of each finding by rule (and host, where there are several)."""
    last: dict[str, Finding] = {}
    for event in events:
        if isinstance(event, FindingOpened | FindingUpdated | FindingClosed):
            last[event.finding.id] = event.finding
    return {f.rule: f for f in last.values()}


def fired(
    said: Iterable[Said], settings: CoreSettings | None = None, **more: Any
) -> dict[str, str]:
    """Rule → severity."""
    return {rule: f.severity.label for rule, f in findings(run(said, settings, **more)).items()}


def bursts(events: Iterable[Event]) -> list[Burst]:
    return [event.burst for event in events if isinstance(event, BurstClosed)]


def one_a_packet(
    names: Iterable[str], start: float = 0.0, step: float = 1.0, host: int = 23
) -> Iterator[Said]:
    """One question a packet."""
    at = flow(host)
    for number, name in enumerate(names):
        yield start + number * step, at, ask(name)
