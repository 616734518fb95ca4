"""The language of ``--filter``: text in, a filter or its one error out; nothing is evaluated.

::

    filter    = condition *( "and" condition )
    condition = field operator value *( "," value )
    operator  = "=" / "!=" / "~" / "!~" / "<" / "<=" / ">" / ">="
    value     = bare word / "quoted" / 'quoted'

``=`` is "is any of these", ``~`` the same with ``*`` and ``?`` for any text and any one letter
(``\\*`` is the star itself). What a value means depends on its field: ``filter_values``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

import msgspec

from whoasks.cli.errors import WhoasksError
from whoasks.ui.fields import Field, fields, find, near
from whoasks.ui.fields import kind as word

Operator = Literal["!=", "!~", "<=", ">=", "=", "~", "<", ">"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
"""Longest first, as they are looked for."""

LONGEST = 10_000
"""Characters: a filter is written by hand."""

_BLANKS = re.compile(r"\s*")
_BARE = re.compile(r"[^\s\"'=<>~!,]+")
_WORD = re.compile(r"[^\s\"'=<>~!,]*")
_EXAMPLE = "Write FIELD OPERATOR VALUE, such as 'port>=8000' or 'instance~*laser* and stale=no'"


class FilterError(WhoasksError):
    """What is wrong with a filter, and how to write it."""


class Condition(msgspec.Struct, frozen=True):
    """One test of one field."""

    field: Field
    operator: Operator
    values: tuple[str, ...]

    def __str__(self) -> str:
        """As it is written, every value in quotes."""
        values = ",".join(map(quoted, self.values))
        return f"{_name(self.field.name)}{self.operator}{values}"


class Filter:
    """Conditions that all have to hold."""

    def __init__(self, conditions: Iterable[Condition], now: float) -> None:
        """``now``: epoch seconds that ages count from. Raises FilterError."""
        from whoasks.cli.filter_values import test

        self.conditions = tuple(conditions)
        self._tests: list[Callable[[msgspec.Struct], bool]] = [
            test(each, now) for each in self.conditions
        ]

    def matches(self, value: msgspec.Struct) -> bool:
        """Whether a value passes."""
        return all(test(value) for test in self._tests)

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        return " and ".join(map(str, self.conditions))


def parse(kind: type[msgspec.Struct], expression: str, now: float) -> Filter:
    """The filter of an expression about values of a kind. Raises FilterError, nothing else."""
    if len(expression) > LONGEST:
        raise FilterError(f"--filter is longer than {LONGEST:,} characters", "Shorten it")
    return Filter(_Reader(kind, expression).conditions(), now)


def quoted(value: str) -> str:
    """A value in quotes, with what would end them escaped."""
    inside = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


def _name(name: str) -> str:
    """A field's name, in quotes where a key of a TXT record has odd letters."""
    return name if _BARE.fullmatch(name) else quoted(name)


class _Reader:
    """Goes through an expression once, from left to right."""

    def __init__(self, kind: type[msgspec.Struct], expression: str) -> None:
        self._kind = kind
        self._text = expression
        self._at = 0

    def conditions(self) -> Iterator[Condition]:
        """Every condition, to the end."""
        while True:
            yield self._condition()
            self._blanks()
            if self._at == len(self._text):
                return
            self._and()

    def _condition(self) -> Condition:
        field = self._field()
        self._blanks()
        operator = next((o for o in OPERATORS if self._text.startswith(o, self._at)), None)
        if operator is None:
            raise self._wrong(f"after '{field.name}' comes no operator (= != ~ !~ < <= > >=)")
        self._at += len(operator)
        if operator == "=" and self._text.startswith("=", self._at):
            self._at += 1  # ``==`` is what half of the world writes
        values = [self._value(field, operator)]
        while self._blanks() and self._text.startswith(",", self._at):
            self._at += 1
            values.append(self._value(field, operator))
        if len(values) > 1 and operator[0] in "<>":
            raise self._wrong(f"'{operator}' compares with one value")
        return Condition(field, operator, tuple(values))

    def _field(self) -> Field:
        self._blanks()
        name = self._token()
        if name is None:
            raise self._wrong("a field is missing")
        field = find(self._kind, name)
        if field is None:
            raise FilterError(*unknown(self._kind, name))
        return field

    def _value(self, field: Field, operator: Operator) -> str:
        self._blanks()
        value = self._token()
        if value is None:
            raise self._wrong(f"after '{field.name}{operator}' comes no value")
        if self._text[self._at : self._at + 1] in tuple("=<>~!\"'"):
            raise self._wrong(f"the value of '{field.name}' needs quotes, for the signs in it")
        return value

    def _token(self) -> str | None:
        """The word or quoted text that begins here; None for something else."""
        quote = self._text[self._at : self._at + 1]
        if quote and quote in "\"'":
            return self._quoted(quote)
        found = _BARE.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _quoted(self, quote: str) -> str:
        inside: list[str] = []
        at = self._at + 1
        while at < len(self._text):
            char = self._text[at]
            if char == quote:
                self._at = at + 1
                return "".join(inside)
            if char == "\\" and self._text[at + 1 : at + 2] in (quote, "\\"):
                at += 1
                char = self._text[at]
            inside.append(char)
            at += 1
        raise self._wrong(f"a {quote} is never closed")

    def _and(self) -> None:
        start = self._at
        found = _WORD.match(self._text, start)
        word = found[0] if found else ""
        if word.casefold() != "and":
            if word.casefold() == "or":
                raise self._wrong("there is no 'or'; several values of one field go with commas")
            raise self._wrong(
                f"conditions are joined by 'and', and a value with blanks needs quotes; "
                f"this is neither: '{self._text[start : start + 20]}'"
            )
        self._at += len(word)

    def _blanks(self) -> bool:
        """Go over blanks; always true, for the sake of conditions."""
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return True

    def _wrong(self, sentence: str) -> FilterError:
        return FilterError(f"--filter '{self._text[:80]}': {sentence}", _EXAMPLE)


def unknown(kind: type[msgspec.Struct], name: str) -> tuple[str, str]:
    """What to say of a field that there is not: the sentence, and the remedy."""
    several = re.sub("y$", "ie", word(kind).replace("_", " ")) + "s"
    sentence = f"There is no '{name[:80]}' among the fields of {several}"
    close = near(kind, name)
    if close:
        return sentence, f"Did you mean {' or '.join(repr(each) for each in close)}?"
    known = [each for each in fields(kind) if each not in ("record", "schema")]
    return sentence, f"There are {', '.join(known)}"
