"""What a stranger's few bytes may cost: packets that move much, files that grow, settings."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import subprocess
import sys
import time

import pytest
from dnslib import A
from tests.helpers import pcaps, traffic

from whoasks.config import ConfigError
from whoasks.config.loading import loads
from whoasks.core.limits import Limits
from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureError, CaptureFile

LIMIT = 0.005
"""CPU seconds that no packet may cost."""


def moved(hosts: int, each: int) -> tuple[float, int]:
    """CPU seconds and events of one packet that gives every host another address."""
    pipeline = traffic.pipeline()
    at = 1.0
    for host in range(hosts):
        for number in range(each):
            at += 0.001
            said = traffic.announce(f"x{host}-{number}", "_http._tcp", host=f"h{host}")
            pipeline.feed(Datagram(at, traffic.flow(9 + host % 8), said))
    costs, events = [], 0
    for turn in range(3):
        at += 0.01
        gives = [(f"h{host}.local", A(f"10.0.{turn}.{host}"), 120) for host in range(hosts)]
        datagram = Datagram(at, traffic.flow(9), traffic.records(*gives))
        start = time.thread_time()
        events = len(pipeline.feed(datagram))
        costs.append(time.thread_time() - start)
    return min(costs), events


def test_one_packet_moves_a_bounded_number_of_services():
    """An address moves up to 1,024 services of a host name, one packet many host names."""
    taken, events = moved(hosts=16, each=400)
    assert 0 < events <= Limits().changes
    assert taken < LIMIT


def test_one_packet_moves_a_home_in_time():
    taken, events = moved(hosts=8, each=10)
    assert events == 80
    assert taken < LIMIT


# Bombs: a small file that unpacks to a large one.

PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
UNPACKED = 80 << 20

BOMB = """
import sys
from pathlib import Path
from whoasks.cli import main
main(["read", sys.argv[1], "--format", "csv"])
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""
"""ru_maxrss would be that of the process which started it."""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak")
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_bomb_unpacks_into_bounded_memory(pack, tmp_path):
    head = pcaps.pcap(pcaps.record(pcaps.QUERY_FRAME))
    # Records of zero length at time zero: 16 bytes of zeros each.
    packed = pack(head + bytes(UNPACKED))
    assert len(packed) < UNPACKED / 400
    path = tmp_path / "bomb"
    path.write_bytes(packed)
    ended = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)],
        capture_output=True, text=True, check=True, env={"XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip
    peak = int(ended.stderr.split()[-1]) // 1024
    assert peak < 110, f"{peak} MB for {len(packed)} bytes"


def test_a_file_that_is_many_members_ends_soon():
    """A gzip file of a hundred thousand empty members."""
    data = gzip.compress(b"") * 100_000
    start = time.thread_time()
    with pytest.raises(CaptureError):
        list(CaptureFile("members", source=lambda: io.BytesIO(data)).read())
    assert time.thread_time() - start < 5.0


# Configuration: whatever is in a file of the largest size, an answer comes soon.

MEGABYTE = 1 << 20
HOST = '  - {match: {mac: "02:00:00:00:00:01"}, role: hub, reason: x}\n'
LARGE = {
    "unknown keys": "".join(f"key{n}: 1\n" for n in range(MEGABYTE // 14)),
    "one key of a megabyte": "x" * (MEGABYTE - 8) + ": 1\n",
    "hosts": "hosts:\n" + HOST * 16_000,
    "hosts without a match": "hosts:\n" + "  - {}\n" * 100_000,
    "unknown rules": "rules:\n" + "".join(f"  r{n}: {{}}\n" for n in range(70_000)),
    "a selection": "rules: {select: [" + "all, " * 190_000 + "all]}",
    "a number": "bursts: {gap: " + "9" * 1_000_000 + "}",
    "nested": "[" * 500_000,
    "quotes": '"' * 1_000_000,
    "comments": "#" * 1_000_000,
    "interfaces": "interfaces: [" + ", ".join(f"e{n}" for n in range(100_000)) + "]",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_configuration_is_answered_soon(text):
    assert len(text) <= 1.1 * MEGABYTE
    start = time.thread_time()
    with contextlib.suppress(ConfigError):
        loads(text, "large.yaml", now=1.8e9)
    assert time.thread_time() - start < 20.0
