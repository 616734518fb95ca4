"""A capture of everything, of which one packet in a hundred is mDNS: finding those is the work.

`whoasks read` against `tshark` with the same fields, and against `tcpdump` that filters for
`tshark`. ``--packets`` is in thousands of packets of 700 bytes in the mean; 3,000 are 2 GB.
"""

from __future__ import annotations

import random
import shlex
import shutil
import struct
import sys
import tempfile
from pathlib import Path

import measure
import read
import traffic

BOTH = "tcpdump | tshark"
SHARE = 100
"""One packet in so many is mDNS."""
STREAMS = 64
"""Conversations that are no mDNS."""
LENGTH = 30
"""Packets of one conversation."""
RATE = 1_000.0
"""Packets a second, by their times."""


class Stream:
    """What one host downloads: short conversations of TCP whose sequence numbers go on, or of QUIC.

    Nobody acknowledges, and tshark looks through all that was not: long ones would slow it down
    far beyond what real traffic does.
    """

    def __init__(self, number: int, chance: random.Random) -> None:
        size = chance.choice((0, 0, 48, 300, 1400, 1400))
        # A TLS record of application data, or a QUIC packet with a short header.
        start = (
            b"\x40" if number % 8 == 0 else b"\x17\x03\x03" + struct.pack("!H", max(0, size - 5))
        )
        payload = (start + chance.randbytes(size))[:size]
        host = b"\x02\x00\x00\x00\x01" + bytes([number])
        ports = struct.pack("!HH", 443, 40_000 + number)
        self._step = 0 if number % 8 == 0 else size
        if number % 8 == 0:
            inner = ports + struct.pack("!HH", 8 + size, 0) + payload
        else:
            inner = ports + struct.pack("!IIBBHHH", 1, 1, 0x50, 0x18, 500, 0, 0) + payload
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(inner), number, 0x4000, 64,
            17 if number % 8 == 0 else 6, 0,
            bytes((93, 184, 216, number)), bytes((10, 0, 0, number)),
        )  # fmt: skip
        ethernet = host + b"\x02\x00\x00\x00\x00\x01\x08\x00"
        self._frame = bytearray((ethernet + head + inner).ljust(60, b"\0"))
        self._at, self._left = 1, LENGTH

    def next(self) -> bytes:
        """The next frame."""
        self._left -= 1
        if not self._left:
            (port,) = struct.unpack_from("!H", self._frame, 36)
            struct.pack_into("!H", self._frame, 36, 1_024 + (port + STREAMS) % 60_000)
            self._at, self._left = 1, LENGTH
        if self._step:
            struct.pack_into("!I", self._frame, 38, self._at)
            self._at += self._step
        return bytes(self._frame)


def write_pcap(path: Path, count: int, seed: int = 5353) -> None:
    """``count`` packets; those of mDNS are those of ``traffic``, only further apart."""
    chance = random.Random(seed)
    others = [Stream(number, chance) for number in range(STREAMS)]
    said = traffic.packets(count // SHARE + 1, seed)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number in range(count):
            if number % SHARE:
                frame = others[chance.randrange(STREAMS)].next()
            else:
                _, host, ipv6, payload = next(said)
                frame = traffic.framed(host, ipv6, payload)
            micros = round((traffic.START + number / RATE) * 1_000_000)
            size = len(frame)
            head = struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, size, size)
            file.write(head + frame)


def commands(capture: Path) -> dict[str, list[str]]:
    """What is run, whoasks first; what is not installed is left out."""
    found = read.commands(capture)
    tcpdump = shutil.which("tcpdump")
    del found[read.NAIVE]
    theirs = found.get(read.TSHARK)
    if tcpdump and theirs:
        second = shlex.join(["-" if part == str(capture) else part for part in theirs])
        first = shlex.join([tcpdump, "-n", "-r", str(capture), "-w", "-", "udp port 5353"])
        found[BOTH] = ["sh", "-c", f"{first} | {second}"]
    return found


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=300, full=3_000)
    packets = given.packets * 1_000
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "sparse.pcap"
        write_pcap(capture, packets)
        print(f"{capture.stat().st_size / 1e6:,.0f} MB", file=sys.stderr)
        candidates = {
            name: (lambda command=command: measure.child(command))
            for name, command in commands(capture).items()
        }
        costs = measure.interleaved(candidates, given.runs)
    print(measure.table("A capture of everything", costs, packets, base=read.OURS))
    print(read.marks(costs, {read.TSHARK: 30.0, BOTH: 1.0}, most_mb=100))


if __name__ == "__main__":
    main()
