"""DNS-SD names: what a name is, taken apart and put together. No I/O, no state but a memo.

Names are held in *presentation form*: labels joined by dots, with a dot or backslash
inside a label escaped (``\\.``, ``\\\\``; RFC 1035 §5.1, RFC 6763 §4.3) and bytes that are
not UTF-8 as ``\\DDD``. Control characters stay as they are: a name is lossless here,
and ``whoasks.text`` makes it safe to show. Names carry their final dot.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec

META_QUERY = "_services._dns-sd._udp.local."

Kind = Literal["meta", "type", "subtype", "instance", "host", "reverse", "other"]

_UPPER_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
# Written out so that each text is matched in one way only, and every text by some: linear time.
_PIECE = re.compile(r"([^.\\]*(?:\\.[^.\\]*)*)\.", re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
_ESCAPES = {0xDC00 + byte: f"\\{byte}" for byte in range(0x80, 0x100)}
_ESCAPES |= {ord(char): "\\" + char for char in ".\\"}
_PROTOCOLS = ("_tcp", "_udp")
_MEMO = 8_192
# A memo entry is a name of at most 253 bytes and its parts: about 5 MB were every one long,
# a tenth of that on a real network.


class Name(msgspec.Struct, frozen=True, gc=False):
    """What a name says. Parts are lower-case but for ``instance``, which is shown to people.

    ``type`` is like ``_http._tcp``; ``instance`` is the one label in front of it, in
    presentation form; ``subtype`` is like ``_printer``; ``key`` is the whole name, lower-case.
    """

    key: str
    kind: Kind
    domain: str
    type: str | None = None
    instance: str | None = None
    subtype: str | None = None


def normal(name: str) -> str:
    """The key two equal names share: DNS compares ASCII letters only (RFC 6762 §16)."""
    return name.lower() if name.isascii() else name.translate(_UPPER_TO_LOWER)


def escape_label(label: bytes) -> str:
    """One label's bytes in presentation form."""
    try:
        text = label.decode("utf-8")
    except UnicodeDecodeError:
        # ``surrogateescape`` marks each undecodable byte with a lone surrogate.
        return label.decode("utf-8", "surrogateescape").translate(_ESCAPES)
    if "." in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace(".", "\\.")
    return text


def unescape_label(label: str) -> bytes:
    """The bytes of one presentation-form label; the inverse of ``escape_label``.

    A ``\\DDD`` over 255 is read as its three digits, so that no text raises here.
    """
    if "\\" not in label:
        return label.encode("utf-8", "surrogatepass")
    out = bytearray()
    at = 0
    for match in _ESCAPE.finditer(label):
        out += label[at : match.start()].encode("utf-8", "surrogatepass")
        code = match[1]
        if len(code) == 3 and code.isdecimal() and code.isascii() and int(code) < 256:
            out.append(int(code))
        else:
            out += code.encode("utf-8", "surrogatepass")
        at = match.end()
    return bytes(out + label[at:].encode("utf-8", "surrogatepass"))


def split(name: str) -> list[str]:
    """The labels of a name, each still in presentation form."""
    if "\\" not in name:
        bare = name.removesuffix(".")
        return bare.split(".") if bare else []
    if (len(name) - len(name.rstrip("\\"))) & 1:
        name += "\\"  # one that escapes nothing stands for itself
    found = _PIECE.findall(name + ".")
    return found if found[-1] else found[:-1]


def labels(name: str) -> tuple[bytes, ...]:
    """The labels of a name as the bytes that go on the wire."""
    return tuple(unescape_label(label) for label in split(name))


def from_labels(parts: tuple[bytes, ...] | list[bytes]) -> str:
    """The presentation form of wire labels, with the final dot."""
    return "".join(escape_label(part) + "." for part in parts) or "."


@lru_cache(maxsize=_MEMO)
def parse(name: str) -> Name:
    """Take a name apart (RFC 6763 §4, §7.1, §9; reverse names RFC 1035 §3.5, RFC 3596 §2.5)."""
    key = normal(name)
    parts = split(key)
    domain, body = _domain(parts)
    if domain in ("in-addr.arpa", "ip6.arpa"):
        # ``b._dns-sd._udp.<reverse>`` asks for browsing domains, not for a host (RFC 6763 §11).
        kind: Kind = "other" if "_dns-sd" in body else "reverse"
        return Name(key, kind, domain)
    proto = _protocol_at(body)
    if proto is None:
        return Name(key, "host" if len(body) == 1 and domain == "local" else "other", domain)
    service = f"{body[proto - 1]}.{body[proto]}"
    front = body[: proto - 1]
    if service == "_dns-sd._udp" and front == ["_services"]:
        return Name(key, "meta", domain, service)
    if not front:
        return Name(key, "type", domain, service)
    if front[-1] == "_sub" and len(front) >= 2:
        return Name(key, "subtype", domain, service, subtype=".".join(front[:-1]))
    shown = split(name)[: proto - 1]
    return Name(key, "instance", domain, service, instance=".".join(shown))


def _domain(parts: list[str]) -> tuple[str, list[str]]:
    """Split the trailing domain off: ``local``, a reverse tree, or whatever follows the type."""
    if parts[-1:] == ["local"]:
        # bettercap and others append the domain twice.
        body = parts[:-1]
        while body and body[-1] == "local":
            body = body[:-1]
        return "local", body
    if parts[-1:] == ["arpa"] and parts[-2:-1] in (["in-addr"], ["ip6"]):
        return f"{parts[-2]}.arpa", parts[:-2]
    for at in range(len(parts) - 1, 0, -1):
        if parts[at] in _PROTOCOLS and parts[at - 1].startswith("_"):
            return ".".join(parts[at + 1 :]), parts[: at + 1]
    return ".".join(parts[1:]), parts[:1]


def _protocol_at(body: list[str]) -> int | None:
    """Index of the ``_tcp`` or ``_udp`` label that ends a service name, if there is one."""
    at = len(body) - 1
    if at >= 1 and body[at] in _PROTOCOLS and body[at - 1].startswith("_"):
        return at
    return None


def type_of(name: Name) -> str | None:
    """The type a question is about when it browses: a subtype counts as its type."""
    return name.type if name.kind in ("type", "subtype") else None
