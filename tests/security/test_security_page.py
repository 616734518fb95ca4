"""docs/security.md and docs/fuzzing.md name tests and targets that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from fuzz.targets import ALL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_claims_are_many():
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_named_test_is_there(path, name):
    assert name in functions(ROOT / path)


@pytest.mark.parametrize(
    "row",
    [line for line in PAGE.splitlines() if line.startswith("| ") and "what holds" not in line],
)
def test_every_claim_has_its_test(row):
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    if len(cells) == 2:  # the table of who may want what has three
        assert "`tests/" in cells[1]


def test_every_file_of_these_tests_is_named():
    here = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    named = {Path(path).name for path, _ in NAMED}
    assert here - named - {"test_dependency_lock.py"} == set()


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_every_target_is_documented(target):
    text = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{target.name}` \|", text, re.MULTILINE)
