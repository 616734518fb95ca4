"""What the source never does: evaluate, run a shell, unpickle, load YAML tags, reach the web."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "whoasks"

BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
MODULES = {
    "pickle", "marshal", "shelve", "dill", "code", "codeop", "pty", "xml", "telnetlib", "ftplib",
    "http", "urllib.request", "requests", "httpx", "smtplib", "xmlrpc", "multiprocessing.managers",
}  # fmt: skip
CALLS = {
    "os.system", "os.popen", "os.fork", "os.putenv", "tempfile.mktemp", "yaml.load",
    "yaml.load_all", "yaml.full_load", "yaml.full_load_all", "yaml.unsafe_load",
    "yaml.unsafe_load_all", "logging.config.fileConfig",
}  # fmt: skip
LOADERS = {
    f"yaml.{c}{kind}" for c in ("", "C") for kind in ("Loader", "UnsafeLoader", "FullLoader")
}
STARTS = ("os.exec", "os.spawn", "os.posix_spawn", "asyncio.create_sub")

RUNS_PROGRAMS: dict[str, str] = {
    "cli/hands.py": "opens what a person chose on the screen; a list of words, never a shell line",
}
"""Where a program may be started, and why."""

EXCUSED: dict[str, dict[str, str]] = {
    "cli/hands.py": {"S603": "see above; which words, tests/ui/live says"},
    "cli/many.py": {
        "S301": "reads what our own processes wrote into a folder of ours (0700): nobody else's"
    },
}
"""File → what ruff's S rules (bandit's) warn of there, and why it is right."""

PICKLERS = {path for path, codes in EXCUSED.items() if "S301" in codes}


@cache
def trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(SRC)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SRC.rglob("*.py"))
    }


def dotted(node: ast.expr) -> str:
    """``os.system`` of an expression; empty for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sins(tree: ast.Module) -> list[str]:
    found = []
    for name in imports(tree):
        if name in MODULES or name.split(".")[0] in MODULES or name in CALLS:
            found.append(f"imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in BUILTINS or name in CALLS:
                found.append(f"line {node.lineno}: {name}()")
            for keyword in node.keywords:
                if keyword.arg == "shell" and getattr(keyword.value, "value", True) is not False:
                    found.append(f"line {node.lineno}: shell=")
        elif isinstance(node, ast.Attribute) and dotted(node) in LOADERS:
            found.append(f"line {node.lineno}: {dotted(node)}")
    return found


@pytest.mark.parametrize("path", trees())
def test_nothing_is_evaluated_unpickled_or_fetched(path):
    excused = {"imports pickle"} if path in PICKLERS else set()
    assert set(sins(trees()[path])) - excused == set()


SAMPLES = {
    "eval": ("eval('1')", True),
    "a shell": ("import subprocess\nsubprocess.run('x', shell=True)", True),
    "no shell": ("import subprocess\nsubprocess.run(['x'], shell=False)", False),
    "os.system": ("import os\nos.system('x')", True),
    "pickle": ("from pickle import loads", True),
    "the web": ("import urllib.request", True),
    "quoting for the web": ("from urllib.parse import quote", False),
    "any YAML": ("import yaml\nyaml.load(x, yaml.Loader)", True),
    "safe YAML": ("import yaml\nyaml.safe_load(x)", False),
    "re.compile": ("import re\nre.compile('x')", False),
}


@pytest.mark.parametrize(("text", "caught"), SAMPLES.values(), ids=SAMPLES)
def test_the_reader_of_sins_itself(text, caught):
    assert bool(sins(ast.parse(text))) is caught


@pytest.mark.parametrize("path", trees())
def test_programs_are_started_where_it_is_said_alone(path):
    starts = {"subprocess", "asyncio.subprocess", "webbrowser", "os.execv", "os.spawnv"}
    used = sorted(starts.intersection(imports(trees()[path])))
    calls = [
        f"{dotted(node.func)} in line {node.lineno}"
        for node in ast.walk(trees()[path])
        if isinstance(node, ast.Call) and dotted(node.func).startswith(STARTS)
    ]
    if path not in RUNS_PROGRAMS:
        assert used + calls == []


def sql_texts(tree: ast.Module) -> Iterator[ast.expr]:
    """What is handed to a database as a statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = dotted(node.func)
            if (
                name.endswith((".exec_driver_sql", ".text", ".executescript"))
                and "text.t" not in name
            ):
                yield node.args[0]


def test_no_sql_is_glued_from_strings():
    glued = {
        f"{path}:{argument.lineno}"
        for path, tree in trees().items()
        if path.startswith("store/")
        for argument in sql_texts(tree)
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    }
    assert glued == set()


def test_lint_holds_the_rules_of_bandit():
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"][
        "lint"
    ]
    assert "S" in lint["select"]
    assert [code for code in lint["ignore"] if code.startswith("S")] == []
    shipped = [
        f"{pattern}: {code}"
        for pattern, codes in lint["per-file-ignores"].items()
        if pattern.startswith("src")
        for code in codes
        if code.startswith("S") and code[1:2].isdigit()
    ]
    assert shipped == []


def test_what_lint_is_told_to_pass_over_is_known():
    excused = {
        f"{path}: {code}"
        for path in trees()
        for line in (SRC / path).read_text(encoding="utf-8").splitlines()
        for code in line.partition("# noqa:")[2].replace(",", " ").split()
        # S101 is an assertion that tells mypy what a caller has seen to.
        if code.startswith("S") and code[1:].isdigit() and code != "S101"
    }
    assert excused == {f"{path}: {code}" for path, codes in EXCUSED.items() for code in codes}
