"""How the garbage collector is set for a long run. Nothing else.

The core makes no rings of objects, so that reference counts free what falls due. A full
collection would walk all that is kept: up to 0.4 s in the middle of a flood, at twice the
cost of a packet over all.
"""

from __future__ import annotations

import gc

THRESHOLDS = (1_000, 10, 1_000_000)
"""Young objects are still looked at, often and few at a time, for the rings that libraries make;
a hundred thousand at a time took 60 ms. What has grown old is not looked at again."""


def settle() -> None:
    """Keep what is loaded by now out of every collection, and never collect what is old."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
