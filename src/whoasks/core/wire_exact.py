"""The exact decoder: every record, section and label boundary, within a budget.

Reads through dnslib's buffer, but names and their pointers itself: dnslib follows a pointer
anew each time, which a hostile packet turns into 150 ms. Here a name is read once for each
offset, and a message that needs more than the budget is left to the hot path.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any, Final

from dnslib.buffer import BufferError as EndOfBuffer
from dnslib.label import DNSBuffer

from whoasks.core import model
from whoasks.core.malformed import MalformedMessage, Reason
from whoasks.core.model import Message, Nsec, Question, Record, Srv
from whoasks.core.names import escape_label

LABEL_BUDGET = 1500
"""Labels read for one message: a full Ethernet frame of names has about 300; costs about 1.5 ms."""
POINTED_BUDGET = 6000
"""Labels that names take over through pointers, in one message: 400 records of two ordinary names
have 4,000. Without it, chains of pointers make each name as long as a name may be: 8 ms."""
ENTRY_BUDGET = 450
"""Questions and records of one message; at most about 2 ms."""
MAX_NAME = 255
"""Octets of a name, RFC 1035 §3.1."""
MAX_LABELS = 127
MAX_TYPES = 256
"""Types of an NSEC record: mDNS sends one block, number 0 (RFC 6762 §6.1). The general form lets
9,000 bytes claim 65,536 types, which took 7 ms and two megabytes."""

BEYOND_BUDGET: Final = Message(0, 0, exact=False)
"""Returned (compare with ``is``) when the message would cost too much."""


class _BudgetSpentError(Exception):
    pass


class _Reader(DNSBuffer):  # type: ignore[misc] # dnslib has no type information
    """dnslib's buffer with names read in linear time and failures that say why."""

    offset: int
    data: bytearray

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload)
        self._known: dict[int, tuple[tuple[str, ...], int, int]] = {}
        self._labels_left = LABEL_BUDGET
        self._pointed_left = POINTED_BUDGET

    def name(self) -> str:
        """The name at the current offset, in presentation form; moves past it."""
        start: int = self.offset
        labels, self.offset, _ = self._labels_at(start, 0)
        return ".".join(labels) + "."

    def _labels_at(self, start: int, depth: int) -> tuple[tuple[str, ...], int, int]:
        """Labels of the name at ``start``, the offset after it, and its octets."""
        known = self._known.get(start)
        if known is not None:
            return known
        if depth > MAX_LABELS:
            raise MalformedMessage(Reason.POINTER_LOOP, f"over {MAX_LABELS} pointers in a row")
        data, size = self.data, len(self.data)
        labels: list[str] = []
        tail: tuple[str, ...] = ()
        at, end, octets = start, 0, 1
        # An entry that is being read stands as a loop: whoever points at it now is in one.
        while not end:
            if at >= size:
                raise MalformedMessage(Reason.TRUNCATED, "a name runs past the end")
            length = data[at]
            if length == 0:
                end = at + 1
            elif length < 0x40:
                octets += 1 + length
                labels.append(self._label(at, length))
                at += 1 + length
            elif length < 0xC0:
                raise MalformedMessage(Reason.BAD_LABEL, f"label type {length >> 6:02b} at {at}")
            else:
                tail, _, more = self._pointed(at, start, depth)
                octets += more - 1
                end = at + 2
                self._pointed_left -= len(tail)
                if self._pointed_left < 0:
                    raise _BudgetSpentError
            if octets > MAX_NAME:
                raise MalformedMessage(Reason.NAME_TOO_LONG, f"over {MAX_NAME} octets at {start}")
        whole = (*labels, *tail)
        self._known[start] = found = whole, end, octets
        return found

    def _label(self, at: int, length: int) -> str:
        self._labels_left -= 1
        if self._labels_left < 0:
            raise _BudgetSpentError
        if at + 1 + length > len(self.data):
            raise MalformedMessage(Reason.TRUNCATED, f"a label of {length} bytes at {at}")
        return escape_label(bytes(self.data[at + 1 : at + 1 + length]))

    def _pointed(self, at: int, start: int, depth: int) -> tuple[tuple[str, ...], int, int]:
        if at + 1 >= len(self.data):
            raise MalformedMessage(Reason.TRUNCATED, f"half a pointer at {at}")
        target = (self.data[at] & 0x3F) << 8 | self.data[at + 1]
        if target >= len(self.data):
            raise MalformedMessage(Reason.POINTER_BEYOND, f"{at} points to {target}")
        if start <= target <= at:
            raise MalformedMessage(Reason.POINTER_LOOP, f"{at} points to {target}")
        return self._labels_at(target, depth + 1)


