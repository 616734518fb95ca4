"""Known answers whose TTLs have run down: a new payload with nothing new in it.

A querier repeats its question with the answers it knows, and how long they will live (RFC 6762
§7.1). Compared with what it said before, such a payload need not be taken apart. In short
recordings it is rare (4 of 824 new queries in those of others that were at hand); whoever keeps
asking says it each time.
"""

from __future__ import annotations

from struct import Struct

from whoasks.core.packet import Message, Record

HEAD = 48
"""Bytes at the start of a payload by which an earlier one is found: the header, and enough of the
first question. What was found is compared whole."""
MAX_PLACES = 64
"""Known answers of a payload that is compared: there are no more in an Ethernet frame."""

_TTL = Struct("!I").unpack_from
_LONGEST = 0x7FFF_FFFF
"""RFC 2181 §8; what is over it is for the decoder to judge."""
_POINTER = 0xC0


def may_count_down(payload: bytes) -> bool:
    """Whether these are the counts of a query that has known answers and nothing behind them."""
    return (
        len(payload) > HEAD
        and not payload[2] & 0x80
        and payload[6:8] != b"\0\0"
        and payload[8:12] == b"\0\0\0\0"
    )


def start_of(payload: bytes) -> tuple[bytes, int]:
    """Under what an earlier payload is kept."""
    return payload[:HEAD], len(payload)


def places_of(payload: bytes, message: Message) -> tuple[int, ...]:
    """Where the TTLs of the known answers stand; nothing where they cannot be compared.

    ``message``: what the payload was decoded to.
    """
    count = len(message.answers)
    if not message.exact or message.counts != (len(message.questions), count, 0, 0):
        return ()
    if not 0 < count <= MAX_PLACES:
        return ()
    places = []
    at = 12
    try:
        for _ in message.questions:
            at = _behind_name(payload, at) + 4
        for _ in message.answers:
            at = _behind_name(payload, at) + 4
            places.append(at)
            at += 6 + int.from_bytes(payload[at + 4 : at + 6], "big")
    except IndexError:  # decoders may be more lenient than this
        return ()
    return tuple(places) if at == len(payload) else ()


def counted_down(
    payload: bytes, before: bytes, places: tuple[int, ...], message: Message
) -> Message | None:
    """``message``, which ``before`` was decoded to, with the TTLs of ``payload``; None when it
    differs in anything else."""
    if len(payload) != len(before):
        return None
    start = 0
    answers = []
    for place, record in zip(places, message.answers, strict=True):
        if payload[start:place] != before[start:place]:
            return None
        (ttl,) = _TTL(payload, place)
        if ttl > _LONGEST:
            return None
        answers.append(
            Record(record.name, record.rtype, record.rclass, ttl, record.data, record.cache_flush)
        )
        start = place + 4
    if payload[start:] != before[start:]:
        return None
    return Message(
        message.id,
        message.flags,
        message.questions,
        tuple(answers),
        (),
        (),
        message.edns,
        message.counts,
    )


def _behind_name(payload: bytes, at: int) -> int:
    """Where the name that begins there ends. Raises IndexError past the end."""
    while length := payload[at]:
        if length >= _POINTER:
            return at + 2
        at += 1 + length
    return at + 1
