"""What the values of a filter mean to the fields that they are compared with.

Texts are compared in any case, as they are and as a terminal shows them. Ports and counts are
numbers, addresses are addresses or networks, times are moments, days or ages, severities and
verdicts have their order. No regular expressions: a stranger's name meets nothing here that
takes longer than its length times the pattern's.
"""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from whoasks import text
from whoasks.cli.filtering import Condition, FilterError, Operator
from whoasks.cli.options import moment
from whoasks.core.model import Severity
from whoasks.ui.fields import VERDICTS, Field, number, words
from whoasks.ui.ordering import address, natural

Check = Callable[[Any], bool]

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    "<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge, "=": op.eq,
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d:\d\d(?:[Zz]|[+-]\d\d:?\d\d)?")
_YES = {"yes": True, "true": True, "no": False, "false": False}


def test(condition: Condition, now: float) -> Callable[[msgspec.Struct], bool]:
    """The condition as a function of values. Raises FilterError for a value of no use."""
    field, negative = condition.field, condition.operator.startswith("!")
    positive: Operator = condition.operator
    if negative:
        positive = "=" if positive == "!=" else "~"
    checks = [_check(field, positive, value, now) for value in condition.values if value]
    absent = "" in condition.values
    if absent and positive != "=":
        raise FilterError(
            f"'{condition.operator}' needs a value to compare '{field.name}' with",
            f'Where there is nothing is {field.name}=""',
        )

    def holds(value: msgspec.Struct) -> bool:
        items = field.items(value)
        found = absent and all(item in ("", b"", {}) for item in items)
        found = found or any(check(item) for item in items for check in checks)
        return found is not negative

    return holds


def _check(field: Field, operator: Operator, value: str, now: float) -> Check:
    """Whether one item passes."""
    if operator == "~" and field.type not in ("yesno", "time"):
        return _like(value)
    made = _BY_TYPE.get(field.type)
    if made is not None:
        return made(field, operator, value, now)
    if field.type == "parts" and operator != "=":
        raise _useless(field, f"'{operator}' cannot compare it", f"{field.name}~*word*")
    return _text(operator, value, numbers=field.type == "open")


def _like(pattern: str) -> Check:
    matches = glob(pattern)
    return lambda item: any(matches(form) for word in words(item) for form in _forms(word))


def _text(operator: Operator, value: str, *, numbers: bool) -> Check:
    folded, key, wanted = value.casefold(), natural(value.casefold()), number(value)
    compare = _COMPARE[operator]

    def check(item: Any) -> bool:
        if numbers and wanted is not None and (found := number(item)) is not None:
            return compare(found, wanted)
        if operator == "=":
            return any(form.casefold() == folded for word in words(item) for form in _forms(word))
        return any(compare(natural(word.casefold()), key) for word in words(item))

    return check


def _forms(word: str) -> set[str]:
    """A word as it came, and as it is shown: people copy what they see."""
    return {word, text.terminal(word)}


def glob(pattern: str) -> Callable[[str], bool]:
    """A test for texts of that form, in any case: ``*`` is any text, ``?`` any one letter,
    and a backslash before either, or before a backslash, takes it as it is."""
    tokens: list[str | None] = []
    escaped = False
    for char in pattern.casefold():
        if escaped and char not in "*?\\":
            tokens.append("\\")
        if not escaped and char == "\\":
            escaped = True
            continue
        special = {"*": "", "?": None}.get(char, char) if not escaped else char
        tokens.append(special)
        escaped = False
    if escaped:
        tokens.append("\\")
    return lambda word: _fits(tokens, word.casefold())


def _fits(tokens: list[str | None], word: str) -> bool:
    """Tokens are letters, "" for any text, None for any letter. Only the last star is ever
    tried again: the time is the product of both lengths at worst."""
    at = place = 0
    star, resume = -1, 0
    while place < len(word):
        token = tokens[at] if at < len(tokens) else "end"
        if token == "":
            star, resume = at, place
            at += 1
        elif token is None or token == word[place]:
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(token == "" for token in tokens[at:])


