"""The drills: what each sends, as payloads, and which rule should see it. Pure; sends nothing.

Every drill is a set of ordinary questions, as any host may ask them. Nothing is announced or
answered, no connection is made, and no name is asked for that could be a person's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

import msgspec

from whoasks.browse.packets import Ask, build
from whoasks.core.drill import DRILL_TYPE
from whoasks.core.model import PTR, SRV, Severity
from whoasks.core.names import META_QUERY

MARK_AHEAD = 1.0
"""Seconds between the mark and the first question, so that no reordering puts it behind."""
STEP = 0.1
"""Seconds between two packets of a sweep: 32 of them fit any window, and no buffer fills."""

TYPES = (
    "_airplay._tcp", "_raop._tcp", "_daap._tcp", "_dacp._tcp", "_googlecast._tcp",
    "_spotify-connect._tcp", "_sonos._tcp", "_http._tcp", "_https._tcp", "_webdav._tcp",
    "_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_scanner._tcp",
    "_uscan._tcp", "_hap._tcp", "_homekit._tcp", "_hue._tcp", "_mqtt._tcp", "_coap._udp",
    "_matter._tcp", "_matterc._udp", "_meshcop._udp", "_home-assistant._tcp",
    "_esphomelib._tcp", "_iscsi._tcp", "_rsync._tcp", "_ntp._udp", "_sip._udp", "_rtsp._tcp",
    "_mpd._tcp",
)  # fmt: skip
"""Service types of a sweep. None gives remote access: a sweep must be found by its breadth."""
REMOTE = "_ssh._tcp"
LEGACY_TYPES = ("_http._tcp", "_ipp._tcp", "_airplay._tcp")
NEIGHBOURS = 16
"""Addresses of a reverse sweep."""

_RECURSION_DESIRED = b"\x01\x00"


class Drill(msgspec.Struct, frozen=True):
    """One drill as ``--list`` shows it."""

    kind: str
    sends: str
    """In words, after "sends"."""
    rules: tuple[str, ...]
    """The rules that should contribute to the finding, the one that names it first."""
    severity: Severity
    """At least."""
    technique: str
    legacy: bool = False
    """From an ephemeral port instead of 5353."""
    needs_ipv4: bool = False


class Packet(msgspec.Struct, frozen=True):
    """One payload and how long to wait before it goes out."""

    payload: bytes
    questions: int
    after: float = 0.0
    """Seconds since the packet before."""


DRILLS = (
    Drill(
        "meta-query",
        "one question for the list of all service types",
        ("meta-query",),
        Severity.MEDIUM,
        "T1046",
    ),
    Drill(
        "remote-type",
        f"one question for {REMOTE}",
        ("remote-access-browse",),
        Severity.LOW,
        "T1046",
    ),
    Drill(
        "sweep",
        f"questions for {len(TYPES)} service types, one a packet",
        ("type-sweep",),
        Severity.MEDIUM,
        "T1046",
    ),
    Drill(
        "packed-sweep",
        f"questions for {len(TYPES)} service types in one packet",
        ("type-sweep",),
        Severity.MEDIUM,
        "T1046",
    ),
    Drill(
        "reverse-sweep",
        f"questions for the names of {NEIGHBOURS} addresses of the own /24, one a packet",
        ("reverse-sweep",),
        Severity.MEDIUM,
        "T1018",
        needs_ipv4=True,
    ),
    Drill(
        "legacy",
        f"the list of all service types and {len(LEGACY_TYPES)} types, asked from an ephemeral "
        "port with an ID and the recursion bit, as nmap and dig ask",
        ("meta-query", "scanner-shape"),
        Severity.MEDIUM,
        "T1046",
        legacy=True,
    ),
)
"""In the order of ``--list``."""
KINDS = tuple(drill.kind for drill in DRILLS)


def drill(kind: str) -> Drill:
    """The drill of that name; ``KeyError`` for none."""
    return {each.kind: each for each in DRILLS}[kind]


def mark_name(token: str) -> str:
    """The name by which a drill announces itself."""
    return f"{token}.{DRILL_TYPE}.local."


def packets(
    kind: str, token: str, *, address: str | None, ident: Callable[[], int]
) -> list[Packet]:
    """What one interface sends, the mark first.

    ``address`` is the interface's IPv4 address, which a reverse sweep needs; ``ident`` gives
    the DNS ID of each legacy packet (1 to 65535).
    """
    mark = Packet(_one(Ask(mark_name(token), SRV)), 1)
    groups = list(_questions(kind, address))
    made = [mark]
    for at, group in enumerate(groups):
        payload = _one(*(Ask(name, PTR) for name in group))
        if drill(kind).legacy:
            payload = ident().to_bytes(2, "big") + _RECURSION_DESIRED + payload[4:]
        made.append(Packet(payload, len(group), STEP if at else MARK_AHEAD))
    return made


def neighbours(address: str) -> list[str]:
    """The reverse names of the addresses that follow in the same /24, going round at its end."""
    own = ipaddress.IPv4Address(address)
    hosts = list(ipaddress.IPv4Network(f"{own}/24", strict=False).hosts())
    following = [host for host in hosts if host > own] + [host for host in hosts if host < own]
    return [f"{host.reverse_pointer}." for host in following[:NEIGHBOURS]]


def _questions(kind: str, address: str | None) -> Iterator[list[str]]:
    """The names asked for, a list for each packet."""
    match kind:
        case "meta-query":
            yield [META_QUERY]
        case "remote-type":
            yield [f"{REMOTE}.local."]
        case "sweep":
            yield from ([f"{name}.local."] for name in TYPES)
        case "packed-sweep":
            yield [f"{name}.local." for name in TYPES]
        case "reverse-sweep":
            if address is None:
                raise ValueError("a reverse sweep needs an IPv4 address")
            yield from ([name] for name in neighbours(address))
        case "legacy":
            yield [META_QUERY]
            yield from ([f"{name}.local."] for name in LEGACY_TYPES)
        case _:
            raise KeyError(kind)


def _one(*asks: Ask) -> bytes:
    (payload,) = build(asks)
    return payload
