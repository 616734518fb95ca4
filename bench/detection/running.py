"""Each capture through the command in every variant, several captures at a time.

A job holds one capture's packets, and lets them go with its end; what is kept is what was said.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from bench.detection import moments, naive, reading, rewriting
from bench.detection.alarms import Alarm
from bench.detection.observed import LOSS, LOST, NO_MACS, PLAIN, Observed, Run, described
from bench.detection.truth import Labelled

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureError, CaptureFile

T = TypeVar("T")


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
    if labelled.kind == "attack":
        observed.moment = moments.moment(
            observed, datagrams, observed.runs[0].alarms, _asking(observed, place, config)
        )
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


def _asking(observed: Observed, place: Path, config: Path) -> moments.Ask:
    """The command over packets that are put into a file first."""

    def ask(datagrams: Sequence[Datagram]) -> Sequence[Alarm]:
        observed.asked += 1
        rewriting.write(place, datagrams)
        return reading.read(place, config).alarms

    return ask


def _run(
    variant: str, seed: int | None, capture: Path, config: Path, datagrams: Iterable[Datagram]
) -> Run:
    said = reading.read(capture, config)
    return Run(variant, seed, said.alarms, tuple(naive.alarms(datagrams)), failure=said.failure)


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
