"""What a detector is made of: its rule, its settings, its signals. No state of its own.

A detector looks at one asker at a time and yields signals; only the engine opens, lifts,
silences and closes findings, so a detector may repeat itself as often as it likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from whoasks.core.model import Severity

if TYPE_CHECKING:
    from whoasks.core.detect.view import Answered, Heard


class Rule(msgspec.Struct, frozen=True):
    """The declared facts of a detector."""

    id: str
    title: str
    """What it says of a host, in a few words."""
    severity: Severity
    attack: tuple[str, ...]
    """ATT&CK technique ids."""
    benign: tuple[str, ...]
    references: tuple[str, ...]
    lifts: bool = False
    """A weak kind of evidence that lifts a low finding of the same burst to medium."""
    windowed: bool = False
    """Counts within a time, so that it is off while packets carry no usable time."""
    roles: tuple[str, ...] = ()
    """Roles that silence it, beside ``inventory``, ``sensor`` and ``ignore``, which silence all
    enumeration rules."""
    needs_unicast: bool = False
    """Depends on unicast packets, which a socket on a switch does not see."""


class DetectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every rule's settings; each field carries its default and its reason."""

    CAPS: ClassVar[dict[str, float]] = {}
    """Largest useful value by field: beyond it the tables' caps would never let it fire."""


class Signal(msgspec.Struct, frozen=True):
    """One detector's claim about the asker it was just shown."""

    explanation: str
    """A clause that follows the asker: "asked for …"; names in it are raw."""
    observed: dict[str, Any]
    threshold: dict[str, Any]
    names: tuple[str, ...] = ()
    severity: Severity | None = None
    """Where it differs from the rule's own."""


class Detector:
    """One way of telling that a host is looking around."""

    rule: ClassVar[Rule]
    Settings: ClassVar[type[DetectorSettings]] = DetectorSettings

    settings: Any
    """An instance of the class's ``Settings``."""

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings if settings is not None else self.Settings()

    def on_query(self, heard: Heard) -> Iterator[Signal]:
        """Look at one non-probe query that brought something new for its asker."""
        yield from ()

    def on_answer(self, answered: Answered) -> Iterator[Signal]:
        """Look at one response, the first time its sender says it."""
        yield from ()
