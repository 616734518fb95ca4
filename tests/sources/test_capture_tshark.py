"""The reader against tshark, packet by packet, on whatever captures WHOASKS_CAPTURES names."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from whoasks.sources.capture_file import CaptureFile

Row = tuple[int, str, str, int, int]
"""Time in µs, source, destination, ports."""

_FOLDER = os.environ.get("WHOASKS_CAPTURES", "")
CAPTURES = sorted(
    path for part in ("lab", "real") for path in Path(_FOLDER, part).glob("*.pcap*") if _FOLDER
)

_FIELDS = ("frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst")
_FIELDS += ("udp.srcport", "udp.dstport", "frame.protocols")

LEFT_OUT_BY_COUNT = ("cut by snap length", "undescribed interface", "wi-fi copy")
"""tshark shows such packets by their ports; the reader counts them and hands none on."""


def tshark(path: Path) -> list[Row]:
    """What tshark calls mDNS by port. A port inside a tunnel is not on this segment."""
    command = ["tshark", "-n", "-r", str(path)]
    command += ["-Y", "udp.port==5353 && !icmp && !icmpv6", "-T", "fields"]
    for field in _FIELDS:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = []
    for line in output.splitlines():
        at, source4, source6, to4, to6, source_port, port, protocols = line.split("\t")
        layers = protocols.split(":")
        if layers.count("ip") + layers.count("ipv6") > 1:
            continue
        rows.append(
            (
                round(float(at) * 1e6),
                source4 or source6,
                to4 or to6,
                int(source_port),
                int(port),
            )
        )
    return rows


@pytest.mark.captures
@pytest.mark.skipif(not shutil.which("tshark"), reason="needs tshark")
@pytest.mark.skipif(not CAPTURES, reason="needs WHOASKS_CAPTURES")
def test_the_reader_finds_what_tshark_finds() -> None:
    differing = {}
    for path in CAPTURES:
        file = CaptureFile(path)
        ours: list[Row] = [
            (
                round(datagram.at * 1e6),
                datagram.flow.source,
                datagram.flow.destination,
                datagram.flow.source_port,
                datagram.flow.destination_port,
            )
            for batch in file.read()
            for datagram in batch
        ]
        theirs = tshark(path)
        allowed = sum(file.counts[reason] for reason in LEFT_OUT_BY_COUNT)
        extra = Counter(ours) - Counter(theirs)
        missed = Counter(theirs) - Counter(ours)
        if extra or missed.total() != allowed:
            differing[path.name] = (list(extra)[:3], list(missed)[:3], dict(file.counts))
    assert differing == {}
