"""Service types as people write them → the names to ask for."""

from __future__ import annotations

import re

from whoasks.core.names import Name, normal, parse

_SERVICE = re.compile(r"_[a-z0-9_-]+\._(?:tcp|udp)")
"""Letters, digits and hyphens (RFC 6335 §5.1); underscores are seen in practice."""
_PROTOCOLS = ("_tcp", "_udp")


def names_of(text: str) -> tuple[str, ...]:
    """The full PTR names meant by ``ssh``, ``_ssh._tcp``, ``_ssh._tcp.local.`` or a subtype.

    A bare ``ssh`` means both protocols. Raises ``ValueError`` with a sentence that says what
    would be right.
    """
    plain = normal(text.strip()).removesuffix(".").removesuffix(".local")
    parts = plain.split(".")
    if len(parts) == 1 and parts[0]:
        bare = parts[0].removeprefix("_")
        found = tuple(f"_{bare}.{protocol}.local." for protocol in _PROTOCOLS)
    else:
        found = (f"{plain}.local.",)
    if not all(_is_type(name) for name in found):
        raise ValueError(
            f"{text!r} is not a service type. Write it like ssh, _ssh._tcp or "
            "_printer._sub._http._tcp."
        )
    return found


def _is_type(name: str) -> bool:
    parsed: Name = parse(name)
    labels = name.removesuffix(".").split(".")
    return (
        parsed.kind in ("type", "subtype")
        and _SERVICE.fullmatch(parsed.type or "") is not None
        and all(0 < len(x.encode()) < 64 for x in labels)
    )


def matches(names: tuple[str, ...], kind: str, subtypes: tuple[str, ...]) -> bool:
    """Whether a service of that type and those subtypes is among what the names ask for."""
    if not names:
        return True
    for name in names:
        parsed = parse(name)
        if parsed.type == kind and (parsed.subtype is None or parsed.subtype in subtypes):
            return True
    return False
