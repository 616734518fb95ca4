"""What a watch follows of a flood, what it leaves out, and what becomes of who asks meanwhile.

    sudo .venv/bin/python -m bench.flooded [--seconds 60] [--capture] [--spoofed] [--buffer BYTES]
        [RATE]...

Namespaces on one bridge: ``whoasks watch`` with database and NDJSON file in one, in another a
flood of the mix of ``traffic.py`` (200 hosts), or of made-up senders, and in a third a host that
spoke before the flood, and asks 200 different questions and for all types in the middle of it.
Sockets ask for what an unprivileged process gets by default (212,992 bytes, which the kernel
doubles), whatever this machine allows.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import measure
from bench.traffic import write_pcap
from tests.lab.lab import Lab

ITSELF = (sys.executable, "-m", "bench.flooded")
SENDER = ("tests/lab/tools/flood.py", "eth0")
HOSTS = {
    "watcher": {"ip": 1, "kind": "bare"},
    "flooder": {"ip": 2, "kind": "bare"},
    "small": {"ip": 3, "kind": "bare"},
}
BUFFER = 212_992
"""Bytes to ask for; the kernel grants twice as many."""
MIX, MADE_UP = 300_000, 200_000
QUESTIONS = 200
META = "_services._dns-sd._udp.local"
PATIENCE = 120.0


def watch(buffer: int, arguments: list[str]) -> int:
    """``whoasks`` with a buffer of so many bytes; tells at its end what it took."""
    from whoasks.cli import main as whoasks
    from whoasks.sources import group_socket

    group_socket.RECEIVE_BUFFER = buffer
    code = whoasks(arguments)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    took = {"cpu": spent.ru_utime + spent.ru_stime, "mb": spent.ru_maxrss / 1024}
    print(f"took {json.dumps(took)}", file=sys.stderr)
    return code


def ask(seconds: float) -> None:
    """Ask for all types, and 200 other questions in that time; in none, only say hello twice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 5353))
        sock.connect(("224.0.0.251", 5353))
        if not seconds:
            sock.send(question("_hello._tcp.local"))
            sock.send(question("_hello._tcp.local"))
            return
        names = [META, *(f"_small-{number}._tcp.local" for number in range(QUESTIONS))]
        for name in names:
            sock.send(question(name))
            time.sleep(seconds / len(names))


def question(name: str) -> bytes:
    """A PTR query as a client sends it."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return bytes(5) + b"\x01" + bytes(6) + labels + b"\0\0\x0c\0\x01"


def framed(mac: bytes, address: bytes, payload: bytes) -> bytes:
    """Ethernet, IPv4 and UDP to the group around it."""
    udp = struct.pack("!4H", 5353, 5353, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 255, 17, 0)
    ends = address + bytes((224, 0, 0, 251))
    total = sum(struct.unpack("!10H", head + ends))
    check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    ip = head[:10] + struct.pack("!H", check) + ends + udp
    return bytes.fromhex("01005e0000fb") + mac + b"\x08\x00" + ip


def write_spoofed(path: Path) -> None:
    """Senders that speak once, each with a MAC and an address of its own."""
    chance = random.Random(1)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for _ in range(MADE_UP):
            payload = question(f"_{chance.getrandbits(40):x}._tcp.local")
            mac, address = b"\x02" + chance.randbytes(5), b"\x0a" + chance.randbytes(3)
            frame = framed(mac, address, payload)
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def once(lab: Lab, capture: Path, rate: float, options: argparse.Namespace) -> dict[str, Any]:
    """One flood; what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        out, err, db = (Path(folder) / name for name in ("out", "err", "db"))
        seconds = options.seconds
        longer = seconds + (8 if options.stranger else 20)
        command = [*ITSELF, "--watch", str(options.buffer), "watch", "-i", "eth0"]
        command += ["--format", "ndjson", "--db", str(db)]
        command += ["--once-for", str(longer), *(["--capture"] if options.capture else [])]
        with out.open("w") as stdout, err.open("w") as stderr:
            watching = lab.popen("watcher", command, stdout=stdout, stderr=stderr)
            while "Kept in" not in err.read_text():
                time.sleep(0.1)
                if watching.poll() is not None:
                    raise SystemExit(err.read_text())
            if not options.stranger:
                lab.run("small", [*ITSELF, "--ask", "0"], timeout=PATIENCE)
                time.sleep(12)  # a burst of its own
            sender = [sys.executable, SENDER[0], str(capture), SENDER[1], str(rate), str(seconds)]
            flooding = lab.popen("flooder", sender, stdout=subprocess.PIPE)
            time.sleep(seconds / 4)
            lab.run("small", [*ITSELF, "--ask", str(seconds / 2)], timeout=PATIENCE)
            assert flooding.stdout is not None
            sent = int(flooding.communicate(timeout=PATIENCE)[0].split()[0])
            watching.wait(PATIENCE)
        if "took" not in (said := err.read_text()):
            raise SystemExit(said)
        return judged(lab.spec("small").ipv4(), sent, out.read_text(), said)


