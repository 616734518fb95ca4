"""How completely and how fast a LAN is listed, run in turn with what people use for it today.

    sudo .venv/bin/python -m bench.browse [--runs 9] [--loss 0 5 20] [--json FILE]

The lab of tests/lab (69 instances on 14 hosts, real responders). Each round runs every candidate
once, with its caches cold: avahi's daemon is started anew. "last" is when the last instance was
complete and "end" when the process was gone, both in seconds from its start.

Packets are lost at the receiver: every host drops each multicast it gets with that probability
by itself (netfilter's ``statistic`` match, both families), so that a question has to survive
and its answer has to survive. Bytecode is compiled beforehand, as installing does, and a run
begins when most of a core has been idle for a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench import measure
from tests.lab.lab import Lab

ITSELF = (sys.executable, "-m", "bench.browse")
CANDIDATES = ("whoasks list", "whoasks list --fast", "avahi-browse -artp", "python-zeroconf")
PAUSE = 4.0
"""Seconds between runs: responders do not repeat themselves within one (RFC 6762 §6)."""


class Run(NamedTuple):
    """What one run came to."""

    found: int
    resolved: int
    last: float
    end: float
    rounds: int = 0


# Candidates.


def whoasks(lab: Lab, *options: str) -> Run:
    """``whoasks list``, its last news noted from inside."""
    done, seen = seen_by(lab, "cli-raw", options)
    services = [json.loads(line) for line in done.stdout.splitlines()]
    resolved = sum(service["resolved"] for service in services)
    times = (seen["last"] - seen["began"], seen["ended"] - seen["began"])
    return Run(len(services), resolved, *times, seen["rounds"])


def seen_by(lab: Lab, host: str, options: Sequence[str]) -> tuple[Any, dict[str, Any]]:
    """``whoasks list`` on a host, and what it noted of itself, with its beginning and end."""
    command = [*ITSELF, "--child", "list", "--format", "ndjson", *options]
    (began, ended), done = _timed(lab, host, command)
    try:
        seen = json.loads(done.stderr.splitlines()[-1])
    except ValueError:
        raise SystemExit(done.stderr) from None
    return done, {**seen, "began": began, "ended": ended}


def avahi(lab: Lab) -> Run:
    """``avahi-browse -artp``, each of its lines stamped as it comes."""
    lab.stop("cli-avahi")
    lab.start("cli-avahi")
    time.sleep(PAUSE)
    await_idleness()
    began = time.time()
    process = lab.popen("cli-avahi", ["stdbuf", "-oL", "avahi-browse", "-artp"])
    assert process.stdout is not None
    found: set[tuple[str, str]] = set()
    resolved: set[tuple[str, str]] = set()
    last = began
    for line in process.stdout:
        kind, _, _, name, service, *_ = line.split(";")
        found.add((name, service))
        if kind == "=" and (name, service) not in resolved:
            resolved.add((name, service))
            last = time.time()
    process.communicate()
    return Run(len(found), len(resolved), last - began, time.time() - began)


def zeroconf(lab: Lab) -> Run:
    """python-zeroconf's own API, as its examples use it: types for 3 s, then browse and resolve."""
    (begin, end), done = _timed(lab, "cli-raw", [*ITSELF, "--zeroconf"])
    found, resolved, last = json.loads(done.stdout)
    return Run(found, resolved, last - begin, end - begin)


def child_of() -> dict[str, str]:
    """An environment in which Python finds its bytecode compiled, as after installing."""
    compiled = Path(tempfile.gettempdir()) / "whoasks-bench-pyc"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(compiled)}


def _timed(lab: Lab, host: str, command: Sequence[str]) -> tuple[tuple[float, float], Any]:
    environment = child_of()
    begin = time.time()
    done = lab.run(host, command, 90.0, env=environment)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr}")
    return (begin, time.time()), done


# Inside the candidates' processes.


