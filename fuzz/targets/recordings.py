"""What our own recordings hold: payloads, sequences, whole files. Seeds are made of these alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureFile

FIXTURES = Path(__file__).parents[2] / "fixtures"
EXAMPLES = Path(__file__).parents[1] / "examples"
"""Lines of other sensors' logs, made up by hand."""


@cache
def paths() -> tuple[Path, ...]:
    return tuple(sorted(FIXTURES.glob("*.pcap")))


@cache
def datagrams(path: Path, most: int = 200) -> tuple[Datagram, ...]:
    """The first datagrams of a recording."""
    found = [each for batch in CaptureFile(path).read() for each in batch]
    return tuple(found[:most])


@cache
def payloads() -> tuple[bytes, ...]:
    """Every different payload, the short ones first: small seeds fuzz faster."""
    found = {each.payload for path in paths() for each in datagrams(path)}
    return tuple(sorted(found, key=lambda payload: (len(payload), payload)))
