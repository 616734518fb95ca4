"""A capture through the pipeline, as ``whoasks read`` does it, with any settings."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from whoasks import knowledge
from whoasks.core.model import Event, Finding, FindingClosed
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings
from whoasks.outputs import writer
from whoasks.sources.capture_file import CaptureFile

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
CAPTURES = sorted(FIXTURES.glob("*.pcap"))


def replay(path: Path, settings: CoreSettings | None = None) -> tuple[Pipeline, list[Event]]:
    """The pipeline at its end, and every event on the way."""
    pipeline = Pipeline(settings or CoreSettings(), knowledge.load())
    events = [event for batch in CaptureFile(path).read() for event in pipeline.feed_all(batch)]
    return pipeline, events + pipeline.finish()


def findings(events: Iterable[Event]) -> list[Finding]:
    """In their final state, in the order of their closing."""
    return [event.finding for event in events if isinstance(event, FindingClosed)]


def as_csv(found: Iterable[Finding]) -> str:
    """The findings as ``--format csv`` writes them, with its line ends."""
    stream = io.StringIO(newline="")
    out = writer("csv", stream, "finding")
    out.begin()
    for finding in found:
        out.write(finding)
    out.end()
    return stream.getvalue()
