"""Tables of traces with what must be found in them, judged from outside: ``whoasks read``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from tests.traces import wire
from tests.traces.home import Home
from tests.traces.hosts import Host

from whoasks.cli import main

SEVERITIES = ("info", "low", "medium", "high")
OWNERSHIP = {"foreign-goodbye", "record-hijack", "name-conflict", "service-impersonation"}

Actor = Host | str
"""A host (named by its MAC), or an address that alone tells who it was."""
Check = Callable[[Path], None]
Trace = Callable[[Home], Actor | Iterable[Actor] | None]


@dataclass
class Outcome:
    """What ``whoasks read`` said of a trace: each finding as it stood at the end."""

    findings: list[dict[str, Any]]
    summary: dict[str, Any]

    def told(self) -> str:
        return "\n".join(
            f"{one['severity']} {one['rules'] or one['rule']} {one['host']['mac']} "
            f"{one['host']['addresses']}: {one['explanation']}"
            for one in self.findings
        )


def read(home: Home, folder: Path, *, macs: bool = True) -> Outcome:
    """Write what the segment recorded and have it read, alone with its own settings."""
    capture, out, config = folder / "t.pcap", folder / "t.ndjson", folder / "none.yaml"
    capture.write_bytes((wire.pcap if macs else wire.bare)(home.lan.frames))
    config.write_text("{}\n")
    command = ["read", str(capture), "--format", "ndjson", "-o", str(out)]
    assert main([*command, "--config", str(config)]) == 0
    last: dict[str, dict[str, Any]] = {}
    summary: dict[str, Any] = {}
    for line in out.read_text().splitlines():
        record = json.loads(line)
        if record["record"] == "finding":
            last[record["id"]] = record
        elif record["record"] == "summary":
            summary = record
    return Outcome(list(last.values()), summary)


def is_of(finding: dict[str, Any], actor: Actor) -> bool:
    """Whether a finding names this actor."""
    if isinstance(actor, Host):
        return bool(finding["host"]["mac"] == actor.mac)
    return actor in finding["host"]["addresses"]


def level(finding: dict[str, Any]) -> int:
    return SEVERITIES.index(finding["severity"])


def rules_of(finding: dict[str, Any]) -> list[str]:
    return finding["rules"] or [finding["rule"]]


@dataclass
class Case:
    """One trace: the rule in question, and how severe at least and at most."""

    name: str
    trace: Trace
    rule: str
    least: str | None = None
    most: str = "high"
    broken: int = 0
    """Undecodable packets in it."""

    @cached_property
    def made(self) -> tuple[Home, list[Actor]]:
        """The home after the trace, and who did it."""
        home = Home()
        made = self.trace(home)
        return home, [] if made is None else [made] if isinstance(made, Host | str) else list(made)

    def check(self, folder: Path) -> None:
        home, actors = self.made
        outcome = read(home, folder)
        assert sum(outcome.summary["malformed"].values()) == self.broken
        said = "\n" + outcome.told()
        if self.least is None:
            allowed = -1 if self.most == "high" else SEVERITIES.index(self.most)
            named = [
                one
                for one in outcome.findings
                if self.rule in rules_of(one) and level(one) > allowed
            ]
            assert not named, f"{self.rule} must stay quiet{said}"
        else:
            self._check_found(outcome, actors, said)
        accused = [
            one
            for one in outcome.findings
            if level(one) >= SEVERITIES.index("medium")
            and not (self.least and any(is_of(one, actor) for actor in actors))
        ]
        assert not accused, f"a bystander is accused{said}"

    def check_nobody_is_accused(self, folder: Path) -> None:
        """Addresses alone: IPv4 and IPv6 of one host are no rivals."""
        outcome = read(self.made[0], folder, macs=False)
        assert [one for one in outcome.findings if level(one) >= 2] == [], outcome.told()

    def check_owners_are_only_noted(self, folder: Path) -> None:
        """Without a MAC, who owns what is info at most."""
        for one in read(self.made[0], folder, macs=False).findings:
            assert level(one) == 0 or not OWNERSHIP & set(rules_of(one)), one["explanation"]

    def _check_found(self, outcome: Outcome, actors: list[Actor], said: str) -> None:
        found = [
            one
            for one in outcome.findings
            if self.rule in rules_of(one) and any(is_of(one, actor) for actor in actors)
        ]
        assert found, f"{self.rule} must name the actor{said}"
        worst = max(level(one) for one in found)
        least, most = SEVERITIES.index(str(self.least)), SEVERITIES.index(self.most)
        assert least <= worst <= most, f"{self.rule}: {SEVERITIES[worst]}{said}"


@dataclass
class Table:
    """The traces of one test file, added by decoration."""

    cases: list[Case] = field(default_factory=list)

    def fires(self, rule: str, least: str, **more: Any) -> Callable[[Trace], Trace]:
        """The trace returns its actor: the rule must name it at this severity or above."""
        return lambda trace: self._add(trace, rule, least, **more)

    def quiet(self, rule: str, **more: Any) -> Callable[[Trace], Trace]:
        """The rule must be silent, and nobody may be accused at medium or above."""
        return lambda trace: self._add(trace, rule, None, **more)

    def notes(self, rule: str, most: str) -> Callable[[Trace], Trace]:
        """The rule may speak up to this severity; nobody may be accused at medium or above."""
        return lambda trace: self._add(trace, rule, None, most=most)

    def _add(self, trace: Trace, rule: str, least: str | None, **more: Any) -> Trace:
        name = f"{rule}{'' if least else ' quiet'}: {trace.__name__.replace('_', ' ')}"
        self.cases.append(Case(name, trace, rule, least, **more))
        return trace

    def checks(self) -> list[Any]:
        """The tests: each trace as it is, and without MACs where addresses might mislead."""
        names = [case.name for case in self.cases]
        assert len(set(names)) == len(names), "two traces bear one name"
        made = [pytest.param(case.check, id=case.name) for case in self.cases]
        for case in self.cases:
            name = f"without MACs, {case.name}"
            if case.least is None:
                made.append(pytest.param(case.check_nobody_is_accused, id=name))
            elif case.rule in OWNERSHIP:
                made.append(pytest.param(case.check_owners_are_only_noted, id=name))
        return made