def child(arguments: Sequence[str]) -> int:
    """``whoasks``, saying at the end what it asked and when it heard its first and last news."""
    from whoasks.browse.plan import Plan
    from whoasks.cli import main

    seen: dict[str, float] = {"first": 0.0, "last": time.time(), "asking": 0, "packets": 0}
    news, due = Plan.news, Plan.due

    def noted(self: Plan, now: float, found: int = 1) -> None:
        seen["last"] = time.time()
        seen["first"] = seen["first"] or seen["last"]
        news(self, now, found)

    def sent(self: Plan, now: float) -> list[bytes]:
        packets = due(self, now)
        seen["packets"] += len(packets)
        seen["asking"] += sum(packet[4:6] != b"\0\0" for packet in packets)
        seen["rounds"] = self.rounds
        return packets

    Plan.news, Plan.due = noted, sent  # type: ignore[method-assign]
    code = main(list(arguments))
    seen["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(seen), file=sys.stderr)
    return code


async def browse_with_zeroconf() -> None:
    """Find types, browse them all for 3 s, resolve every instance with 3 s of patience."""
    from zeroconf import BadTypeInNameException, ServiceStateChange, Zeroconf
    from zeroconf.asyncio import (
        AsyncServiceBrowser,
        AsyncServiceInfo,
        AsyncZeroconf,
        AsyncZeroconfServiceTypes,
    )

    voice = AsyncZeroconf()
    found: set[tuple[str, str]] = set()
    resolved: set[tuple[str, str]] = set()
    tasks: list[asyncio.Task[None]] = []
    last = time.time()

    async def resolve(zc: Zeroconf, kind: str, name: str) -> None:
        nonlocal last
        if await AsyncServiceInfo(kind, name).async_request(zc, 3000):
            resolved.add((kind, name))
            last = time.time()

    def changed(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is ServiceStateChange.Added:
            found.add((service_type, name))
            try:
                work = resolve(zeroconf, service_type, name)
                tasks.append(asyncio.get_running_loop().create_task(work))
            except BadTypeInNameException:
                pass

    types = list(await AsyncZeroconfServiceTypes.async_find(aiozc=voice, timeout=3))
    browser = AsyncServiceBrowser(voice.zeroconf, types, handlers=[changed])
    await asyncio.sleep(3)
    await asyncio.gather(*tasks, return_exceptions=True)
    await browser.async_cancel()
    await voice.async_close()
    print(json.dumps([len(found), len(resolved), last]))


# The network.


@contextmanager
def losing(lab: Lab, percent: int) -> Iterator[None]:
    """Every host loses that share of the multicasts that reach it."""
    if percent:
        _filter(lab, "-A", percent)
    try:
        yield
    finally:
        if percent:
            _filter(lab, "-D", percent)


def _filter(lab: Lab, action: str, percent: int) -> None:
    match = ("-m", "statistic", "--mode", "random", "--probability", str(percent / 100))
    for name, spec in lab.specs.items():
        if not (spec.auto or name in ("cli-raw", "cli-avahi")):
            continue
        for program in ("iptables", "ip6tables"):
            rule = ("-p", "udp", "--dport", "5353", *match, "-j", "DROP")
            done = lab.run(name, [program, "-w", action, "INPUT", *rule])
            if done.returncode:
                raise SystemExit(f"{program} on {name}: {done.stderr}")


def rounds(lab: Lab, names: Sequence[str], runs: int, percent: int) -> dict[str, list[Run]]:
    """Every candidate once a round."""
    once = {
        "whoasks list": lambda: whoasks(lab),
        "whoasks list --fast": lambda: whoasks(lab, "--fast"),
        "avahi-browse -artp": lambda: avahi(lab),
        "python-zeroconf": lambda: zeroconf(lab),
    }
    results: dict[str, list[Run]] = {name: [] for name in names}
    with losing(lab, percent):
        for _ in range(runs):
            for name in names:
                time.sleep(PAUSE)
                await_idleness()
                results[name].append(once[name]())
    return results


def await_idleness(most: float = 60.0) -> None:
    """Let others who use this machine finish: wait for a second with most of a core to spare."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        before = _processor_time()
        time.sleep(1.0)
        idle, total = (b - a for a, b in zip(before, _processor_time(), strict=True))
        if idle >= 0.8 * total / (os.cpu_count() or 1):
            return


def _processor_time() -> tuple[int, int]:
    """Idle, and all, in ticks."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return fields[3] + fields[4], sum(fields)


def table(results: dict[str, list[Run]]) -> str:
    """Smallest, median and greatest of each column."""
    lines = ["| | found | resolved | last answer, s | end, s |", "|---|---:|---:|---:|---:|"]
    for name, runs in results.items():
        cells = [_spread([run[column] for run in runs], whole=column < 2) for column in range(4)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ours, theirs = results.get("whoasks list"), results.get("avahi-browse -artp")
    if ours and theirs:
        ratios = [a.end / b.end for a, b in zip(ours, theirs, strict=True)]
        lines.append(f"\nEnd of list over that of avahi-browse, paired: {_spread(ratios)}")
    return "\n".join(lines)


def _spread(values: Sequence[float], *, whole: bool = False) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    if whole:
        return f"{low:g}" if low == high else f"{middle:g} ({low:g} to {high:g})"
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--loss", type=int, nargs="*", default=[0, 5, 20], metavar="PERCENT")
    parser.add_argument("--only", nargs="*", default=CANDIDATES, choices=CANDIDATES)
    parser.add_argument("--json", type=Path, help="every run as well")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--zeroconf", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        return child(given.child)
    if given.zeroconf:
        asyncio.run(browse_with_zeroconf())
        return 0
    print(measure.machine())
    everything: dict[int, dict[str, list[Run]]] = {}
    with Lab("hosts.json") as lab:
        time.sleep(10.0)  # until responders no longer repeat their announcements
        whoasks(lab)  # compiles
        for percent in given.loss:
            everything[percent] = rounds(lab, given.only, given.runs, percent)
            print(f"\n{percent} % of packets lost, {given.runs} rounds: median (least to most)\n")
            print(table(everything[percent]), flush=True)
    if given.json:
        given.json.write_text(json.dumps(everything))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
