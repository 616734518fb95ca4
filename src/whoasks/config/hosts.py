"""The ``hosts`` section: roles, each with a reason and perhaps an end."""

from __future__ import annotations

import datetime
import ipaddress
import re
from typing import Any, NamedTuple, cast

from whoasks.config.problems import (
    Problems,
    below,
    date_moment,
    did_you_mean,
    mapping,
    sequence,
    shown,
    unknown_keys,
)
from whoasks.core import names
from whoasks.core.settings import ROLES, Role, RoleEntry

_KEYS = {"match", "role", "reason", "until"}
_MATCHES = ("mac", "address", "hostname")
_EXAMPLE = '[{match: {mac: "02:00:5e:10:00:01"}, role: hub, reason: Home Assistant}]'
_MAC = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}")

_LAST = 253_370_764_800.0
# The year 9999: beyond it a moment in UTC has no date to be shown as.


class _Match(NamedTuple):
    """Exactly one of these is set."""

    mac: str | None = None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    hostname: str | None = None


def roles(problems: Problems, given: Any, now: float | None) -> tuple[RoleEntry, ...]:
    """Every entry that is right; ``now`` decides which have expired (a warning)."""
    entries: list[RoleEntry] = []
    seen: dict[_Match, int] = {}
    for at, item in enumerate(sequence(problems, "hosts", given, _EXAMPLE)):
        path = below("hosts", at)
        if not isinstance(item, dict):
            example = _EXAMPLE[1:-1]
            problems.error(path, f"expected a mapping such as {example}, got {shown(item)}")
            continue
        entry: dict[Any, Any] = item
        unknown_keys(problems, path, entry, _KEYS)
        match = _match(problems, f"{path}.match", entry.get("match"))
        role = _role(problems, f"{path}.role", entry.get("role"))
        reason = _reason(problems, f"{path}.reason", entry.get("reason"))
        until = _until(problems, f"{path}.until", entry.get("until"), now)
        if match is not None:
            if match in seen:
                problems.error(
                    f"{path}.match", f"the same hosts as hosts[{seen[match]}]; keep one of them"
                )
            seen.setdefault(match, at)
        if match is not None and role is not None and reason is not None:
            entries.append(RoleEntry(role, reason, *match, until=until))
    return tuple(entries)


def _match(problems: Problems, path: str, given: Any) -> _Match | None:
    if given is None:
        problems.error(path, "missing; give one of mac, address, hostname")
        return None
    found = mapping(problems, path, given)
    if not isinstance(given, dict):
        return None
    unknown_keys(problems, path, found, set(_MATCHES))
    kinds = [kind for kind in _MATCHES if kind in found]
    if len(kinds) != 1:
        if kinds or not found:
            problems.error(path, "expected exactly one of mac, address, hostname")
        return None
    kind = kinds[0]
    value, here = found[kind], f"{path}.{kind}"
    if not isinstance(value, str):
        # YAML 1.1 reads 10:20:30:40:50:59 as a number to the base of sixty.
        problems.error(here, f"expected text in quotes, got {shown(value)}")
        return None
    return {"mac": _mac, "address": _address, "hostname": _hostname}[kind](problems, here, value)


def _mac(problems: Problems, path: str, value: str) -> _Match | None:
    text = value.strip().lower()
    if not _MAC.fullmatch(text):
        problems.error(path, f'expected a MAC such as "02:00:5e:10:00:01", got {shown(value)}')
        return None
    return _Match(mac=text.replace("-", ":"))


def _address(problems: Problems, path: str, value: str) -> _Match | None:
    text = value.strip()
    try:
        if "%" in text:
            raise ValueError("a scope")
        return _Match(network=ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        inside = ipaddress.ip_interface(text.partition("%")[0])
    except ValueError:
        right = "10.0.9.0/24, 10.0.9.7 or fd00::/64"
        problems.error(path, f"expected an address or network such as {right}, got {shown(value)}")
        return None
    if "%" in text:
        problems.error(path, f"an address has no scope here; did you mean {inside.ip}?")
    else:
        problems.error(
            path,
            f"{shown(value)} has bits beyond its prefix; "
            f"did you mean {inside.network} or {inside.ip}?",
        )
    return None


def _hostname(problems: Problems, path: str, value: str) -> _Match | None:
    name = names.normal(value.strip())
    name = name if name.endswith(".") else name + "."
    parts = names.split(name)
    if len(parts) == 1:
        name, parts = f"{name}local.", [*parts, "local"]
    lengths = [len(names.unescape_label(part)) for part in parts]
    good = len(parts) == 2 and parts[1] == "local" and all(1 <= size <= 63 for size in lengths)
    if not good or names.from_labels([names.unescape_label(part) for part in parts]) != name:
        problems.error(path, f"expected a host name such as printer.local, got {shown(value)}")
        return None
    return _Match(hostname=name)


def _role(problems: Problems, path: str, given: Any) -> Role | None:
    if given in ROLES:
        return cast(Role, given)
    if given is None:
        problems.error(path, f"missing; give one of {', '.join(ROLES)}")
    else:
        problems.error(path, f"unknown role {shown(given)}{did_you_mean(given, ROLES)}")
    return None


def _reason(problems: Problems, path: str, given: Any) -> str | None:
    if isinstance(given, str) and given.strip():
        return given.strip()
    got = "missing" if given is None else f"expected text, got {shown(given)}"
    problems.error(path, f"{got}; say why this host has the role, such as Home Assistant")
    return None


def _until(problems: Problems, path: str, given: Any, now: float | None) -> float | None:
    """A date holds to its end, a time to its moment; both are UTC when they do not say."""
    if given is None:
        return None
    value = _date_of(given) if isinstance(given, str) else given
    try:
        match value:
            case datetime.datetime():
                zoned = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
                until = zoned.timestamp()
            case datetime.date():
                until = date_moment(value, after=True)
            case _:
                problems.error(path, f"expected a date such as 2027-06-30, got {shown(given)}")
                return None
        if not 0 <= until < _LAST:
            raise ValueError(until)
    except (OverflowError, ValueError):
        problems.error(path, f"{shown(given)} is out of range; give a date such as 2027-06-30")
        return None
    if now is not None and until <= now:
        problems.warn(path, f"the role ended with {shown(value)}; give a new date or take it out")
    return until


def _date_of(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        return datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
