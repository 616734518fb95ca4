"""The modules that can be compiled (``make compiled``): which they are, and that they are."""

from __future__ import annotations

import importlib
import os
import tomllib
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[1]
HOOKS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
FILES = HOOKS["wheel"]["hooks"]["mypyc"]["include"]


@pytest.mark.parametrize("file", FILES)
def test_is_compiled_where_that_is_asked_for_and_nowhere_else(file):
    found = importlib.import_module(_module(file)).__file__ or ""
    assert (not found.endswith(".py")) == bool(os.environ.get("WHOASKS_COMPILED"))


@pytest.mark.parametrize("file", FILES)
def test_defines_no_value_of_msgspec(file):
    """mypyc drops ``frozen``, ``eq`` and ``gc`` of such a class, without a word."""
    module = importlib.import_module(_module(file))
    values = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, msgspec.Struct)
        and each.__module__ == module.__name__
    ]
    assert values == []


def _module(file: str) -> str:
    assert (ROOT / file).is_file()
    return ".".join(Path(file).with_suffix("").parts[1:])
