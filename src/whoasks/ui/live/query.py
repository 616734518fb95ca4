"""What is typed behind ``/``: words that must all be there, some of them in one column.

``laser``, ``"2nd floor"``, ``-stale``, ``port:631``, ``-type:_raop``. Letter case says nothing.
Pure, and there is no query that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

_WORD = re.compile(r'(-)?(?:([^\s:"-][^\s:"]*):)?(?:"([^"]*)"?|(\S*))')


class Term(msgspec.Struct, frozen=True):
    """One word of a query."""

    word: str
    column: int | None = None
    wanted: bool = True


class Query(msgspec.Struct, frozen=True):
    """All words of it; none for a query that everything matches."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, words: str, cell: Callable[[int], str]) -> bool:
        """Whether a row fits: ``words`` are all its texts, casefolded; ``cell`` gives one."""
        for term in self.terms:
            where = words if term.column is None else cell(term.column).casefold()
            if (term.word in where) is not term.wanted:
                return False
        return True


def parse(typed: str, titles: Sequence[str]) -> Query:
    """The query that was typed; ``title:word`` looks in the column that begins with it."""
    terms: list[Term] = []
    for found in _WORD.finditer(typed):
        minus, title, quoted, plain = found.groups()
        word = quoted if plain is None else plain
        column = _column(title, titles)
        if title and column is None:  # no column of that name: it is a part of what is sought
            word = f"{title}:{word}"
        if word:
            terms.append(Term(word.casefold(), column, not minus))
    return Query(tuple(terms))


def _column(title: str | None, titles: Sequence[str]) -> int | None:
    if title:
        for at, known in enumerate(titles):
            if known.casefold().startswith(title.casefold()):
                return at
    return None
