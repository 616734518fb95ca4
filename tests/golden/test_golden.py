"""Each fixture gives, byte for byte, the findings that were reviewed; ``--regen`` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.helpers.replays import CAPTURES, as_csv, findings, replay

HERE = Path(__file__).parent


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_the_findings_are_the_reviewed_ones(capture, regen):
    _, events = replay(capture)
    got = as_csv(findings(events)).encode()
    golden = HERE / f"{capture.stem}.csv"
    if regen:
        golden.write_bytes(got)
    assert golden.read_bytes() == got, "read the difference, then run pytest tests/golden --regen"


def test_no_golden_file_is_left_without_its_capture():
    assert {path.stem for path in HERE.glob("*.csv")} == {path.stem for path in CAPTURES}
