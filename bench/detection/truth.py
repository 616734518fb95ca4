"""Labelled captures and their ground truth, as they lie in folders. Nothing is run here.

A ground truth is a JSON file of the capture's name beside it (``label``, ``actor``,
``start_epoch``, ``stop_epoch`` and what describes the deed) or an entry of an ``index.json``
(``file``, ``label``), which only benign captures have.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.detection import techniques

from whoasks.core.model import Severity

ROOT = techniques.ROOT
FIXTURES = ROOT / "fixtures"
BESIDE = ROOT.parent / "shared" / "captures"
"""Where a folder of captures is looked for when WHOASKS_CAPTURES names none."""

SUFFIXES = (".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz")

Kind = Literal["attack", "benign", "hub"]


@dataclass(frozen=True)
class Actor:
    """Who did it: any of these addresses is this host."""

    macs: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    """Further addresses that its MACs sent from in the capture."""


@dataclass(frozen=True)
class Labelled:
    """One capture and what is true of it. Times are epoch seconds."""

    path: Path
    group: str
    """The folder it is from; figures are totalled by it."""
    kind: Kind
    actor: Actor | None = None
    start: float = float("-inf")
    stop: float = float("inf")
    expected: Mapping[str, Severity] = field(default_factory=dict)
    tool: str = techniques.OWN

    @property
    def technique(self) -> str:
        """The rule that the catalogue has for it."""
        return techniques.strongest(self.expected)[0]

    @property
    def catalogue(self) -> Severity:
        """The severity that the catalogue gives it."""
        return techniques.strongest(self.expected)[1]

    @property
    def floor(self) -> Severity:
        """The least severity of a finding that counts as a detection."""
        return min(self.catalogue, Severity.MEDIUM)


def captures_folder() -> Path | None:
    """The folder of further captures: WHOASKS_CAPTURES, or one beside the checkout."""
    named = os.environ.get("WHOASKS_CAPTURES")
    folder = Path(named) if named else BESIDE
    return folder if folder.is_dir() else None


def collect(folder: Path | None) -> list[Labelled]:
    """The fixtures, and every labelled capture under ``folder``."""
    found = list(labelled(FIXTURES, "fixtures"))
    if folder is not None:
        inside = sorted({path.parent for path in folder.rglob("*.json")})
        for each in inside:
            found += labelled(each, each.relative_to(folder).as_posix())
    return found


def labelled(folder: Path, group: str) -> Iterator[Labelled]:
    """The captures of one folder that have a ground truth, by name."""
    index = folder / "index.json"
    if index.is_file():
        for entry in json.loads(index.read_text(encoding="utf-8")):
            path = folder / entry["file"]
            if path.is_file():
                yield of(path, group, entry)
    for beside in sorted(folder.glob("*.json")):
        candidates = [beside.with_suffix(suffix) for suffix in SUFFIXES]
        path = next((path for path in candidates if path.is_file()), None)
        if path is not None and beside != index:
            yield of(path, group, json.loads(beside.read_text(encoding="utf-8")))


def of(path: Path, group: str, truth: Mapping[str, Any]) -> Labelled:
    """The capture with what its ground truth says."""
    kind = kind_of(truth)
    return Labelled(
        path=path,
        group=group,
        kind=kind,
        actor=_actor(truth),
        start=float(truth.get("start_epoch", "-inf")),
        stop=float(truth.get("stop_epoch", "inf")),
        expected=techniques.expected(truth) if kind == "attack" else {},
        tool=techniques.tool(truth),
    )


def kind_of(truth: Mapping[str, Any]) -> Kind:
    """A hub is a benign capture whose actor needs a role to be quiet."""
    label = str(truth["label"])
    benign = label.startswith("benign") or label == "not-mdns"
    told = re.search(r"\bhub\b", str(truth.get("notes", "")), re.IGNORECASE)
    if label == "hub" or (benign and told and truth.get("actor")):
        return "hub"
    return "benign" if benign else "attack"


def _actor(truth: Mapping[str, Any]) -> Actor | None:
    """All hosts that the truth calls actors: behind a reflector, the true one too."""
    named = truth.get("actor") or []
    given = [*(named if isinstance(named, list) else [named]), *truth.get("actors", [])]
    hosts = [host for host in [*given, truth.get("true_actor")] if host]
    if not hosts:
        return None
    macs = [mac for host in hosts for mac in [host.get("mac"), *host.get("macs", [])] if mac]
    addresses = [a for host in hosts for key in ("ips", "addresses") for a in host.get(key, [])]
    return Actor(frozenset(map(str.lower, macs)), frozenset(map(bare, addresses)))


def bare(address: str) -> str:
    """An address without its scope."""
    return address.partition("%")[0].lower()
