"""What every test may ask for (``--regen`` rewrites golden files), and what becomes of a skip."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

REQUIRE = "WHOASKS_REQUIRE_LAB"
CAPTURES = "WHOASKS_CAPTURES"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regen",
        action="store_true",
        help="rewrite tests/golden from the captures in fixtures/; read the difference",
    )


@pytest.fixture
def regen(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--regen"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is installed nothing may be missing: a skip, whatever its reason, is a
    failure there. Labelled captures are no part of the project; without a folder of them their
    tests are skipped there too."""
    report = yield
    unasked = item.get_closest_marker("captures") is not None and not os.environ.get(CAPTURES)
    if os.environ.get(REQUIRE) == "1" and report.skipped and not unasked:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}, and {REQUIRE}=1 requires it"
    return report
