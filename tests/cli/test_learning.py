"""Habits between the store and a pipeline: nothing is lost on the way, nothing counts twice."""

from __future__ import annotations

import pytest

from whoasks.cli import learning
from whoasks.core.habits import HostHabit, Learned, OwnerHabit

DAY = 86_400.0
NOW = 1_000 * DAY


def learned(hosts: int, owners: int) -> Learned:
    return Learned(
        5.0,
        tuple(HostHabit(f"h{n}", 0.0, 1.0) for n in range(hosts)),
        tuple(OwnerHabit(f"o{n}", "k", 0.0, 1.0) for n in range(owners)),
        {"meta-query": 1.0},
    )


@pytest.mark.parametrize(
    ("hosts", "owners", "pieces"),
    [
        pytest.param(0, 0, 1, id="the beginning alone"),
        pytest.param(learning.AT_ONCE, 0, 1, id="just one piece"),
        pytest.param(learning.AT_ONCE + 1, 3, 2, id="one more"),
        pytest.param(1, 3 * learning.AT_ONCE, 3, id="more owners"),
    ],
)
def test_parts(hosts: int, owners: int, pieces: int) -> None:
    whole = learned(hosts, owners)
    found = list(learning.parts(whole))
    assert len(found) == pieces
    assert tuple(habit for each in found for habit in each.hosts) == whole.hosts
    assert tuple(habit for each in found for habit in each.owners) == whole.owners
    assert [each.rules for each in found if each.rules] == [whole.rules]
    assert {each.started for each in found} == {5.0}
    assert max(len(each.hosts) + len(each.owners) for each in found) <= 2 * learning.AT_ONCE


@pytest.mark.parametrize(
    ("before", "last", "started"),
    [
        pytest.param(None, 10 * DAY, NOW - 8 * DAY, id="counts for as long as it lasts"),
        pytest.param(None, 2 * DAY, NOW, id="one packet counts for nothing"),
        pytest.param(None, 0.0, NOW, id="time went back"),
        pytest.param(Learned(7.0), 10 * DAY, 7.0, id="what has begun stays"),
    ],
)
def test_of_recording(before: Learned | None, last: float, started: float) -> None:
    lesson = learning.of_recording(Learned(2 * DAY), before, last=last, now=NOW)
    assert lesson.started == started


@pytest.mark.parametrize(
    ("habits", "words"),
    [
        pytest.param(None, "Still learning what is usual here: 0 seconds of 7 days", id="none"),
        pytest.param(Learned(NOW - DAY), "Still learning what is usual here: 1 day of", id="begun"),
        pytest.param(Learned(NOW - 7 * DAY), "", id="ended"),
    ],
)
def test_progress(habits: Learned | None, words: str) -> None:
    said = learning.progress(habits, 7 * DAY, NOW)
    assert said.startswith(words)
    assert bool(said) is bool(words)


def test_nothing_is_kept_of_no_time() -> None:
    assert not learning.is_kept(Learned(0.0))
    assert learning.is_kept(Learned(1.0))
