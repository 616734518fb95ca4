"""Killed at any moment: what was shown is there, nothing is there twice, the file stays sound."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.things import burst, finding

from whoasks.core.model import Burst, BurstClosed, FindingOpened, FindingUpdated
from whoasks.store import Retention, Store

KILLS = 100
LONGEST = 0.03
"""Seconds until the kill, at the most: a save takes some milliseconds. They count from the fork,
from when the database is open, or from the first or second save, however busy the machine is."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def _keeps_saving(db: Path, turn: int, shown: int) -> None:
    """Save one finding after the other, and show each once it is committed."""
    with Store(db) as store:
        os.write(shown, b"\n")
        for number in range(10_000):
            key = f"{turn}-{number}"
            store.save([FindingOpened(0.0, finding(key))])
            os.write(shown, f"{key}\n".encode())
            store.save([FindingUpdated(1.0, finding(key, packets=9))])


def _keeps_bursts(db: Path, turn: int, shown: int) -> None:
    """Save one burst after the other, all of one hour, some of them again, and delete some."""
    everything = Retention(bursts=0.001)
    with Store(db, busy_timeout=20.0) as store:
        os.write(shown, b"\n")
        for number in range(3_000):
            bursts = [_of_one_hour(turn, max(0, number - back)) for back in (0, 1, 7)]
            store.save([BurstClosed(0.0, each) for each in bursts])
            os.write(shown, f"{turn}-{number}\n".encode())
            store.prune(86_400.0, everything)


def _of_one_hour(turn: int, number: int) -> Burst:
    """A burst of 4 packets, told apart by its millisecond."""
    began = turn + number / 1000
    return burst(f"{turn}-{number}", started=began, ended=began + 1)


def _started(db: Path, turn: int, work: Callable[[Path, int, int], None]) -> tuple[int, int]:
    """A child at work, and where it shows what it has saved."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            work(db, turn, writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


def _killed(child: int, reading: int, turn: int, after: float) -> list[str]:
    """What a child showed before it was killed."""
    with open(reading, encoding="ascii") as pipe:
        lines = [pipe.readline() for _ in range(turn % 4)]
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        return [line.strip() for line in (*lines, *pipe) if line.endswith("\n") and line.strip()]


def test_a_hundred_kills(tmp_path: Path) -> None:
    db = tmp_path / "w.db"
    Store(db).close()
    chance = random.Random(5)
    shown: list[str] = []
    for turn in range(KILLS):
        child = _started(db, turn, _keeps_saving)
        shown += _killed(*child, turn, chance.uniform(0.0, LONGEST))
    with Store(db, read_only=True) as store:
        kept = [each.id for each in store.findings()]
    assert len(shown) >= KILLS * 3 // 4
    assert set(shown) <= set(kept)
    assert len(kept) == len(set(kept))
    # At most one a turn was committed and not shown any more.
    assert len(kept) - len(shown) <= KILLS
    with sqlite3.connect(db) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_no_burst_counts_twice_or_not_at_all(tmp_path: Path) -> None:
    """Two watchers on one database at a time, killed again and again, bursts told again by both
    and deleted meanwhile: each is in the activity of its hour, once."""
    db = tmp_path / "w.db"
    Store(db).close()
    chance = random.Random(6)
    shown: set[str] = set()
    for turn in range(24):
        two = [_started(db, turn, _keeps_bursts) for _ in range(2)]
        for child in two:
            shown.update(_killed(*child, turn, chance.uniform(0.0, 2 * LONGEST)))
    with Store(db, read_only=True) as store:
        (hour,) = store.activity()
        left = len(list(store.bursts()))
    assert len(shown) >= 18
    assert left < len(shown)
    # At most one a child was committed and not shown any more.
    assert len(shown) <= hour.bursts <= len(shown) + 48
    assert hour.packets == 4 * hour.bursts
    assert hour.minutes is not None
    assert sum(bursts for bursts, _, _ in hour.minutes.values()) == hour.bursts
    with sqlite3.connect(db) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
