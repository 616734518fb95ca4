"""What goes wrong in a way the user can mend: a sentence, a remedy, an exit code.

Parts that may not import this module (sources, store, outputs, config) give their exceptions
the same attributes, ``sentence``, ``remedy`` and perhaps ``exit_code``; the command line treats
all of them alike.
"""

from __future__ import annotations

NOTHING_FOUND = 1
USAGE = 2
NOT_ALLOWED = 3
INTERRUPTED = 130


class WhoasksError(Exception):
    """Ends a command with one sentence and what to do about it.

    Neither part needs its final full stop. Names in them may be raw: the command line
    escapes what it prints.
    """

    exit_code = USAGE

    def __init__(self, sentence: str, remedy: str = "", exit_code: int | None = None) -> None:
        super().__init__(sentence, remedy)
        self.sentence = sentence
        self.remedy = remedy
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return full(self.sentence, self.remedy)


def full(sentence: str, remedy: str) -> str:
    """Both parts, each with the full stop it may lack; a list of problems keeps its lines."""
    if "\n" in sentence:
        return f"{sentence}\n{_stopped(remedy)}".rstrip()
    return " ".join(_stopped(part) for part in (sentence, remedy) if part.strip())


def _stopped(part: str) -> str:
    part = part.strip()
    return part if part[-1:] in ("", ".", "?", "!") else f"{part}."


def of(error: BaseException) -> WhoasksError | None:
    """The same error in this module's terms, or None for one that is a bug."""
    if isinstance(error, WhoasksError):
        return error
    sentence = getattr(error, "sentence", None)
    if not isinstance(sentence, str):
        return None
    remedy = getattr(error, "remedy", "")
    code = getattr(error, "exit_code", USAGE)
    return WhoasksError(sentence, remedy if isinstance(remedy, str) else "", code)