def _number(field: Field, operator: Operator, value: str, now: float) -> Check:
    wanted = number(value)
    if wanted is None:
        raise _useless(field, f"it is a number, and '{value[:40]}' is none", f"{field.name}>=80")
    compare = _COMPARE[operator]
    return lambda item: compare(item, wanted)


def _yesno(field: Field, operator: Operator, value: str, now: float) -> Check:
    wanted = _YES.get(value.casefold())
    if wanted is None or operator != "=":
        raise _useless(field, "it is yes or no", f"{field.name}=yes")
    return lambda item: bool(item) is wanted


def _severity(field: Field, operator: Operator, value: str, now: float) -> Check:
    known = {severity.label: severity for severity in Severity}
    wanted = known.get(value.casefold())
    if wanted is None:
        raise _useless(field, f"it is one of {', '.join(known)}", f"{field.name}>=medium")
    compare = _COMPARE[operator]
    return lambda item: compare(item, wanted)


def _verdict(field: Field, operator: Operator, value: str, now: float) -> Check:
    if value.casefold() not in VERDICTS:
        raise _useless(field, f"it is one of {', '.join(VERDICTS)}", f"{field.name}>=unusual")
    wanted, compare = VERDICTS.index(value.casefold()), _COMPARE[operator]
    return lambda item: item in VERDICTS and compare(VERDICTS.index(item), wanted)


def _time(field: Field, operator: Operator, value: str, now: float) -> Check:
    """A day, a minute or a second is all of it: ``=`` is within, ``>`` is after its end."""
    example = f'{field.name}>=2h, or 2026-01-31, or "2026-01-31T08:00:00Z"'
    if operator == "~":
        raise _useless(field, "it is a time", example)
    try:
        start = moment(value, now)
        end = _end(value, start, now)
    except (ValueError, OverflowError, OSError):
        raise _useless(field, f"'{value[:40]}' is no time", example) from None
    checks: dict[Operator, Check] = {
        "=": lambda item: start <= item < end,
        "<": lambda item: item < start,
        "<=": lambda item: item < end,
        ">": lambda item: item >= end,
        ">=": lambda item: item >= start,
    }
    return checks[operator]


def _end(value: str, start: float, now: float) -> float:
    value = value.strip()
    if _DAY.fullmatch(value):
        return moment(value, now, end=True)
    if _MINUTE.fullmatch(value):
        return start + 60
    return start + (0.000_001 if "." in value else 1)


def _address(field: Field, operator: Operator, value: str, now: float) -> Check:
    """An address, with or without its scope, or a network; others of its family are compared."""
    example = f"{field.name}=192.168.1.0/24"
    bare, percent, _ = value.partition("%")
    try:
        if "/" in value:
            network = ip_network(value, strict=False)
            if operator != "=":
                raise _useless(field, f"'{operator}' compares with one address", example)
            first, last = int(network.network_address), int(network.broadcast_address)
            return lambda item: (
                address(item)[0] == network.version and first <= address(item)[1] <= last
            )
        ip_address(bare)
    except ValueError:
        raise _useless(field, f"'{value[:60]}' is no address", example) from None
    wanted, compare = address(value), _COMPARE[operator]
    parts = 3 if percent else 2
    return lambda item: (
        address(item)[0] == wanted[0] and compare(address(item)[:parts], wanted[:parts])
    )


_BY_TYPE: dict[str, Callable[[Field, Operator, str, float], Check]] = {
    "number": _number,
    "yesno": _yesno,
    "severity": _severity,
    "verdict": _verdict,
    "time": _time,
    "address": _address,
}


def _useless(field: Field, why: str, example: str) -> FilterError:
    return FilterError(f"--filter on '{field.name}': {why}", f"Write for example {example}")
