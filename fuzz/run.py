"""``make fuzz``: every target for its share of the time, by atheris where it is there.

Exit code 1 when a promise was broken or a limit passed; what did it lies in ``build/fuzz``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from fuzz import own
from fuzz.outcome import ROOT, Outcome
from fuzz.targets import ALL, Target

WORK = ROOT / "build" / "fuzz"
_RSS = 2_048
_HUNG = 25
"""Seconds for one input, instrumented: far over every limit."""
_STAT = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)
_COVERED = re.compile(r"cov: (\d+)")


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    targets = [ALL[name] for name in options.targets or ALL]
    share = options.seconds / len(targets)
    guided = options.engine == "atheris" or (
        options.engine == "auto" and importlib.util.find_spec("atheris") is not None
    )
    _say(f"{len(targets)} targets, {share:.0f} s each, {'atheris' if guided else 'own engine'}")
    failed = False
    for target in targets:
        folder = WORK / target.name
        for old in folder.glob("*-*"):
            if old.is_file():
                old.unlink()
        outcome = Outcome(target, folder)
        started = time.monotonic()
        told = ""
        if guided:
            told = _guided(outcome, share)
        else:
            own.run(outcome, share, options.seed)
        failed |= _report(outcome, time.monotonic() - started, told, not options.slow_passes)
    return int(failed)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz.run", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(ALL))
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together")
    parser.add_argument("--engine", choices=["auto", "atheris", "own"], default="auto")
    parser.add_argument("--seed", type=int, default=5353, help="of the own engine")
    parser.add_argument(
        "--slow-passes", action="store_true", help="tell what is over a limit, and fail for it not"
    )
    options = parser.parse_args(argv)
    unknown = [name for name in options.targets if name not in ALL]
    if unknown:
        parser.error(f"there is no target {unknown[0]}; there are {', '.join(ALL)}")
    return options


def _guided(outcome: Outcome, seconds: float) -> str:
    """Run libFuzzer on a target in a process of its own; what it says of coverage."""
    target, folder = outcome.target, outcome.folder
    corpus = write_corpus(target, folder / "corpus")
    words = folder / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    ended = subprocess.run(
        [
            sys.executable, "-m", "fuzz.guided", target.name, str(folder), "--", str(corpus),
            f"-max_total_time={max(1, round(seconds))}", f"-max_len={target.longest}",
            f"-rss_limit_mb={_RSS}", f"-timeout={_HUNG}", f"-dict={words}", "-print_final_stats=1",
            f"-artifact_prefix={folder}/died-", "-len_control=20", "-verbosity=1",
        ],
        check=False, capture_output=True, text=True, errors="replace", cwd=ROOT,
    )  # fmt: skip
    (folder / "log.txt").write_text(ended.stderr)
    stats = dict(_STAT.findall(ended.stderr))
    covered = _COVERED.findall(ended.stderr)
    counts = folder / "counts"
    outcome.pieces = int(counts.read_text().split()[1]) if counts.exists() else 0
    outcome.inputs = int(stats.get("number_of_executed_units", 0))
    for path in sorted(folder.glob("broken-*")):
        if path.suffix != ".txt":
            said = path.with_suffix(".txt").read_text().strip().splitlines()
            outcome.broken[said[-1][:100]] = path
    for path in folder.glob("died-*"):
        outcome.broken[f"the process ended: {path.name[:24]}"] = path
    if ended.returncode and not outcome.broken:
        outcome.broken[f"atheris ended with {ended.returncode}"] = folder / "log.txt"
    outcome.recall_slow()
    peak = stats.get("peak_rss_mb", "?")
    return f"{covered[0] if covered else '?'} → {covered[-1] if covered else '?'} edges, {peak} MB"


def write_corpus(target: Target, folder: Path) -> Path:
    """Seeds as files, beside what earlier runs found interesting."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in target.seeds():
        kept = data[: target.longest]
        path = folder / hashlib.sha1(kept, usedforsecurity=False).hexdigest()
        if not path.exists():
            path.write_bytes(kept)
    return folder


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _report(outcome: Outcome, seconds: float, told: str, slow_fails: bool) -> bool:
    slow = outcome.too_slow()
    target = outcome.target
    rate = outcome.inputs / max(seconds, 0.001)
    pieces = f", {outcome.pieces:,} packets" if outcome.pieces > 1.2 * outcome.inputs else ""
    _say(
        f"{target.name:<9} {outcome.inputs:>9,} inputs{pieces} in {seconds:.0f} s ({rate:,.0f}/s)"
        f"{', ' + told if told else ''}: {len(outcome.broken)} broken, {len(slow)} over"
        f" {target.limit * 1e3:g} ms"
    )
    for where, path in outcome.broken.items():
        _say(f"  broken: {where}: {os.path.relpath(path)}")
    for cost, path in slow:
        _say(f"  slow: {cost * 1e3:.1f} ms: {os.path.relpath(path)}")
    return bool(outcome.broken or (slow and slow_fails))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
