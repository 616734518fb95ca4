"""``--columns`` and ``--sort``, and what the three options do to values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import samples

from whoasks.cli import errors, listing, shaping
from whoasks.cli.filtering import FilterError
from whoasks.cli.shaping import Shape, ShapingError, Wanted
from whoasks.core.model import Asker, Finding, Service

NOW = samples.AT


def shape(columns=None, sort=None, *filters, kind=Service) -> Shape:
    return Wanted(columns, sort, filters).of(kind, NOW)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("port", [("port",)]),
        ("instance, port ,addresses", [("instance",), ("port",), ("addresses",)]),
        ("txt.Model,txt", [("txt", "Model"), ("txt",)]),
        ("port,PORT,port", [("port",)]),
    ],
)
def test_columns(given, expected):
    assert list(shape(given).paths) == expected


def test_columns_as_they_are_called_in_csv():
    assert shape("host_mac,host.vendor", kind=Finding).paths == (
        ("host", "mac"),
        ("host", "vendor"),
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("port", [("port", False)]),
        ("-port", [("port", True)]),
        ("type, -port,+instance", [("type", False), ("port", True), ("instance", False)]),
        ("-txt.model", [("txt.model", True)]),
    ],
)
def test_orders(given, expected):
    assert [(field.name, reverse) for field, reverse in shape(None, given).order] == expected


@pytest.mark.parametrize("option", ["columns", "sort"])
@pytest.mark.parametrize(
    ("given", "said", "remedy"),
    [
        ("", "lacks a name", "Write for example"),
        ("port,", "lacks a name", "Write for example"),
        (",", "lacks a name", "Write for example"),
        ("-", "lacks a name", "Write for example"),
        ("prt", "no 'prt' among the fields of services", "Did you mean 'port'"),
        ("name", "no 'name'", "'instance'"),
        ("qqqqq", "no 'qqqqq'", "There are instance, type"),
        ("x" * 200, "no 'xxx", "There are instance, type"),
    ],
)
def test_mistakes(option, given, said, remedy):
    with pytest.raises(ShapingError) as caught:
        Wanted(**{option: given}).of(Service, NOW)
    assert said in caught.value.sentence
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == errors.USAGE
    assert len(caught.value.sentence) < 150


@given(st.text(), st.text())
def test_any_text_is_a_shape_or_its_error(columns, sort):
    try:
        made = shape(columns, sort)
    except ShapingError:
        return
    assert made.columns
    assert made.order


def test_nothing_is_asked_nothing_is_done():
    assert not Wanted()
    assert not shape()
    values = [samples.service(), samples.service()]
    assert list(shape().rows(values)) == values


@pytest.mark.parametrize(
    "wanted",
    [Wanted(columns="port"), Wanted(sort="port"), Wanted(filters=("port>1",))],
    ids=["columns", "sort", "filter"],
)
def test_something_is_asked(wanted):
    assert wanted
    assert wanted.of(Service, NOW)


def test_all_filters_have_to_hold():
    ports = [samples.service(port=port) for port in (1, 5, 9)]
    made = shape(None, None, "port>1", "port<9 and stale=no")
    assert [value.port for value in made.rows(ports)] == [5]
    assert str(made.filter) == 'port>"1" and port<"9" and stale="no"'


def test_a_filter_of_another_kind_is_a_mistake():
    with pytest.raises(FilterError, match="among the fields of askers"):
        shape(None, None, "port>1", kind=Asker)


def test_rows_come_one_by_one_unless_they_are_sorted():
    def endless():
        while True:
            yield samples.service()

    assert next(iter(shape("port", None, "port>1").rows(endless()))).port == 631


def test_groups_stay_together_in_the_order_of_their_first_rows():
    values = [
        samples.service(instance=name, type=type_, port=port)
        for name, type_, port in [("a", "_x", 3), ("b", "_y", 2), ("c", "_x", 1), ("d", "_y", 9)]
    ]
    made = shape(None, "port", "port<9")
    grouped = made.groups(values, lambda service: service.type)
    assert [value.instance for value in grouped] == ["c", "a", "b"]
    by_type = listing.shaped(values, "type", made)
    assert [value.instance for value in by_type] == ["c", "a", "b"]
    flat = listing.shaped(values, "service", made)
    assert [value.instance for value in flat] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (("port,silenced_by",), True),
        ((None, None, "silenced_by=''"), True),
        (("port",), False),
        ((None, "silenced_by"), True),
        ((None, "severity"), False),
    ],
)
def test_whether_a_field_is_asked_about(asked, named):
    known = shape(*(a and a.replace("port", "rule") for a in asked), kind=Finding)
    assert known.names("silenced_by") is named


def test_a_wanted_says_what_was_given():
    assert shaping.columns(Service, "port") == shape("port").columns
    assert shaping.order(Service, "-port") == shape(None, "-port").order
