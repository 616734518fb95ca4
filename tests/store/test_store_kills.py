"""Killed at any moment: what was shown is there, nothing is there twice, the file stays sound."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from tests.store.things import finding

from whoasks.core.model import FindingOpened, FindingUpdated
from whoasks.store import Store

KILLS = 100
LONGEST = 0.03
"""Seconds until the kill, at the most: a save takes some milliseconds."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def _keeps_saving(db: Path, turn: int, shown: int) -> None:
    """Save one finding after the other, and show each once it is committed."""
    with Store(db) as store:
        for number in range(10_000):
            key = f"{turn}-{number}"
            store.save([FindingOpened(0.0, finding(key))])
            os.write(shown, f"{key}\n".encode())
            store.save([FindingUpdated(1.0, finding(key, packets=9))])


def _killed(db: Path, turn: int, after: float) -> list[str]:
    """What a child showed before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            _keeps_saving(db, turn, writing)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with open(reading, encoding="ascii") as pipe:
        return [line.strip() for line in pipe if line.endswith("\n")]


def test_a_hundred_kills(tmp_path: Path) -> None:
    db = tmp_path / "w.db"
    Store(db).close()
    chance = random.Random(5)
    shown: list[str] = []
    for turn in range(KILLS):
        shown += _killed(db, turn, chance.uniform(0.0, LONGEST))
    with Store(db, read_only=True) as store:
        kept = [each.id for each in store.findings()]
    assert len(shown) > KILLS
    assert set(shown) <= set(kept)
    assert len(kept) == len(set(kept))
    # At most one a turn was committed and not shown any more.
    assert len(kept) - len(shown) <= KILLS
    with sqlite3.connect(db) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
