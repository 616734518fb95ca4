"""The one exception of this boundary."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked of it.

    ``sentence`` says what and where (never a password); ``remedy`` what to do about it.
    """

    exit_code = 3

    def __init__(self, sentence: str, remedy: str, *, passing: bool = False) -> None:
        """``passing``: it may be over by itself (locked, full, read-only), so that a watch
        that meets it need not end."""
        super().__init__(sentence, remedy)
        self.passing = passing
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.sentence}. {self.remedy}"
