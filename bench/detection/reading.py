"""`whoasks read` as a child process: a capture in, alarms out. A crash is a result, not an error.

The user's own configuration is never used: each run is given one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from bench.detection.alarms import Alarm, of_record
from bench.detection.truth import ROOT, Actor

LONGEST = 120.0
"""Seconds that one capture may take."""


class Reading(NamedTuple):
    """One run. ``failure`` says in a line why there may be too few alarms."""

    alarms: tuple[Alarm, ...]
    failure: str | None = None


def read(capture: Path, config: Path) -> Reading:
    """Run the command over the capture with that configuration."""
    command = [sys.executable, "-m", "whoasks", "read", str(capture)]
    command += ["--format", "ndjson", "--config", str(config)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("WHOASKS_")}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=ROOT,
            encoding="utf-8",
            env=own,
            stdin=subprocess.DEVNULL,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return Reading((), f"took more than {LONGEST:.0f} s")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    found = tuple(of_record(record) for record in records if record["record"] == "finding")
    if records and records[-1]["record"] == "summary":
        return Reading(found)
    said = done.stderr.strip().splitlines() or ["nothing"]
    return Reading(found, f"ended with {done.returncode}: {said[-1]}")


def config(path: Path, hub: Actor | None = None) -> Path:
    """Write a configuration that is empty, or gives one host the role ``hub``."""
    lines = ["hosts:" if hub else "hosts: []"]
    if hub:
        matches = [f'mac: "{mac}"' for mac in sorted(hub.macs)]
        matches += [f'address: "{address}"' for address in sorted(hub.addresses | hub.seen)]
        lines += [f"  - {{match: {{{m}}}, role: hub, reason: evaluation}}" for m in matches]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
