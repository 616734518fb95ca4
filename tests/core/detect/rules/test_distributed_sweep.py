"""``distributed-sweep``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import accused, announce, ask, findings, fired, flow, run, types

from whoasks.core.detect.rules.distributed_sweep import DistributedSweep
from whoasks.core.settings import CoreSettings

LEARNED = CoreSettings(learning=10.0)


def dealt(count, each=1, step=0.5, start=100.0):
    """Hosts that each ask for types of their own."""
    names = types(count * each)
    return [
        (start + n * step, flow(300 + n), ask(*names[n * each : (n + 1) * each]))
        for n in range(count)
    ]


BEFORE = [(1.0, flow(9), ask("_ipp._tcp.local"))]


def test_fires_at_fifteen_once_learning_is_over():
    assert fired([*BEFORE, *dealt(15)], LEARNED)["distributed-sweep"] == "medium"
    assert "distributed-sweep" not in fired([*BEFORE, *dealt(14)], LEARNED)


def test_is_low_while_learning_unless_there_are_twice_as_many():
    assert fired(dealt(15))["distributed-sweep"] == "low"
    assert fired(dealt(29))["distributed-sweep"] == "low"
    assert fired(dealt(30))["distributed-sweep"] == "medium"


def common(count):
    """Many hosts that ask for what others ask for too."""
    names = types(12)
    return [(100 + n * 0.5, flow(300 + n), ask(names[n % 12])) for n in range(count)]


def ordinary(count):
    """They announce something before they ask."""
    said = []
    for n, (at, by, payload) in enumerate(dealt(count)):
        said.append((at - 0.1, by, announce(f"s{n}", "_http._tcp", f"h{n}", n)))
        said.append((at, by, payload))
    return said


QUIET = {
    "two types each are still few hosts' own": dealt(7, each=2),
    "common types": common(60),
    "three types each": dealt(20, each=3),
    "slowly": dealt(30, step=5.0),
    "hosts that announce": ordinary(30),
    "one host": [(100 + n, flow(), ask(name)) for n, name in enumerate(types(9))],
    "two links": [
        (100 + n * 0.5, flow(300 + n, vlan=n % 3), payload)
        for n, (_, _, payload) in enumerate(dealt(40))
    ],
}


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "distributed-sweep" not in fired([*BEFORE, *said], LEARNED)


def test_one_finding_names_one_host_and_counts_the_others():
    events = run([*BEFORE, *dealt(40)], LEARNED)
    found = findings(events)["distributed-sweep"]
    assert found.observed["askers"] == 40
    hosts = [who for rule, who in accused([*BEFORE, *dealt(40)], LEARNED) if rule == found.rule]
    assert len(hosts) == 1


def test_a_type_that_a_second_host_asks_for_is_no_longer_ones_own():
    second = [(108.0, flow(9), ask(types(1)[0]))]
    assert "distributed-sweep" not in fired([*BEFORE, *dealt(14), *second, *dealt(1)], LEARNED)


def test_a_flood_is_told_now_and_then_and_nearly_in_full(monkeypatch):
    told = []
    drop = DistributedSweep._drop_announcers
    monkeypatch.setattr(
        DistributedSweep,
        "_drop_announcers",
        staticmethod(lambda sweep: (told.append(1), drop(sweep))),
    )
    found = findings(run([*BEFORE, *dealt(1_000, step=0.01)], LEARNED))["distributed-sweep"]
    assert 800 <= found.observed["askers"] <= 1_000
    assert len(told) < 80
