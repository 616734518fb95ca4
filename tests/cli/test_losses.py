"""What was lost, in words: when it is said, and what the summary says of it."""

from __future__ import annotations

import pytest
from tests.core.test_shedding import flow, kept, known, said

from whoasks.cli.losses import DROPPED, LEFT_OUT, Losses
from whoasks.core.model import Datagram
from whoasks.core.shedding import DEPTH, MANY, Shedding


class Told:
    def __init__(self, shedding: Shedding | None = None) -> None:
        self.said: list[str] = []
        self.noted: list[str] = []
        self.losses = Losses(shedding or Shedding(), self.said.append, self.noted.append)


def counts(drops: int = 0, truncated: int = 0) -> dict[str, int]:
    return {"received": 0, "kernel_drops": drops, "truncated": truncated}


def shed(made: Shedding, number: int, count: int) -> None:
    """Let so many packets of that host be left out."""
    kept(made, said(number, int(DEPTH) + count, at=100.0), MANY)


@pytest.mark.parametrize(
    ("drops", "times"),
    [
        pytest.param([0, 0], 0, id="none"),
        pytest.param([1, 1, 1], 1, id="once"),
        pytest.param([10, 19], 1, id="not yet doubled"),
        pytest.param([10, 20, 39, 40], 3, id="doubled twice"),
    ],
)
def test_kernel_drops_are_said(drops: list[int], times: int) -> None:
    told = Told()
    for count in drops:
        told.losses.look(counts(count))
    assert len(told.said) == times
    assert set(told.noted) == ({DROPPED} if times else set())


def test_what_was_left_out_is_said_once_and_on_doubling() -> None:
    made = known(1)
    told = Told(made)
    kept(made, said(1, int(DEPTH), at=100.0), MANY)
    for count in (0, 7, 6, 1):
        kept(made, said(1, count, at=100.0, first=1_000), MANY)
        told.losses.look(counts())
    assert told.said == [
        f"More comes than can be followed: {shed} packets beyond the budgets of their askers were "
        f"left out so far; most of {flow(1).mac} ({shed})."
        for shed in (7, 14)
    ]
    assert set(told.noted) == {LEFT_OUT}


def test_the_summary_names_the_first_few() -> None:
    made = known(1, 2, 3, 4)
    for number in (1, 2, 3, 4):
        shed(made, number, 10 * number)
    assert Told(made).losses.notes(counts()) == [
        f"left out 40 packets of {flow(4).mac} beyond the budget",
        f"left out 30 packets of {flow(3).mac} beyond the budget",
        f"left out 20 packets of {flow(2).mac} beyond the budget",
        "left out 10 packets of other hosts beyond their budgets",
    ]


def test_newcomers_and_repeats_are_told() -> None:
    made = known(1)
    kept(made, [Datagram(100.0, flow(1_000 + n), b"%d" % n) for n in range(1_500)], MANY)
    kept(made, [Datagram(100.0, flow(1), b"again")] * 300, MANY)
    assert Told(made).losses.notes(counts()) == [
        "left out 1,000 packets of hosts not heard before beyond the budget",
        f"left out 100 packets of {flow(1).mac} beyond the budget",
        "100 of the packets left out repeated what was said just before",
    ]


def test_the_source_s_own_losses() -> None:
    assert Told().losses.notes(counts(1_234, 5)) == [
        "the kernel dropped 1,234 packets unread",
        "5 packets were longer than mDNS allows, and cut",
    ]


def test_nothing_lost_nothing_said() -> None:
    told = Told()
    told.losses.look(counts())
    assert told.said == told.noted == told.losses.notes(counts()) == []
