"""What a rule is shown: one packet that brought something new, who sent it, and its past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from whoasks.core.askers import AskerState
from whoasks.core.bursts import OpenBurst
from whoasks.core.claims import Dispute
from whoasks.core.detect.shapes import Guess
from whoasks.core.identity import HostState
from whoasks.core.knowledge import Knowledge
from whoasks.core.model import Flow, Message, Tool
from whoasks.core.segment import Segment
from whoasks.core.utterance import Utterance
from whoasks.core.window import Window


class Occasion:
    """One packet of one host. Lives for that packet, or until a rule has looked again."""

    __slots__ = ("at", "burst", "flow", "host", "message", "said", "segment", "tool")

    def __init__(  # noqa: PLR0917 - made for every new packet: keywords would cost
        self,
        at: float,
        flow: Flow,
        host: HostState,
        said: Utterance,
        message: Message | None,
        segment: Segment,
    ) -> None:
        self.at = at
        self.flow = flow
        self.host = host
        self.said = said
        self.message = message
        self.burst: OpenBurst | None = None
        """The burst that a query belongs to; answers belong to none."""
        self.segment = segment
        """What is known of everybody together."""
        self.tool: Tool | None = None
        """What an answer looks like; a query's tool is its burst's."""


class Answered(Occasion):
    """One response."""

    __slots__ = ("fresh", "is_own")

    message: Message

    def __init__(  # noqa: PLR0917 - made for every new packet: keywords would cost
        self,
        at: float,
        flow: Flow,
        host: HostState,
        said: Utterance,
        message: Message,
        segment: Segment,
        is_own: Callable[[str, int], bool],
    ) -> None:
        super().__init__(at, flow, host, said, message, segment)
        self.is_own = is_own
        """Whether the sender announced a record of that name and type before."""
        self.fresh = 0
        """Instances and types that nobody had announced before it."""


class Broken(Occasion):
    """One payload that is no message."""

    __slots__ = ()


class Disputed(Occasion):
    """One name that somebody else has claimed; the packet at hand settled what to say of it."""

    __slots__ = ("dispute",)

    def __init__(self, occasion: Occasion, dispute: Dispute) -> None:
        super().__init__(
            occasion.at, occasion.flow, occasion.host, occasion.said, occasion.message,
            occasion.segment,
        )  # fmt: skip
        self.dispute = dispute


class Heard(Occasion):
    """One non-probe query, with everything a rule may look at."""

    __slots__ = ("advertised", "asker", "knowledge", "query", "shape", "spoke", "storm")

    burst: OpenBurst
    message: Message

    def __init__(  # noqa: PLR0917 - made for every new packet: keywords would cost
        self,
        at: float,
        flow: Flow,
        host: HostState,
        said: Utterance,
        message: Message,
        segment: Segment,
        burst: OpenBurst,
        asker: AskerState,
        advertised: Set[str],
        knowledge: Knowledge,
    ) -> None:
        super().__init__(at, flow, host, said, message, segment)
        self.burst = burst
        self.query = message
        self.shape: Guess | None = None
        """The tool whose shape fits best."""
        self.asker = asker
        self.advertised = advertised
        """Service types offered on this network, live."""
        self.knowledge = knowledge
        self.spoke: Iterable[str] = ()
        """Rules that have spoken up at this very packet, in running order."""
        self.storm = False
        """The asker sends questions at a storm's rate, repeats counted."""

    def window(self, length: float) -> Window:
        """What the asker asked in the last ``length`` seconds; the rule declared that length."""
        return self.asker.window(length)

    @property
    def is_legacy(self) -> bool:
        """From a port other than 5353: a one-shot querier (RFC 6762 §6.7)."""
        return self.flow.source_port != 5353