def judged(address: str, sent: int, written: str, said: str) -> dict[str, Any]:
    """The figures of one run."""
    records = [json.loads(line) for line in written.splitlines()]
    summary = records[-1]
    bursts = [r for r in records if r["record"] == "burst" and address in r["host"]["addresses"]]
    findings = [r for r in records if r["record"] == "finding"]
    took = json.loads(said.rpartition("took ")[2].splitlines()[0])
    return {
        "sent": sent,
        "followed": summary["packets"],
        "notes": [note for note in summary["notes"] if "left out" in note or "kernel" in note],
        "asked": max((burst["packets"] for burst in bursts), default=0),
        "types": max((burst["types"] for burst in bursts), default=0),
        "rules": sorted(
            {rule for r in findings if address in r["host"]["addresses"] for rule in r["rules"]}
        ),
        "flooders": len({r["host"]["key"] for r in findings if "query-flood" in r["rules"]}),
        **took,
    }


def counted(notes: list[str], word: str) -> int:
    """The sum of the figures of the notes with that word."""
    return sum(
        int(part.replace(",", ""))
        for note in notes
        if word in note
        for part in note.split()
        if part.replace(",", "").isdigit()
    )


def row(rate: float, run: dict[str, Any]) -> str:
    """One line of the table."""
    cells = (
        f"{rate:,.0f}",
        f"{run['sent']:,}",
        f"{run['followed']:,}",
        f"{counted([n for n in run['notes'] if n.startswith('left out')], 'left out'):,}",
        f"{counted(run['notes'], 'kernel'):,}",
        f"{run['asked']} of {QUESTIONS + 1}",
        ", ".join(run["rules"]) or "none",
        str(run["flooders"]),
        f"{run['cpu']:.1f}",
        f"{run['mb']:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rates", nargs="*", type=float, default=[10_000, 20_000, 50_000])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--capture", action="store_true")
    parser.add_argument("--spoofed", action="store_true", help="every packet from another sender")
    parser.add_argument("--stranger", action="store_true", help="who asks was not heard before")
    parser.add_argument("--buffer", type=int, default=BUFFER, help="bytes, which are doubled")
    parser.add_argument("--notes", action="store_true", help="print the notes of the summaries too")
    given = parser.parse_args()
    print(measure.machine())
    print(
        "\n| wanted/s | sent | followed | left out | dropped by the kernel | small asker's packets "
        "| its rules | hosts found flooding | CPU s | peak MB |\n|---:" + "|---:" * 9 + "|"
    )
    with (
        tempfile.NamedTemporaryFile("w", suffix=".json") as conf,
        tempfile.NamedTemporaryFile(suffix=".pcap") as file,
    ):
        json.dump(HOSTS, conf)
        conf.flush()
        capture = Path(file.name)
        if given.spoofed:
            write_spoofed(capture)
        else:
            write_pcap(capture, MIX)
        with Lab(conf.name) as lab:
            for rate in given.rates:
                run = once(lab, capture, rate, given)
                print(row(rate, run), flush=True)
                if given.notes:
                    print(*run["notes"], sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watch"]:
        raise SystemExit(watch(int(sys.argv[2]), sys.argv[3:]))
    if sys.argv[1:2] == ["--ask"]:
        ask(float(sys.argv[2]))
        raise SystemExit(0)
    raise SystemExit(main())
