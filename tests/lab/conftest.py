"""Tests in this folder run in a lab of network namespaces, or say what the machine lacks for it.

``lab`` is small (conf/small.json) and shared by the whole session; ``full_lab`` has everything
(conf/hosts.json: 69 service instances) and is built when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.lab.lab import Lab, missing

HERE = Path(__file__).parent

_lacking = cache(missing)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("lab")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("lab") and (lacking := _lacking()):
        pytest.skip(f"no lab without {', '.join(lacking)}")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Printer, NAS, hub and a desk with responders; ``client`` and ``watcher`` without."""
    with Lab("small.json") as built:
        yield built


@pytest.fixture(scope="session")
def full_lab() -> Iterator[Lab]:
    """A home and office: 14 advertising hosts, hostile names among them, and idle clients."""
    with Lab("hosts.json") as built:
        yield built
