"""What is usual here, on its way between the store and a pipeline. Judges no host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

import msgspec

from whoasks.core.habits import Habits, Learned

if TYPE_CHECKING:
    from whoasks.store import Store

T = TypeVar("T")

AT_ONCE = 256
"""Habits in one save: a tenth of a second at most. All that a flood can make at once would keep
a watch from its packets for more than a second."""


def stored(store: Store, say: Callable[[str], None]) -> Learned | None:
    """What earlier watches learned; where it cannot be read that is said, and None."""
    from whoasks.store import StoreError

    try:
        return store.habits()
    except StoreError as error:
        say(f"{error.sentence}. {error.remedy}. What was learned before is not known to this watch")
        return None


def progress(habits: Learned | None, learning: float, now: float) -> str:
    """A sentence on how far learning has got; empty when it has ended."""
    words = Habits(habits, learning).progress(now)
    return words[:1].upper() + words[1:]


def is_kept(learned: Learned) -> bool:
    """Whether there is anything to keep: no packet with a usable time, no beginning."""
    return learned.started > 0


def parts(learned: Learned) -> Iterator[Learned]:
    """The same in pieces that are quick to save."""
    rules = learned.rules
    for hosts, owners in zip_longest(_pieces(learned.hosts), _pieces(learned.owners), fillvalue=()):
        yield Learned(learned.started, hosts, owners, rules)
        rules = {}


def of_recording(learned: Learned, before: Learned | None, *, last: float, now: float) -> Learned:
    """What a recording taught, with a beginning that is fair to the learning time.

    ``last``: the time of its last packet. A recording that was made a year ago is no year of
    watching: it counts for as long as it lasts, and for nothing where ``before`` has begun.
    """
    lasted = max(0.0, last - learned.started)
    started = now - lasted if before is None else before.started
    return msgspec.structs.replace(learned, started=started)


def _pieces(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """At least one, so that what is no host's and no owner's is kept too."""
    return (items[at : at + AT_ONCE] for at in range(0, max(1, len(items)), AT_ONCE))
