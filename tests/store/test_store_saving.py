"""What goes in comes out; saying it twice changes nothing; time never goes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store import things
from tests.store.things import HOST, asker, burst, finding, pruned, service

from whoasks.core.model import (
    Asker,
    Burst,
    BurstClosed,
    Finding,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Flow,
    MalformedSeen,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
    Severity,
)
from whoasks.store import Retention, Store, StoreError, values

DAY = 86_400.0


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


def everything(store: Store) -> list[object]:
    return [
        *store.findings(),
        *store.bursts(),
        *store.services(),
        *store.askers(),
    ]


RUN = [
    ServiceSeen(50.0, service(resolved=False, last_seen=50.0)),
    ServiceChanged(120.0, service()),
    FindingOpened(100.0, finding(packets=1, last_seen=100.0)),
    MalformedSeen(101.0, HOST, Flow("eth0", "10.0.0.1", 5353, "224.0.0.251", 5353), "x", "y"),
    FindingUpdated(110.5, finding(severity=Severity.HIGH)),
    BurstClosed(122.0, burst()),
    FindingClosed(1000.0, finding(severity=Severity.HIGH, status="closed")),
]
AFTER_RUN = [finding(severity=Severity.HIGH, status="closed"), burst(), service()]


def test_what_was_saved_is_read_back(db: Path) -> None:
    with Store(db) as store:
        store.save(RUN)
        store.save_askers([asker()])
    with Store(db, read_only=True) as store:
        assert everything(store) == [*AFTER_RUN, asker()]


def test_the_same_run_again_changes_nothing(db: Path) -> None:
    with Store(db) as store:
        for _ in range(3):
            store.save(RUN)
            store.save_askers([asker()])
        for event in RUN:  # and event by event, as a live watch would
            store.save([event])
            assert everything(store) == [*AFTER_RUN, asker()]


ORDERS = {
    "an earlier snapshot of a finding": (
        [FindingOpened(0, finding(packets=9)), FindingOpened(0, finding(packets=1))],
        [finding(packets=9)],
    ),
    "an open one after the closed one": (
        [FindingClosed(0, finding(status="closed")), FindingUpdated(0, finding())],
        [finding(status="closed")],
    ),
    "more was seen later": (
        [FindingClosed(0, finding(status="closed")), FindingUpdated(0, finding(last_seen=111.0))],
        [finding(last_seen=111.0)],
    ),
    "the same, silenced by a role given since": (
        [FindingOpened(0, finding()), FindingOpened(0, finding(silenced_by="hub"))],
        [finding(silenced_by="hub")],
    ),
    "an old capture of a service": (
        [ServiceSeen(0, service()), ServiceSeen(0, service(port=1, first_seen=7, last_seen=9))],
        [service(first_seen=7.0)],
    ),
    "a service again": (
        [ServiceSeen(0, service()), ServiceGone(0, service(first_seen=119, stale=True), "expired")],
        [service(stale=True)],
    ),
    "two services that differ in domain only": (
        [ServiceSeen(0, service()), ServiceSeen(0, service(domain="example.org"))],
        [service(domain="example.org"), service()],
    ),
}


@pytest.mark.parametrize("together", [True, False], ids=["one save", "two saves"])
@pytest.mark.parametrize(("events", "left"), ORDERS.values(), ids=ORDERS)
def test_newer_news_wins(db: Path, events: list, left: list, together: bool) -> None:
    with Store(db) as store:
        for batch in [events] if together else [[event] for event in events]:
            store.save(batch)
        assert sorted(map(repr, everything(store))) == sorted(map(repr, left))


def test_more_than_a_page(db: Path) -> None:
    findings = [finding(f"f{n:05}", first_seen=float(n // 700)) for n in range(2100)]
    with Store(db) as store:
        store.save(FindingOpened(0, value) for value in findings)
        store.save(FindingOpened(0, value) for value in findings)
        assert list(store.findings()) == findings


def test_all_or_nothing(db: Path) -> None:
    class Unwritable:
        pass

    bad = finding("f2", observed={"x": Unwritable()})
    with Store(db) as store:
        with pytest.raises(TypeError):  # a bug of the caller's, not of the database
            store.save([FindingOpened(0, finding()), FindingOpened(0, bad)])
        assert everything(store) == []
        store.save([FindingOpened(0, finding())])
        assert everything(store) == [finding()]


def test_lone_surrogates_are_spelled_out(db: Path) -> None:
    with Store(db) as store:
        store.save([ServiceSeen(0, service("caf\udce9"))])
        store.save([ServiceSeen(0, service("caf\udce9"))])
        assert [value.instance for value in store.services()] == ["caf\\udce9"]


def test_a_finding_survives_kill_9(db: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from tests.store.things import finding\n"
        "from whoasks.core.model import FindingOpened\n"
        "from whoasks.store import Store\n"
        "store = Store(sys.argv[1])\n"
        "store.save([FindingOpened(0, finding())])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"}
    done = subprocess.run([sys.executable, "-c", code, str(db)], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    with Store(db, read_only=True) as store:
        assert list(store.findings()) == [finding()]


# Questions

PERIODS = {
    "everything": ({}, ["a", "b", "c"]),
    "since is inclusive": ({"since": 20.0}, ["b", "c"]),
    "since reaches what was still active": ({"since": 19.0}, ["b", "c"]),
    "until is exclusive": ({"until": 30.0}, ["a", "b"]),
    "both": ({"since": 15.0, "until": 20.0}, ["b"]),
    "nothing then": ({"since": 41.0}, []),
}


@pytest.mark.parametrize(("period", "ids"), PERIODS.values(), ids=PERIODS)
def test_periods(db: Path, period: dict[str, float], ids: list[str]) -> None:
    spans = {"a": (0.0, 10.0), "b": (10.0, 20.0), "c": (30.0, 40.0)}
    # b was active from 10 to 20, so "since 15 until 20" meets it, and "until 10" would not.
    with Store(db) as store:
        for key, (first, last) in spans.items():
            store.save([FindingOpened(0, finding(key, first_seen=first, last_seen=last))])
            store.save([BurstClosed(0, burst(key, started=first, ended=last))])
            store.save([ServiceSeen(0, service(key, first_seen=first, last_seen=last))])
            host = things.msgspec.structs.replace(HOST, mac=key)
            store.save_askers([asker(first, last, host=host)])
        assert [value.id for value in store.findings(**period)] == ids
        assert [value.id for value in store.bursts(**period)] == ids
        assert [value.instance for value in store.services(**period)] == ids
        assert [value.host.mac for value in store.askers(**period)] == ids


def test_findings_by_severity_and_rule(db: Path) -> None:
    with Store(db) as store:
        for severity in Severity:
            store.save([FindingOpened(0, finding(severity.label, severity=severity))])
        store.save([FindingOpened(0, finding("other", rule="type-sweep", first_seen=101.0))])
        at_least = store.findings(severity=Severity.MEDIUM)
        assert [value.id for value in at_least] == ["high", "medium", "other"]
        assert [value.id for value in store.findings(rule="type-sweep")] == ["other"]


PREFIXES = {
    "whole": ("abc1", "abc1"),
    "short": ("abd", "abd"),
    "an id that begins another": ("abc", "abc"),
    "ambiguous": ("ab", "Several findings have an id that begins with 'ab': abc, abc1, abd"),
    "none": ("zz", "No finding in "),
    "case counts": ("ABD", "No finding in "),
    "empty": ("", "No finding in "),
    "a pattern is no prefix": ("%", "No finding in "),
}


@pytest.mark.parametrize(("prefix", "wanted"), PREFIXES.values(), ids=PREFIXES)
def test_finding_by_prefix(db: Path, prefix: str, wanted: str) -> None:
    with Store(db) as store:
        store.save([FindingOpened(0, finding(key)) for key in ("abc", "abc1", "abd")])
        if " " in wanted:
            with pytest.raises(StoreError) as caught:
                store.finding(prefix)
            assert caught.value.sentence.startswith(wanted)
            assert caught.value.remedy
        else:
            assert store.finding(prefix).id == wanted


# Askers over several runs

MINE = things.msgspec.structs.replace(HOST, addresses=("10.0.0.7",), hostname=None)
ASKED = {
    "a later snapshot takes the earlier's place": (
        [asker(0, 10, packets=5), asker(0, 20, packets=8)],
        [asker(0, 20, packets=8)],
    ),
    "an earlier snapshot changes nothing": (
        [asker(0, 20, packets=8), asker(0, 10, packets=5)],
        [asker(0, 20, packets=8)],
    ),
    "two runs add up": (
        [
            asker(0, 10, packets=5, bursts=1, types=("_a._tcp", "_b._tcp")),
            asker(30, 40, packets=7, bursts=2, types=("_b._tcp", "_c._tcp"), types_dropped=4),
        ],
        [
            asker(
                0,
                40,
                packets=12,
                questions=40,
                bursts=3,
                findings=2,
                types=("_a._tcp", "_b._tcp", "_c._tcp"),
                types_dropped=4,
            )
        ],
    ),
    "two runs that overlap saw the same packets": (
        [asker(0, 10, packets=5, questions=9), asker(2, 12, packets=7, questions=6)],
        [asker(0, 12, packets=7, questions=9)],
    ),
    "a run inside another, then a third": (
        [asker(0, 100, packets=50), asker(20, 30, packets=7), asker(101, 110, packets=1)],
        [asker(0, 110, packets=51, questions=40, bursts=4, findings=2)],
    ),
    "another segment is another asker": (
        [asker(0, 10), asker(1, 10, interface="eth1")],
        [asker(0, 10), asker(1, 10, interface="eth1")],
    ),
    "a VLAN is one segment, whichever interface": (
        [asker(0, 10, vlan=7), asker(20, 30, vlan=7, interface="eth1", findings=0)],
        [asker(0, 30, vlan=7, packets=20, questions=40, bursts=4)],
    ),
    "the newest address stands first, the last name stays": (
        [asker(0, 10), asker(20, 30, host=MINE)],
        [
            asker(
                0,
                30,
                host=things.msgspec.structs.replace(
                    HOST, addresses=("10.0.0.7", "10.0.0.1", "fe80::1")
                ),
                packets=20,
                questions=40,
                bursts=4,
                findings=2,
            )
        ],
    ),
}


@pytest.mark.parametrize(("snapshots", "left"), ASKED.values(), ids=ASKED)
def test_askers(db: Path, snapshots: list[Asker], left: list[Asker]) -> None:
    with Store(db) as store:
        for _ in range(2):
            for snapshot in snapshots:
                store.save_askers([snapshot])
        assert store.askers() == left


def test_types_and_addresses_of_an_asker_are_capped() -> None:
    runs = [
        asker(
            n,
            n + 0.5,
            types=tuple(f"_t{n}-{m}._tcp" for m in range(50)),
            host=things.msgspec.structs.replace(
                HOST, addresses=tuple(f"10.{n}.0.{m}" for m in range(9))
            ),
        )
        for n in range(20)
    ]
    (one,) = values.together(runs)
    assert len(one.types) == 200
    assert one.types_dropped == 800
    assert len(one.host.addresses) == 64


# Retention


def test_prune_by_age(db: Path) -> None:
    now = 1000 * DAY
    with Store(db) as store:
        for days in (0, 29, 31, 89, 91, 364, 366):
            at = now - days * DAY
            store.save(
                [
                    FindingOpened(0, finding(f"{days}", first_seen=at, last_seen=at)),
                    BurstClosed(0, burst(f"{days}", started=at, ended=at)),
                    ServiceSeen(0, service(f"{days}", first_seen=at, last_seen=at)),
                ]
            )
            store.save_askers([asker(at, at)])
        gone = pruned(store, now, Retention(bursts=30))
        assert gone == {
            "findings": 1, "bursts": 5, "services": 3, "askers": 3, "service_states": 3,
            "activity": 6,  # one goes, five lose their minutes
        }  # fmt: skip
        assert [value.id for value in store.findings()] == ["364", "91", "89", "31", "29", "0"]
        assert [value.id for value in store.bursts()] == ["29", "0"]
        assert [hour.last_seen for hour in store.activity()] == [
            now - days * DAY for days in (364, 91, 89, 31, 29, 0)
        ]
        assert pruned(store, now, Retention(bursts=30)) == {}


def test_prune_by_rows_keeps_the_severe_and_the_new(db: Path) -> None:
    with Store(db) as store:
        store.save([FindingOpened(0, finding("high", severity=Severity.HIGH, last_seen=1.0))])
        for n in range(1200):
            small = finding(f"low{n:04}", severity=Severity.LOW, last_seen=10.0 + n)
            store.save([FindingOpened(0, small), BurstClosed(0, burst(f"{n:04}", ended=10.0 + n))])
        gone = pruned(store, 2000.0, Retention(rows=3))
        assert gone["findings"] == 1198
        assert gone["bursts"] == 1197
        assert {value.id for value in store.findings()} == {"high", "low1198", "low1199"}
        assert {value.id for value in store.bursts()} == {"1197", "1198", "1199"}


# Anything


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(things.FINDINGS, max_size=3),
    st.lists(things.BURSTS, max_size=3),
    st.lists(things.SERVICES, max_size=3),
    st.lists(things.ASKERS, max_size=3),
)
def test_any_values_come_back(
    findings: list[Finding], bursts: list[Burst], services: list[Service], askers: list[Asker]
) -> None:
    events = [
        *(FindingOpened(0, value) for value in findings),
        *(BurstClosed(0, value) for value in bursts),
        *(ServiceSeen(0, value) for value in services),
    ]
    wanted = values.by_key([*findings, *bursts, *services, *askers])
    with Store("sqlite://") as store:
        store.save(events)
        store.save_askers(askers)
        first = everything(store)
        for event in events:
            store.save([event])
        store.save_askers(askers)
        assert everything(store) == first
        for got, name in (
            (store.findings(), "findings"),
            (store.bursts(), "bursts"),
            (store.services(), "services"),
        ):
            assert {values.key_of(value): value for value in got} == wanted[name]
        assert sum(value.packets for value in store.askers()) <= sum(a.packets for a in askers)
