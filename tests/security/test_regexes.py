"""No expression of ours goes back and forth over a stranger's text; nobody else's is compiled.

Each is searched for in long texts made of what it is made of, repeated, with something at the end
that does not fit: where two ways to match the same text exist, their number grows with it.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import msgspec
import pytest

from whoasks import knowledge

SRC = Path(__file__).parents[2] / "src"
LONG = 2_000
"""Letters: a name and a string of a TXT record have 255."""
SOON = 0.020
"""Seconds. A square of the length would take a multiple, a power of two for ever."""
_LETTERS = 9
_RE_CALLS = {
    "compile",
    "match",
    "search",
    "fullmatch",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((SRC / "whoasks").rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of functions of ``re`` that take an expression."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _RE_CALLS
        ):
            yield node


def held(value: Any) -> Iterator[re.Pattern[Any]]:
    """Compiled expressions in a module's value."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        yield from itertools.chain.from_iterable(map(held, value))
    elif isinstance(value, dict):
        yield from held(tuple(value.values()))


def expressions_of(value: Any, depth: int = 0) -> Iterator[str]:
    """Texts in fields that hold expressions, in values of the knowledge."""
    fields = getattr(value, "__struct_fields__", ())
    for name in fields:
        inner = getattr(value, name)
        if isinstance(inner, str) and name == "match":
            yield inner
        elif depth < 6:
            yield from expressions_of(inner, depth + 1)
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from expressions_of(each, depth + 1)
    elif isinstance(value, dict):
        for each in value.values():
            yield from expressions_of(each, depth + 1)


def ways(tree: ast.Module) -> dict[str, set[str]]:
    """Constant → the methods by which its module uses it."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


class Expression(msgspec.Struct, frozen=True):
    """One of ours, and whether it is only ever tried at the start of a text."""

    pattern: re.Pattern[Any]
    anchored: bool = False


@cache
def patterns() -> dict[str, Expression]:
    found: dict[str, Expression] = {}
    for name, tree in modules():
        if not any(calls(tree)):
            continue
        used = ways(tree)
        for key, value in vars(importlib.import_module(name)).items():
            anchored = used.get(key, {"search"}) <= {"match", "fullmatch", "pattern"}
            for each in held(value):
                found[f"{name}.{key} {each.pattern!r:.40}"] = Expression(each, anchored)
        for call in calls(tree):
            first, method = call.args[0], getattr(call.func, "attr", "")
            text = first.value if isinstance(first, ast.Constant) else None
            if isinstance(first, ast.Name):
                text = vars(importlib.import_module(name)).get(first.id)
            if isinstance(text, str) and method != "compile":
                made = Expression(re.compile(text, re.IGNORECASE), method in ("match", "fullmatch"))
                found[f"{name}:{call.lineno} {text!r:.40}"] = made
    for expression in sorted(set(expressions_of(knowledge.devices()))):
        made = re.compile(expression, re.IGNORECASE)
        found[f"knowledge {expression!r:.60}"] = Expression(made)
    return found


def letters(pattern: re.Pattern[Any]) -> list[str]:
    """One letter for each thing that the expression is made of, and one that is in none."""
    text = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    found = dict.fromkeys("a")
    todo: list[Any] = [parser.parse(text, pattern.flags & re.VERBOSE)]
    while todo:
        node = todo.pop()
        if isinstance(node, parser.SubPattern | list):
            todo += list(node)
        elif isinstance(node, tuple) and node and str(node[0]) in ("LITERAL", "NOT_LITERAL"):
            found[chr(node[1])] = None
        elif isinstance(node, tuple) and node and str(node[0]) == "RANGE":
            found[chr(node[1][0])] = None
        elif isinstance(node, tuple) and node and str(node[0]) == "CATEGORY":
            found |= dict.fromkeys("0 _" if "NOT" not in str(node[1]) else "-")
        elif isinstance(node, tuple):
            todo += [part for part in node if isinstance(part, tuple | list | parser.SubPattern)]
    usual = [letter for letter in found if letter.isalnum()][:3]
    signs = [letter for letter in found if not letter.isalnum()]
    return [*usual, *signs][:_LETTERS]


def attacks(pattern: re.Pattern[Any], length: int = LONG) -> Iterator[str]:
    made = letters(pattern)
    pieces = [*made, *("".join(two) for two in itertools.permutations(made, 2))]
    for piece in pieces:
        for end in ("", "\x00", "\\"):
            yield piece * (length // len(piece)) + end


def taken(expression: Expression, text: str) -> float:
    """CPU seconds of looking for it, at best of two: other processes only add."""
    pattern = expression.pattern
    as_bytes = isinstance(pattern.pattern, bytes)
    given: Any = text.encode("utf-8", "surrogatepass") if as_bytes else text
    best = float("inf")
    for _ in range(2):
        start = time.thread_time()
        pattern.fullmatch(given)
        pattern.match(given)
        if not expression.anchored:
            pattern.search(given)
        best = min(best, time.thread_time() - start)
        if best < SOON:
            break
    return best


def test_all_are_found():
    found = patterns()
    assert len([name for name in found if name.startswith("whoasks.")]) > 40
    assert len([name for name in found if name.startswith("knowledge")]) > 5
    assert any(each.anchored for each in found.values())


MATCHES_ALWAYS = {
    "whoasks.core.names._PIECE": "split adds the dot that it looks for; tests/core/test_names.py",
}
"""Would go over a text once for each place in it, if there were none that fits."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", sorted(patterns()))
def test_an_expression_takes_no_time(name):
    if name.partition(" ")[0] in MATCHES_ALWAYS:
        return
    expression = patterns()[name]
    slow = {t[:12] for t in attacks(expression.pattern) if taken(expression, t) > SOON}
    assert slow == set()


BAD = {
    "nested": r"(a+)+b",
    "alternatives that overlap": r"(a|a)*b",
    "a name, split with one plus too many": r"((?:[^.\\]+|\\.)*)\.",
    "two that share": r"(\d+)*x",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("expression", BAD.values(), ids=BAD)
def test_the_test_knows_a_bad_one(expression):
    made = Expression(re.compile(expression), anchored=True)
    assert any(taken(made, text) > SOON for text in attacks(made.pattern, 23))


WRITTEN_BY_US = {
    "whoasks.core.device_facts": "expressions of knowledge/*.yaml, all of them above",
    "whoasks.core.auditing.owners": "built of constants of that file",
    "whoasks.text": "built of constants of that file",
}


def test_no_expression_comes_from_outside():
    built = {
        name
        for name, tree in modules()
        for call in calls(tree)
        if not isinstance(call.args[0], ast.Constant)
        and not (isinstance(call.args[0], ast.Name) and call.args[0].id.isupper())
        and not (isinstance(call.args[0], ast.Name) and call.args[0].id.lstrip("_").isupper())
    }
    assert built <= set(WRITTEN_BY_US)
