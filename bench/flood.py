"""A flood of spoofed sources with real sweepers in it: who is found, and what memory it takes.

Two captures are made: an hour of a home with sweepers, and the same with two million sources that
speak once each, 150,000 packets a second. Both go through ``whoasks read``; the difference of
their peak memory is what the flood takes.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import measure
from dnslib import DNSHeader, DNSQuestion, DNSRecord

RATE = 150_000.0
SWEEPERS = 50
STEPS = 16
"""Types that each sweeper asks for, one a packet."""
COMMON = ("_ipp._tcp", "_googlecast._tcp", "_airplay._tcp", "_raop._tcp", "_http._tcp", "_smb._tcp")
_ETHERNET = bytes.fromhex("01005e0000fb")
_GROUP = bytes((224, 0, 0, 251))


def question(name: str, qtype: int = 12) -> bytes:
    """A query as a client sends it."""
    return bytes(DNSRecord(DNSHeader(id=0, bitmap=0), [DNSQuestion(name, qtype)]).pack())


def frame(mac: bytes, address: bytes, payload: bytes) -> bytes:
    """Ethernet, IPv4 and UDP around it."""
    udp = struct.pack("!4H", 5353, 5353, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 255, 17, 0, address, _GROUP)
    return _ETHERNET + mac + b"\x08\x00" + ip + udp


def sweeps(seconds: float, start: float) -> list[tuple[float, bytes]]:
    """What the sweepers send, in order of time."""
    packets = []
    for host in range(SWEEPERS):
        mac, address = bytes((2, 0, 0, 0, 9, host)), bytes((10, 9, 0, host))
        for step in range(STEPS):
            at = start + seconds * (step + host / SWEEPERS) / (STEPS + 1)
            packets.append((at, frame(mac, address, question(f"_made-{host}-{step}._tcp.local"))))
    return sorted(packets, key=lambda packet: packet[0])


def spoofed(count: int, start: float) -> Iterator[tuple[float, bytes]]:
    """Each from a MAC and an address of its own; half ask for what everybody asks for."""
    chance = random.Random(1)
    common = [question(f"{name}.local") for name in COMMON]
    for number in range(count):
        mac = b"\x06" + chance.randbytes(5)
        address = bytes((11, *chance.randbytes(3)))
        payload = (
            common[number % len(common)] if number % 2 else question_of_host(chance.getrandbits(64))
        )
        yield start + number / RATE, frame(mac, address, payload)


def question_of_host(number: int) -> bytes:
    """A host name that nobody else asks for, packed by hand: there are a million of them."""
    label = f"{number:016x}".encode()
    return bytes(4) + b"\x00\x01" + bytes(6) + b"\x10" + label + b"\x05local\x00\x00\x01\x00\x01"


def write(path: Path, sources: int, seconds: float) -> None:
    """The capture: sweepers, and so many spoofed sources between them."""
    start = 1_700_000_000.0
    waiting = sweeps(seconds, start)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at, data in spoofed(sources, start):
            while waiting and waiting[0][0] <= at:
                _write(file, *waiting.pop(0))
            _write(file, at, data)
        for packet in waiting:
            _write(file, *packet)


def _write(file: object, at: float, data: bytes) -> None:
    micros = round(at * 1e6)
    head = struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(data), len(data))
    file.write(head + data)  # type: ignore[attr-defined]


def judged(output: Path) -> tuple[int, int]:
    """Sweepers found at medium or above, and others accused."""
    found: set[str] = set()
    others: set[str] = set()
    for line in output.read_text().splitlines():
        record = json.loads(line)
        if record["record"] == "finding" and record["severity"] in ("medium", "high"):
            mac = record["host"]["mac"] or ""
            (found if mac.startswith("02:00:00:00:09") else others).add(mac)
    return len(found), len(others)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="2,000,000 sources")
    parser.add_argument("--sources", type=int, help="instead of 300,000")
    parser.add_argument("--packets", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sources = given.sources or (2_000_000 if given.full else 300_000)
    seconds = sources / RATE
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name, count in (("sweepers alone", 0), ("with the flood", sources)):
            capture, output = Path(folder) / "flood.pcap", Path(folder) / "out.ndjson"
            write(capture, count, seconds)
            command = [
                sys.executable, "-m", "whoasks", "read", str(capture),
                "--format", "ndjson", "-o", str(output),
            ]  # fmt: skip
            cost = measure.child(command)
            found, others = judged(output)
            rows.append((name, count, cost, found, others))
    print("### Flood\n")
    print("| | packets | s | peak MB | sweepers found | others accused |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, count, cost, found, others in rows:
        packets = count + SWEEPERS * STEPS
        print(
            f"| {name} | {packets:,} | {cost.seconds:.1f} | {cost.peak_mb:.0f} | "
            f"{found} of {SWEEPERS} | {others} |"
        )
    extra = (rows[1][2].peak_mb or 0) - (rows[0][2].peak_mb or 0)
    print(f"\nThe flood takes {extra:.0f} MB more.")


if __name__ == "__main__":
    main()
