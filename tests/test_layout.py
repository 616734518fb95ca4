"""The house of docs/architecture.md holds: who may import whom, where the clock and the network
are, and that no detector is forgotten."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
TESTS = ROOT / "tests"
RULES = SRC / "whoasks" / "core" / "detect" / "rules"

MAX_LINES = 350

# Area → what of whoasks it may import besides itself. ``cli`` is the edge: it may import all.
ARROWS: dict[str, set[str]] = {
    "core": set(),
    "text": set(),
    "sources": {"core", "text"},
    "browse": {"core", "text"},
    "store": {"core", "text"},
    "outputs": {"core", "text"},
    "ui": {"core", "text"},
    "knowledge": {"core"},
    # How long the store keeps what is a setting like any other.
    "config": {"core", "text", "store.retention"},
    "__main__": {"cli"},
}

# All that the core may use: nothing here reads a clock, a file, the network or chance.
# fmt: off
PURE = {
    "__future__", "abc", "array", "binascii", "bisect", "collections", "contextlib", "enum",
    "functools", "hashlib", "heapq", "ipaddress", "itertools", "math", "msgspec", "operator", "re",
    "string", "struct", "types", "typing", "unicodedata",
}
# fmt: on

# Third party → where alone it may be imported.
AT_HOME = {
    "zeroconf": ("core.wire", "browse"),
    "dnslib": ("core.wire", "browse", "cli"),
    "sqlalchemy": ("store",),
    "sqlite3": ("store",),
    "rich": ("ui", "cli"),
    "textual": ("ui", "cli"),
    "click": ("cli",),
    "yaml": ("config", "knowledge", "cli"),
    "aiooui": ("cli", "sources"),
    "ifaddr": ("sources", "browse"),
    "socket": ("sources", "browse", "cli"),
    "asyncio": ("sources", "browse", "cli", "ui"),
    "threading": ("sources", "store", "cli", "ui"),
    "random": (),
}

# Where time comes from: a packet's stamp, a browse's timer, the commands around them.
CLOCK_READERS = ("sources", "browse", "cli")
CLOCK_CALLS = {"now", "utcnow", "today"}


class Module:
    """One source file, parsed."""

    def __init__(self, path: Path, root: Path = SRC) -> None:
        self.path = path
        parts = path.relative_to(root).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.package = parts[:-1]

    @property
    def inside(self) -> str:
        """Its name without the package's: ``core.wire``; empty for the package itself."""
        return self.name.removeprefix("whoasks").removeprefix(".")

    @property
    def area(self) -> str:
        return self.inside.split(".")[0]

    def imports(self, known: frozenset[str] = frozenset()) -> set[str]:
        """Every module it imports anywhere in it, under TYPE_CHECKING and in functions too.

        ``from a import b`` is ``a.b`` where that is a module of ``known``, else ``a``.
        """
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    found.add(full if full in known else base)
        return found

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        up = self.package[: len(self.package) - node.level + 1]
        return ".".join([*up, *([node.module] if node.module else [])])


@cache
def modules() -> dict[str, Module]:
    found = (Module(path) for path in sorted(SRC.rglob("*.py")))
    return {module.name: module for module in found}


def imported(module: Module) -> set[str]:
    return module.imports(frozenset(modules()))


def own(module: Module) -> set[str]:
    """What it imports of whoasks, as ``core.wire``."""
    return {
        name.removeprefix("whoasks.") for name in imported(module) if name.startswith("whoasks.")
    }


def within(name: str, places: set[str] | tuple[str, ...]) -> bool:
    """Whether a module is one of these or lies below one; ``core.wire`` covers ``core.wire_*``."""
    return any(
        name == place
        or name.startswith((f"{place}.", f"{place}_" if "." in place else f"{place}."))
        for place in places
    )


def named(found: Iterator[Module]) -> list[pytest.ParameterSet]:
    return [pytest.param(module, id=module.name) for module in found]


EVERY = named(iter(modules().values()))
CORE = named(module for module in modules().values() if module.area == "core")


def test_every_area_has_its_arrows():
    areas = {module.area for module in modules().values()} - {"", "cli"}
    assert areas - set(ARROWS) == set()


@pytest.mark.parametrize("module", EVERY)
def test_imports_follow_the_arrows(module):
    if module.area in ("", "cli"):
        pointed = own(module) if not module.area else set()
    else:
        pointed = {name for name in own(module) if not within(name, {module.area})}
    assert {name for name in pointed if not within(name, ARROWS.get(module.area, set()))} == set()


@pytest.mark.parametrize("module", EVERY)
def test_nobody_imports_the_commands(module):
    if module.area not in ("cli", "__main__"):
        assert {name for name in own(module) if within(name, {"cli"})} == set()


