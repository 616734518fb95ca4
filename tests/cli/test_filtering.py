"""The language of ``--filter``: what can be read, what cannot, and that it says itself again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import samples

from whoasks.cli import errors, filtering
from whoasks.cli.filtering import Condition, Filter, FilterError, parse, quoted
from whoasks.core.model import Finding, Service
from whoasks.ui.fields import fields, find

NOW = samples.AT


def read(expression: str, kind=Service) -> list[tuple[str, str, tuple[str, ...]]]:
    made = parse(kind, expression, NOW)
    return [(each.field.name, each.operator, each.values) for each in made.conditions]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("port>=8000", [("port", ">=", ("8000",))], id="bare"),
        pytest.param("  port  >=  8000  ", [("port", ">=", ("8000",))], id="blanks"),
        pytest.param("type==_ssh._tcp", [("type", "=", ("_ssh._tcp",))], id="two signs"),
        pytest.param("instance~*laser*", [("instance", "~", ("*laser*",))], id="a pattern"),
        pytest.param("instance!~a?b", [("instance", "!~", ("a?b",))], id="not a pattern"),
        pytest.param('instance="a b"', [("instance", "=", ("a b",))], id="quotes"),
        pytest.param("instance='a \"b\"'", [("instance", "=", ('a "b"',))], id="other quotes"),
        pytest.param(r'instance="a\"b\\c\d"', [("instance", "=", ('a"b\\c\\d',))],
                     id="escapes"),
        pytest.param('instance=""', [("instance", "=", ("",))], id="nothing"),
        pytest.param('instance="port>1 and x"', [("instance", "=", ("port>1 and x",))],
                     id="signs in quotes"),
        pytest.param("type=_a,_b , _c", [("type", "=", ("_a", "_b", "_c"))],
                     id="any of several"),
        pytest.param("port>1 and port<9", [("port", ">", ("1",)), ("port", "<", ("9",))], id="and"),
        pytest.param("port>1 AND\tstale=no", [("port", ">", ("1",)), ("stale", "=", ("no",))],
                     id="AND"),
        pytest.param("type=and and type=or", [("type", "=", ("and",)), ("type", "=", ("or",))],
                     id="the words as values"),
        pytest.param("txt.Model=X", [("txt.Model", "=", ("X",))], id="a key of TXT"),
        pytest.param('"txt.odd key"=X', [("txt.odd key", "=", ("X",))], id="an odd key"),
        pytest.param("PORT=1", [("port", "=", ("1",))], id="in any case"),
        pytest.param("addresses=fe80::1%eth0", [("addresses", "=", ("fe80::1%eth0",))], id="scope"),
    ],
)  # fmt: skip
def test_expressions(expression, expected):
    assert read(expression) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        pytest.param("", "a field is missing", id="nothing"),
        pytest.param("   ", "a field is missing", id="blanks"),
        pytest.param("port", "after 'port' comes no operator", id="no operator"),
        pytest.param("port>=", "after 'port>=' comes no value", id="no value"),
        pytest.param("port=>80", "after 'port=' comes no value", id="operator turned round"),
        pytest.param("=80", "a field is missing", id="no field"),
        pytest.param("port>1 and", "a field is missing", id="nothing after and"),
        pytest.param("port>1 port<9", "joined by 'and'", id="no and"),
        pytest.param("instance=a b", "needs quotes; this is neither: 'b'", id="blank in a value"),
        pytest.param("port=1 or port=2", "there is no 'or'", id="or"),
        pytest.param("instance=a=b", "needs quotes, for the signs in it", id="sign in a value"),
        pytest.param('instance=a"b"', "needs quotes, for the signs in it", id="quotes inside"),
        pytest.param('instance="a', 'a " is never closed', id="open quotes"),
        pytest.param("instance='a\\'", "a ' is never closed", id="escaped end"),
        pytest.param("port>1,2", "'>' compares with one value", id="more than several"),
        pytest.param("type=a,,b", "after 'type=' comes no value", id="a comma too many"),
        pytest.param("prot=80", "There is no 'prot' among the fields of services", id="unknown"),
        pytest.param("(port=80)", "There is no '(port'", id="brackets"),
        pytest.param("port=80;rm", "'80;rm' is none", id="a number it is not"),
        pytest.param("x" * 10_001, "longer than 10,000", id="endless"),
    ],
)
def test_mistakes(expression, said):
    with pytest.raises(FilterError) as caught:
        parse(Service, expression, NOW)
    assert said in caught.value.sentence
    assert caught.value.remedy
    assert caught.value.exit_code == errors.USAGE
    assert len(str(caught.value)) < 500


def test_a_mistake_names_what_may_have_been_meant():
    with pytest.raises(FilterError, match="Did you mean 'instance'"):
        parse(Service, "instnce=x", NOW)
    with pytest.raises(FilterError, match="There are id, rule, severity, "):
        parse(Finding, "qqq=x", NOW)


LETTERS = st.text(max_size=20) | st.text(alphabet="ap \"'\\*?=<>~!,.%:/0-9d", max_size=20)


@given(st.text(max_size=60) | st.text(alphabet="port~=<>!\"'\\ and,*?.1-:", max_size=60))
def test_any_text_is_a_filter_or_its_one_error(expression):
    try:
        made = parse(Service, expression, NOW)
    except FilterError:
        return
    again = parse(Service, str(made), NOW)
    assert again.conditions == made.conditions
    assert made.matches(samples.service()) is again.matches(samples.service())


KINDS = st.sampled_from([Service, Finding])


@given(KINDS, st.data())
def test_any_field_operator_and_value(kind, data):
    """A value of no use is a FilterError; everything else can be asked of anything."""
    name = data.draw(st.sampled_from([*fields(kind), "txt.k", "observed.types"]))
    operator = data.draw(st.sampled_from(filtering.OPERATORS))
    value = data.draw(
        LETTERS
        | st.sampled_from(["1", "80", "yes", "high", "2h", "2026-01-01", "10.0.0.0/8", "fe80::1%x"])
        | st.integers().map(str)
        | st.ip_addresses().map(str)
        | st.datetimes().map(str)
    )
    try:
        made = parse(kind, f"{name}{operator}{quoted(value)}", NOW)
    except FilterError:
        return
    assert made.conditions[0].values == (value,)
    assert made.conditions[0].operator == operator
    assert isinstance(made.matches(samples.service()), bool)
    assert isinstance(made.matches(samples.finding()), bool)


CONDITIONS = st.builds(
    Condition,
    field=st.sampled_from(["instance", "type", "hostname", "txt", "subtypes", "description"]).map(
        lambda name: find(Service, name)
    )
    | st.text(min_size=1).map(lambda key: find(Service, f"txt.{key}") or find(Service, "txt")),
    operator=st.sampled_from(["=", "!="]),
    values=st.lists(LETTERS, min_size=1, max_size=3).map(tuple),
)


@given(st.lists(CONDITIONS, min_size=1, max_size=3))
def test_a_filter_says_itself_again(conditions):
    made = Filter(conditions, NOW)
    assert parse(Service, str(made), NOW).conditions == made.conditions


@given(LETTERS)
def test_a_quoted_value_is_exactly_that(value):
    service = samples.service(instance=value)
    assert parse(Service, f"instance={quoted(value)}", NOW).matches(service)
    assert not parse(Service, f"instance!={quoted(value)}", NOW).matches(service)
