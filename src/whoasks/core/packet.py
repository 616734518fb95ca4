"""The values of one packet: flow, datagram, message, question, record. Frozen; nothing computed
but what a header bit says. Re-exported by ``model``, through which everybody else takes them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# DNS numbers that appear outside ``wire`` (RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 4034).
A, NS, CNAME, PTR, HINFO, TXT, AAAA, SRV, OPT, NSEC, ANY = (
    1, 2, 5, 12, 13, 16, 28, 33, 41, 47, 255,
)  # fmt: skip

MDNS_PORT = 5353
GROUP_IPV4 = "224.0.0.251"
GROUP_IPV6 = "ff02::fb"


class Flow(msgspec.Struct, frozen=True, gc=False, eq=False):
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


def is_group(address: str) -> bool:
    """Whether an address string is a multicast one (RFC 5771, RFC 4291 §2.7)."""
    if ":" in address:
        return address.startswith("ff")
    return 224 <= int(address.split(".", 1)[0]) <= 239


class Datagram(msgspec.Struct, frozen=True, gc=False):
    """One UDP payload to or from port 5353, with the time its source stamped on it."""

    at: float
    flow: Flow
    payload: bytes


class Question(msgspec.Struct, frozen=True, gc=False):
    """One question; ``name`` is a presentation-form name (see ``names``), QU bit split off."""

    name: str
    qtype: int
    qclass: int = 1
    unicast: bool = False
    """The QU bit (RFC 6762 §5.4)."""


class Srv(msgspec.Struct, frozen=True, gc=False):
    """SRV data (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


class Nsec(msgspec.Struct, frozen=True, gc=False):
    """NSEC data as mDNS uses it (RFC 6762 §6.1)."""

    next_name: str
    types: tuple[int, ...]


class Record(msgspec.Struct, frozen=True, gc=False):
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


class Message(msgspec.Struct, frozen=True, gc=False):
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
