"""Bytes to ``Message``. Nothing leaves it but a ``Message`` or ``MalformedMessage``.

Two paths. The hot one takes what zeroconf's compiled ``DNSIncoming`` read whenever that is
provably all there was: it drops OPT and unknown records, merges sections, joins labels with
unescaped dots and replaces undecodable bytes, so record counts and names are checked. What
does not pass goes the exact path (``wire_exact``, over dnslib's buffer).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address
from struct import Struct

from zeroconf import DNSIncoming  # type: ignore[attr-defined] # public, but not in __all__

from whoasks.core import model
from whoasks.core.malformed import MalformedMessage, Reason
from whoasks.core.model import Message, Nsec, Question, Record, Srv
from whoasks.core.wire_exact import BEYOND_BUDGET, MAX_TYPES, decode_exact, questions_of

__all__ = ["MAX_QUESTIONS", "MAX_RECORDS", "MAX_SIZE", "MalformedMessage", "Reason", "decode"]

MAX_SIZE = 9000
"""Bytes, RFC 6762 §17."""
MAX_QUESTIONS = 256
"""Questions kept of one message: the largest seen in the wild is 70, and what follows a
question costs microseconds, so that this bounds the cost of a packet. ``counts`` keeps the rest."""
MAX_RECORDS = 128
"""Records kept of one message, for the same reason: a new record costs the inventory 15 µs, with
the longest names 20. An Ethernet frame holds about 60."""

_HEADER = Struct("!6H")
_OPT_HEAD = b"\x00\x00\x29"


def decode(payload: bytes) -> Message:
    """Decode one UDP payload.

    Raises ``MalformedMessage`` for what is not a DNS message; costs at most a few
    milliseconds whatever the bytes are.
    """
    size = len(payload)
    if size < 12:
        raise MalformedMessage(Reason.TRUNCATED, f"{size} bytes, a header has 12")
    if size > MAX_SIZE:
        raise MalformedMessage(Reason.TOO_LONG, f"{size} bytes, mDNS allows {MAX_SIZE}")
    ident, flags, *counts = _HEADER.unpack_from(payload)
    questions, answers, authorities, additionals = counts
    # The shortest question has 5 bytes, the shortest record 11.
    if 12 + 5 * questions + 11 * (answers + authorities + additionals) > size:
        raise MalformedMessage(
            Reason.COUNTS_LIE,
            f"counts {counts} in {size} bytes",
            questions_of(payload, MAX_QUESTIONS),
        )
    # zeroconf reads all of a message; of one that is too long to keep only the start is wanted.
    long = questions > MAX_QUESTIONS or answers + authorities + additionals > MAX_RECORDS
    hot = None if long else _decode_hot(payload, ident, flags, counts)
    if hot is not None and hot.exact:
        return hot
    exact = decode_exact(payload, MAX_QUESTIONS, MAX_RECORDS)
    if exact is not BEYOND_BUDGET:
        return exact
    if long:
        hot = _decode_hot(payload, ident, flags, counts)
    if hot is not None:
        return hot
    raise MalformedMessage(Reason.CORRUPT, "neither decoder could read it within its budget")


def _decode_hot(payload: bytes, ident: int, flags: int, counts: list[int]) -> Message | None:
    """What zeroconf read; not ``exact`` if something may be missing, None if it gave up."""
    # ``now`` is handed in because zeroconf would read the clock for its cache times.
    incoming = DNSIncoming(payload, None, None, 1.0)
    if not incoming.valid:
        return None
    questions = tuple(
        [Question(q.name, q.type, q.class_, q.unique) for q in incoming.questions[:MAX_QUESTIONS]]
    )
    found = incoming.answers()
    edns = False
    missing = counts[1] + counts[2] + counts[3] - len(found)
    exact = missing == 0
    if missing == 1 and counts[3]:
        exact = edns = _ends_with_opt(payload)
    records = [_record(r) for r in found[:MAX_RECORDS]]
    exact = exact and _names_are_plain(payload, questions, records)
    if not exact:
        return Message(
            ident, flags, questions, tuple(records), (), (), edns, _four(counts), exact=False
        )
    first = counts[1]
    second = first + counts[2]
    return Message(
        ident,
        flags,
        questions,
        tuple(records[:first]),
        tuple(records[first:second]),
        tuple(records[second:]),
        edns,
        _four(counts),
    )


def _four(counts: list[int]) -> tuple[int, int, int, int]:
    return (counts[0], counts[1], counts[2], counts[3])


def _ends_with_opt(payload: bytes) -> bool:
    """Whether the last record is an OPT: the one record dropped (RFC 6891 §6.1.2)."""
    at = payload.rfind(_OPT_HEAD)
    if at < 12 or at + 11 > len(payload):
        return False
    return at + 11 + int.from_bytes(payload[at + 9 : at + 11], "big") == len(payload)


def _names_are_plain(
    payload: bytes, questions: tuple[Question, ...], records: list[Record]
) -> bool:
    """Whether every joined name can only have come from the labels it shows."""
    names = [q.name for q in questions]
    for record in records:
        names.append(record.name)
        data = record.data
        if type(data) is str:
            if record.rtype not in (model.A, model.AAAA):
                names.append(data)
        elif type(data) is Srv:
            names.append(data.target)
        elif type(data) is Nsec and (len(data.types) > MAX_TYPES or data.types[-1:] > (255,)):
            return False
    joined = "".join(names)
    if "\ufffd" in joined or "\\" in joined:
        return False
    # A dot may stand inside a label: ``a._http`` and ``a``, ``_http`` join to the same text.
    return b"." not in payload


_HotRecord = object  # zeroconf's record classes, told apart by their type number


def _record(found: object) -> Record:
    """One record in our own words."""
    kind: int = found.type  # type: ignore[attr-defined]
    data: str | bytes | Srv | Nsec
    if kind in (model.A, model.AAAA):
        data = address_text(found.address)  # type: ignore[attr-defined]
    elif kind in (model.PTR, model.CNAME):
        data = found.alias  # type: ignore[attr-defined]
    elif kind == model.TXT:
        data = found.text  # type: ignore[attr-defined]
    elif kind == model.SRV:
        data = Srv(found.priority, found.weight, found.port, found.server)  # type: ignore[attr-defined]
    elif kind == model.NSEC:
        data = Nsec(found.next_name, tuple(found.rdtypes[: MAX_TYPES + 1]))  # type: ignore[attr-defined]
    else:
        data = _hinfo(found.cpu, found.os)  # type: ignore[attr-defined]
    return Record(found.name, kind, found.class_, int(found.ttl), data, found.unique)  # type: ignore[attr-defined]


def _hinfo(cpu: str, system: str) -> bytes:
    """HINFO as rdata again: two character strings (RFC 1035 §3.3.2)."""
    parts = [text.encode("utf-8", "replace")[:255] for text in (cpu, system)]
    return b"".join(bytes((len(part),)) + part for part in parts)


@lru_cache(maxsize=8192)
def address_text(packed: bytes) -> str:
    """The canonical text of a packed IPv4 or IPv6 address."""
    if len(packed) == 4:
        return "{}.{}.{}.{}".format(*packed)
    return str(IPv6Address(packed))
