"""What bursts come to by the hour: whole at any moment, once each, also by two watchers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store import things
from tests.store.things import HOST, burst, finding, pruned

from whoasks.core.activity import Activity
from whoasks.core.model import Burst, BurstClosed, FindingOpened
from whoasks.store import Retention, Store, hours

DAY = 86_400.0
HOUR = 3600.0


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


def at(seconds: float, **changes: Any) -> Burst:
    """A burst of 4 packets and 11 questions that begins then, with the id it has then."""
    names = ("_ipp._tcp.local.",)
    own = {"started": seconds, "ended": seconds + 5, "names": names, "types": 1}
    return burst(f"b{seconds}", **{**own, **changes})


def keep(store: Store, *bursts: Burst) -> None:
    store.save([BurstClosed(0, each) for each in bursts])


def counts(hours: Iterable[Activity]) -> list[tuple[float, int, int, int]]:
    return [(each.hour, each.bursts, each.packets, each.questions) for each in hours]


def test_a_row_an_asker_and_hour(db: Path) -> None:
    other = msgspec.structs.replace(HOST, mac="02:00:00:00:00:09")
    unnamed = msgspec.structs.replace(HOST, mac=None)
    with Store(db) as store:
        keep(store, at(10), at(20), at(HOUR + 5))
        keep(store, at(30, host=other), at(40, host=unnamed), at(50, interface="eth1"))
        found = list(store.activity())
        assert counts(found) == [
            (0.0, 2, 8, 22),
            (0.0, 1, 4, 11),
            (0.0, 1, 4, 11),
            (0.0, 1, 4, 11),
            (HOUR, 1, 4, 11),
        ]
        assert found[0].minutes == {0: (2, 8, 22)}
        assert [each.host for each in found] == [HOST, other, unnamed, HOST, HOST]
        assert found[3].interface == "eth1"


def test_a_vlan_is_one_segment(db: Path) -> None:
    with Store(db) as store:
        keep(store, at(10, vlan=7), at(20, vlan=7, interface="eth1"), at(30, vlan=8))
        assert [each.bursts for each in store.activity()] == [2, 1]


PERIODS = {
    "everything": ({}, [0.0, HOUR, 2 * HOUR]),
    "since": ({"since": HOUR}, [HOUR, 2 * HOUR]),
    "until": ({"until": HOUR}, [0.0]),
    "nothing then": ({"since": 9 * HOUR}, []),
}


@pytest.mark.parametrize(("period", "found"), PERIODS.values(), ids=PERIODS)
def test_periods(db: Path, period: dict[str, float], found: list[float]) -> None:
    with Store(db) as store:
        keep(store, *(at(n * HOUR + 7) for n in range(3)))
        assert [each.hour for each in store.activity(**period)] == found


def test_told_again_in_any_save(db: Path) -> None:
    bursts = [at(n * 60) for n in range(70)]
    with Store(db) as store, Store(db) as other:
        keep(store, *bursts[:40])
        keep(other, *bursts[20:])
        keep(store, *reversed(bursts))
        assert counts(store.activity()) == [(0.0, 60, 240, 660), (HOUR, 10, 40, 110)]


def test_told_again_after_it_was_deleted(db: Path) -> None:
    bursts = [at(n * 60) for n in range(60)]
    with Store(db) as store:
        keep(store, *bursts)
        assert pruned(store, 3 * DAY)["bursts"] == 60
        assert list(store.bursts()) == []
        keep(store, *bursts)  # the same capture, read again
        assert counts(store.activity()) == [(0.0, 60, 240, 660)]
        assert pruned(store, 9 * DAY) == {"bursts": 60, "activity": 1}
        keep(store, *bursts)
        (hour,) = store.activity()
        assert (hour.bursts, hour.minutes) == (60, None)


def test_a_burst_that_grew(db: Path) -> None:
    with Store(db) as store:
        keep(store, at(10), at(70))
        keep(store, at(10, ended=20.0, packets=9, questions=20))
        keep(store, at(10))  # an old snapshot
        assert counts(store.activity()) == [(0.0, 2, 13, 31)]
        keep(store, at(200, packets=1), at(200, ended=300.0, packets=2))  # both in one save
        assert counts(store.activity()) == [(0.0, 3, 15, 42)]


def test_minutes_merge_into_the_hour(db: Path) -> None:
    with Store(db) as store:
        keep(store, *(at(n * 60) for n in range(60)), at(8 * DAY))
        pruned(store, 8 * DAY)
        old, new = store.activity()
        assert (old.minutes, old.bursts, new.minutes) == (None, 60, {0: (1, 4, 11)})
        pruned(store, 8 * DAY + HOUR, Retention(activity=1))
        assert list(store.activity()) == [new]
    connection = sqlite3.connect(db)
    assert connection.execute("SELECT minutes FROM activity").fetchall() == [(1,)]
    connection.close()


def test_a_flood_of_askers_is_capped(db: Path) -> None:
    with Store(db) as store:
        macs = [f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}" for n in range(1200)]
        hosts = [msgspec.structs.replace(HOST, mac=mac) for mac in macs]
        keep(store, *(at(float(n), host=host) for n, host in enumerate(hosts)))
        assert pruned(store, 2000.0, Retention(rows=700))["activity"] == 500
        assert [each.first_seen for each in store.activity()] == [
            float(n) for n in range(500, 1200)
        ]


def test_a_row_that_cannot_be_read(db: Path) -> None:
    with Store(db) as store:
        keep(store, at(10), at(HOUR))
        connection = sqlite3.connect(db)
        with connection:
            connection.execute("UPDATE activity SET value = '{' WHERE first_seen = 10")
        connection.close()
        pruned(store, 8 * DAY)
        assert pruned(store, 8 * DAY) == {}
        keep(store, at(20))  # it is written anew
        assert counts(store.activity()) == [(0.0, 1, 4, 11), (HOUR, 1, 4, 11)]


def test_no_name_of_the_wire_stands_in_a_column(db: Path) -> None:
    bad = "_\x00\x1b[31m._tcp.local."
    with Store(db) as store:
        keep(store, at(10, names=(bad,), interface="\udce9"))
        keep(store, at(20, names=(bad,), interface="\udce9"))
        (hour,) = store.activity()
        assert (hour.bursts, len(hour.types)) == (2, 1)
    connection = sqlite3.connect(db)
    ((key, host, value),) = connection.execute("SELECT id, host, value FROM activity").fetchall()
    connection.close()
    assert (len(key), host) == (32, HOST.mac)
    assert "\x1b" not in value


def test_a_finding_and_its_burst_in_one_save(db: Path) -> None:
    with Store(db) as store:
        keep(store, at(10))
        store.save([FindingOpened(0, finding()), BurstClosed(0, at(70))])
        assert counts(store.activity()) == [(0.0, 2, 8, 22)]


@settings(max_examples=25, deadline=None)
@given(st.lists(things.BURSTS, max_size=6))
def test_any_bursts(bursts: list[Burst]) -> None:
    with Store("sqlite://") as store:
        for each in bursts:
            keep(store, each)
        kept = list(store.bursts())
        found = list(store.activity())
        keys = {hours.key_of(each) for each in bursts}
        assert len(found) <= len(keys)
        keep(store, *bursts)
        assert list(store.activity()) == found
        pruned(store, 1e10, Retention(activity=1e9))
        assert all(each.minutes is None for each in store.activity())
        assert len(kept) == len({each.id for each in kept})
