"""Ten times as many packets: the same time for each, in the same memory, whatever came before.

`whoasks read` over a capture of ``--packets`` and over its own first tenth, interleaved.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import measure
import read
import traffic

SHORT, LONG = "its first tenth", "all of it"
SLOWER, LARGER = 1.15, 1.15
"""By how much a packet of the long one may be dearer, and its peak higher: the noise of runs."""


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=1_000_000, full=10_000_000)
    with tempfile.TemporaryDirectory() as folder:
        captures = {SHORT: Path(folder) / "short.pcap", LONG: Path(folder) / "long.pcap"}
        sizes = {SHORT: given.packets // 10, LONG: given.packets}
        for name, capture in captures.items():
            traffic.write_pcap(capture, sizes[name])
        print(f"{captures[LONG].stat().st_size / 1e6:,.0f} MB", file=sys.stderr)
        candidates = {
            name: (lambda capture=capture: measure.child(read.commands(capture)[read.OURS]))
            for name, capture in captures.items()
        }
        costs = measure.interleaved(candidates, given.runs)
    print(measure.table("Ten times as many packets", costs, sizes, base=SHORT))
    print(measure.grown(costs, sizes, slower=SLOWER, larger=LARGER))


if __name__ == "__main__":
    main()
