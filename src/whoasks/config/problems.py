"""Collecting what is wrong with a configuration, in words that say what would be right."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable
from typing import Any

_SHOWN = 40


class ConfigError(Exception):
    """Everything that is wrong with one configuration file.

    ``problems`` holds one line each: ``FILE: PATH: what is wrong; what would be right``.
    """

    exit_code = 2
    remedy = "`whoasks config init` prints a commented example, `config check` checks a file"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(*self.problems)

    @property
    def sentence(self) -> str:
        """The problems, one a line."""
        return "\n".join(self.problems)

    def __str__(self) -> str:
        return self.sentence


class Problems:
    """The problems and warnings found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def error(self, path: str, what: str) -> None:
        self.errors.append(self._line(path, what))

    def warn(self, path: str, what: str) -> None:
        self.warnings.append(self._line(path, what))

    def _line(self, path: str, what: str) -> str:
        return f"{self.file}: {path}: {what}" if path else f"{self.file}: {what}"


def below(path: str, key: object) -> str:
    """The path of a key or list index under ``path``."""
    if isinstance(key, int) and not isinstance(key, bool):
        return f"{path}[{key}]"
    name = key if isinstance(key, str) and key.isprintable() and key else shown(key)
    return f"{path}.{name[:_SHOWN]}" if path else name[:_SHOWN]


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``; did you mean 'x'?``, or what there is to choose from."""
    known = sorted(known)
    close = difflib.get_close_matches(str(word)[:80], known, n=1) if isinstance(word, str) else []
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there are {', '.join(known)}" if known else ""


def shown(value: Any) -> str:
    """A value as a message quotes it: short, on one line, never raising."""
    match value:
        case None | bool():
            words = {None: "nothing", True: "true", False: "false"}[value]
        case int() if abs(value) >= 10**20:
            words = "a very large number"  # Python refuses to print one of 5,000 digits
        case str():
            words = repr(value) if value.isprintable() else ascii(value)
        case int() | float():
            words = repr(value)
        case datetime.date():
            words = f"the date {value.isoformat()}"
        case list():
            words = "a list"
        case dict():
            words = "a mapping"
        case _:
            words = f"a {type(value).__name__}"
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def mapping(problems: Problems, path: str, value: Any) -> dict[Any, Any]:
    """The mapping at ``path``; an empty one for nothing, and for an error it notes."""
    if isinstance(value, dict):
        return value
    if value is not None:
        problems.error(path, f"expected a mapping of names to values, got {shown(value)}")
    return {}


def sequence(problems: Problems, path: str, value: Any, example: str) -> list[Any]:
    """The list at ``path``; an empty one for nothing, and for an error it notes."""
    if isinstance(value, list):
        return value
    if value is not None:
        problems.error(path, f"expected a list such as {example}, got {shown(value)}")
    return []


def unknown_keys(problems: Problems, path: str, value: dict[Any, Any], known: set[str]) -> None:
    """Note every key that does not belong here."""
    for key in value:
        if key not in known:
            problems.error(below(path, key), f"unknown setting{did_you_mean(key, known)}")


def date_moment(value: datetime.date, after: bool) -> float:
    """Epoch seconds of a date's first moment, or of the first one ``after`` it, in UTC."""
    days = value.toordinal() - datetime.date(1970, 1, 1).toordinal() + after
    return days * 86_400.0
