"""The one door: nothing unsafe leaves it, nothing is lost in it."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers.samples import HOSTILE

from whoasks import text

CHARS = st.one_of(
    st.characters(codec=None),  # surrogates too
    st.sampled_from("\\xuU0a;='\"@+- \t\r\n\x1b\x9b\u202e\u0301\ufe0f\u3164❤'"),
)
TEXTS = st.one_of(st.text(CHARS), st.sampled_from(list(HOSTILE.values())))
FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        pytest.param("Office Printer", "Office Printer", id="plain"),
        pytest.param("Bob’s Büro 東京", "Bob’s Büro 東京", id="letters of the world"),
        pytest.param("a\xa0b", "a\xa0b", id="no-break space, as phones have it"),
        pytest.param("[red]x[/]", "[red]x[/]", id="markup is text"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="ESC"),
        pytest.param("\x9b2J", "\\x9b2J", id="C1"),
        pytest.param("a\nb", "a\\x0ab", id="newline"),
        pytest.param("\u202ex", "\\u202ex", id="bidi"),
        pytest.param("a\U000e0041", "a\\U000e0041", id="tag letter"),
        pytest.param("\udc80", "\\udc80", id="surrogate"),
        pytest.param("\ue000", "\\ue000", id="private use"),
        pytest.param("\u3164", "\\u3164", id="filler"),
        pytest.param("Dr\\. Print", "Dr\\. Print", id="an escaped dot stays readable"),
        pytest.param("a\\\\b\\195", "a\\\\b\\195", id="presentation form stays readable"),
        pytest.param("\\x1b", "\\x5cx1b", id="a written escape is told apart"),
        pytest.param("\\x1g\\xAB", "\\x1g\\xAB", id="no escape of ours"),
        pytest.param("e\u0301", "e\u0301", id="an accent"),
        pytest.param("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301\\u0301", id="a flood"),
        pytest.param("\u0301a", "\\u0301a", id="a mark on what stands before"),
        pytest.param(" \u0301", " \\u0301", id="a mark on a blank"),
        pytest.param("\x00\u0301", "\\x00\\u0301", id="a mark on an escape"),
        pytest.param("❤\ufe0f TV", "❤\ufe0f TV", id="emoji style"),
        pytest.param("a\ufe0f", "a\\ufe0f", id="a selector on a letter"),
        pytest.param("", "", id="empty"),
    ],
)
def test_terminal(given_, shown):
    assert text.terminal(given_) == shown
    assert text.log(given_) == shown
    assert text.unescape(shown) == given_


@given(TEXTS)
def test_nothing_that_acts_on_a_terminal_gets_through(name):
    for char in text.terminal(name):
        category = unicodedata.category(char)
        assert category[0] != "C"
        assert category not in ("Zl", "Zp")
        assert unicodedata.bidirectional(char) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        )  # fmt: skip


@given(TEXTS)
def test_nothing_is_lost_on_a_terminal(name):
    assert text.unescape(text.terminal(name)) == name


@given(st.text(st.sampled_from("a\u0301\u0489 ❤\ufe0f\x00\\")))
def test_marks_never_pile_up(name):
    run = 0
    for char in text.terminal(name):
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        assert run <= 4


def through_csv(*cells: str) -> list[str]:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    return row


@given(TEXTS)
def test_a_csv_cell_is_no_formula_and_loses_nothing(name):
    (read,) = through_csv(text.csv_cell(name), "")[:1]
    assert read[:1] not in tuple(FORMULA)
    assert read.strip().strip(' "')[:1] not in tuple(FORMULA)
    assert text.csv_text(read) == name


@given(TEXTS)
def test_a_spreadsheet_that_splits_at_semicolons_finds_no_formula(name):
    for cell in text.csv_cell(name).split(";"):
        assert cell.strip(' "')[:1] not in tuple(FORMULA)


@given(st.lists(TEXTS.filter(bool)))
def test_a_csv_list_gives_its_items_back(names):
    (read,) = through_csv(text.csv_list(names), "")[:1]
    assert text.csv_texts(read) == names
    for item in read.split(";"):
        assert item.lstrip()[:1] not in tuple(FORMULA)


@pytest.mark.parametrize(
    ("given_", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus: numbers do not come here"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="at"),
        pytest.param("\t=1", "\\x09=1", id="tab is escaped before it could count"),
        pytest.param("\uff1d1", "'\uff1d1", id="full width"),
        pytest.param("  =1", "'  =1", id="blanks first"),
        pytest.param('"=1', "'\"=1", id="a quote first (found by fuzzing)"),
        pytest.param(' ""\u3000=1', '\' ""\u3000=1', id="quotes and blanks first"),
        pytest.param('"a=1', '"a=1', id="a quote before a letter"),
        pytest.param("'=1", "''=1", id="an apostrophe of its own"),
        pytest.param('a;"=1', 'a;"\\x3d1', id="a cell within a cell"),
        pytest.param("a=1", "a=1", id="inside"),
        pytest.param("", "", id="empty"),
    ],
)
def test_csv_cell(given_, cell):
    assert text.csv_cell(given_) == cell


def test_csv_list():
    assert text.csv_list(["a", "=b", "c; d"]) == "a; '=b; c\\x3b d"
    assert text.csv_list(['"=b', "c"]) == "'\"=b; c"
    assert text.csv_list([]) == ""
    assert text.csv_texts("") == []


@given(st.dictionaries(TEXTS, TEXTS))
def test_json_means_the_same_and_is_safe(value):
    safe = text.json(json.dumps(value, ensure_ascii=False))
    assert json.loads(safe) == value
    assert not [char for char in safe if unicodedata.category(char)[0] == "C"]


@given(st.text(st.sampled_from("\\xuU01fF")))
def test_unescape_takes_anything(shown):
    assert text.unescape(text.terminal(text.unescape(shown))) == text.unescape(shown)
