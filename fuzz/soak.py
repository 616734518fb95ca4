"""One pipeline for a long time: mutants from thousands of hosts. Tables, memory and cost stay put.

Run as ``python -m fuzz.soak --packets 3000000``. The collector is set as in ``whoasks watch``; a
packet's cost is without collections, at its cheaper of two passes over the same packets, because
other processes only ever add.
"""

from __future__ import annotations

import argparse
import random
import resource
from array import array
from collections.abc import Iterator

from tests.helpers import traffic

from fuzz import tables
from fuzz.measuring import cost
from fuzz.mutate import mutated
from fuzz.targets import recordings
from fuzz.targets.wire import WORDS
from whoasks.cli import memory
from whoasks.core.model import Datagram
from whoasks.core.pipeline import Pipeline
from whoasks.core.wire import MAX_SIZE

LIMIT = 0.005
LOOKS = 6
_HOSTS = 50_000


def packets(count: int, seed: int) -> Iterator[Datagram]:
    """The same for the same seed: half of it repeats, a tenth comes from hosts never seen."""
    chance = random.Random(seed)
    corpus = recordings.payloads()
    flows = [traffic.flow(host) for host in range(1, 400)]
    recent = [corpus[0]]
    at = 1_767_261_600.0
    for number in range(count):
        at += chance.expovariate(200)
        if chance.random() < 0.1:
            flow = traffic.flow(400 + number % _HOSTS)
        else:
            flow = chance.choice(flows)
        if chance.random() < 0.5:
            payload = chance.choice(recent)
        else:
            payload = mutated(corpus, WORDS, chance, MAX_SIZE)
            recent.append(payload)
            del recent[:-500]
        yield Datagram(at, flow, payload)


class Pass:
    """One time through all packets."""

    def __init__(self, count: int, seed: int) -> None:
        self.costs = array("f", bytes(4 * count))
        self.looks: list[tuple[int, int, int, float]] = []
        """(Packets, entries of all tables, of the largest, MB resident) on the way."""
        self.largest: dict[str, int] = {}
        self.pipeline: Pipeline = traffic.pipeline()
        self.events = 0
        memory.settle()
        for number, datagram in enumerate(packets(count, seed)):
            self.costs[number] = cost(lambda d=datagram: self._feed(d))
            if (number + 1) % (count // LOOKS) == 0:
                self._look(number + 1)

    def _feed(self, datagram: Datagram) -> None:
        self.events += len(self.pipeline.feed(datagram))

    def _look(self, number: int) -> None:
        found = tables.sizes(self.pipeline)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.looks.append((number, sum(found.values()), max(found.values()), resident))
        self.largest = dict(sorted(found.items(), key=lambda each: -each[1])[:8])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz.soak", description=__doc__)
    parser.add_argument("--packets", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=5353)
    options = parser.parse_args(argv)
    first = Pass(options.packets, options.seed)
    for number, entries, largest, resident in first.looks:
        _say(f"{number:>10,} packets: {entries:,} in the largest of each kind of table,"
             f" {largest:,} in one, {resident:.0f} MB at most so far")  # fmt: skip
    for place, size in first.largest.items():
        _say(f"  {size:>7,}  {place}")
    over = [number for number, taken in enumerate(first.costs) if taken > LIMIT]
    mean = sum(first.costs) / len(first.costs)
    _say(
        f"{first.events:,} events; {len(over)} packets over 5 ms at first, at most"
        f" {max(first.costs) * 1e3:.1f} ms; mean {mean * 1e6:.0f} µs"
    )
    large = tables.too_large(tables.sizes(first.pipeline))
    costs = first.costs
    if over:
        del first
        second = Pass(options.packets, options.seed)
        over = [number for number in over if second.costs[number] > LIMIT]
        for number in over[:10]:
            _say(f"  packet {number}: {min(costs[number], second.costs[number]) * 1e3:.1f} ms")
    _say(f"{len(over)} packets over 5 ms in both passes; {len(large)} tables without a cap")
    return int(bool(over or large))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
