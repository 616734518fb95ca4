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

from whoasks.core.packet import (
    AAAA,
    ANY,
    CNAME,
    GROUP_IPV4,
    GROUP_IPV6,
    HINFO,
    MDNS_PORT,
    NS,
    NSEC,
    OPT,
    PTR,
    SRV,
    TXT,
    A,
    Datagram,
    Flow,
    Message,
    Nsec,
    Question,
    Record,
    Srv,
)  # fmt: skip

__all__ = [
    "AAAA",
    "ANY",
    "CNAME",
    "GROUP_IPV4",
    "GROUP_IPV6",
    "HINFO",
    "MDNS_PORT",
    "NS",
    "NSEC",
    "OPT",
    "PTR",
    "SCHEMA",
    "SRV",
    "TXT",
    "A",
    "Asker",
    "Burst",
    "BurstClosed",
    "Claim",
    "Datagram",
    "Event",
    "Finding",
    "FindingClosed",
    "FindingOpened",
    "FindingUpdated",
    "Flow",
    "Host",
    "Identity",
    "MalformedSeen",
    "Message",
    "Nsec",
    "Question",
    "Record",
    "Service",
    "ServiceChanged",
    "ServiceGone",
    "ServiceSeen",
    "Severity",
    "Srv",
    "Summary",
    "Tool",
    "Verdict",
]  # fmt: skip

SCHEMA = 1


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


class Host(msgspec.Struct, frozen=True, gc=False):
    """One host as outputs show it."""

    identity: Identity
    mac: str | None
    addresses: tuple[str, ...]
    hostname: str | None = None
    vendor: str | None = None
    role: str | None = None


class Tool(msgspec.Struct, frozen=True, gc=False):
    """A guess at the asking program: evidence with a confidence (0–1), never the verdict."""

    name: str
    confidence: float
    why: tuple[str, ...] = ()
    """What speaks for it, a few words each."""


class Burst(msgspec.Struct, frozen=True, gc=False):
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


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What one rule says, within the finding it contributes to."""

    rule: str
    severity: Severity
    explanation: str
    """A clause that follows the host: "asked for …"."""
    observed: dict[str, Any]
    threshold: dict[str, Any]
    silenced_by: str | None = None
    """The role that silences this rule for the host."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What the rules say of one host's action, the strongest first; explains itself.

    ``rule``, ``title``, ``observed`` and ``threshold`` are those of the strongest claim.
    """

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
    claims: tuple[Claim, ...] = ()
    """Every rule's claim, in the order of ``rules``."""
    drill: str | None = None
    """The drill that announced itself before it (``whoasks drill``), by its token."""


class Service(msgspec.Struct, frozen=True, gc=False):
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


class Asker(msgspec.Struct, frozen=True, gc=False):
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


class Summary(msgspec.Struct, frozen=True, gc=False):
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


class MalformedSeen(msgspec.Struct, frozen=True, gc=False):
    """A payload that is not a DNS message."""

    at: float
    host: Host
    flow: Flow
    reason: str
    detail: str


class ServiceSeen(msgspec.Struct, frozen=True, gc=False):
    """An instance heard of for the first time."""

    at: float
    service: Service


class ServiceChanged(msgspec.Struct, frozen=True, gc=False):
    """An instance whose port, host, address, TXT or completeness changed."""

    at: float
    service: Service


class ServiceGone(msgspec.Struct, frozen=True, gc=False):
    """A goodbye (RFC 6762 §10.1) or an expired record."""

    at: float
    service: Service
    reason: Literal["goodbye", "expired"]


class BurstClosed(msgspec.Struct, frozen=True, gc=False):
    """An asker fell silent for the burst gap."""

    at: float
    burst: Burst


class FindingOpened(msgspec.Struct, frozen=True, gc=False):
    """A rule fired for a host that had no open finding of it."""

    at: float
    finding: Finding


class FindingUpdated(msgspec.Struct, frozen=True, gc=False):
    """An open finding whose severity or evidence grew materially."""

    at: float
    finding: Finding


class FindingClosed(msgspec.Struct, frozen=True, gc=False):
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
