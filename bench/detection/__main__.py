"""The command: python -m bench.detection [--write | --json] [--seeds N] [--fixtures-only]."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

if not __package__:  # Run by its path: the project's folder is not on the path yet.
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from bench.detection import document, report, results, running, tables, truth


def main(argv: list[str]) -> int:
    """0 when every capture could be run, else 1. What was found is no failure of this command."""
    given = _arguments(argv)
    folder = None if given.fixtures_only else truth.captures_folder()
    captures = truth.collect(folder)
    if folder is None and not given.fixtures_only:
        print("Only the fixtures are read: WHOASKS_CAPTURES names no folder.", file=sys.stderr)
    begun = time.monotonic()
    observed = running.run_all(captures, given.seeds, given.jobs)
    found = results.Results(observed, time.monotonic() - begun)
    print(report.details(found), file=sys.stderr)
    if given.json:
        print(report.as_json(found))
    elif given.write and found.failures:
        print(f"{document.PAGE.name} stays as it was: runs failed.", file=sys.stderr)
    elif given.write:
        document.write(found, given.jobs)
        print(f"{document.PAGE.name} was written.", file=sys.stderr)
    else:
        print(tables.page(found))
    return 1 if found.failures else 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--write", action="store_true", help="the tables into docs/detection.md")
    output.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--seeds", type=int, default=3, help="rounds with lost packets (3)")
    parser.add_argument("--jobs", type=int, default=2, help="captures at a time (2)")
    parser.add_argument("--fixtures-only", action="store_true", help="leave other folders out")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
