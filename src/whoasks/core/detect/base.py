"""What a detector is made of: its rule, its settings, its signals.

A detector is shown one occasion at a time and yields signals; only the engine opens, lifts,
folds, silences and closes findings, so a detector may repeat itself as often as it likes. What
it remembers of a host stands in the host's own ``marks`` and goes with the host; what it
remembers of a segment is capped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from whoasks.core.model import Severity

if TYPE_CHECKING:
    from whoasks.core.detect.view import Answered, Broken, Disputed, Heard, Occasion
    from whoasks.core.identity import HostState
    from whoasks.core.model import Flow
    from whoasks.core.utterance import Utterance

Evidence = Literal["types", "names", "questions", "shape", "newcomer", "claims", "noise"]
"""What a rule's evidence consists in: types asked for, single names, the number of questions, the
form of the packets, that the host is new, claims to names, or mere volume and damage."""

ASKING: tuple[Evidence, ...] = ("types", "names", "questions", "shape", "newcomer")
"""Kinds that tell of one action, a host looking around, and share a finding."""


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
    evidence: Evidence = "types"
    lifts: bool = False
    """A weak kind of evidence that lifts a low finding of the same burst to medium."""
    liftable: bool = True
    """Whether another kind of evidence can make medium of its low."""
    windowed: bool = False
    """Counts within a time, so that it is off while packets carry no usable time."""
    roles: tuple[str, ...] = ()
    """Roles that silence it, beside ``inventory``, ``sensor`` and ``ignore``, which silence all
    enumeration rules."""
    forged: bool = False
    """The answers that it speaks up at are not believed: no service is listed from them."""
    needs_unicast: bool = False
    """Depends on unicast packets, which a socket on a switch does not see."""

    @property
    def family(self) -> str:
        """What its findings are folded with: one finding for one host's action."""
        return "asking" if self.evidence in ASKING else self.evidence


class DetectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every rule's settings; each field carries its default and its reason."""

    CAPS: ClassVar[dict[str, float]] = {}
    """Largest useful value by field: beyond it the tables' caps would never let it fire."""


class Signal(msgspec.Struct, frozen=True):
    """One detector's claim about the sender it was just shown, or about another host."""

    explanation: str
    """A clause that follows the host: "asked for …"; names in it are raw."""
    observed: dict[str, Any]
    threshold: dict[str, Any]
    names: tuple[str, ...] = ()
    severity: Severity | None = None
    """Where it differs from the rule's own."""
    about: HostState | None = None
    """The accused, where it is not the sender of the packet at hand."""
    alone: bool = False
    """It neither lifts nor is lifted, as a broken stack's noise is no second kind of evidence."""


class Later(msgspec.Struct, frozen=True):
    """A wish to look again at that time; ``on_time`` is then called with ``subject``."""

    at: float
    subject: Any = None


Said = Iterator[Signal | Later]
"""What a detector says at one occasion."""


class Detector:
    """One way of telling that a host is looking around, or worse."""

    rule: ClassVar[Rule]
    Settings: ClassVar[type[DetectorSettings]] = DetectorSettings

    cares: ClassVar[tuple[str, ...]] = ()
    """Kinds of names (``utterance.TRAITS``) of which a query must have one to be shown to it;
    none for every query."""

    settings: Any
    """An instance of the class's ``Settings``."""

    def floor(self) -> tuple[str, float] | None:
        """Kind of names (``meaning.COUNTED``) and the number of different ones in a window below
        which a payload that it has heard before cannot make it speak up; None when none can."""
        return None

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings if settings is not None else self.Settings()

    def on_query(self, heard: Heard) -> Said:
        """Look at one non-probe query that brought something new for its asker."""
        yield from ()

    def on_answer(self, answered: Answered) -> Said:
        """Look at one response, the first time its sender says it."""
        yield from ()

    def on_announced(self, answered: Answered) -> Said:
        """Look at one response that announced something nobody had, in ``answered.fresh``."""
        yield from ()

    def on_probe(self, occasion: Occasion) -> Said:
        """Look at one probe (RFC 6762 §8.1)."""
        yield from ()

    def on_malformed(self, broken: Broken) -> Said:
        """Look at one payload that is no message."""
        yield from ()

    def on_dispute(self, disputed: Disputed) -> Said:
        """Look at one name that two hosts claim."""
        yield from ()

    def on_again(self, host: HostState, flow: Flow, said: Utterance, at: float) -> None:
        """Know of a payload asked again after a while, which is not worth a closer look."""

    def on_time(self, occasion: Occasion, at: float, subject: Any) -> Said:
        """Look again, at the time asked for, at what was seen on that occasion."""
        yield from ()
