"""What ``list`` says and in which order: pure functions, apart from the command that uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from whoasks.browse.session import Ending
from whoasks.browse.types import matches
from whoasks.core.model import Service

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape

By = Literal["service", "host", "type"]
BY: tuple[By, ...] = get_args(By)

_ORDERS: dict[str, Callable[[Service], tuple[str, ...]]] = {
    "service": lambda s: (s.instance.casefold(), s.type, s.domain),
    "type": lambda s: (s.type, s.instance.casefold(), s.domain),
    # Unresolved ones last: they belong to no host yet.
    "host": lambda s: (
        (s.hostname or "\U0010ffff").casefold(),
        s.hostname or "",
        s.type,
        s.instance.casefold(),
    ),
}
_NAMED = 5
"""Unresolved services that the closing sentence names."""
_NONE = "Nothing was announced. `whoasks doctor` tells what can be heard from here."
_NONE_OF_THESE = "Nothing here offers that; without a TYPE everything is listed."


def select(
    services: Iterable[Service], names: tuple[str, ...], by: By, *, stale: bool
) -> list[Service]:
    """The services asked for, in the order asked for."""
    chosen = [
        service
        for service in services
        if matches(names, service.type, service.subtypes) and (stale or not service.stale)
    ]
    return sorted(chosen, key=_ORDERS[by])


def shaped(services: Sequence[Service], by: By, shape: Shape) -> list[Service]:
    """Those that the filter lets through, sorted as asked for; groups stay together."""
    keys: dict[By, Callable[[Service], str]] = {
        "service": lambda service: "",
        "host": lambda service: service.hostname or "",
        "type": lambda service: service.type,
    }
    return shape.groups(services, keys[by])


def closing(
    ending: Ending,
    services: Sequence[Service],
    show: Callable[[str], str],
    *,
    fast: bool = False,
    asked: Sequence[str] | None = None,
) -> str:
    """Why the browse ended, how far it can be trusted, and what stayed unresolved.

    ``show`` makes a name safe for where the sentence goes. With ``asked``, the types that were
    asked for (none for all), it tells what to do when nothing was found.
    """
    unresolved = [service for service in services if not service.resolved]
    why = {
        "quiet": f"Quiet for {ending.quiet_for:.1f} s",
        "timeout": f"Timeout after {ending.took:.1f} s",
        "interrupted": f"Interrupted after {ending.took:.1f} s",
    }[ending.reason]
    sentence = (
        f"{why}, {_count(len(services), 'service')}, {len(unresolved)} unresolved "
        f"({_count(ending.rounds, 'round')} of questions{_last_round(ending, fast)})."
    )
    if fast and ending.reason == "quiet":
        sentence += (
            "\n--fast asks once: what a lost packet held is missing, and what its owner told "
            "everybody a second ago. Without --fast it is asked for again."
        )
    if not services and asked is not None and ending.reason != "interrupted":
        sentence += f"\n{_NONE_OF_THESE if asked else _NONE}"
    for service in unresolved[:_NAMED]:
        name = show(f"{service.instance}.{service.type}")
        sentence += f"\n  no {' and no '.join(service.missing)}: {name}"
    if len(unresolved) > _NAMED:
        sentence += f"\n  and {len(unresolved) - _NAMED} more"
    return sentence


def _last_round(ending: Ending, fast: bool) -> str:
    """What the last round brought and how long it was waited for, when that ended the browse."""
    if ending.reason != "quiet":
        return ""
    waited = f"answers waited for {ending.waited:.1f} s"
    if fast:
        return f", {waited}"
    brought = "nothing new" if not ending.found else f"{ending.found} new: run it again for more"
    return f", the last brought {brought}, {waited}"


def from_capture(services: Sequence[Service], notes: Sequence[str], malformed: int) -> str:
    """The same for a capture file."""
    unresolved = sum(not service.resolved for service in services)
    sentence = f"{_count(len(services), 'service')}, {unresolved} unresolved."
    if malformed:
        sentence += f" {_count(malformed, 'packet')} could not be decoded."
    return "\n".join((sentence, *notes))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
