"""What an output format is: a writer of values on a text stream. No file is opened here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from whoasks.outputs.records import Kind, Value, kind_of


class Stream(Protocol):
    """The part of a text stream that writers use."""

    def write(self, text: str, /) -> object:
        """Take one or more whole lines."""

    def flush(self) -> object:
        """Hand on what was taken."""


class Writer(ABC):
    """Writes values in one format: ``begin``, any number of ``write``, ``end``.

    ``kind`` is the kind that is wanted, None for all that the format can mix. Values of other
    kinds are passed over, so that every event may be offered. With ``live`` each value is on
    its way when ``write`` returns.
    """

    name: ClassVar[str]
    """What ``--format`` calls it."""
    kinds: ClassVar[tuple[Kind, ...]]
    """What it can hold."""

    def __init__(self, stream: Stream, kind: Kind | None = None, *, live: bool = False) -> None:
        if kind is not None and kind not in self.kinds:
            raise ValueError(f"{self.name} holds no {kind}")
        self.stream = stream
        self.kind = kind
        self.live = live

    def begin(self) -> None:
        """Write what comes before the first value."""
        if self.live:
            self.stream.flush()

    @abstractmethod
    def write(self, value: Value) -> None:
        """Write one value."""

    def end(self) -> None:
        """Write what comes after the last value."""
        self.stream.flush()


class LineWriter(Writer):
    """A format of one line a value."""

    def write(self, value: Value) -> None:
        """Write one line, and with ``live`` flush it."""
        kind = kind_of(value)
        if kind not in self.kinds or self.kind not in (None, kind):
            return
        self.stream.write(self.encode(value) + "\n")
        if self.live:
            self.stream.flush()

    @abstractmethod
    def encode(self, value: Value) -> str:
        """The value as one line, without its end."""
