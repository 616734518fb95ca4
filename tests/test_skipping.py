"""A skip is a reason on a user's machine, and a failure where nothing may be missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_said():
    pytest.skip("nothing to do it with")

@pytest.mark.skipif(True, reason="not here")
def test_marked():
    pass

@pytest.fixture
def lacking():
    pytest.skip("no such program")

def test_of_a_fixture(lacking):
    pass

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False

@pytest.mark.captures
@pytest.mark.parametrize("path", [])
def test_labelled(path):
    pass

def test_plain():
    pass
"""


@pytest.mark.parametrize(
    ("require", "captures", "outcomes"),
    [
        ("", "", "1 passed, 4 skipped, 1 xfailed"),
        ("1", "", "2 failed, 1 passed, 1 skipped, 2 errors"),
        ("1", "somewhere", "2 failed, 1 passed, 3 errors"),
    ],
    ids=["a user's machine", "nothing may be missing", "with captures"],
)
def test_a_skip(require: str, captures: str, outcomes: str, tmp_path: Path) -> None:
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    captures: labelled ones\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"WHOASKS_REQUIRE_LAB": require, "WHOASKS_CAPTURES": captures},
    )  # fmt: skip
    assert outcomes in ended.stdout
