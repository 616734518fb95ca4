"""Listing a segment of hundreds of hosts: how complete, how fast, in how many packets and bytes.

    sudo .venv/bin/python -m bench.segment [--runs 5]

Two network namespaces, one cable: ``whoasks list`` in one, ``tests/lab/tools/crowd.py`` in the
other, which is every other host, by the book of RFC 6762. Five services a host, twenty types, of
which six are none that ``list`` asks for before it hears of them. Of every question each host
loses its share, and of every packet of answers. Times are from the first answer heard on.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from bench import measure
from bench.browse import PAUSE, await_idleness, child_of, seen_by
from tests.lab.lab import Lab

TYPES = (
    *("_http._tcp", "_https._tcp", "_ssh._tcp", "_smb._tcp", "_ipp._tcp", "_ipps._tcp"),
    *("_printer._tcp", "_airplay._tcp", "_raop._tcp", "_googlecast._tcp", "_hap._tcp"),
    *("_workstation._tcp", "_spotify-connect._tcp", "_companion-link._tcp"),
    *("_oca._tcp", "_ndi._tcp", "_nmos-node._tcp", "_ravenna._tcp", "_xyz._udp", "_acme._tcp"),
)
PER_HOST = 5
HOSTS = {"crowd": {"ip": 11, "kind": "bare"}, "client": {"ip": 21, "kind": "bare"}}


class Case(NamedTuple):
    """One segment."""

    services: int
    additionals: bool
    loss: float
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        beside = "with" if self.additionals else "without"
        family = ", IPv4 only" if self.options else ""
        return f"{self.services:,}, {beside} additionals, {self.loss:.0%} lost{family}"


CASES = (
    Case(1_000, True, 0.0),
    Case(1_000, True, 0.05),
    Case(1_000, False, 0.0),
    Case(1_000, False, 0.05),
    Case(1_000, True, 0.05, ("--ipv4",)),
    Case(5_000, True, 0.0),
    Case(5_000, True, 0.05),
)


class Run(NamedTuple):
    """What one run came to."""

    resolved: int
    complete: float
    """Seconds from the first news to the last."""
    end: float
    packets: int
    asking: int
    """Packets with a question in them; the others carry known answers only."""
    rounds: int
    peak_mb: float


def crowd(case: Case, seed: int) -> dict[str, Any]:
    """What ``crowd.py`` is to be."""
    hosts = [host(number, case.services) for number in range(case.services // PER_HOST)]
    common = {"loss": case.loss, "additionals": case.additionals, "seed": seed}
    return {**common, "hosts": hosts}


def addresses(number: int) -> tuple[str, str]:
    """A host's."""
    return f"10.77.{1 + number // 250}.{1 + number % 250}", f"fd77::1:{number:x}"


def host(number: int, services: int) -> dict[str, Any]:
    """One host's records."""
    v4, v6 = addresses(number)
    name = [b"device-%04d" % number, b"local"]
    records = [
        record(name, 1, 120, bytes(map(int, v4.split("."))), unique=True),
        record(name, 28, 120, bytes.fromhex(f"fd77{number + 0x10000:028x}"), unique=True),
    ]
    for service in range(number * PER_HOST, (number + 1) * PER_HOST):
        kind = [label.encode() for label in TYPES[service % len(TYPES)].split(".")] + [b"local"]
        instance = [b"Device %04d" % service, *kind]
        meta = [b"_services", b"_dns-sd", b"_udp", b"local"]
        records += [
            record(meta, 12, 4500, kind),
            record(kind, 12, 4500, instance),
            record(instance, 33, 120, {"port": 1000 + service % 5000, "target": hexed(name)}),
            record(instance, 16, 4500, b"\x0bmodel=X-200", unique=True),
        ]
    return {"v4": v4, "v6": v6, "records": records}


def record(
    name: list[bytes], rtype: int, ttl: int, data: Any, *, unique: bool = False
) -> dict[str, Any]:
    """As ``crowd.py`` reads it."""
    if isinstance(data, bytes):
        data = data.hex()
    elif isinstance(data, list):
        data = hexed(data)
    unique = unique or rtype == 33
    return {"name": hexed(name), "type": rtype, "ttl": ttl, "unique": unique, "data": data}


def hexed(labels: list[bytes]) -> list[str]:
    """Labels for JSON."""
    return [label.hex() for label in labels]


@contextmanager
def answering(lab: Lab, content: dict[str, Any], name: str = "crowd") -> Iterator[Any]:
    """The crowd, answering; a line written to its input changes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        program = [sys.executable, "tests/lab/tools/crowd.py", file.name]
        process = lab.popen(name, program, stdin=subprocess.PIPE, env=child_of())
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit(process.communicate()[1])
        try:
            yield process
        finally:
            process.stdin.close()
            process.stdin = None  # the lab looks at it once more
            process.wait(10)


def settle(lab: Lab, hosts: int) -> None:
    """Give the crowd its addresses."""
    lines = [
        line
        for number in range(hosts)
        for v4, v6 in [addresses(number)]
        for line in (f"addr add {v4}/16 dev eth0", f"addr add {v6}/64 dev eth0 nodad")
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".ip") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        done = lab.run("crowd", ["ip", "-batch", file.name])
        if done.returncode:
            raise SystemExit(done.stderr)


def once(lab: Lab, case: Case, seed: int) -> Run:
    """One run on a new crowd."""
    with answering(lab, crowd(case, seed)):
        time.sleep(PAUSE)
        await_idleness()
        done, seen = seen_by(lab, "client", ("--timeout", "30", *case.options))
    services = [json.loads(line) for line in done.stdout.splitlines()]
    resolved = sum(service["resolved"] for service in services)
    complete = seen["last"] - seen["first"]
    end = seen["ended"] - seen["began"]
    counts = (seen["packets"], seen["asking"], seen["rounds"])
    return Run(resolved, complete, end, *counts, seen["peak_mb"])


def row(case: Case, runs: list[Run]) -> str:
    """One line of the table: median, and the worst."""
    full = sum(run.resolved == case.services for run in runs)

    def spread(values: list[float], digits: int = 2) -> str:
        return f"{statistics.median(values):.{digits}f} (to {max(values):.{digits}f})"

    cells = [
        str(case),
        f"{full} of {len(runs)} runs, least {min(run.resolved for run in runs):,}",
        spread([run.complete for run in runs]),
        spread([run.end for run in runs]),
        f"{spread([run.packets for run in runs], 0)}; {spread([run.asking for run in runs], 0)}",
        spread([run.rounds for run in runs], 0),
        f"{max(run.peak_mb for run in runs):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cases", type=int, nargs="*", default=range(len(CASES)))
    given = parser.parse_args()
    print(measure.machine())
    print(
        "\n| services | all resolved | complete, s | end, s | query packets; with questions "
        "| rounds | peak MB |\n|---|---|---:|---:|---:|---:|---:|"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".json") as conf:
        json.dump(HOSTS, conf)
        conf.flush()
        with Lab(conf.name) as lab:
            settle(lab, max(case.services for case in CASES) // PER_HOST)
            for number in given.cases:
                case = CASES[number]
                chance = random.Random(number)
                runs = [once(lab, case, chance.randrange(1 << 30)) for _ in range(given.runs)]
                print(row(case, runs), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
