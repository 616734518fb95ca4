"""Dependencies: bounded where they are declared, pinned with hashes where they are installed."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
FUZZ = [
    line
    for line in (ROOT / "fuzz" / "requirements.in").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
DECLARED = [
    *FUZZ,
    *PROJECT["project"]["dependencies"],
    *PROJECT["build-system"]["requires"],
    *(each for extra in EXTRAS.values() for each in extra),
]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; .+?)? \\$", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Package → version, of a lock."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(package): version for package, version in PINNED.findall(text)}


@pytest.mark.parametrize("declared", DECLARED, ids=lambda text: text.split(";")[0])
def test_every_dependency_is_bounded_above(declared):
    operators = {specifier.operator for specifier in Requirement(declared).specifier}
    assert operators & {"<", "<=", "==", "~="}
    assert operators & {">=", "==", "~="}


def test_nothing_comes_from_elsewhere_than_the_index():
    assert [each for each in DECLARED if Requirement(each).url] == []
    for name in ("requirements-dev.lock", "requirements-fuzz.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert (
            re.findall(r"^\s*(?:-e|--index|--extra-index|--find-links|git\+|https?:).*", text, re.M)
            == []
        )


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        *(("requirements-dev.lock", each) for each in PROJECT["project"]["dependencies"]),
        *(("requirements-dev.lock", each) for each in EXTRAS["dev"]),
        *(("requirements-fuzz.lock", each) for each in FUZZ),
    ],
    ids=lambda text: text.split(";")[0],
)
def test_the_lock_pins_it_within_its_bounds(lock, declared):
    wanted = Requirement(declared)
    version = locked(lock).get(canonicalize_name(wanted.name))
    assert version is not None, "run make lock"
    assert wanted.specifier.contains(version), "run make lock"


@pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-fuzz.lock"])
def test_every_pin_has_hashes(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = [each for each in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M) if "==" in each]
    assert len(pins) == len(locked(name))
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


# What is made of pip-audit's answers.


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_of_locks", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


GOOD = {"name": "rich", "version": "15.0", "vulns": []}
WEAK = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "y", "skip_reason": "not found"}
ANSWERS = {
    "all well": (answer(GOOD), "", "1 packages without a known weakness"),
    "a weakness": (answer(GOOD, WEAK), "", "known weaknesses in x 1: PYSEC-1"),
    "some unknown": (answer(GOOD, UNKNOWN), "", "; 1 not known there"),
    "an index that knows nothing": (answer(UNKNOWN), "", "not audited (the package index here"),
    "no network": ("", "Traceback\nConnectionError: no", "not audited (ConnectionError: no)"),
    "silence": ("", "", "not audited (pip-audit said nothing)"),
    "nonsense": ("[1]", "", "not audited"),
}


@pytest.mark.parametrize(("out", "complaint", "says"), ANSWERS.values(), ids=ANSWERS)
def test_what_an_audit_says(audit, out, complaint, says):
    assert says in audit.sentence(audit.judged(out, complaint))


@pytest.mark.parametrize(
    ("out", "required", "code"),
    [
        pytest.param(answer(WEAK), False, 1, id="a weakness"),
        pytest.param(answer(GOOD), True, 0, id="all well"),
        pytest.param("", False, 0, id="not audited, and that is borne"),
        pytest.param("", True, 3, id="not audited, and that is not"),
        pytest.param(answer(GOOD, UNKNOWN), True, 3, id="in part"),
    ],
)
def test_how_an_audit_ends(audit, monkeypatch, out, required, code):
    monkeypatch.setattr(audit, "audited", lambda lock: (out, ""))
    monkeypatch.setenv("WHOASKS_REQUIRE_AUDIT", "1" if required else "0")
    assert audit.main() == code
