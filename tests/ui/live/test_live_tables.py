"""The view-model of a table: rows by identity, and a cursor that stays with its row."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from whoasks.ui.live.columns import Column, numeric
from whoasks.ui.live.look import Grouping, Look
from whoasks.ui.live.marks import FADES
from whoasks.ui.live.table import Table


class Item(NamedTuple):
    name: str
    size: int = 0
    stale: bool = False


def table(*items: Item, cap: int | None = None) -> Table[Item]:
    look = Look(
        columns=(
            Column("Name", lambda i: i.name),
            Column("Size", lambda i: str(i.size), lambda i: numeric(i.size), falling=True),
        ),
        key=lambda i: i.name,
        groupings=(Grouping("size", lambda i: f"size {i.size}"),),
        stale=lambda i: i.stale,
        more_words=lambda i: "stale" if i.stale else "",
        cap=cap,
    )
    made = Table(look)
    for item in items:
        made.put(item, 0.0)
    made.arrange()
    return made


def names(made: Table[Item]) -> list[str]:
    made.arrange()
    return [
        f"[{h.name} {h.count}]" if (h := made.heading(item)) else made.row(item).name
        for item in made.items
    ]


A, B, C = Item("a", 3), Item("b", 2), Item("c", 1)


class TestRows:
    def test_sorted_by_the_first_column(self):
        assert names(table(C, A, B)) == ["a", "b", "c"]

    def test_a_column_turns_when_it_is_chosen_again(self):
        made = table(A, B, C)
        made.sort_by(1)
        assert names(made) == ["a", "b", "c"]  # the largest on top
        made.sort_by(1)
        assert names(made) == ["c", "b", "a"]

    def test_a_row_is_replaced_not_added(self):
        made = table(A, B)
        made.put(Item("a", 9), 1.0)
        assert len(made) == 2
        assert made.get("a") == Item("a", 9)
        assert "a" in made
        assert "c" not in made

    def test_why_no_row_is_shown(self):
        made = table(Item("old", stale=True))
        assert made.emptiness == ""
        made.search("zzz")
        made.arrange()
        assert made.emptiness.startswith("No row fits the filter")
        made.search("")
        made.hide_stale(True)
        made.tick(2 * FADES[-1])
        made.arrange()
        assert made.emptiness.startswith("All of it is hidden")
        assert table().emptiness == "Nothing yet."

    def test_a_filter_and_what_is_hidden(self):
        made = table(A, B, Item("gone", stale=True))
        made.search("size:2")
        assert names(made) == ["b"]
        made.search("stale")
        assert names(made) == ["gone"]
        made.search("")
        made.tick(FADES[-1])
        made.hide_stale(True)
        assert names(made) == ["a", "b"]
        assert [item.name for item in made.listed()] == ["a", "b"]

    def test_what_goes_stays_until_it_has_been_seen_going(self):
        made = table(A, B)
        made.hide_stale(True)
        made.tick(FADES[-1])
        made.put(A._replace(stale=True), 20.0, mark="gone")
        assert names(made) == ["a", "b"]
        assert made.tick(20.0 + FADES[-1])
        assert names(made) == ["b"]

    def test_a_row_that_leaves_is_taken_out_when_its_mark_has_faded(self):
        made = table(A, B)
        made.leave("a", 1.0)
        made.leave("never there", 1.0)
        assert names(made) == ["a", "b"]
        assert made.is_stale("ra")
        made.tick(1.0 + FADES[-1])
        assert names(made) == ["b"]

    def test_a_row_that_comes_back_stays(self):
        made = table(A, B)
        made.leave("a", 1.0)
        made.put(A, 2.0)
        made.tick(20.0)
        assert names(made) == ["a", "b"]

    def test_the_oldest_makes_room(self):
        made = table(C, B, A, cap=2)
        assert names(made) == ["a", "b"]
        assert made.dropped == 1

    def test_nothing_to_do_is_not_done(self):
        assert not table(A).arrange()

    def test_a_touched_row_finds_its_new_place_without_a_mark(self):
        made = table(A, B, C)
        made.sort_by(1)
        made.arrange()
        made.tick(20.0)
        made.touch(C._replace(size=9))
        made.touch(Item("never there"))
        assert names(made) == ["c", "a", "b"]
        assert made.mark("rc", 20.0) is None
        assert (made.was_touched(), made.was_touched()) == (True, False)
        made.search("size:8")
        made.arrange()
        made.touch(C._replace(size=8))
        assert names(made) == ["c"]


class TestMarks:
    def test_they_fade(self):
        made = table(A)
        ages = [0.0, *FADES]
        assert [made.mark("ra", age) for age in ages] == [("new", 0), ("new", 1), ("new", 2), None]

    def test_it_is_told_when_one_looks_different(self):
        made = table(A)
        steps = [0.0, 0.1, 1.9, 2.0, 2.1, 5.0, 8.9, 9.0, 9.1]
        fades = [True, False, False, True, False, True, False, True, False]
        assert [made.tick(at) for at in steps] == fades

    def test_a_change_is_marked(self):
        made = table(A)
        made.tick(20.0)
        made.put(A, 20.0)
        assert made.mark("ra", 20.0) == ("changed", 0)
        made.put(A, 20.0, mark="gone")
        assert made.mark("ra", 20.0) == ("gone", 0)

    def test_what_is_new_and_becomes_complete_stays_new(self):
        made = table(A)
        made.put(A, 1.0)
        assert made.mark("ra", 1.0) == ("new", 0)

    def test_no_mark_when_none_is_meant(self):
        made = table(A)
        made.tick(20.0)
        made.put(A, 20.0, mark=None)
        assert made.mark("ra", 20.0) is None


class TestCursor:
    def test_it_stays_on_the_first_line_until_it_is_moved(self):
        made = table(B)
        made.put(A, 1.0)
        made.arrange()
        assert made.current == A

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda t: t.sort_by(0), id="the order turned"),
            pytest.param(lambda t: t.sort_by(1), id="another order"),
            pytest.param(lambda t: t.put(Item("0"), 1.0), id="a row before it"),
            pytest.param(lambda t: t.put(Item("z"), 1.0), id="a row behind it"),
            pytest.param(lambda t: t.put(Item("b", 77), 1.0), id="the row itself"),
            pytest.param(lambda t: t.group_next(), id="groups"),
            pytest.param(lambda t: t.search("b"), id="a filter"),
            pytest.param(lambda t: (t.leave("a", 0.0), t.tick(99.0)), id="a row gone before it"),
        ],
    )
    def test_it_stays_on_its_row(self, change):
        made = table(A, B, C)
        made.move(1)
        assert made.current == B
        change(made)
        made.arrange()
        assert made.current is not None
        assert made.current.name == "b"
        assert made.row(made.items[made.index]) == made.current

    def test_a_row_that_is_filtered_out_has_it_again_afterwards(self):
        made = table(A, B, C)
        made.to(1)
        made.search("c")
        made.arrange()
        assert made.current == C
        made.search("")
        made.arrange()
        assert made.current == B

    def test_a_row_that_is_gone_leaves_it_at_its_height(self):
        made = table(A, B, C)
        made.to(1)
        made.leave("b", 0.0)
        made.tick(99.0)
        made.arrange()
        assert made.current == C

    def test_it_stays_inside(self):
        made = table(A, B)
        made.move(-5)
        assert made.index == 0
        made.move(50)
        assert made.index == 1
        made.follow()
        assert (made.index, made.follows) == (0, True)

    def test_an_empty_table(self):
        made = table()
        made.move(1)
        assert (made.cursor, made.current, made.toggle_group()) == (None, None, False)


class TestGroups:
    def test_headings_with_their_counts(self):
        made = table(A, B, Item("d", 2))
        made.group_next()
        assert names(made) == ["[size 2 2]", "b", "d", "[size 3 1]", "a"]
        made.group_next()
        assert names(made) == ["a", "b", "d"]

    def test_a_group_is_closed_and_opened(self):
        made = table(A, B, Item("d", 2))
        made.group_next()
        made.arrange()
        made.to(2)
        assert made.toggle_group()
        assert names(made) == ["[size 2 2]", "[size 3 1]", "a"]
        assert made.heading(made.cursor).name == "size 2"
        assert (made.current, made.shown) == (None, 3)
        assert made.toggle_group()
        assert names(made) == ["[size 2 2]", "b", "d", "[size 3 1]", "a"]

    def test_without_groups_there_is_nothing_to_close(self):
        assert not table(A).toggle_group()
