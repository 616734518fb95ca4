"""Columns: orders that people expect, and widths that fit any screen."""

from __future__ import annotations

import pytest

from whoasks.ui.live import askers, findings, hosts, moments, services
from whoasks.ui.live.columns import GAP, Column, by_address, natural, numeric, place

LOOKS = {
    "services": services.LOOK, "hosts": hosts.LOOK, "askers": askers.LOOK,
    "findings": findings.LOOK, "timeline": moments.LOOK,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "given", "expected"),
    [
        pytest.param(natural, ["b 10", "B 9", "a", ""], ["a", "B 9", "b 10", ""], id="numbers"),
        pytest.param(natural, ["9" * 5000, "10"], ["10", "9" * 5000], id="a number too long"),
        pytest.param(natural, ["a²", "a1"], ["a1", "a²"], id="digits that are none"),
        pytest.param(
            by_address,
            ["fe80::2%eth0", "10.0.0.10", "10.0.0.9", "fe80::1%eth0", ""],
            ["10.0.0.9", "10.0.0.10", "fe80::1%eth0", "fe80::2%eth0", ""],
            id="addresses",
        ),
        pytest.param(by_address, ["no such", "10.0.0.1"], ["10.0.0.1", "no such"], id="no address"),
        pytest.param(numeric, [None, 10, 9.5], [9.5, 10, None], id="sizes"),
    ],
)
def test_orders(key, given, expected):
    assert sorted(given, key=key) == expected


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("width", [1, 10, 40, 77, 100, 118, 150, 400])
def test_columns_fit(look, width):
    placed = place(look.columns, width)
    assert placed
    assert sum(p.width for p in placed) + GAP * (len(placed) - 1) <= max(width, placed[0].width)
    assert all(p.width > 0 for p in placed)
    assert [p.at for p in placed] == sorted(p.at for p in placed)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_small_terminal_shows_the_column_that_is_sorted_by(look):
    assert look.sort in [placed.at for placed in place(look.columns, 77)]


def test_wide_columns_come_with_the_room():
    columns = [Column("A", str, share=1), Column("B", str, least=8, wide=100)]
    assert [p.at for p in place(columns, 99)] == [0]
    assert [p.at for p in place(columns, 100)] == [0, 1]


def test_no_column_is_wider_than_it_may_be():
    assert place([Column("A", str, least=4, share=1, most=9)], 50)[0].width == 9
