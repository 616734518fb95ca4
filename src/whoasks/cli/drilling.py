"""A drill's plan in words, its findings in the store, the verdict. Nothing is sent or printed."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from whoasks import text
from whoasks.browse.drill import Drill, Packet, mark_name
from whoasks.browse.drill_voice import Place, Sent
from whoasks.store import StoreError

if TYPE_CHECKING:
    from whoasks.core.model import Finding

POLL = 0.25
"""Seconds between two looks at the store."""
SKEW = 3_600.0
"""Seconds by which the watcher's clock may differ from ours: the token tells findings apart."""
_STAMPS = 0.5
"""Seconds by which program and kernel may stamp one packet differently."""


class Plan(msgspec.Struct, frozen=True):
    """One drill, ready to be sent."""

    drill: Drill
    token: str
    places: tuple[Place, ...]
    scripts: Mapping[str, Sequence[Packet]]
    """Interface → its packets; all are as many, with as many questions."""
    wait: float
    """Seconds to look for the finding."""


class Findings(Protocol):
    """What is needed of a store."""

    def findings(self, since: float | None = None) -> Iterable[Finding]: ...


def announced(plan: Plan) -> str:
    """What will be sent, to the packet."""
    script = next(iter(plan.scripts.values()))
    questions = sum(packet.questions for packet in script)
    lasts = sum(packet.after for packet in script)
    over = text.terminal(", ".join(map(str, plan.places)))
    name = mark_name(plan.token).removesuffix(".")
    return (
        f"The drill {plan.drill.kind} sends {plan.drill.sends}.\n"
        f"With the mark ahead that is {count(len(script), 'packet')} with "
        f"{count(questions, 'question')}, over each of: {over}.\n"
        f"The mark is a question for {name}. All is sent within {lasts:.1f} s.\n"
        "Everything on this network can hear it, other monitoring too. It changes nothing there."
    )


def look(
    store: Findings,
    plan: Plan,
    sent: Sent,
    found: list[Finding],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Fill ``found`` with the drill's findings, until all rules expected are in or time is up.

    A store that cannot be read for the moment is tried again. Raises StoreError when it still
    could not be read at the end, or never will be.
    """
    until = clock() + plan.wait
    since = (sent.mark_at or 0.0) - SKEW
    while True:
        trouble: StoreError | None = None
        try:
            found[:] = [f for f in store.findings(since=since) if f.drill == plan.token]
        except StoreError as error:
            if not error.passing:
                raise
            trouble = error
        left = until - clock()
        if rules_of(found).issuperset(plan.drill.rules):
            return
        if left <= 0:
            if trouble is not None:
                raise trouble
            return
        sleep(min(POLL, left))


def rules_of(findings: Iterable[Finding]) -> set[str]:
    """Every rule that contributed to any of them."""
    return {rule for finding in findings for rule in (finding.rule, *finding.rules)}


def verdict(plan: Plan, sent: Sent, found: Sequence[Finding], option: str) -> list[str]:
    """Detected or not, in lines. ``option`` is how the store is named to other commands."""
    if not found:
        return [
            f"Not detected within {plan.wait:g} s: no finding carries the mark {plan.token}.",
            f"Expected was {' with '.join(plan.drill.rules)}. Does 'whoasks watch' run on this "
            "network, with this store? See 'whoasks doctor'.",
        ]
    lines = []
    for finding in sorted(found, key=lambda f: (-f.severity, f.first_seen)):
        others = [rule for rule in finding.rules if rule != finding.rule]
        named = f"{finding.rule} ({finding.severity.label})"
        if others:
            named += f" with {', '.join(others)}"
        lines.append(f"Detected: {named}, {_after(finding, sent)}")
        if finding.silenced_by is not None:
            lines.append(f"  Silenced by the role {finding.silenced_by}: it alarms nobody.")
        lines.append(f"  whoasks explain {finding.id[:8]}{option}")
    missing = [rule for rule in plan.drill.rules if rule not in rules_of(found)]
    if missing:
        lines.append(f"Not as expected: {', '.join(missing)} did not fire.")
    return lines


def _after(finding: Finding, sent: Sent) -> str:
    """How long the rule took, from the first packet behind the mark."""
    after = finding.first_seen - (sent.first_at or finding.first_seen)
    if -_STAMPS <= after <= SKEW:
        return f"{max(after, 0.0):.1f} s after the first question"
    return f"{after:+.1f} s from the first question by the watcher's clock, which differs from ours"


def only_sent(plan: Plan, sent: Sent) -> str:
    """What there is to say without a store."""
    return (
        f"Sent {count(sent.packets, 'packet')}; there is no store here to look at. On the "
        f"watcher, 'whoasks export findings --since 10m' shows what it made of them: the "
        f"findings with {plan.token} as their drill."
    )


def store_option(name: str, default: str) -> str:
    """How ``explain`` is told of the store; nothing for the default one."""
    return "" if name == default else f" --db {shlex.quote(name)}"


def count(number: int, noun: str) -> str:
    """``1 packet``, ``2 packets``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
