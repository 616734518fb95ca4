"""What the rules cost: the pipeline with all of them, and with none."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

import measure
import traffic

from whoasks import knowledge
from whoasks.cli import memory
from whoasks.core.model import Datagram
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings
from whoasks.sources.capture_file import CaptureFile


def feeding(settings: CoreSettings, batches: list[list[Datagram]]) -> Callable[[], measure.Cost]:
    """A new pipeline over all batches; events are thrown away."""

    def work() -> None:
        pipeline = Pipeline(settings, knowledge.load())
        for batch in batches:
            deque(pipeline.feed_all(batch), maxlen=0)
        pipeline.finish()

    return lambda: measure.call(work)


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=100_000, full=500_000)
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "mix.pcap"
        traffic.write_pcap(capture, given.packets)
        batches = list(CaptureFile(capture).read())
    knowledge.load()
    memory.settle()  # As in `read` and `watch`.
    costs = measure.interleaved(
        {
            "all rules": feeding(CoreSettings(), batches),
            "no rules": feeding(CoreSettings(rules={}), batches),
        },
        given.runs,
    )
    print(measure.table("Detect", costs, given.packets, base="no rules"))


if __name__ == "__main__":
    main()
