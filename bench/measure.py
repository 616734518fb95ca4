"""Shared by the benchmarks: interleaved runs, what a child process cost, tables of ratios.

Runs are interleaved (a, b, c, a, b, c) so that a machine that slows down slows all alike; the
figure is the median, and the spread stands beside it.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Of one run."""

    seconds: float
    peak_mb: float | None = None


def arguments(about: str, quick: int, full: int) -> argparse.Namespace:
    """``packets`` and ``runs``, as every benchmark takes them."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--full", action="store_true", help=f"{full:,} packets, 7 runs")
    parser.add_argument("--packets", type=int, help=f"instead of {quick:,}")
    parser.add_argument("--runs", type=int, help="instead of 3")
    given = parser.parse_args()
    given.packets = given.packets or (full if given.full else quick)
    given.runs = given.runs or (7 if given.full else 3)
    return given


def call(work: Callable[[], object]) -> Cost:
    """One call in this process."""
    gc.collect()
    begin = time.perf_counter()
    work()
    return Cost(time.perf_counter() - begin)


def child(command: Sequence[str]) -> Cost:
    """One process from start to end, its output thrown away; its peak resident memory."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {process.returncode}: {said.decode()}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(time.perf_counter() - begin, usage.ru_maxrss / unit)


def interleaved(what: Mapping[str, Callable[[], Cost]], runs: int) -> dict[str, list[Cost]]:
    """Each candidate once to warm up where it is cheap, then ``runs`` rounds of all."""
    costs: dict[str, list[Cost]] = {name: [] for name in what}
    for _ in range(runs):
        for name, once in what.items():
            costs[name].append(once())
    return costs


def table(
    title: str, costs: Mapping[str, list[Cost]], packets: int | Mapping[str, int], base: str
) -> str:
    """A Markdown table; the ratio is the time a packet takes over that of ``base``. ``packets``:
    of all candidates, or of each."""
    counts = packets if isinstance(packets, Mapping) else dict.fromkeys(costs, packets)
    reference = statistics.median(cost.seconds for cost in costs[base]) / counts[base] * 1e6
    memory = any(cost.peak_mb for rows in costs.values() for cost in rows)
    head = ["", "µs a packet", "min to max", "ratio", *(["peak MB"] if memory else [])]
    lines = [f"### {title}", "", _row(head), _row(["---"] + ["---:"] * (len(head) - 1))]
    for name, rows in costs.items():
        each = [cost.seconds / counts[name] * 1e6 for cost in rows]
        middle = statistics.median(each)
        cells = [
            name,
            f"{middle:.2f}",
            f"{min(each):.2f} to {max(each):.2f}",
            f"{middle / reference:.2f}",
        ]
        if memory:
            cells.append(f"{max(cost.peak_mb or 0 for cost in rows):.0f}")
        lines.append(_row(cells))
    runs = len(costs[base])
    sizes = " and ".join(f"{count:,}" for count in sorted(set(counts.values())))
    lines += ["", f"{sizes} packets, {runs} interleaved runs, medians."]
    return "\n".join(lines)


def marks(
    costs: Mapping[str, list[Cost]], ours: str, ratios: Mapping[str, float], most_mb: float
) -> str:
    """Which aims are met: times as fast as a peer, in the median, and the peak of memory."""
    middle = {name: statistics.median(c.seconds for c in rows) for name, rows in costs.items()}
    lines = [
        "",
        _row([f"aim of {ours}", "wanted", "measured", ""]),
        _row(["---", "---:", "---:", "---"]),
    ]
    for peer, wanted in ratios.items():
        if peer in middle:
            measured = middle[peer] / middle[ours]
            told = [f"times as fast as {peer}", f"{wanted:g}", f"{measured:.2f}"]
            lines.append(_row([*told, "met" if measured >= wanted else "not met"]))
    peak = max(cost.peak_mb or 0 for cost in costs[ours])
    told = ["peak MB", f"at most {most_mb:g}", f"{peak:.0f}"]
    return "\n".join([*lines, _row([*told, "met" if peak <= most_mb else "not met"])])


def grown(
    costs: Mapping[str, list[Cost]], packets: Mapping[str, int], slower: float, larger: float
) -> str:
    """Whether the second candidate costs no more, for each packet and in memory, than the first."""
    short, long = costs
    lines = ["", _row(["aim", "wanted", "measured", ""]), _row(["---", "---:", "---:", "---"])]
    for what, most, figures in (
        ("time a packet", slower, {n: [c.seconds / packets[n] for c in costs[n]] for n in costs}),
        ("peak MB", larger, {n: [c.peak_mb or 0.0 for c in costs[n]] for n in costs}),
    ):
        ratio = statistics.median(figures[long]) / statistics.median(figures[short])
        told = [f"{what}, times that of {short}", f"at most {most:g}", f"{ratio:.2f}"]
        lines.append(_row([*told, "met" if ratio <= most else "not met"]))
    return "\n".join(lines)


def machine() -> str:
    """The machine and the versions behind the figures, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(": ")[2] if names else model
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {python}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
