"""One service instance and the host name it is at, as values gathered from live records.

What was once known stays shown until something newer replaces it; whether it is still
alive is the record table's to say. Nothing here looks at a clock.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from whoasks.core.model import AAAA, A, Service
from whoasks.core.names import Name, escape_label, normal, parse, unescape_label

TXT_KEYS = 256
"""Keys of one TXT that are shown; the raw bytes hold them all."""
DEVICE_INFO = "_device-info._tcp"
"""Its SRV record does not exist: a TXT says it all."""

_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by category, drawn as nothing."""

Address = tuple[str, tuple[str, ...]]
"""An address and the interfaces it is heard on."""


class Place:
    """A host name that services are at, with its addresses as last known."""

    __slots__ = ("addresses", "instances", "name", "users")

    def __init__(self, name: str, addresses: dict[int, tuple[Address, ...]] | None = None) -> None:
        self.name = name
        """The host name as heard, presentation form."""
        self.users = 0
        """Services there."""
        self.instances: dict[str, None] = {}
        """Keys of those that a change of address updates (capped)."""
        self.addresses = addresses if addresses is not None else {}
        """By record type."""


class Instance:
    """One service instance while records are coming and going."""

    __slots__ = (
        "domain", "first_seen", "gone", "hostname", "interfaces", "key", "label", "last_seen",
        "name", "place", "pointers", "port", "records", "subtypes", "txt_only", "txt_raw", "type",
        "view",
    )  # fmt: skip

    def __init__(self, name: str, key: str, parts: Name, at: float) -> None:
        """``parts``: the name taken apart, that of an instance."""
        self.name = name
        """Full name as first heard, presentation form."""
        self.key = key
        self.type = parts.type or ""
        self.domain = parts.domain
        self.label = parts.instance or ""
        """The instance label in presentation form."""
        self.first_seen = self.last_seen = at
        self.place: str | None = None
        """Key of the host name in SRV."""
        self.hostname: str | None = None
        self.port: int | None = None
        self.txt_raw: bytes | None = None
        self.txt_only = False
        """Its owner says that it has no SRV record (RFC 6762 §6.1)."""
        self.subtypes: dict[str, None] = {}
        self.interfaces: tuple[str, ...] = ()
        self.pointers = 0
        """Live PTR records of its type that name it."""
        self.records = 0
        """Other live records about it: SRV, TXT, subtypes."""
        self.gone: Literal["goodbye", "expired"] | None = None
        self.view: Service | None = None
        """As last announced in an event."""

    def missing(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """What is not known: ``SRV``, ``TXT``, ``address``."""
        text = () if self.txt_raw is not None else ("TXT",)
        if self.type == DEVICE_INFO or (self.txt_only and self.hostname is None):
            return text
        service = () if self.hostname is not None else ("SRV",)
        return service + text + (() if addresses else ("address",))

    def service(
        self, addresses: tuple[str, ...], descriptions: Mapping[str, str], *, stale: bool
    ) -> Service:
        """The frozen value."""
        shown, raw = shown_label(self.label)
        missing = self.missing(addresses)
        return Service(
            instance=shown,
            type=self.type,
            subtypes=tuple(sorted(self.subtypes)),
            domain=self.domain,
            hostname=self.hostname,
            port=self.port,
            addresses=addresses,
            interfaces=tuple(sorted(self.interfaces)),
            txt=parse_txt(self.txt_raw) if self.txt_raw else {},
            txt_raw=self.txt_raw,
            name_raw=raw,
            description=descriptions.get(self.type),
            device=None,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            resolved=not missing,
            missing=missing,
            stale=stale,
        )


def one_label(full: str, name: Name) -> str:
    """The full name with its instance as one label, as RFC 6763 §4.1.1 has it.

    For names whose dots the decoder could not tell apart from label boundaries.
    """
    label = name.instance or ""
    rest = full[len(label) :]
    return escape_label(unescape_label(label)) + rest


@lru_cache(maxsize=65_536)
def key_of(full: str) -> str:
    """The key of a name; an instance's dots count as part of its one label.

    python-zeroconf, for one, sends "v1.2" as two labels and means one.
    """
    name = parse(full)
    if name.kind != "instance" or "." not in (name.instance or ""):
        return name.key
    return normal(one_label(full, name))


@lru_cache(maxsize=16_384)
def shown_label(label: str) -> tuple[str, bytes | None]:
    """An instance label as text: dots unescaped, bytes that are not UTF-8 as ``\\DDD``.

    With its bytes as well, when the text holds what a screen would hide or change (control,
    format and bidi characters) or is not UTF-8.
    """
    raw = unescape_label(label)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "surrogateescape")
        # A byte that is no text has become the surrogate 0xDC00 + byte.
        text = "".join(f"\\{ord(c) - 0xDC00:03d}" if ord(c) >> 7 == 0x1B9 else c for c in text)
        return text, raw
    return text, None if _is_plain(text) else raw


def _is_plain(text: str) -> bool:
    """Whether every way of showing the text safely leaves it as it is."""
    if text.isascii():
        return text.isprintable()
    return text.isprintable() and not any(
        char in _FILLERS or unicodedata.category(char) in ("Mn", "Me") for char in text
    )


def parse_txt(raw: bytes) -> dict[str, str | None]:
    """The key/value pairs of TXT data (RFC 6763 §6.3 to §6.5).

    The first of two equal keys counts, case apart; a key without ``=`` has the value None.
    A string that overruns the data is read as far as it goes.
    """
    pairs: dict[str, str | None] = {}
    seen: set[str] = set()
    at = 0
    while at < len(raw) and len(pairs) < TXT_KEYS:
        end = at + 1 + raw[at]
        key_bytes, equals, value = raw[at + 1 : end].partition(b"=")
        at = end
        key = key_bytes.decode("utf-8", "backslashreplace")
        if not key or key.lower() in seen:
            continue
        seen.add(key.lower())
        pairs[key] = value.decode("utf-8", "backslashreplace") if equals else None
    return pairs


def scoped(place: Place | None) -> tuple[str, ...]:
    """The addresses of a place for people: IPv4 first, in numeric order, link-local with scope."""
    if place is None:
        return ()
    found: set[str] = set()
    for rtype in (A, AAAA):
        for address, interfaces in place.addresses.get(rtype, ()):
            found.update(_with_scope(address, interfaces))
    if len(found) < 2:
        return tuple(found)
    return tuple(sorted(found, key=_order))


def _with_scope(address: str, interfaces: Iterable[str]) -> list[str]:
    named = [name for name in interfaces if name]
    if named and address.startswith("fe80:"):
        return [f"{address}%{name}" for name in named]
    return [address]


@lru_cache(maxsize=16_384)
def _order(address: str) -> tuple[int, int, str]:
    bare, _, scope = address.partition("%")
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:  # an address of the wrong length never gets here through ``wire``
        return 9, 0, address
    return parsed.version, int(parsed), scope
