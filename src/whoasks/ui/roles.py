"""Roles in words: the one a host has lost, and the one it looks as if it should have.

Nothing here gives a role: that is the configuration's, and a person's, to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from statistics import median

import msgspec

from whoasks.core.model import (
    Burst,
    Event,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Host,
)
from whoasks.core.settings import Role, RoleEntry
from whoasks.ui.cells import count, seconds, value

HIDDEN = "true source hidden"
"""How a finding's coverage begins where its host re-sends what others say."""
PACKED = 5
"""Types in a packet, on average, that make a bundle."""
DAYS = 5
"""Different days on which a host that looks around does so as a matter of course."""
FIXED_DAYS = 3
FIXED = 600.0
"""Seconds within which times of day are one fixed time, on so many days."""
TIMES = 4
"""Runs that must have come at equal distances to be regular."""
SAME_RUN = 300.0
"""Seconds between bursts of one run: tools ask again at growing intervals."""

_DAY = 86_400.0
_LATEST = 250e9
_HUB = {"type-sweep", "slow-sweep", "remote-access-browse", "query-flood", "new-asker"}
"""What a hub does, the first of it at least."""
_INVENTORY = {
    "any-query", "full-enumeration", "instance-sweep", "meta-query", "reverse-sweep",
    "type-sweep", "unicast-probe",
}  # fmt: skip
_NEVER = {"poison-reply", "record-hijack", "service-impersonation", "foreign-goodbye"}
"""Nobody's job: no role is suggested for a host that does it, unless it only re-sends."""


class Likeness(msgspec.Struct, frozen=True):
    """What a host looks like, and why."""

    role: Role
    why: str


# Roles that hold, and that held.


def matches(entry: RoleEntry, host: Host) -> bool:
    """Whether the role is given to this host, whenever it holds."""
    if entry.mac is not None:
        return host.mac == entry.mac
    if entry.hostname is not None:
        return host.hostname is not None and host.hostname.lower() == entry.hostname
    network = entry.network
    plain = (address.partition("%")[0] for address in host.addresses)
    return network is not None and any(ip_address(address) in network for address in plain)


def held(roles: Iterable[RoleEntry], host: Host, at: float) -> RoleEntry | None:
    """The first role that holds for the host at that time (epoch seconds)."""
    for entry in roles:
        if (entry.until is None or at < entry.until) and matches(entry, host):
            return entry
    return None


def expired(roles: Sequence[RoleEntry], host: Host, at: float) -> str | None:
    """``its role hub expired on 2026-06-30``, where that is why the host has none at ``at``."""
    ended = [entry for entry in roles if entry.until is not None and entry.until <= at]
    lost = [entry for entry in ended if matches(entry, host)]
    if not lost or held(roles, host, at) is not None:
        return None
    latest = max(lost, key=lambda entry: entry.until or 0.0)
    return f"its role {latest.role} expired on {_last_day(latest.until or 0.0)}"


def _last_day(until: float) -> str:
    """The last day on which it held; with the time, where it did not end with that day (UTC)."""
    moment = datetime.fromtimestamp(until, UTC)
    if until % _DAY == 0:
        return (moment - timedelta(days=1)).date().isoformat()
    return f"{moment:%Y-%m-%d at %H:%M} UTC"


def told(events: Iterable[Event], roles: Sequence[RoleEntry]) -> Iterator[Event]:
    """The events, with findings that say so where their host's role has expired."""
    ends = tuple(entry for entry in roles if entry.until is not None)
    for event in events:
        if ends and isinstance(event, FindingOpened | FindingUpdated | FindingClosed):
            words = expired(roles, event.finding.host, event.finding.last_seen)
            if words is not None:
                yield type(event)(event.at, _noted(event.finding, words))
                continue
        yield event


def _noted(finding: Finding, words: str) -> Finding:
    sentence = f"{finding.explanation} {words[0].upper()}{words[1:]}."
    return msgspec.structs.replace(finding, explanation=sentence)


# Roles that would fit.


def likeness(finding: Finding, bursts: Sequence[Burst] = ()) -> Likeness | None:
    """The role that the host seems to need, or None where nothing speaks for one.

    ``bursts``: all that is known of what the host asked, in any order.
    """
    if finding.host.role is not None:
        return None
    rules = set(finding.rules or (finding.rule,))
    hidden = next((line for line in finding.coverage if line.startswith(HIDDEN)), None)
    if hidden is not None:
        return Likeness("reflector", hidden)
    if rules & _NEVER:
        return None
    return _hub(finding, rules, bursts) or _inventory(rules, bursts)


