"""``make audit``: asks PyPI whether a version in the lock has a known weakness (pip-audit).

Exit code 1 when one has. Where PyPI cannot be asked nothing is known, and that is said: exit code
0, or 3 with WHOASKS_REQUIRE_AUDIT=1, for a place that has a network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements-dev.lock", "requirements-fuzz.lock")
PATIENCE = 60.0
"""Seconds for one lock."""


class Verdict(NamedTuple):
    """What came of one lock."""

    asked: int
    """Packages that PyPI knew."""
    unknown: int
    weak: tuple[str, ...]
    why: str = ""
    """What kept it from asking."""


def main() -> int:
    required = os.environ.get("WHOASKS_REQUIRE_AUDIT") == "1"
    code = 0
    for name in LOCKS:
        verdict = judged(*audited(ROOT / name))
        print(f"{name}: {sentence(verdict)}", flush=True)
        if verdict.weak:
            code = 1
        elif required and (verdict.why or verdict.unknown):
            code = code or 3
    return code


def audited(lock: Path) -> tuple[str, str]:
    """What pip-audit writes, and what it complains of."""
    command = [
        sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip",
        "--progress-spinner", "off", "--format", "json",
    ]  # fmt: skip
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {PATIENCE:.0f} s"
    return ended.stdout, ended.stderr


def judged(out: str, complaint: str) -> Verdict:
    """The verdict on pip-audit's output."""
    try:
        found: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = complaint.strip().splitlines()
        return Verdict(0, 0, (), lines[-1][:200] if lines else "pip-audit said nothing")
    weak = tuple(
        f"{each['name']} {each['version']}: {', '.join(w['id'] for w in each['vulns'])}"
        for each in found
        if each.get("vulns")
    )
    skipped = sum("skip_reason" in each for each in found)
    return Verdict(len(found) - skipped, skipped, weak)


def sentence(verdict: Verdict) -> str:
    """For a person."""
    if verdict.weak:
        return "known weaknesses in " + "; ".join(verdict.weak)
    if verdict.why:
        return f"not audited ({verdict.why}); run make audit where pypi.org can be reached"
    if not verdict.asked:
        return "not audited (the package index here knows no weaknesses); run it with pypi.org"
    left = f"; {verdict.unknown} not known there" if verdict.unknown else ""
    return f"{verdict.asked} packages without a known weakness{left}"


if __name__ == "__main__":
    raise SystemExit(main())
