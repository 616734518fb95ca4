"""Runs every benchmark, each in a process of its own; options are handed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import measure

BENCHES = ("decode", "read", "unique", "sparse", "linear", "detect", "flood")


def main() -> int:
    print(measure.machine(), flush=True)
    for name in BENCHES:
        print(flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        ended = subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=False)
        if ended.returncode:
            return ended.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
