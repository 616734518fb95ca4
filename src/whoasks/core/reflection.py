"""Who re-sends what others say: reflectors, behind which the true asker is hidden.

A reflector (RFC 6762 names no such thing, avahi and many routers have one) repeats the questions
and answers of another link under its own address. Two signs are counted: the same question
right after another host asked it, and addresses announced for several host names none of
which is the sender's own.
"""

from __future__ import annotations

from collections import OrderedDict

from whoasks.core.identity import HostState
from whoasks.core.model import AAAA, A, Flow, Message
from whoasks.core.names import normal

SOON = 0.1
"""Seconds between a question and its reflection; avahi takes about 1 ms."""
MAX_RECENT = 512
COPIES = 5
"""Different questions copied so soon: hosts that wake together share one or two."""
SHARE = 0.8
"""Share of all its questions that are copies."""
FOREIGN_NAMES = 3
"""Host names announced without an address of the sender's. A sleep proxy does it as well, but for
names that it does not ask for either."""
MAX_SPOKEN = 16


class Reflection:
    """The last questions of all hosts, and which of them were copies."""

    __slots__ = ("_recent", "found")

    def __init__(self) -> None:
        self._recent: OrderedDict[frozenset[tuple[str, int]], tuple[float, HostState, str]] = (
            OrderedDict()
        )
        self.found: dict[str, str] = {}
        """Host key → why it is taken for a reflector."""

    def asked(
        self, host: HostState, flow: Flow, what: frozenset[tuple[str, int]], at: float
    ) -> None:
        """A host asked something that it had not asked before."""
        before = self._recent.get(what)
        host.fresh_asks += 1
        if (
            before is not None
            and before[1] is not host
            and at - before[0] <= SOON
            and (":" in before[2]) == (":" in flow.source)
        ):
            host.copies += 1
            if host.copies >= COPIES and host.copies >= SHARE * host.fresh_asks:
                self._take(
                    host, f"{host.copies} of its questions repeat another host's within 0.1 s"
                )
            return
        self._recent[what] = (at, host, flow.source)
        self._recent.move_to_end(what)
        if len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)

    def answered(self, host: HostState, message: Message) -> None:
        """A host announced addresses: are they its own?"""
        spoken = host.spoken
        for record in (*message.answers, *message.additionals):
            if record.rtype not in (A, AAAA) or not record.ttl:
                continue
            name = normal(record.name)
            own = record.data in host.addresses
            if name in spoken:
                # Once its own, always its own: a host has addresses it does not send from.
                spoken[name] |= own
            elif len(spoken) < MAX_SPOKEN:
                spoken[name] = own

    def _take(self, host: HostState, why: str) -> None:
        if len(self.found) < MAX_RECENT:
            self.found[host.key] = why

    def of(self, host: HostState) -> str | None:
        """Why a host is taken for a reflector, or None when it is not."""
        why = self.found.get(host.key)
        if why is not None and host.copies < SHARE * host.fresh_asks:
            why = None  # it has asked so much else since
        if why is None and host.spoken:
            foreign = sum(not own for own in host.spoken.values())
            if foreign >= FOREIGN_NAMES:
                why = f"it announces {foreign} host names at addresses that are not its own"
        return why
