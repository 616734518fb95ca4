"""Vendors of MACs; a MAC that was made up has none, whatever its prefix looks like."""

from __future__ import annotations

import asyncio

import pytest

from whoasks.cli import vendors


@pytest.mark.parametrize(
    ("mac", "known"),
    [
        pytest.param("b8:27:eb:00:00:01", True, id="a maker's prefix"),
        pytest.param("ba:27:eb:00:00:01", False, id="locally administered"),
        pytest.param("02:00:00:00:00:01", False, id="of a container"),
        pytest.param("", False, id="nothing"),
        pytest.param("zz:zz:zz:zz:zz:zz", False, id="no MAC"),
    ],
)
def test_vendor(mac: str, known: bool) -> None:
    assert bool(asyncio.run(vendors.load())(mac)) == known
