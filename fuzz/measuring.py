"""CPU time of one piece of work, in seconds, without the collections that happen to fall in it.

A collection costs whatever else is in memory, a fuzzer's corpus for example; the collections of a
watch are held by the tests of the flood.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import Any

_collecting = 0.0
_started = 0.0


def _heard(phase: str, _info: dict[str, Any]) -> None:
    global _collecting, _started  # noqa: PLW0603 - a hook of the interpreter, one for all
    if phase == "start":
        _started = time.thread_time()
    else:
        _collecting += time.thread_time() - _started


gc.callbacks.append(_heard)


def forget() -> None:
    """Empty the core's memos of names: a hostile sender writes each packet anew."""
    for name, attribute in _MEMOS:
        memo = getattr(sys.modules.get(name), attribute, None)
        if memo is not None:
            memo.cache_clear()


_MEMOS = (
    ("whoasks.core.names", "parse"),
    ("whoasks.core.wire", "address_text"),
    ("whoasks.core.instances", "key_of"),
    ("whoasks.core.instances", "shown_label"),
)


def cost(work: Callable[[], object]) -> float:
    """What the work takes; whatever it raises passes through."""
    before, start = _collecting, time.thread_time()
    work()
    return time.thread_time() - start - (_collecting - before)
