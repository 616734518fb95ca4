"""Suricata's EVE log: ``mdns`` events, and ``dns`` events on port 5353 → datagrams.

An ``mdns`` event (Suricata 8) is one message with its ID, flags, questions and records. It
lacks classes, and so the QU and cache-flush bits; TTLs, so a goodbye looks like an announcement;
the IP TTL; records it cannot name, NSEC among them. ``dns`` events have records' TTLs; those of
version 2 hold one question each.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import msgspec

from whoasks.core.model import Datagram
from whoasks.sources import dns_bytes
from whoasks.sources.dns_bytes import Entry, UnwritableError, type_number
from whoasks.sources.log_lines import (
    UNREADABLE,
    UNWRITABLE,
    LineParser,
    UnusableError,
    mac_bytes,
    moment,
)

DROPPED_RECORDS = "records left out"

_FLAGS = {"aa": 0x0400, "tc": 0x0200, "rd": 0x0100, "ra": 0x0080, "z": 0x40, "ad": 0x20, "cd": 0x10}
_RESPONSE = 0x8000
_SECTIONS = ("answers", "authorities", "additionals")
_ENTRY_CAP = 2_000
"""Questions or records of a section: 9,000 bytes hold fewer than 1,300."""

Section = dict[str, Any]


class _Event(msgspec.Struct):
    """What is used of an event."""

    timestamp: str = ""
    event_type: str = ""
    src_ip: str = ""
    src_port: int = 0
    dest_ip: str = ""
    dest_port: int = 0
    in_iface: str = ""
    vlan: list[int] = []
    ether: Section = {}
    mdns: Section | None = None
    dns: Section | None = None


class EveParser(LineParser):
    """One EVE log."""

    what = (
        "a Suricata EVE log: questions and answers without class, QU bit, cache-flush bit and IP"
        " TTL, and mdns events without records' TTLs. Tools and one-shot askers are told apart"
        " worse, and goodbyes not at all; a capture shows more."
    )
    _decoder = msgspec.json.Decoder(_Event)

    def line(self, line: bytes) -> Datagram | None:
        """As in LineParser."""
        if b"dns" not in line:  # most of a log is flows, alerts and statistics
            return None
        try:
            event = self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnusableError(UNREADABLE) from error
        content = {"mdns": event.mdns, "dns": event.dns}.get(event.event_type)
        if content is None:
            return None
        ends = _ends(event, content)
        vlans = tuple(vlan & 0x0FFF for vlan in event.vlan[:4] if vlan & 0x0FFF)
        flow = self.flow(ends, event.in_iface or "eve", _mac(event.ether), vlans)
        if flow is None:
            return None
        at = moment(event.timestamp)
        return Datagram(at, flow, self._message(content))

    def _message(self, content: Section) -> bytes:
        """The message that an event tells of. Raises UnwritableError, UnusableError."""
        questions = [
            (name, kind)
            for each in _entries(content, "queries")
            if isinstance(name := each.get("rrname"), str)
            and (kind := type_number(each.get("rrtype")))
        ]
        if not questions and "queries" not in content:  # version 2 has it outside
            name, number = content.get("rrname"), type_number(content.get("rrtype"))
            if isinstance(name, str) and number:
                questions = [(name, number)]
        is_response = content.get("type") in ("response", "answer")
        if is_response:  # a multicast response has no question (RFC 6762 §6)
            questions = questions if content.get("version") else []
        sections = [self._records(content, key) for key in _SECTIONS]
        if not questions and not any(sections):
            raise UnusableError(UNWRITABLE)
        id_ = content.get("id", 0)
        return dns_bytes.message(
            id_ if isinstance(id_, int) else 0,
            _flags(content) | (_RESPONSE if is_response else 0),
            questions,
            sections,
        )

    def _records(self, content: Section, key: str) -> list[Entry]:
        found = []
        for each in _entries(content, key):
            entry = _entry(each)
            if entry is None or not _writable(entry):
                self._counts[DROPPED_RECORDS] += 1
            else:
                found.append(entry)
        return found


def _entry(each: Section) -> Entry | None:
    """A record as ``mdns`` events write it (its type is the key), or as ``dns`` ones do."""
    name, ttl = each.get("rrname"), each.get("ttl")
    if not isinstance(name, str):
        return None
    ttl = ttl if isinstance(ttl, int) else None
    if "rrtype" in each:
        number = type_number(each["rrtype"])
        value = each.get("rdata", each.get(str(each["rrtype"]).lower()))
        return Entry(name, number, value, ttl) if number else None
    for key, value in each.items():
        number = None if key in ("rrname", "ttl") else type_number(key)
        if number:
            return Entry(name, number, value, ttl)
    return None


def _writable(entry: Entry) -> bool:
    try:
        dns_bytes.message(0, 0, (), ((entry,), (), ()))
    except UnwritableError:
        return False
    return True


def _entries(content: Section, key: str) -> list[Section]:
    found = content.get(key)
    if not isinstance(found, list):
        return []
    return [each for each in found[:_ENTRY_CAP] if isinstance(each, dict)]


def _flags(content: Section) -> int:
    """``mdns`` events name the bits that are set, ``dns`` ones write the word in hexadecimal."""
    said = content.get("flags")
    if isinstance(said, list):
        return sum(_FLAGS.get(each, 0) for each in {str(each) for each in said})
    if isinstance(said, str):
        try:
            return int(said[:4], 16) & ~_RESPONSE
        except ValueError:
            return 0
    return 0


def _ends(event: _Event, content: Section) -> tuple[str, int, str, int]:
    """Sender first. Answers of version 2 name the asker first, whoever sent the packet."""
    ends = (event.src_ip, event.src_port, event.dest_ip, event.dest_port)
    answered = content.get("type") == "answer" and not _is_group(event.dest_ip)
    if answered or _is_group(event.src_ip):
        return ends[2], ends[3], ends[0], ends[1]
    return ends


def _is_group(address: str) -> bool:
    try:
        return ip_address(address).is_multicast
    except ValueError:
        return False


def _mac(ether: Section) -> bytes:
    """The sender's MAC: a packet's, or that of a flow in which there was but one."""
    several = ether.get("src_macs")
    if isinstance(several, list) and len(several) == 1:
        return mac_bytes(several[0])
    return mac_bytes(ether.get("src_mac"))