def _hub(finding: Finding, rules: set[str], bursts: Sequence[Burst]) -> Likeness | None:
    """Many types, packed, over and over, and never the list of types."""
    if "type-sweep" not in rules or not rules <= _HUB:
        return None
    seen = _observed(finding, "type-sweep")
    types, steps = seen.get("types"), seen.get("new_type_packets")
    if not isinstance(types, int) or not isinstance(steps, int):
        return None
    again = sum(burst.types >= types / 2 for burst in bursts)
    if types < PACKED * max(1, steps) or (finding.packets <= steps and again < 2):
        return None
    if any(burst.meta_query for burst in bursts):
        return None
    packets = f"packed into {count(steps, 'packet')}" if steps else "in packets sent before"
    often = f"{again} bursts" if again > 1 else f"{finding.packets} packets"
    return Likeness(
        "hub",
        f"it asks for {value(types)} types {packets}, again and again ({often} so far), and never "
        "for the list of types: home hubs browse like that",
    )


def _inventory(rules: set[str], bursts: Sequence[Burst]) -> Likeness | None:
    """The same enumeration at a fixed time, at equal distances, or on many days."""
    if not rules & _INVENTORY:
        return None
    runs = _runs([burst for burst in bursts if burst.meta_query or burst.reasons])
    days = {run // _DAY for run in runs}
    at = _time_of_day(runs)
    if len(days) >= FIXED_DAYS and at is not None:
        when = f"at about {at} UTC on {len(days)} days"
    elif (gap := _distance(runs)) is not None:
        when = f"every {seconds(gap)}, {len(runs)} times so far"
    elif len(days) >= DAYS:
        when = f"on {len(days)} different days"
    else:
        return None
    return Likeness("inventory", f"it looks around {when}: inventory programs do that")


def _observed(finding: Finding, rule: str) -> dict[str, object]:
    for claim in finding.claims:
        if claim.rule == rule:
            return claim.observed
    return finding.observed if finding.rule == rule else {}


def _runs(bursts: Iterable[Burst]) -> list[float]:
    """When each run began."""
    runs: list[float] = []
    ended = float("-inf")
    for burst in sorted(bursts, key=lambda burst: burst.started):
        if burst.started - ended > SAME_RUN:
            runs.append(burst.started)
        ended = max(ended, burst.ended)
    return runs


def _time_of_day(runs: Sequence[float]) -> str | None:
    """The one time of day of all runs, midnight being no border; None where there is none."""
    if not runs:
        return None
    offsets = [(run - runs[0] + _DAY / 2) % _DAY - _DAY / 2 for run in runs]
    if max(offsets) - min(offsets) > FIXED:
        return None
    middle = datetime.fromtimestamp((runs[0] + median(offsets)) % _DAY, UTC)
    return f"{middle:%H:%M}"


def _distance(runs: Sequence[float]) -> float | None:
    """Seconds between runs, where they are equal within a tenth."""
    gaps = [later - earlier for earlier, later in pairwise(runs)]
    if len(runs) < TIMES:
        return None
    middle = median(gaps)
    return middle if all(abs(gap - middle) <= middle / 10 for gap in gaps) else None


# What to write into the configuration.


def advice(finding: Finding, bursts: Sequence[Burst], now: float) -> list[str]:
    """What to do when the host may do what it does; the lines themselves where one role fits."""
    hint = [
        "Give it a role in the configuration; what a role silences is still recorded.",
        "Roles: hub, inventory, reflector, sensor, ignore.",
    ]
    like = likeness(finding, bursts)
    if like is None:
        return hint
    return [
        f"It looks like {_article(like.role)} {like.role}: {like.why}.",
        "Make sure that it is one, since any host can ask like this. These lines in the",
        "configuration give it the role; what a role silences is still recorded.",
        "hosts:",
        *lines(finding.host, like.role, now),
    ]


def lines(host: Host, role: Role, now: float) -> list[str]:
    """An entry of ``hosts``, for a year from ``now`` (epoch seconds)."""
    return [
        f"  - match: {{{_match(host)}}}",
        f"    role: {role}",
        "    reason: what it is, and who looks after it",
        f"    until: {_a_year_from(now)}",
    ]


def _article(role: str) -> str:
    return "an" if role[0] in "aeiou" else "a"


def _a_year_from(now: float) -> str:
    # A recording may claim any time, and not every time has a date.
    moment = datetime.fromtimestamp(min(max(now, 0.0), _LATEST), UTC)
    return (moment + timedelta(days=365)).date().isoformat()


def _match(of: Host) -> str:
    """What the configuration can know the host by: its MAC, else an address that lasts."""
    if of.mac:
        return f'mac: "{of.mac}"'
    plain = [address.partition("%")[0] for address in of.addresses]
    lasting = [address for address in plain if not address.lower().startswith("fe80:")]
    return f'address: "{(lasting or plain or ["ADDRESS"])[0]}"'
