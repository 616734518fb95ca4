"""What every test may ask for: the ``--regen`` option that rewrites golden files."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regen",
        action="store_true",
        help="rewrite tests/golden from the captures in fixtures/; read the difference",
    )


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For runs by several processes (``-n 2 --dist loadgroup``): what shares the machine's network
    namespaces stays in one of them, and goes first because it takes longest; so does each file."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    for item in items:
        group = "lab" if _is_of_the_lab(item) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not _is_of_the_lab(item))


def _is_of_the_lab(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/lab/") or item.get_closest_marker("lab") is not None


@pytest.fixture
def regen(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--regen"))
