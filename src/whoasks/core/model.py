"""The values everything else speaks in: frozen, named with the field's words.

Nothing here computes; a value that needs an argument to be understood belongs in
another module. Field order is a contract: CSV columns and NDJSON keys of schema 1 are
read off these structs, and fields are only ever added at the end of a struct.

All times are seconds since the Unix epoch, as stamped by the source of the packet.
"""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec

SCHEMA = 1

# DNS numbers that appear outside ``wire`` (RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 4034).
A, NS, CNAME, PTR, HINFO, TXT, AAAA, SRV, OPT, NSEC, ANY = (
    1, 2, 5, 12, 13, 16, 28, 33, 41, 47, 255,
)  # fmt: skip

MDNS_PORT = 5353
GROUP_IPV4 = "224.0.0.251"
GROUP_IPV6 = "ff02::fb"


class Severity(enum.IntEnum):
    """How much a finding matters; ordered, so that severities compare."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """The lower-case word used in every output."""
        return self.name.lower()


Identity = Literal["mac", "neighbour", "address"]
"""What a host is recognised by: MAC of the frame, MAC from the neighbour table, address."""

Verdict = Literal["routine", "unusual", "suspicious"]


class Flow(msgspec.Struct, frozen=True, eq=False):
    """What all packets of one sender to one destination share. Interned by the source.

    Compared by identity on purpose: what a flow decides is looked up once and kept for
    the flow object. ``mac`` is lower-case with colons; ``source`` and ``destination`` are
    canonical address strings without a scope; ``ttl`` is the IP TTL or hop limit.
    """

    interface: str
    source: str
    source_port: int
    destination: str
    destination_port: int
    mac: str | None = None
    mac_source: Literal["frame", "neighbour"] | None = None
    vlan: int | None = None
    ttl: int | None = None


class Datagram(msgspec.Struct, frozen=True, gc=False):
    """One UDP payload to or from port 5353, with the time its source stamped on it."""

    at: float
    flow: Flow
    payload: bytes


class Question(msgspec.Struct, frozen=True):
    """One question; ``name`` is a presentation-form name (see ``names``), QU bit split off."""

    name: str
    qtype: int
    qclass: int = 1
    unicast: bool = False
    """The QU bit (RFC 6762 §5.4)."""


class Srv(msgspec.Struct, frozen=True):
    """SRV data (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


class Nsec(msgspec.Struct, frozen=True):
    """NSEC data as mDNS uses it (RFC 6762 §6.1)."""

    next_name: str
    types: tuple[int, ...]


class Record(msgspec.Struct, frozen=True):
    """One resource record, cache-flush bit split off (RFC 6762 §10.2).

    ``data``: PTR, CNAME, NS → a name; A, AAAA → an address string; SRV → ``Srv``; TXT → raw
    bytes; NSEC → ``Nsec``; anything else → raw rdata bytes.
    """

    name: str
    rtype: int
    rclass: int
    ttl: int
    data: str | bytes | Srv | Nsec
    cache_flush: bool = False


class Message(msgspec.Struct, frozen=True):
    """One decoded mDNS message."""

    id: int
    flags: int
    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    additionals: tuple[Record, ...] = ()
    """Without OPT, which is ``edns``."""
    edns: bool = False
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    """QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT as the header claims them."""
    exact: bool = True
    """False when the message was too costly to take apart exactly: names may hold U+FFFD,
    and records are all in ``answers``."""

    @property
    def is_response(self) -> bool:
        """The QR bit."""
        return bool(self.flags & 0x8000)

    @property
    def is_truncated(self) -> bool:
        """The TC bit: in a query, more known answers follow (RFC 6762 §7.2)."""
        return bool(self.flags & 0x0200)

    @property
    def recursion_desired(self) -> bool:
        """The RD bit, which an mDNS querier leaves at zero (RFC 6762 §18.6)."""
        return bool(self.flags & 0x0100)

    @property
    def is_probe(self) -> bool:
        """A query with proposed records in its authority section (RFC 6762 §8.1)."""
        return not self.flags & 0x8000 and self.counts[2] > 0

    @property
    def known_answers(self) -> tuple[Record, ...]:
        """The answers of a query (RFC 6762 §7.1)."""
        return () if self.is_response else self.answers


class Host(msgspec.Struct, frozen=True):
    """One host as outputs show it."""

    identity: Identity
    mac: str | None
    addresses: tuple[str, ...]
    hostname: str | None = None
    vendor: str | None = None
    role: str | None = None


class Tool(msgspec.Struct, frozen=True):
    """A guess at the asking program: evidence with a confidence (0–1), never the verdict."""

    name: str
    confidence: float


class Burst(msgspec.Struct, frozen=True):
    """One asker's questions with no gap over the burst gap (default 10 s)."""

    id: str
    host: Host
    interface: str
    vlan: int | None
    started: float
    ended: float
    packets: int
    questions: int
    types: int
    instances: int
    hostnames: int
    reverse_names: int
    new_type_packets: int
    meta_query: bool
    qu_share: float
    known_answer_share: float
    source_ports: tuple[int, ...]
    ids_nonzero: int
    recursion_desired: int
    ttls: tuple[int, ...]
    edns: int
    tool: Tool | None
    verdict: Verdict
    reasons: tuple[str, ...]
    names: tuple[str, ...]
    names_dropped: int


class Finding(msgspec.Struct, frozen=True):
    """A detector's claim about one host; explains itself."""

    id: str
    rule: str
    severity: Severity
    title: str
    explanation: str
    attack: tuple[str, ...]
    status: Literal["open", "closed"]
    host: Host
    interface: str
    vlan: int | None
    first_seen: float
    last_seen: float
    packets: int
    questions: int
    names: tuple[str, ...]
    names_dropped: int
    observed: dict[str, Any]
    threshold: dict[str, Any]
    tool: Tool | None
    silenced_by: str | None
    coverage: tuple[str, ...]
    burst: str | None
    rules: tuple[str, ...] = ()
    """Every rule that contributed, this one first."""
    evidence: tuple[str, ...] = ()
    """The first packets that drove it, one readable line each (capped)."""


class Service(msgspec.Struct, frozen=True):
    """One service instance as the inventory knows it."""

    instance: str
    type: str
    subtypes: tuple[str, ...]
    domain: str
    hostname: str | None
    port: int | None
    addresses: tuple[str, ...]
    """Link-local IPv6 with its ``%scope``; sorted numerically."""
    interfaces: tuple[str, ...]
    txt: dict[str, str | None]
    txt_raw: bytes | None
    name_raw: bytes | None
    """The instance label's bytes, when showing the name changes it."""
    description: str | None
    device: dict[str, Any] | None
    first_seen: float
    last_seen: float
    resolved: bool
    """SRV, TXT and at least one address are known (``_device-info`` is TXT only)."""
    missing: tuple[str, ...] = ()
    """What is not known yet: ``SRV``, ``TXT``, ``address``."""
    stale: bool = False
    """Past its TTL without a refresh, or said goodbye."""


class Asker(msgspec.Struct, frozen=True):
    """One host that asked, over everything seen of it."""

    host: Host
    interface: str
    vlan: int | None
    first_seen: float
    last_seen: float
    packets: int
    questions: int
    types: tuple[str, ...]
    """Service types asked for (capped)."""
    types_dropped: int
    bursts: int
    findings: int


class Summary(msgspec.Struct, frozen=True):
    """What a whole run came to; the last line of ``read`` and ``watch --once-for``."""

    packets: int
    mdns: int
    malformed: dict[str, int]
    dropped: dict[str, int]
    """By the cap that dropped it."""
    time_went_back: int
    askers: int
    bursts: int
    findings: dict[str, int]
    """By severity label; silenced ones are not counted here."""
    coverage: tuple[str, ...]
    silenced: int = 0
    services: int = 0
    notes: tuple[str, ...] = ()


# Events, in the order in which a pipeline can emit them for one packet.


class MalformedSeen(msgspec.Struct, frozen=True):
    """A payload that is not a DNS message."""

    at: float
    host: Host
    flow: Flow
    reason: str
    detail: str


class ServiceSeen(msgspec.Struct, frozen=True):
    """An instance heard of for the first time."""

    at: float
    service: Service


class ServiceChanged(msgspec.Struct, frozen=True):
    """An instance whose port, host, address, TXT or completeness changed."""

    at: float
    service: Service


class ServiceGone(msgspec.Struct, frozen=True):
    """A goodbye (RFC 6762 §10.1) or an expired record."""

    at: float
    service: Service
    reason: Literal["goodbye", "expired"]


class BurstClosed(msgspec.Struct, frozen=True):
    """An asker fell silent for the burst gap."""

    at: float
    burst: Burst


class FindingOpened(msgspec.Struct, frozen=True):
    """A rule fired for a host that had no open finding of it."""

    at: float
    finding: Finding


class FindingUpdated(msgspec.Struct, frozen=True):
    """An open finding whose severity or evidence grew materially."""

    at: float
    finding: Finding


class FindingClosed(msgspec.Struct, frozen=True):
    """A finding whose host has been quiet for the closing time."""

    at: float
    finding: Finding


Event = (
    MalformedSeen
    | ServiceSeen
    | ServiceChanged
    | ServiceGone
    | BurstClosed
    | FindingOpened
    | FindingUpdated
    | FindingClosed
)
