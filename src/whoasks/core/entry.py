"""One live record, when and where it was heard, and what refreshes it cheaply.

Plain classes, not msgspec's: they are changed with nearly every packet and made seldom, and a
compiled core reaches their attributes directly.
"""

from __future__ import annotations

from typing import Any, Literal

from whoasks.core.instances import Instance

Leaving = Literal["goodbye", "flush"]


class Hearing:
    """When and where a record was heard, and from which host."""

    __slots__ = ("at", "interface", "owner")

    def __init__(self, at: float, interface: str, owner: str) -> None:
        self.at = at
        self.interface = interface
        self.owner = owner


class Entry:
    """One live record, with who announced it and where it was heard."""

    __slots__ = (
        "alive", "data", "due", "expires", "identity", "interfaces", "leaving", "name", "owners",
        "rtype", "seen", "subject", "ttl",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - made in one place
        self, name: str, rtype: int, data: Any, identity: Any, ttl: float, by: Hearing
    ) -> None:
        self.name = name
        """The key of its name."""
        self.rtype = rtype
        self.data = data
        self.identity = identity
        """What tells it from others of its set: ``data``, or a name's key."""
        self.ttl = ttl
        self.seen = by.at
        self.expires = by.at + ttl
        self.due = self.expires
        """When the heap looks at it next; never after ``expires``."""
        self.interfaces: tuple[str, ...] = (by.interface,)
        self.owners: tuple[str, ...] = (by.owner,)
        """Host keys, the first announcer first; the record counts against that one's cap."""
        self.subject: Instance | None = None
        """The instance it is about, for the inventory."""
        self.leaving: Leaving | None = None
        self.alive = True


MAX_PARTS = 64
"""Records of an echo: an Ethernet frame holds about 60, and what is remembered of a message shall
not be many times its size."""
Part = tuple[Entry, float, tuple[str, ...], dict[Any, Entry], int]
"""A record that a message refreshed, the TTL it gave, the interfaces, the record's set, and the
size of that: a rival makes it larger. For a set that is shared an empty one stands there."""


class Echo:
    """What a message refreshes when the same host says it again over the same interface, as long
    as nothing that it touches has changed."""

    __slots__ = ("forgotten", "interface", "parts")

    def __init__(self, interface: str, forgotten: int, parts: tuple[Part, ...]) -> None:
        self.interface = interface
        self.forgotten = forgotten
        """Instances that had been forgotten by then: their records would find a new one."""
        self.parts = parts

    def refresh(self, at: float, forgotten: int) -> bool:
        """Refresh it all; whether all is as it was. If not, it was done in part, which the whole
        message does again."""
        if self.forgotten != forgotten:
            return False
        for entry, ttl, interfaces, held, size in self.parts:
            expires = at + ttl
            if (
                not entry.alive
                or entry.leaving is not None
                or entry.interfaces is not interfaces
                or len(held) != size
                or expires < entry.due
            ):
                return False
            entry.seen, entry.ttl, entry.expires = at, ttl, expires
            subject = entry.subject
            if subject is not None:
                if subject.gone is not None:
                    return False
                subject.last_seen = at
        return True
