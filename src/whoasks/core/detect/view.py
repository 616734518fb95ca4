"""What a rule is shown: one query that brought something new for its asker, and its past."""

from __future__ import annotations

from collections.abc import Callable, Set

from whoasks.core.bursts import AskerState, OpenBurst
from whoasks.core.knowledge import Knowledge, ToolShape
from whoasks.core.model import Flow, Message
from whoasks.core.utterance import Utterance
from whoasks.core.window import Window


class Answered:
    """One response, before the inventory takes it in. Lives for one packet."""

    __slots__ = ("at", "burst", "flow", "is_own", "message", "said")

    def __init__(
        self,
        at: float,
        flow: Flow,
        said: Utterance,
        message: Message,
        is_own: Callable[[str, int], bool],
    ) -> None:
        self.at = at
        self.flow = flow
        self.said = said
        self.message = message
        self.is_own = is_own
        """Whether the sender announced a record of that name and type before."""
        self.burst: OpenBurst | None = None
        """Answers belong to no burst."""


class Heard:
    """One non-probe query, with everything a rule may look at. Lives for one packet."""

    __slots__ = (
        "advertised",
        "asker",
        "at",
        "burst",
        "flow",
        "knowledge",
        "message",
        "said",
        "shape",
    )

    def __init__(  # noqa: PLR0917 - made for every new query: keywords would cost on the hot path
        self,
        at: float,
        flow: Flow,
        said: Utterance,
        message: Message,
        burst: OpenBurst,
        asker: AskerState,
        advertised: Set[str],
        knowledge: Knowledge,
    ) -> None:
        self.shape: ToolShape | None = None
        """The tool whose shape fits the query best."""
        self.at = at
        self.flow = flow
        self.said = said
        self.message = message
        self.burst = burst
        self.asker = asker
        self.advertised = advertised
        """Service types offered on this network, live."""
        self.knowledge = knowledge

    def window(self, length: float) -> Window:
        """What the asker asked in the last ``length`` seconds; the rule declared that length."""
        return self.asker.windows[length]

    @property
    def is_legacy(self) -> bool:
        """From a port other than 5353: a one-shot querier (RFC 6762 §6.7)."""
        return self.flow.source_port != 5353
