"""Puts the tables into docs/detection.md, between two markers; the words around stay.

Only an evaluation whose runs all ended well is written: a run that failed is no figure.
"""

from __future__ import annotations

from bench import measure
from bench.detection import tables
from bench.detection.observed import PLAIN
from bench.detection.results import Results
from bench.detection.truth import ROOT

PAGE = ROOT / "docs" / "detection.md"
BEGIN = "<!-- Written by `make evaluate`: begin -->"
END = "<!-- Written by `make evaluate`: end -->"


def write(results: Results, jobs: int) -> None:
    """Write the page anew. Raises ValueError when its markers are gone or a run failed."""
    if results.failures:
        raise ValueError(f"{len(results.failures)} runs failed")
    text = PAGE.read_text(encoding="utf-8")
    made = f"{origin(results, jobs)}\n\n{tables.page(results)}"
    PAGE.write_text(between(text, made), encoding="utf-8")


def between(text: str, made: str) -> str:
    """``text`` with ``made`` between the markers."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n\n{made}\n\n{END}{tail}"


def origin(results: Results, jobs: int) -> str:
    """What was run, on what, in which time."""
    kinds = [observed.labelled.kind for observed in results.observed]
    groups = dict.fromkeys(observed.labelled.group for observed in results.observed)
    return (
        f"{len(kinds)} captures ({', '.join(f'`{group}`' for group in groups)}):"
        f" {kinds.count('attack')} actions, {kinds.count('benign')} benign,"
        f" {kinds.count('hub')} of hubs, from {len(set(results.networks.values()))} networks."
        f" `whoasks read` ran {results.runs} times in {results.seconds:.0f} s,"
        f" {jobs} at a time ({measure.machine()})."
        f" Where nothing else is said, figures are of the captures {PLAIN}."
    )
