"""What services were like at a time, and lists under a name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.helpers import samples
from tests.store.things import pruned, service

from whoasks.core.model import ServiceChanged, ServiceGone, ServiceSeen
from whoasks.store import Retention, Store, StoreError, lists, states

DAY = 86_400.0


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


def ports(store: Store, at: float) -> list[int | None]:
    return [found.port for found in store.services_at(at)]


def test_a_service_comes_changes_goes_and_comes_back(db: Path) -> None:
    with Store(db) as store:
        store.save([ServiceSeen(100.0, service(port=1))])
        store.save([ServiceChanged(200.0, service(port=2))])
        store.save([ServiceGone(300.0, service(port=2, stale=True), "goodbye")])
        store.save([ServiceSeen(400.0, service(port=3))])
        then = {at: ports(store, at) for at in (99, 100, 199, 200, 299, 300, 399, 400, 1e12)}
    assert then == {
        99: [], 100: [1], 199: [1], 200: [2], 299: [2], 300: [], 399: [], 400: [3], 1e12: [3],
    }  # fmt: skip


def test_in_one_minute_the_last_news_counts_in_any_order(db: Path) -> None:
    news = [ServiceSeen(60.0, service(port=1)), ServiceChanged(119.0, service(port=2))]
    with Store(db) as store:
        store.save(news)
        store.save(news[::-1])
        store.save(news[:1])
        assert ports(store, 1e9) == [2]
        store.save([ServiceChanged(120.0, service(port=3))])
        assert (ports(store, 119.5), ports(store, 120.0)) == ([2], [3])


def test_a_flood_of_changes_fills_no_disk(db: Path) -> None:
    with Store(db) as store:
        for n in range(20):
            changes = [ServiceChanged(600.0 + n, service(port=n * 100 + m)) for m in range(100)]
            store.save(changes)
        with store._transaction() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM service_states").scalar()
        assert count == 1
        assert ports(store, 1e9) == [1999]


def test_services_are_apart_by_name_type_and_domain(db: Path) -> None:
    apart = [service("a"), service("b"), service("a", type="_b._tcp"), service("a", domain="x.org")]
    with Store(db) as store:
        store.save([ServiceSeen(1.0, each) for each in apart])
        assert len(store.services_at(1.0)) == 4


def test_what_is_old_goes_but_what_still_holds_stays(db: Path) -> None:
    def there(name: str) -> object:
        return service(name, last_seen=90 * DAY)

    with Store(db) as store:
        store.save(
            [
                ServiceSeen(1 * DAY, there("stays")),
                ServiceSeen(1 * DAY, there("changes")),
                ServiceChanged(2 * DAY, there("changes")),
                ServiceChanged(99 * DAY, there("changes")),
                ServiceSeen(1 * DAY, there("goes")),
                ServiceGone(2 * DAY, there("goes"), "goodbye"),
                ServiceSeen(1 * DAY, service("forgotten", last_seen=1 * DAY)),
            ]
        )
        gone = pruned(store, 100 * DAY, Retention(services=20))
        assert (gone["services"], gone["service_states"]) == (1, 4)
        assert sorted(s.instance for s in store.services_at(80 * DAY)) == ["changes", "stays"]
        assert len(store.services_at(99 * DAY)) == 2


def test_a_state_nobody_can_read(db: Path) -> None:
    with Store(db) as store:
        store.save([ServiceSeen(1.0, service())])
        with sqlite3.connect(db) as connection:
            connection.execute("UPDATE service_states SET value = '{'")
        connection.close()
        with pytest.raises(StoreError, match="cannot be read"):
            store.services_at(2.0)


def test_events_of_other_things_are_no_states() -> None:
    assert states.of([]) == []


@pytest.mark.parametrize("instance", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_a_list_comes_back_as_it_was(db: Path, instance: str) -> None:
    given = [samples.service(instance=instance), samples.service(port=None, stale=True)]
    with Store(db) as store:
        store.save_list("monday", 5.0, given, ("_ipp._tcp.local.",))
        saved = store.saved_list("monday")
    assert saved is not None
    assert (saved.name, saved.at, len(saved.services)) == ("monday", 5.0, 2)
    assert saved.asked == ("_ipp._tcp.local.",)
    assert saved.services[1] == given[1]
    back = saved.services[0]
    assert back == given[0] or "\udc80" in instance  # which has no UTF-8 (see ``values.encode``)
    assert back.port == 631


def test_a_name_used_again_is_replaced(db: Path) -> None:
    with Store(db) as store:
        store.save_list("a", 1.0, [samples.service()])
        store.save_list("b", 2.0, [])
        store.save_list("a", 3.0, [])
        assert store.lists() == [("a", 3.0, 0), ("b", 2.0, 0)]
        assert store.saved_list("c") is None
        assert store.saved_list("../x") is None


def test_lists_do_not_age(db: Path) -> None:
    with Store(db) as store:
        store.save_list("a", 1.0, [])
        pruned(store, 1e9, Retention(rows=0))
        assert len(store.lists()) == 1


def test_a_list_nobody_can_read(db: Path) -> None:
    with Store(db) as store:
        store.save_list("a", 1.0, [])
        with sqlite3.connect(db) as connection:
            connection.execute("UPDATE saved_lists SET value = '[{}]'")
        connection.close()
        with pytest.raises(StoreError, match="whoasks list --save a"):
            store.saved_list("a")


NAMES = {"monday": True, "a-1_b": True, "büro": True, "7": True, "x" * 64: True}
NO_NAMES = ("", "a.b", "a/b", "-a", "_a", "a b", "x" * 65, "a\n", "a\x00", "..")


@pytest.mark.parametrize(("name", "good"), [*NAMES.items(), *((n, False) for n in NO_NAMES)])
def test_names_of_lists(db: Path, name: str, good: bool) -> None:
    assert lists.is_name(name) is good
    if not good:
        with Store(db) as store, pytest.raises(StoreError, match="cannot be called") as caught:
            store.save_list(name, 1.0, [])
        assert caught.value.exit_code == 2
