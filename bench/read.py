"""A whole process over a capture: `whoasks read` against `tshark` printing the same fields, and
against a loop that does nothing but take each packet apart with dnslib."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import measure
import traffic

OURS, TSHARK, NAIVE = "whoasks read", "tshark, same fields", "dnslib, each packet"
FAST = "whoasks read, core compiled"
COMPILED = Path(__file__).parents[1] / "build" / "compiled"
NAIVELY = """
import sys
from dnslib import DNSRecord
from whoasks.sources.capture_file import CaptureFile
for batch in CaptureFile(sys.argv[1]).read():
    for datagram in batch:
        DNSRecord.parse(datagram.payload)
"""
FIELDS = (
    "frame.time_epoch",
    "eth.src",
    "vlan.id",
    "ip.src",
    "ipv6.src",
    "udp.srcport",
    "dns.id",
    "dns.flags",
    "dns.qry.name",
    "dns.qry.type",
    "dns.resp.name",
    "dns.resp.type",
    "dns.resp.ttl",
    "dns.ptr.domain_name",
    "dns.srv.target",
    "dns.srv.port",
    "dns.txt",
    "dns.a",
    "dns.aaaa",
)


def commands(capture: Path) -> dict[str, list[str]]:
    """What is run, whoasks first. A tshark that is not installed is left out."""
    whoasks = str(Path(sys.executable).with_name("whoasks"))
    ours = [whoasks, "read", "--format", "ndjson", str(capture)]
    found = {OURS: ours}
    if COMPILED.is_dir():
        found[FAST] = ["env", f"PYTHONPATH={COMPILED}", *ours]
    else:
        print("'make compiled' was not run: the compiled core is not measured.", file=sys.stderr)
    tshark = shutil.which("tshark")
    if tshark:
        fields = [part for field in FIELDS for part in ("-e", field)]
        found[TSHARK] = [
            tshark, "-n", "-r", str(capture), "-Y", "mdns", "-T", "fields", *fields,
        ]  # fmt: skip
    else:
        print("tshark is not installed: whoasks alone is measured.", file=sys.stderr)
    found[NAIVE] = [sys.executable, "-c", NAIVELY, str(capture)]
    return found


def compare(title: str, share: float, ratios: Mapping[str, float], about: str) -> None:
    """A capture of which that share of payloads is new, read by all candidates in turn."""
    given = measure.arguments(about, quick=100_000, full=1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "mix.pcap"
        traffic.write_pcap(capture, given.packets, unique=share)
        candidates = {
            name: (lambda command=command: measure.child(command))
            for name, command in commands(capture).items()
        }
        costs = measure.interleaved(candidates, given.runs)
    print(measure.table(title, costs, given.packets, base=OURS))
    print(marks(costs, ratios, most_mb=110))


def marks(
    costs: Mapping[str, list[measure.Cost]], ratios: Mapping[str, float], most_mb: float
) -> str:
    """Which aims are met, as it is installed from source, and with the core compiled."""
    return "\n".join(measure.marks(costs, o, ratios, most_mb) for o in (OURS, FAST) if o in costs)


if __name__ == "__main__":
    aims = {TSHARK: 5.0, NAIVE: 20.0}
    compare("Read a capture", traffic.UNIQUE, aims, __doc__ or "")
