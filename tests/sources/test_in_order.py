"""Packets of several rings in one order."""

from __future__ import annotations

import pytest

from whoasks.core.model import Datagram, Flow
from whoasks.sources.in_order import InOrder

FLOW = Flow("eth0", "10.0.0.1", 5353, "224.0.0.251", 5353)


@pytest.mark.parametrize(
    ("came", "now", "several", "ready", "held"),
    [
        pytest.param([5, 3, 4], 10.0, False, [5, 3, 4], [], id="one ring is never touched"),
        pytest.param([5, 3, 4], 10.0, True, [3, 4, 5], [], id="all old enough"),
        pytest.param([5, 3, 9.5], 10.0, True, [3, 5], [9.5], id="one may be overtaken"),
        pytest.param([9.5, 9.6], 10.0, True, [], [9.5, 9.6], id="all may be"),
        pytest.param([5, 9], 10.0, True, [5, 9], [], id="just old enough"),
        pytest.param([99, 9.5], 10.0, True, [9.5, 99], [], id="the clock was set back"),
        pytest.param([], 10.0, True, [], [], id="nothing"),
        pytest.param([5, 3], float("inf"), True, [3, 5], [], id="the end"),
    ],
)
def test_ready(
    came: list[float], now: float, several: bool, ready: list[float], held: list[float]
) -> None:
    order = InOrder(1.0)
    order.held += [Datagram(at, FLOW, b"") for at in came]
    assert [each.at for each in order.ready(now, several=several)] == ready
    assert [each.at for each in order.held] == held


def test_what_was_held_comes_first() -> None:
    order = InOrder(1.0)
    order.held.append(Datagram(9.5, FLOW, b"late"))
    assert order.ready(10.0, several=True) == []
    order.held.append(Datagram(9.2, FLOW, b"from the other ring"))
    assert [each.at for each in order.ready(10.6, several=True)] == [9.2, 9.5]
