"""Each capture through the command in every variant, several captures at a time.

A job holds one capture's packets, and lets them go with its end; what is kept is what was said.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from bench.detection import naive, reading, rewriting
from bench.detection.alarms import Alarm
from bench.detection.truth import Actor, Labelled

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureError, CaptureFile

T = TypeVar("T")

PLAIN, LOSS, NO_MACS = "as recorded", "packets lost", "without MACs"
LOST = 0.3
"""Share of the packets lost in the variant LOSS."""


class Run(NamedTuple):
    """One variant of a capture, as the command and as the naive rule saw it."""

    variant: str
    seed: int | None
    alarms: tuple[Alarm, ...]
    naive: tuple[Alarm, ...]
    without_role: tuple[Alarm, ...] | None = None
    """Of a hub: what is said while nobody has given it the role."""
    failure: str | None = None


@dataclass
class Observed:
    """What came of one capture. ``actor`` knows the addresses that it used in it, too."""

    labelled: Labelled
    macs: frozenset[str] = frozenset()
    actor: Actor | None = None
    actor_times: tuple[float, ...] = ()
    """When the actor sent mDNS packets, in order; epoch seconds."""
    runs: list[Run] = field(default_factory=list)


def run_all(captures: Sequence[Labelled], seeds: int, jobs: int) -> list[Observed]:
    """All captures, in their order. The largest begin, so that none is left for the end."""
    order = sorted(captures, key=lambda one: one.path.stat().st_size, reverse=True)
    found: dict[Path, Observed] = {}
    with tempfile.TemporaryDirectory(prefix="whoasks-") as folder, ThreadPoolExecutor(jobs) as pool:
        waiting = [
            pool.submit(_observe, one, seeds, Path(folder), number)
            for number, one in enumerate(order)
        ]
        for done in _told(as_completed(waiting), len(waiting)):
            observed = done.result()
            found[observed.labelled.path] = observed
    return [found[one.path] for one in captures]


def _observe(labelled: Labelled, seeds: int, folder: Path, number: int) -> Observed:
    """One capture in all variants."""
    try:
        datagrams = [d for batch in CaptureFile(labelled.path).read() for d in batch]
    except CaptureError as error:
        return Observed(labelled, runs=[Run(PLAIN, None, (), (), failure=str(error))])
    observed = described(labelled, datagrams)
    place = folder / f"{number}.pcap"
    hub = observed.actor if labelled.kind == "hub" else None
    config = reading.config(folder / f"{number}.yaml", hub)
    observed.runs.append(_run(PLAIN, None, labelled.path, config, datagrams))
    if hub:
        bare = reading.config(folder / f"{number}-bare.yaml")
        alone = reading.read(labelled.path, bare)
        observed.runs[0] = observed.runs[0]._replace(without_role=alone.alarms)
    for seed in range(seeds):
        left = rewriting.lossy(datagrams, LOST, seed)
        rewriting.write(place, left)
        observed.runs.append(_run(LOSS, seed, place, config, left))
    rewriting.write(place, datagrams, macs=False)
    stripped = [d for batch in CaptureFile(place).read() for d in batch]
    observed.runs.append(_run(NO_MACS, None, place, config, stripped))
    place.unlink()
    return observed


def _run(
    variant: str, seed: int | None, capture: Path, config: Path, datagrams: Iterable[Datagram]
) -> Run:
    said = reading.read(capture, config)
    return Run(variant, seed, said.alarms, tuple(naive.alarms(datagrams)), failure=said.failure)


def described(labelled: Labelled, datagrams: Sequence[Datagram]) -> Observed:
    """What the packets add to the ground truth: MACs, the actor's other addresses and times."""
    flows = {datagram.flow for datagram in datagrams}
    macs = frozenset(flow.mac for flow in flows if flow.mac)
    actor = labelled.actor
    if actor is None:
        return Observed(labelled, macs)
    ours = {f for f in flows if f.mac in actor.macs or f.source in actor.addresses}
    seen = frozenset(flow.source for flow in ours if flow.mac in actor.macs)
    whole = Actor(actor.macs, actor.addresses, seen)
    times = tuple(sorted(d.at for d in datagrams if d.flow in ours))
    return Observed(labelled, macs, whole, times)


def _told(done: Iterable[T], total: int) -> Iterator[T]:
    """Progress on standard error: a line that is written over, or now and then a new one."""
    live = sys.stderr.isatty()
    begun = time.monotonic()
    for number, each in enumerate(done, 1):
        text = f"{number} of {total} captures, {time.monotonic() - begun:.0f} s"
        if live:
            print(f"\r{text}", end="", file=sys.stderr, flush=True)
        elif number % 20 == 0:
            print(text, file=sys.stderr, flush=True)
        yield each
    if live:
        print(file=sys.stderr)
