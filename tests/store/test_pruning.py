"""Deleting in parts: each short, a pass ends, and what a finding refers to stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.things import asker, burst, finding, pruned, service

from whoasks.core.model import BurstClosed, FindingOpened, ServiceSeen, Severity
from whoasks.store import Retention, Store, StoreError, pruning
from whoasks.store.schema import ACTIVITY, BURSTS

DAY = 86_400.0


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


def kept(store: Store) -> list[str]:
    return [each.id for each in store.bursts()]


def test_bursts_stay_as_long_as_a_finding_refers_to_them(db: Path) -> None:
    with Store(db) as store:
        store.save([BurstClosed(0, burst(f"b{n}", started=n, ended=n)) for n in range(5)])
        store.save([FindingOpened(0, finding("f1", burst="b1", last_seen=10.0))])
        store.save([FindingOpened(0, finding("f3", burst="b3", last_seen=90 * DAY))])
        store.save([FindingOpened(0, finding("none", burst=None, last_seen=90 * DAY))])
        assert pruned(store, 3 * DAY)["bursts"] == 3
        assert kept(store) == ["b1", "b3"]
        assert pruned(store, 100 * DAY, Retention(findings=30))["bursts"] == 1
        assert kept(store) == ["b3"]
        assert pruned(store, 300 * DAY, Retention(findings=30))["bursts"] == 1
        assert kept(store) == []
        (hour,) = store.activity()
        assert hour.bursts == 5


def test_a_flood_does_not_push_out_what_a_finding_refers_to(db: Path) -> None:
    with Store(db) as store:
        store.save([FindingOpened(0, finding("f", burst="b0005"))])
        store.save([BurstClosed(0, burst(f"b{n:04}", started=n, ended=n)) for n in range(1300)])
        assert pruned(store, 1300.0, Retention(rows=10))["bursts"] == 1290
        assert kept(store) == ["b0005", *(f"b{n}" for n in range(1291, 1300))]


@pytest.mark.parametrize("together", [1, 1200], ids=["times of their own", "one time for all"])
def test_more_that_stay_than_a_part_looks_at(db: Path, together: int) -> None:
    with Store(db) as store:
        times = [float(n // together) for n in range(1300)]
        store.save([FindingOpened(0, finding(f"f{n}", burst=f"b{n}")) for n in range(1200)])
        store.save(
            [BurstClosed(0, burst(f"b{n}", started=at, ended=at)) for n, at in enumerate(times)]
        )
        assert pruned(store, 3 * DAY)["bursts"] == 100
        assert sorted(kept(store)) == sorted(f"b{n}" for n in range(1200))


def test_a_part_is_bounded_and_a_pass_ends(db: Path) -> None:
    with Store(db) as store:
        store.save_askers([asker(float(n), float(n)) for n in range(1100)])
        store.save([BurstClosed(0, burst(f"{n}", started=n, ended=n)) for n in range(1100)])
        store.save([ServiceSeen(float(n), service(f"{n}", last_seen=n)) for n in range(1100)])
        store.save([FindingOpened(0, finding(f"{n}", last_seen=n)) for n in range(1100)])
        parts = []
        while part := store.prune(1000 * DAY, Retention(activity=1)):
            parts.append(part)
        assert max(sum(part.values()) for part in parts) == pruning.PART
        assert pruned(store, 1000 * DAY) == {}
        for rows in (store.findings, store.bursts, store.services, store.askers, store.activity):
            assert list(rows()) == []


def test_a_pass_goes_on_from_where_it_was(db: Path) -> None:
    with Store(db) as store:
        store.save([BurstClosed(0, burst(f"{n}", started=n, ended=n)) for n in range(1100)])
        assert store.prune(3 * DAY) == {"bursts": pruning.PART}
        for _ in range(4):
            assert store.prune(9 * DAY) == {"bursts": pruning.PART}
        store.save([BurstClosed(0, burst("new", started=4 * DAY, ended=4 * DAY))])
        assert store.prune(9 * DAY) == {"bursts": 100}  # still by the time of its beginning
        assert store.prune(9 * DAY) == {}
        assert store.prune(9 * DAY) == {"bursts": 1}


def test_another_retention_begins_anew(db: Path) -> None:
    with Store(db) as store:
        store.save([BurstClosed(0, burst(f"{n}", started=n, ended=n)) for n in range(1100)])
        assert store.prune(3 * DAY) == {"bursts": pruning.PART}
        assert store.prune(3 * DAY, Retention(bursts=30, rows=850)) == {"bursts": 50}
        assert pruned(store, 3 * DAY, Retention(bursts=30)) == {}


def test_a_pass_that_breaks_off(db: Path) -> None:
    with Store(db, busy_timeout=0.05) as store:
        store.save([BurstClosed(0, burst(f"{n}", started=n, ended=n)) for n in range(1100)])
        assert store.prune(3 * DAY) == {"bursts": pruning.PART}
        other = sa.create_engine(f"sqlite:///{db}").connect()
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.prune(3 * DAY)
        other.close()
        assert pruned(store, 3 * DAY) == {"bursts": 900}


def test_the_file_does_not_grow_while_bursts_come_and_go(db: Path) -> None:
    sizes = []
    with Store(db) as store:
        for day in range(10):
            for part in range(6):
                begin = day * DAY + part * 14_400
                bursts = [
                    burst(f"{day}-{part}-{n}", started=begin + 30 * n, ended=begin + 30 * n)
                    for n in range(150)
                ]
                store.save([BurstClosed(0, each) for each in bursts])
                pruned(store, begin + 3000)
            sizes.append(db.stat().st_size)
    assert sizes[9] < 1.1 * sizes[3]
    assert sizes[9] < 4_000_000


def test_looking_for_the_old_uses_indexes(db: Path) -> None:
    """No part may look at a whole table: its cost would grow with it."""
    with Store(db) as store, store._transaction() as connection:
        said: list[str] = []

        def note(conn, cursor, statement, parameters, context, many):
            if statement.startswith("SELECT") and "count" not in statement:
                plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                said.extend(str(row[3]) for row in plan)

        sa.event.listen(connection, "before_cursor_execute", note)
        whole = pruning.Pruning(1000.0, Retention(rows=0))
        while whole.part(connection):
            pass
    assert said
    scans = [line for line in said if line.startswith("SCAN") and "INDEX" not in line]
    assert scans == []
    assert not any("TEMP B-TREE FOR ORDER BY" in line for line in said), said


def test_minutes_are_found_without_looking_at_merged_hours() -> None:
    indexed = {tuple(column.name for column in index.columns) for index in ACTIVITY.indexes}
    assert ("minutes", "last_seen") in indexed
    assert any(index.columns.keys() == ["last_seen"] for index in BURSTS.indexes)


def test_findings_of_low_severity_go_first_over_parts(db: Path) -> None:
    with Store(db) as store:
        high = [finding(f"h{n}", severity=Severity.HIGH, last_seen=1.0) for n in range(10)]
        low = [finding(f"l{n:04}", severity=Severity.LOW, last_seen=9.0 + n) for n in range(1200)]
        store.save([FindingOpened(0, each) for each in (*high, *low)])
        assert pruned(store, 100.0, Retention(rows=12))["findings"] == 1198
        assert {each.id for each in store.findings()} == {
            *(each.id for each in high),
            "l1198",
            "l1199",
        }
