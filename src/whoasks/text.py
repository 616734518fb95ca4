"""The one door to terminal, CSV and logs: every name on the wire is a stranger's to choose.

What is unsafe is shown as an escape and never dropped, so ``unescape`` gives back exactly
what went in. Nothing here knows a terminal, a file or a width.

An escape is ``\\xNN`` (up to U+00FF), ``\\uNNNN`` or ``\\UNNNNNNNN``, lower-case hex. A
backslash stays as it is, so that the ``\\.``, ``\\\\`` and ``\\DDD`` of names in presentation
form stay readable; only one that would read as the start of an escape becomes ``\\x5c``.

Escaped are: every code point of the Unicode categories Cc, Cf, Cs, Co and Cn (controls, bidi
controls, zero-width and other format characters, surrogates, private use, unassigned), line and
paragraph separators, and what is drawn as nothing though its category is another (fillers,
variation selectors that do not follow a symbol). A combining mark is shown on a visible base
and escaped otherwise, or when it is the fifth on the same base.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DELETE = "\x7f"
_MARKS = 4
# A base with more marks than any script stacks paints over its neighbours ("Zalgo" text).

# Drawn as nothing, though no format characters (Default_Ignorable_Code_Point of the UCD).
_INVISIBLE = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE0E), range(0xE0100, 0xE01F0)
)
_SELECTORS = "\ufe0e\ufe0f"
"""Text and emoji style: kept behind a symbol, where people's device names have them."""

_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")

_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""Begin a formula in a spreadsheet, full-width forms too (OWASP, CSV injection)."""
# A reader that knows no quotes, or strips them, must find no formula behind one either.
_FORMULA_FIRST = re.compile(rf"[\s\"]*[{re.escape(_FORMULA)}]")
# A spreadsheet that separates by semicolons would open a new cell inside ours.
_HIDDEN_CELL = re.compile(rf"(;[\s\"]*)([{re.escape(_FORMULA)}])")


def terminal(text: str) -> str:
    """One line that is safe to print: what is unsafe is escaped, nothing is lost."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    out: list[str] = []
    marks = _MARKS
    for at, char in enumerate(text):
        if char == "\\":
            safe, marks = _ESCAPE.match(text, at) is None, _MARKS
        elif unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            safe = marks <= _MARKS and _mark_is_shown(char, text[at - 1])
        else:
            safe = _is_shown(char)
            marks = 0 if safe and not char.isspace() else _MARKS
        out.append(char if safe else _escaped(char))
        if not safe:
            marks = _MARKS
    return "".join(out)


def log(text: str) -> str:
    """One line that is safe in a log file: the same as on a terminal."""
    return terminal(text)


def csv_cell(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula, on one line.

    A cell that would begin a formula, or begins with an apostrophe already, gets one in front;
    blanks and quotes before it do not hide it. Numbers are not text: they do not come here.
    """
    return _quoted(_HIDDEN_CELL.sub(lambda found: found[1] + _escaped(found[2]), terminal(text)))


def csv_list(texts: Iterable[str]) -> str:
    """Several texts (none empty) in one cell, joined by ``; ``; a semicolon inside is escaped."""
    return "; ".join(_quoted(terminal(text).replace(";", _escaped(";"))) for text in texts)


def csv_text(cell: str) -> str:
    """The text that ``csv_cell`` made this cell of."""
    return unescape(cell.removeprefix("'"))


def csv_texts(cell: str) -> list[str]:
    """The texts that ``csv_list`` made this cell of; an empty cell is an empty list."""
    return [csv_text(item) for item in cell.split("; ")] if cell else []


def json(encoded: str) -> str:
    """JSON text with what a terminal must not get as ``\\uNNNN``: the same value to a parser."""
    # Of what is below a space an encoder leaves nothing as it is (RFC 8259 §7).
    if encoded.isascii() and _DELETE not in encoded:
        return encoded
    # Marks and selectors may pile up here: a parser reads this, a terminal only survives it.
    return "".join(char if _is_shown(char) else _json_escaped(char) for char in encoded)


def unescape(text: str) -> str:
    """What ``terminal`` was given."""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1] or found[2] or found[3], 16)
    return chr(code) if code <= 0x10FFFF else found[0]


def _quoted(cell: str) -> str:
    return "'" + cell if cell[:1] == "'" or _FORMULA_FIRST.match(cell) else cell


def _is_shown(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] != "C" and category not in ("Zl", "Zp") and ord(char) not in _INVISIBLE


def _mark_is_shown(char: str, before: str) -> bool:
    if char in _SELECTORS:
        return unicodedata.category(before) == "So"
    return ord(char) not in _INVISIBLE


def _escaped(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _json_escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
