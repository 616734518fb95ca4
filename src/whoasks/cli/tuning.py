"""Two settings against the same traffic: what would be found with one and not with the other.

Captures are run through two pipelines, which is exact. Stored bursts are judged by their counts
(see ``judging``); what those do not tell is taken from what was found at the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from whoasks.cli.judging import JUDGES, Seen, direction, judge
from whoasks.core.detect.base import DetectorSettings, Rule
from whoasks.core.detect.engine import SILENCES_ALL
from whoasks.core.knowledge import Knowledge
from whoasks.core.model import Burst, Datagram, Finding, FindingClosed, Host
from whoasks.core.pipeline import Pipeline
from whoasks.core.setting_changes import Change, ChangeKind
from whoasks.core.settings import CoreSettings
from whoasks.store.values import host_key
from whoasks.ui.cells import dotless
from whoasks.ui.roles import held

MAX_CHANGES = 10_000
"""Rows that are listed: invented hosts must not fill the memory."""
_SWEEP = 1_000
"""Bursts after which hosts are forgotten that no window reaches back to."""

Key = tuple[str, int | None, str]
"""Host, VLAN, rule."""


class Outcome(NamedTuple):
    """What one rule says once: its severity, and the role that silences it."""

    severity: str
    silenced_by: str | None

    def __str__(self) -> str:
        if self.silenced_by is None:
            return self.severity
        return f"{self.severity}, silenced by {self.silenced_by}"


# Captures


class Found:
    """Findings of one run, by host and rule."""

    def __init__(self) -> None:
        self.outcomes: dict[Key, Counter[Outcome]] = {}
        self.last: dict[Key, tuple[Finding, str]] = {}

    def add(self, finding: Finding) -> None:
        """Take in a finding in its final state: each rule that contributed says something."""
        for claim in finding.claims:
            leads = claim.rule == finding.rule
            severity = finding.severity if leads else claim.severity
            self._enter(finding, claim.rule, Outcome(severity.label, claim.silenced_by))
            self.last[self._key(finding, claim.rule)] = finding, claim.explanation

    def _enter(self, finding: Finding, rule: str, outcome: Outcome) -> None:
        self.outcomes.setdefault(self._key(finding, rule), Counter())[outcome] += 1

    @staticmethod
    def _key(finding: Finding, rule: str) -> Key:
        return host_key(finding.host), finding.vlan, rule


def of_capture(
    batches: Iterable[Iterable[Datagram]],
    make: Callable[[CoreSettings], Pipeline],
    old: CoreSettings,
    new: CoreSettings,
    source: str,
) -> Iterator[Change]:
    """Changes in one capture, which is read once."""
    runs = [(make(settings), Found()) for settings in (old, new)]
    for batch in batches:
        for pipeline, found in runs:
            _take(found, pipeline.feed_all(batch))
    for pipeline, found in runs:
        _take(found, pipeline.finish())
    (_, before), (_, after) = runs
    for key in sorted({*before.outcomes, *after.outcomes}, key=str):
        was, is_ = before.outcomes.get(key, Counter()), after.outcomes.get(key, Counter())
        if was == is_:
            continue
        finding, sentence = (after.last if is_ else before.last)[key]
        yield Change(
            change=_kind(was, is_),
            rule=key[2],
            before=_words(was),
            after=_words(is_),
            host=finding.host,
            interface=finding.interface,
            vlan=finding.vlan,
            times=max(was.total(), is_.total()),
            first_seen=finding.first_seen,
            last_seen=finding.last_seen,
            source=source,
            why=sentence,
        )


def _take(found: Found, events: Iterable[object]) -> None:
    for event in events:
        if isinstance(event, FindingClosed):
            found.add(event.finding)


def _kind(was: Counter[Outcome], is_: Counter[Outcome]) -> ChangeKind:
    """What a person would notice: silenced is not there."""
    heard_before = any(outcome.silenced_by is None for outcome in was)
    heard_after = any(outcome.silenced_by is None for outcome in is_)
    if heard_after:
        return "changes" if heard_before else "appears"
    return "silenced" if is_ else "vanishes"


def _words(outcomes: Counter[Outcome]) -> str:
    return (
        ", ".join(
            f"{count} x {outcome}" if count > 1 else str(outcome)
            for outcome, count in sorted(outcomes.items(), key=str)
        )
        or "none"
    )


# Bursts


class Judged(msgspec.Struct):
    """Changes that are alike, while they are counted."""

    change: ChangeKind
    before: str
    after: str
    host: Host
    interface: str
    vlan: int | None
    rule: str
    times: int
    first: float
    last: float
    why: str


class Bursts:
    """Compares two settings burst by burst, in the order of their beginnings."""

    def __init__(
        self,
        rules: Mapping[str, Rule],
        knowledge: Knowledge,
        old: CoreSettings,
        new: CoreSettings,
    ) -> None:
        """Both settings name their rules, as those that come from a configuration do."""
        self._rules = rules
        self._knowledge = knowledge
        self._old, self._new = old, new
        self._chosen = (dict(old.rules or {}), dict(new.rules or {}))
        self._reach = max(
            (getattr(each, "window", 0.0) for side in self._chosen for each in side.values()),
            default=0.0,
        )
        self._recent: dict[str, list[Burst]] = {}
        self._changes: dict[tuple[object, ...], Judged] = {}
        self.count = 0
        self.dropped = 0
        """Changes beyond ``MAX_CHANGES``."""

    def untold(self) -> list[str]:
        """Rules whose settings differ, though bursts do not tell what they would find."""
        old, new = self._chosen
        return [
            rule
            for rule in self._rules
            if rule not in JUDGES and rule in new and old.get(rule) != new[rule]
        ]

    def add(self, burst: Burst) -> None:
        """Judge one burst by every rule."""
        self.count += 1
        before = self._before(burst)
        if burst.host.role != "self":
            seen = Seen(burst, before, self._knowledge)
            for rule in self._rules.values():
                self._compare(rule, seen)
        before.append(burst)

    def changes(self, source: str) -> Iterator[Change]:
        """All of them, those that happen most first."""
        for each in sorted(self._changes.values(), key=lambda each: -each.times):
            yield Change(
                each.change, each.rule, each.before, each.after, each.host, each.interface,
                each.vlan, each.times, each.first, each.last, source, each.why,
            )  # fmt: skip

    def _before(self, burst: Burst) -> list[Burst]:
        """The host's bursts that a window of this one reaches back to."""
        oldest = burst.started - self._reach
        if self.count % _SWEEP == 0:
            kept = ((key, [b for b in bs if b.ended >= oldest]) for key, bs in self._recent.items())
            self._recent = {key: bursts for key, bursts in kept if bursts}
        key = f"{host_key(burst.host)}@{burst.vlan}"
        recent = [each for each in self._recent.get(key, ()) if each.ended >= oldest]
        self._recent[key] = recent
        return recent

    def _compare(self, rule: Rule, seen: Seen) -> None:
        burst = seen.burst
        found = rule.title in burst.reasons
        was = self._fires(rule, seen, self._chosen[0])
        was = found if was is None else was
        is_ = self._after(rule, seen, was)
        if was is False and is_ is False:
            return
        before = self._outcome(rule, burst, self._old) if was else None
        after = self._outcome(rule, burst, self._new) if is_ is not False else None
        if is_ is None:
            if rule.id not in JUDGES and not was:
                return  # every burst might: said once, by ``untold``
            self._note("may vanish" if was else "may appear", rule, burst, before, after)
        elif before != after:
            kind = _kind(Counter([before] if before else []), Counter([after] if after else []))
            self._note(kind, rule, burst, before, after)

    def _fires(self, rule: Rule, seen: Seen, chosen: Mapping[str, DetectorSettings]) -> bool | None:
        settings = chosen.get(rule.id)
        return False if settings is None else judge(rule.id, seen, settings)

    def _after(self, rule: Rule, seen: Seen, was: bool) -> bool | None:
        """Whether it fires with the new settings, by what is known of the old ones too."""
        old, new = (chosen.get(rule.id) for chosen in self._chosen)
        told = self._fires(rule, seen, self._chosen[1])
        if told is not None or new is None:
            return told
        if old == new:
            return was
        if old is not None and rule.id in JUDGES and direction(old, new) == (1 if was else -1):
            return was
        return None

    def _outcome(self, rule: Rule, burst: Burst, settings: CoreSettings) -> Outcome:
        entry = held(settings.roles, burst.host, burst.ended)
        role = entry.role if entry is not None else None
        silenced = role if role in (*SILENCES_ALL, *rule.roles) else None
        return Outcome(rule.severity.label, silenced)

    def _note(
        self,
        kind: ChangeKind,
        rule: Rule,
        burst: Burst,
        before: Outcome | None,
        after: Outcome | None,
    ) -> None:
        host, words = burst.host, (str(before or "none"), str(after or "none"))
        key = (kind, rule.id, *words, host_key(host), burst.vlan)
        known = self._changes.get(key)
        if known is not None:
            known.times += 1
            known.host, known.last, known.why = host, max(known.last, burst.ended), _seen(burst)
            return
        if len(self._changes) >= MAX_CHANGES:
            self.dropped += 1
            return
        self._changes[key] = Judged(
            kind, *words, host, burst.interface, burst.vlan, rule.id, 1, burst.started,
            burst.ended, _seen(burst),
        )  # fmt: skip


def _seen(burst: Burst) -> str:
    """A burst's counts as a clause; raw."""
    parts = [f"{burst.questions} questions in {burst.packets} packets"]
    parts += ["the list of all types"] * burst.meta_query
    for name in ("types", "new_type_packets", "instances", "reverse_names"):
        number = getattr(burst, name)
        parts += [f"{number} {name.replace('_', ' ')}"] * bool(number)
    if burst.names:
        parts.append(f"first {dotless(burst.names[0])}")
    return ", ".join(parts)
