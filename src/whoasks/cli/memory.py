"""How the garbage collector is set for a long run. Nothing else.

The core makes no rings of objects, so that reference counts free what falls due. A full
collection would walk all that is kept: up to 0.4 s in the middle of a flood, at twice the
cost of a packet over all.
"""

from __future__ import annotations

import gc

THRESHOLDS = (100_000, 50, 1_000)
"""Young objects are still looked at, for the rings that libraries make."""


def settle() -> None:
    """Keep what is loaded by now out of every collection, and collect rarely."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
