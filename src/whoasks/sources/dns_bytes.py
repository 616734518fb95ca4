"""What a log says of a DNS message → the bytes of such a message, so that it can be decoded
like any other. Names are written whole; what cannot be written is left out and counted by
the caller. Not for sending: the logs know neither class nor QU bit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from struct import Struct
from typing import Any

import msgspec

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16,
    "AAAA": 28, "SRV": 33, "OPT": 41, "NSEC": 47, "SVCB": 64, "HTTPS": 65, "ANY": 255, "*": 255,
}  # fmt: skip
"""Numbers by the names that logs use."""

LONGEST = 65_507
"""Bytes that UDP can carry over IPv4."""

_NAME_CAP = 1_000  # characters; 255 bytes with each written as \xHH

_HOST_TTL, _OTHER_TTL = 120, 4_500  # RFC 6762 §10, where a log does not tell
_HOST_TYPES = frozenset({1, 28, 33})
_NAMED_TYPES = frozenset({2, 5, 12})

_HEADER = Struct(">6H").pack
_QUESTION = Struct(">2H").pack
_RECORD = Struct(">2HIH").pack
_SRV = Struct(">3H").pack

_INSTANCE = re.compile(rb"(?s)(.+?)\.(_[^.]+\._(?:tcp|udp)(?:\..*)?)", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")


class UnwritableError(Exception):
    """A name or a value that no DNS message can hold."""


class Entry(msgspec.Struct, frozen=True):
    """A record as a log has it; ``value``: a name, an address, strings, or SRV's four parts."""

    name: str
    rtype: int
    value: Any
    ttl: int | None = None


def type_number(name: object) -> int | None:
    """The number of a type that a log names: ``PTR``, ``ptr``, ``TYPE65``, 12."""
    if isinstance(name, int):
        return name if 0 < name <= 0xFFFF else None
    word = str(name).upper()
    if word.startswith("TYPE") and word[4:].isascii() and word[4:].isdigit():
        return type_number(int(word[4:10]))
    return TYPES.get(word)


def message(
    id_: int,
    flags: int,
    questions: Sequence[tuple[str, int]],
    sections: Sequence[Sequence[Entry]] = ((), (), ()),
) -> bytes:
    """A message; ``sections``: answers, authorities, additionals. Raises UnwritableError."""
    body = b"".join(encoded(name) + _QUESTION(kind, 1) for name, kind in questions)
    body += b"".join(_record(entry) for section in sections for entry in section)
    counts = [len(questions), *map(len, sections)]
    if 12 + len(body) > LONGEST:
        raise UnwritableError("too many")
    return _HEADER(id_ & 0xFFFF, flags & 0xFFFF, *counts) + body


def encoded(name: str) -> bytes:
    """A name in wire form. Raises UnwritableError.

    Logs join labels with dots and leave dots inside them bare: what stands before a service
    type is taken for one label, as an instance's name is (RFC 6763 §4.3).
    """
    if len(name) > _NAME_CAP:
        raise UnwritableError("a name")
    raw = _bytes(name).removesuffix(b".")
    if not raw:
        return b"\0"
    instance = _INSTANCE.fullmatch(raw)
    labels: Iterable[bytes]
    if instance and not instance[1].startswith(b"_"):
        labels = (instance[1], *instance[2].split(b"."))
    else:
        labels = raw.split(b".")
    wire = b""
    for label in labels:
        if not 0 < len(label) < 64:
            raise UnwritableError("a label")
        wire += bytes((len(label),)) + label
    if len(wire) > 254:
        raise UnwritableError("a name")
    return wire + b"\0"


def _record(entry: Entry) -> bytes:
    data = _data(entry.rtype, entry.value)
    ttl = entry.ttl
    if ttl is None:
        ttl = _HOST_TTL if entry.rtype in _HOST_TYPES else _OTHER_TTL
    if len(data) > 0xFFFF or not 0 <= ttl < 1 << 32:
        raise UnwritableError("a record")
    return encoded(entry.name) + _RECORD(entry.rtype, 1, ttl, len(data)) + data


def _data(rtype: int, value: Any) -> bytes:
    match rtype, value:
        case ((1 | 28), str()):
            try:
                packed = ip_address(value).packed
            except ValueError as error:
                raise UnwritableError("an address") from error
            if len(packed) == (4 if rtype == 1 else 16):
                return packed
        case _, str() if rtype in _NAMED_TYPES:
            return encoded(value)
        case 33, {"port": int(port), "name": str(name), **rest}:
            numbers = (rest.get("priority", 0), rest.get("weight", 0), port)
            if all(isinstance(each, int) and 0 <= each <= 0xFFFF for each in numbers):
                return _SRV(*numbers) + encoded(name)
        case 16, (list() | str()):
            return _text([value] if isinstance(value, str) else value)
    raise UnwritableError("a value")


def _text(strings: list[Any]) -> bytes:
    wire = b""
    for each in strings:
        raw = _bytes(each) if isinstance(each, str) else b""
        if len(raw) > 255 or len(wire) > LONGEST or not isinstance(each, str):
            raise UnwritableError("a string")
        wire += bytes((len(raw),)) + raw
    return wire or b"\0"


def _bytes(text: str) -> bytes:
    r"""The bytes behind a log's text; ``\xHH`` is how it writes what is not UTF-8."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "replace")
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), raw)
