"""What was learned survives, grows, never goes back and never outgrows its bounds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.things import TEXT, TIMES

from whoasks.core.habits import (
    MAX_HOSTS,
    MAX_OWNERS,
    MAX_TYPES,
    HostHabit,
    Learned,
    OwnerHabit,
    TypeHabit,
)
from whoasks.store import Store, StoreError
from whoasks.store.habits import merged_hosts

PHONE = HostHabit("02:00:00:00:00:01", 100.0, 200.0, (TypeHabit("_ipp._tcp", 100.0, 200.0, 2),))
PRINTER = OwnerHabit("printer.local.", "02:00:00:00:00:09", 90.0, 210.0)
LEARNED = Learned(50.0, (PHONE,), (PRINTER,), {"meta-query": 150.0})


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


def kept(*saved: Learned) -> Learned:
    with Store("sqlite://") as store:
        for learned in saved:
            store.save_habits(learned)
        found = store.habits()
    assert found is not None
    return found


def test_nothing_was_learned(db: Path) -> None:
    with Store(db) as store:
        assert store.habits() is None


def test_it_survives_a_restart(db: Path) -> None:
    with Store(db) as store:
        store.save_habits(LEARNED)
    with Store(db, read_only=True) as store:
        assert store.habits() == LEARNED
        with pytest.raises(StoreError, match="opened for reading"):
            store.save_habits(LEARNED)


def test_the_start_alone_is_worth_keeping() -> None:
    assert kept(Learned(7.0)) == Learned(7.0)


def test_the_same_again_writes_nothing(db: Path) -> None:
    with Store(db) as store:
        store.save_habits(LEARNED)
        with store._transaction() as connection:
            before = connection.exec_driver_sql("PRAGMA data_version").scalar()
            rows = connection.exec_driver_sql("SELECT * FROM host_habits").all()
        store.save_habits(LEARNED)
        with store._transaction() as connection:
            assert connection.exec_driver_sql("PRAGMA data_version").scalar() == before
            assert connection.exec_driver_sql("SELECT * FROM host_habits").all() == rows


SSH = TypeHabit("_ssh._tcp", 300.0, 300.0, 1, True)
GROWN = {
    "started: the earliest": (Learned(60.0), 50.0, lambda found: found.started),
    "an earlier start": (Learned(10.0), 10.0, lambda found: found.started),
    "rules: the latest": (
        Learned(50.0, rules={"meta-query": 120.0, "type-sweep": 5.0}),
        {"meta-query": 150.0, "type-sweep": 5.0},
        lambda found: found.rules,
    ),
    "another host": (
        Learned(50.0, (HostHabit("10.0.0.9", 10.0, 20.0),)),
        ["10.0.0.9", PHONE.key],
        lambda found: [habit.key for habit in found.hosts],
    ),
    "another type": (
        Learned(50.0, (HostHabit(PHONE.key, 300.0, 300.0, (SSH,)),)),
        (HostHabit(PHONE.key, 100.0, 300.0, (*PHONE.types, SSH)),),
        lambda found: found.hosts,
    ),
    "a type again": (
        Learned(50.0, (HostHabit(PHONE.key, 1.0, 9.0, (TypeHabit("_ipp._tcp", 1.0, 9.0),)),)),
        (HostHabit(PHONE.key, 1.0, 200.0, (TypeHabit("_ipp._tcp", 1.0, 200.0, 2),)),),
        lambda found: found.hosts,
    ),
    "an owner again": (
        Learned(50.0, owners=(OwnerHabit(PRINTER.name, PRINTER.key, 95.0, 300.0),)),
        (OwnerHabit(PRINTER.name, PRINTER.key, 90.0, 300.0),),
        lambda found: found.owners,
    ),
    "a later owner": (
        Learned(50.0, owners=(OwnerHabit(PRINTER.name, "x", 300.0, 301.0),)),
        (OwnerHabit(PRINTER.name, "x", 300.0, 301.0),),
        lambda found: found.owners,
    ),
    "an earlier owner": (
        Learned(50.0, owners=(OwnerHabit(PRINTER.name, "x", 1.0, 2.0),)),
        (PRINTER,),
        lambda found: found.owners,
    ),
}


@pytest.mark.parametrize(("more", "wanted", "look"), GROWN.values(), ids=GROWN)
def test_it_grows(more: Learned, wanted: object, look) -> None:
    assert look(kept(LEARNED, more)) == wanted


def test_a_host_s_types_are_capped_and_the_oldest_go() -> None:
    types = tuple(TypeHabit(f"_t{n}._tcp", 1.0, float(n)) for n in range(MAX_TYPES + 50))
    found = merged_hosts(HostHabit("h", 1.0, 2.0, types[50:]), HostHabit("h", 1.0, 2.0, types))
    assert {habit.type for habit in found.types} == {habit.type for habit in types[50:]}


def test_hosts_and_owners_are_capped_and_the_silent_go() -> None:
    def learned(start: int, count: int) -> Learned:
        numbers = range(start, start + count)
        return Learned(
            0.0,
            tuple(HostHabit(f"host {n}", 0.0, float(n)) for n in numbers),
            tuple(OwnerHabit(f"{n}.local.", "k", 0.0, float(n)) for n in numbers),
        )

    found = kept(learned(0, 1_000), learned(1_000, MAX_HOSTS), learned(500, 10))
    assert [habit.last_seen for habit in found.hosts] == [1_000.0 + n for n in range(MAX_HOSTS)]
    assert len(found.owners) == MAX_OWNERS
    assert found.owners[0].last == 1_000.0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE host_habits SET value = '{'",
        "UPDATE owner_habits SET value = '[]'",
        "UPDATE meta SET value = 'x' WHERE key = 'habits'",
    ],
)
def test_what_cannot_be_read_is_learned_again(db: Path, statement: str) -> None:
    with Store(db) as store:
        store.save_habits(LEARNED)
    connection = sqlite3.connect(db)
    with connection:
        connection.execute(statement)
    connection.close()
    with Store(db) as store:
        assert store.habits() != LEARNED
        store.save_habits(LEARNED)
        assert store.habits() == LEARNED


TYPES = st.builds(
    TypeHabit, type=TEXT, first=TIMES, last=TIMES, days=st.integers(1, 9), alone=st.booleans()
)
ANY = st.builds(
    Learned,
    started=TIMES,
    hosts=st.lists(
        st.builds(
            HostHabit,
            key=TEXT,
            first_seen=TIMES,
            last_seen=TIMES,
            types=st.lists(TYPES, max_size=3, unique_by=lambda t: t.type).map(tuple),
        ),
        max_size=3,
        unique_by=lambda habit: habit.key,
    ).map(tuple),
    owners=st.lists(
        st.builds(OwnerHabit, name=TEXT, key=TEXT, since=TIMES, last=TIMES),
        max_size=3,
        unique_by=lambda habit: habit.name,
    ).map(tuple),
    rules=st.dictionaries(TEXT, TIMES, max_size=3),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY, ANY)
def test_any_names_are_kept(one: Learned, other: Learned) -> None:
    found = kept(one, other)
    assert {habit.key for habit in found.hosts} == {h.key for h in (*one.hosts, *other.hosts)}
    assert {habit.name for habit in found.owners} == {o.name for o in (*one.owners, *other.owners)}
    assert kept(other, one) == found
    assert kept(one, other, one) == found
    assert kept(found) == found
