"""Whom a full table forgets, and where the others stand afterwards."""

import pytest

from whoasks.core.eviction import LOOKS, forget_one

MANY = [f"h{number}" for number in range(LOOKS + 2)]


@pytest.mark.parametrize(
    ("silent", "left"),
    [
        ({"a"}, "bcd"),
        ({"c"}, "dab"),
        ({"b", "c"}, "cda"),
        ({"d"}, "abc"),
    ],
    ids=["the first", "the third", "the first of two", "the last"],
)
def test_someone_silent_goes(silent, left):
    table = dict.fromkeys("abcd", 0) | dict.fromkeys(silent, 1)
    forget_one(table, bool)
    assert "".join(table) == left


def test_of_the_living_whoever_was_not_looked_at_goes():
    table = dict.fromkeys(MANY, 0)
    forget_one(table, bool)
    assert list(table) == [MANY[-1], *MANY[:LOOKS]]


def test_of_a_few_living_one_goes():
    table = dict.fromkeys("ab", 0)
    forget_one(table, bool)
    assert len(table) == 1