@pytest.mark.parametrize("module", CORE)
def test_core_is_pure(module):
    decoders = {"zeroconf", "dnslib"} if within(module.inside, {"core.wire"}) else set()
    used = {name.split(".")[0] for name in imported(module)} - {"whoasks"}
    assert used - PURE - decoders == set()


@pytest.mark.parametrize("module", EVERY)
def test_third_parties_stay_at_home(module):
    used = {name.split(".")[0] for name in imported(module)} & set(AT_HOME)
    assert {name for name in used if not within(module.inside, AT_HOME[name])} == set()


@pytest.mark.parametrize("module", EVERY)
def test_the_clock_is_read_at_the_edges_alone(module):
    if within(module.inside, CLOCK_READERS):
        return
    calls = {
        f"{node.func.attr}() in line {node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
    }
    assert "time" not in imported(module)
    assert calls == set()


@pytest.mark.parametrize("module", EVERY)
def test_modules_are_short_and_say_what_they_are(module):
    lines = module.text.count("\n")
    assert lines <= MAX_LINES, f"{lines} lines, probably two ideas"
    assert ast.get_docstring(module.tree)


@cache
def suite() -> tuple[Module, ...]:
    return tuple(Module(path, ROOT) for path in sorted(TESTS.rglob("*.py")))


def mirrored(module: Module) -> bool:
    """Whether a test file bears its name: ``cli/watch.py``, ``tests/lab/test_watch_lab.py``."""
    stem = module.path.stem.strip("_")
    names = {test.path.stem for test in suite()}
    return any(name == f"test_{stem}" or name.startswith(f"test_{stem}_") for name in names)


@cache
def reached(area: str) -> frozenset[str]:
    """Modules of an area that bear a test's name or that the area's tests import, and on."""
    mirrors = (f"tests.{area}.", f"tests.test_{area}")
    here = [module for module in modules().values() if module.area == area]
    todo = [module.inside for module in here if mirrored(module)]
    todo += [
        name.removeprefix("whoasks.")
        for test in suite()
        if test.name.startswith(mirrors)
        for name in test.imports(frozenset(modules()))
        if name.startswith("whoasks.")
    ]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen or f"whoasks.{name}" not in modules() or not within(name, {area}):
            continue
        seen.add(name)
        todo += own(modules()[f"whoasks.{name}"])
        todo.append(name.rpartition(".")[0])
    return frozenset(seen)


@pytest.mark.parametrize(
    "module", named(m for m in modules().values() if m.area not in ("", "__main__"))
)
def test_every_module_is_used_by_the_tests_of_its_area(module):
    assert module.inside in reached(module.area), f"no test in tests/{module.area} comes to it"


RULE_FILES = [path for path in sorted(RULES.glob("*.py")) if path.stem != "__init__"]


def test_the_house_has_rules():
    assert len(RULE_FILES) >= 5


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in RULE_FILES])
def test_a_rule_is_listed_tested_and_documented(path):
    from whoasks.core.detect.rules import ALL

    listed = [detector for detector in ALL if detector.__module__.endswith(f".rules.{path.stem}")]
    assert listed, "not in whoasks.core.detect.rules.ALL"
    assert (TESTS / "core" / "detect" / "rules" / f"test_{path.stem}.py").is_file()
    pages = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for detector in listed:
        assert f"\n## {detector.rule.id}\n" in pages
        assert path.stem == detector.rule.id.replace("-", "_")


def test_no_rule_has_the_id_of_another():
    from whoasks.core.detect.rules import ALL

    ids = [detector.rule.id for detector in ALL]
    assert sorted(set(ids)) == sorted(ids)


def sample(tmp_path: Path, inside: str, text: str) -> Module:
    path = tmp_path.joinpath("whoasks", *inside.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return Module(path, tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("import os.path", {"os.path"}, id="dotted"),
        pytest.param("from time import monotonic", {"time"}, id="from"),
        pytest.param("from whoasks import core", {"whoasks.core"}, id="a module from a package"),
        pytest.param("from . import names", {"whoasks.core.names"}, id="relative"),
        pytest.param("from ..sources import ip", {"whoasks.sources.ip"}, id="relative, two up"),
        pytest.param("def f():\n    import socket", {"socket"}, id="in a function"),
        pytest.param("if 0:\n    import socket", {"socket"}, id="under a condition"),
    ],
)
def test_the_reader_of_imports_itself(tmp_path, text, expected):
    known = frozenset({"whoasks.core", "whoasks.core.names", "whoasks.sources.ip"})
    assert sample(tmp_path, "core.made", text).imports(known) == expected


def test_pure_modules_exist():
    assert PURE - {"msgspec"} - set(sys.stdlib_module_names) == set()
