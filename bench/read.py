"""A whole process over a capture: `whoasks read` against `tshark` printing the same fields."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import measure
import traffic

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
    found = {"whoasks read": [whoasks, "read", "--format", "ndjson", str(capture)]}
    tshark = shutil.which("tshark")
    if tshark:
        fields = [part for field in FIELDS for part in ("-e", field)]
        found["tshark, same fields"] = [
            tshark, "-n", "-r", str(capture), "-Y", "mdns", "-T", "fields", *fields,
        ]  # fmt: skip
    else:
        print("tshark is not installed: whoasks alone is measured.", file=sys.stderr)
    return found


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=100_000, full=1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "mix.pcap"
        traffic.write_pcap(capture, given.packets)
        candidates = {
            name: (lambda command=command: measure.child(command))
            for name, command in commands(capture).items()
        }
        costs = measure.interleaved(candidates, given.runs)
    print(measure.table("Read a capture", costs, given.packets, base="whoasks read"))


if __name__ == "__main__":
    main()
