"""TXT values read as claims: ``Says.by`` names one of these, or several joined by ``|``.

A value is a stranger's. Every reading gives text of bounded length, or None for a value that
says nothing; none of them raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from whoasks.core.device_facts import DeviceFacts, Says

LONGEST = 80
"""Characters of a claim: the longest model names are about 60."""
_READ = 320
"""Characters of a value that are looked at: AirPort stations put ten facts into one."""
_NOTHING = frozenset({"", "-", "0", "none", "unknown", "(null)", "null", "n/a", "na", "default"})
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")
_VIDEO_OUT = 0x01


def read(value: str | None, says: Says, facts: DeviceFacts) -> str | None:
    """What the value claims, or None."""
    claimed = plain(value)
    for step in says.by.split("|") if says.by else ():
        if claimed is None:
            return None
        name, _, argument = step.partition(":")
        reading = _READINGS.get(name)
        if reading is None:
            row = facts.tables.get((name, _leading(claimed)))
            claimed = None if row is None else row.gives
        else:
            claimed = reading(claimed, argument, facts)
    return None if claimed is None else claimed[:LONGEST]


def plain(value: str | None) -> str | None:
    """The value without blanks around and runs of them inside; None when it says nothing."""
    if value is None:
        return None
    short = " ".join(value[:_READ].split())
    return None if short.casefold() in _NOTHING else short


def mac(value: str, _: str = "", __: object = None) -> str | None:
    """The first MAC in it, lower-case with colons; None for zeros and group addresses."""
    found = _MAC.search(value.casefold())
    if found is None:
        return None
    digits = re.sub("[:-]", "", found[0])
    if not digits.strip("0") or int(digits[:2], 16) & 1:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _eui64(value: str, _: str, __: DeviceFacts) -> str | None:
    """A MAC with ``fffe`` in its middle."""
    digits = value.casefold()
    return mac(digits[:6] + digits[10:16]) if digits[6:10] == "fffe" else None


def _leading(value: str) -> str:
    """What stands before a ``+``, ``.`` or ``,``: the first of several numbers."""
    return re.split(r"[+.,|]", value, maxsplit=1)[0].strip().casefold()


def _brackets(value: str, _: str, __: DeviceFacts) -> str | None:
    """``(name)`` without the brackets."""
    return plain(value[1:-1]) if value.startswith("(") and value.endswith(")") else value


def _maker(value: str, _: str, facts: DeviceFacts) -> str | None:
    """The known maker that a product's name begins with."""
    found = facts.vendor(value.strip("()"))
    return None if found is None else found.name


def _part(value: str, key: str, _: DeviceFacts) -> str | None:
    """The part ``key=`` of values joined by commas."""
    for part in value.split(","):
        name, equals, rest = part.partition("=")
        if equals and name.strip() == key:
            return plain(rest)
    return None


def _after(value: str, word: str, _: DeviceFacts) -> str | None:
    """A version, behind the program's name."""
    return f"{word} {value}"


def _word(_: str, word: str, __: DeviceFacts) -> str | None:
    """The word itself: that the key is there says it."""
    return word


def _cast(value: str, _: str, __: DeviceFacts) -> str | None:
    """What a Cast device is by its capabilities."""
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        return None
    return "media player" if int(value) & _VIDEO_OUT else "speaker"


_READINGS: dict[str, Callable[[str, str, DeviceFacts], str | None]] = {
    "mac": mac,
    "eui64": _eui64,
    "brackets": _brackets,
    "maker": _maker,
    "part": _part,
    "after": _after,
    "word": _word,
    "cast": _cast,
}
NAMES = frozenset(_READINGS)
