"""Bursts: what ends them, what they count, how they read."""

import pytest
from tests.helpers.traffic import META, announce, ask, bursts, flow, flow6, probe, run, types

from whoasks.core import bursts as module
from whoasks.core.bursts import stable_id

GAPS = {"at the gap": (10.0, 1), "over the gap": (10.001, 2)}


@pytest.mark.parametrize(("gap", "count"), GAPS.values(), ids=GAPS)
def test_gap(gap, count):
    assert (
        len(bursts(run([(1.0, flow(), ask("a.local")), (1.0 + gap, flow(), ask("a.local"))])))
        == count
    )


def test_fields():
    said = [
        (1.0, flow(), ask("_ipp._tcp.local", "x._ipp._tcp.local", qtype=255)),
        (1.5, flow(), ask("_ipp._tcp.local", "x._ipp._tcp.local", qtype=255)),
        (2.0, flow(source_port=40000, ttl=1), ask(META, ident=7, recursion=True, qu=True)),
        (3.0, flow(), ask("h.local", "9.0.0.10.in-addr.arpa", qtype=255)),
    ]
    (burst,) = bursts(run(said))
    assert (burst.started, burst.ended) == (1.0, 3.0)
    assert (burst.packets, burst.questions) == (4, 7)
    assert (burst.types, burst.instances, burst.hostnames, burst.reverse_names) == (1, 1, 1, 1)
    assert burst.new_type_packets == 1
    assert burst.meta_query
    assert burst.qu_share == pytest.approx(1 / 7, abs=1e-3)
    assert burst.source_ports == (5353, 40000)
    assert (burst.ids_nonzero, burst.recursion_desired, burst.ttls) == (1, 1, (1, 255))
    assert burst.verdict == "suspicious"
    assert len(burst.names) == 5


VERDICTS = {
    "routine": ("_ipp._tcp.local", "routine"),
    "unusual": ("_ssh._tcp.local", "unusual"),
    "suspicious": (META, "suspicious"),
}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_verdict(name, verdict):
    (burst,) = bursts(run([(1.0, flow(), ask(name))]))
    assert burst.verdict == verdict
    assert bool(burst.reasons) == (verdict != "routine")


def test_probes_and_announcements_are_no_burst():
    said = [(1.0, flow(), probe("_ssh._tcp.local")), (2.0, flow(), announce("x", "_ssh._tcp"))]
    assert bursts(run(said)) == []


COPIES = {
    "over IPv6": (flow(), flow6(), 1),
    "over another interface": (flow(), flow(interface="wlan0"), 1),
    "over the same way, it was said twice": (flow(), flow(), 2),
    "another host": (flow(23), flow(24), 2),
}


@pytest.mark.parametrize(("one", "two", "packets"), COPIES.values(), ids=COPIES)
def test_copies_within_100_ms_count_once(one, two, packets):
    found = bursts(run([(1.0, one, ask("a.local")), (1.09, two, ask("a.local"))]))
    assert sum(b.packets for b in found) == packets


def test_a_copy_after_100_ms_is_a_question():
    (burst,) = bursts(run([(1.0, flow(), ask("a.local")), (1.11, flow6(), ask("a.local"))]))
    assert burst.packets == 2


def test_names_are_capped_and_counted():
    said = [(1.0, flow(), ask(*(f"n{n}-{m}.local" for m in range(30)))) for n in range(20)]
    (burst,) = bursts(run(said))
    assert len(burst.names) == module.MAX_NAMES
    assert burst.names_dropped == 600 - module.MAX_NAMES
    assert burst.hostnames == 600


def test_ids_are_stable():
    assert stable_id("a", 1) == stable_id("a", 1) != stable_id("a", 2)
    said = [(1.0, flow(), ask(*types(3)))]
    assert bursts(run(said))[0].id == bursts(run(said))[0].id