def decode_exact(payload: bytes, max_questions: int, max_records: int) -> Message:
    """Decode exactly, or return ``BEYOND_BUDGET``. Raises ``MalformedMessage``."""
    reader = _Reader(payload)
    ident, flags, *counts = reader.unpack("!6H")
    if sum(counts) > ENTRY_BUDGET:
        return BEYOND_BUDGET
    four = (counts[0], counts[1], counts[2], counts[3])
    questions = None
    try:
        questions = tuple([_question(reader) for _ in range(counts[0])])[:max_questions]
        sections = [[_record(reader) for _ in range(count)] for count in counts[1:]]
    except _BudgetSpentError:
        return BEYOND_BUDGET
    except EndOfBuffer as error:
        told = str(error).split(" [")[0].lower()
        raise MalformedMessage(
            Reason.TRUNCATED, told, _partial(ident, flags, questions, four)
        ) from None
    except MalformedMessage as error:
        raise MalformedMessage(
            error.reason, error.detail, _partial(ident, flags, questions, four)
        ) from None
    plain = [r for r in sections[2] if r.rtype != model.OPT]
    return Message(
        ident,
        flags,
        questions,
        tuple(sections[0][:max_records]),
        tuple(sections[1][:max_records]),
        tuple(plain[:max_records]),
        len(plain) < len(sections[2]),
        four,
    )


def questions_of(payload: bytes, max_questions: int) -> Message | None:
    """The questions alone, of a message whose record counts cannot be true."""
    reader = _Reader(payload)
    ident, flags, *counts = reader.unpack("!6H")
    if counts[0] > ENTRY_BUDGET:
        return None
    try:
        questions = tuple([_question(reader) for _ in range(counts[0])])[:max_questions]
    except (EndOfBuffer, MalformedMessage, _BudgetSpentError):
        return None
    return _partial(ident, flags, questions, (counts[0], counts[1], counts[2], counts[3]))


def _partial(
    ident: int,
    flags: int,
    questions: tuple[Question, ...] | None,
    counts: tuple[int, int, int, int],
) -> Message | None:
    if not questions or flags & 0x8000:
        return None
    return Message(ident, flags, questions, counts=counts, exact=False)


def _question(reader: Any) -> Question:
    name = reader.name()
    qtype, qclass = reader.unpack("!HH")
    return Question(name, qtype, qclass & 0x7FFF, bool(qclass & 0x8000))


def _record(reader: Any) -> Record:
    name = reader.name()
    rtype, rclass, ttl, length = reader.unpack("!HHIH")
    end = reader.offset + length
    if end > len(reader.data):
        raise MalformedMessage(Reason.TRUNCATED, f"{length} bytes of data announced")
    data = _data(reader, rtype, length)
    if reader.offset != end:
        raise MalformedMessage(Reason.BAD_RECORD, f"type {rtype}: data of another length")
    if rtype == model.OPT:
        # Class and TTL of an OPT mean other things (RFC 6891 §6.1.3).
        return Record(name, rtype, rclass, ttl, data)
    return Record(name, rtype, rclass & 0x7FFF, ttl, data, bool(rclass & 0x8000))


def _data(reader: Any, rtype: int, length: int) -> str | bytes | Srv | Nsec:
    """The data of one record; leaves the reader where the data ended."""
    if rtype in (model.A, model.AAAA):
        packed = reader.get(length)
        if length != (4 if rtype == model.A else 16):
            raise MalformedMessage(Reason.BAD_RECORD, f"an address of {length} bytes")
        return "{}.{}.{}.{}".format(*packed) if length == 4 else str(IPv6Address(packed))
    if rtype in (model.PTR, model.CNAME, model.NS):
        name: str = reader.name()
        return name
    if rtype == model.SRV:
        if length < 7:
            raise MalformedMessage(Reason.BAD_RECORD, f"SRV data of {length} bytes")
        priority, weight, port = reader.unpack("!HHH")
        return Srv(priority, weight, port, reader.name())
    if rtype == model.NSEC:
        return _nsec(reader, length)
    raw: bytes = reader.get(length)
    return raw


def _nsec(reader: Any, length: int) -> Nsec | bytes:
    """NSEC data; a bitmap that is not one is kept as bytes, since a few devices send such."""
    start = reader.offset
    next_name = reader.name()
    bitmap = reader.get(start + length - reader.offset) if reader.offset <= start + length else b""
    if len(bitmap) > 2 + MAX_TYPES // 8:
        return bytes(reader.data[start : start + length])
    types: list[int] = []
    at = 0
    while at + 2 <= len(bitmap):
        window, size = bitmap[at], bitmap[at + 1]
        block = bitmap[at + 2 : at + 2 + size]
        if not 1 <= size <= 32 or len(block) != size:
            return bytes(reader.data[start : start + length])
        types += [
            window * 256 + byte * 8 + bit
            for byte, value in enumerate(block)
            for bit in range(8)
            if value & 0x80 >> bit
        ]
        at += 2 + size
    if at != len(bitmap):
        return bytes(reader.data[start : start + length])
    return Nsec(next_name, tuple(types))
