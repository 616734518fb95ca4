"""Flows are interned, told apart by what they hold, and bounded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.helpers import pcaps as p

from whoasks.core.model import Flow
from whoasks.sources import flow_table
from whoasks.sources.capture_file import CaptureFile


def flows(folder: Path, *frames: bytes) -> list[Flow]:
    path = folder / "flows.pcap"
    path.write_bytes(p.pcap(*map(p.record, frames)))
    return [datagram.flow for batch in CaptureFile(path).read() for datagram in batch]


def test_the_same_flow_is_the_same_object_on_the_short_and_the_thorough_way(
    tmp_path: Path,
) -> None:
    optional = p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"))
    first, second, third = flows(tmp_path, p.QUERY_FRAME, p.QUERY_FRAME, optional)
    assert first is second is third


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(p.ethernet(p.ipv4(p.udp()), "02:00:00:00:00:02"), id="MAC"),
        pytest.param(p.ethernet(p.ipv4(p.udp(), "10.0.0.2")), id="address"),
        pytest.param(p.ethernet(p.ipv4(p.udp(source=5354))), id="port"),
        pytest.param(p.ethernet(p.ipv4(p.udp(), ttl=1)), id="TTL"),
        pytest.param(p.ethernet(p.ipv4(p.udp()), tags=[(p.VLAN, 3)]), id="VLAN"),
        pytest.param(p.QUERY_FRAME6, id="address family"),
    ],
)
def test_what_tells_flows_apart(tmp_path: Path, other: bytes) -> None:
    first, second = flows(tmp_path, p.QUERY_FRAME, other)
    assert first is not second


def key(number: int) -> flow_table.FlowKey:
    return b"\2\0\0\0\0\1", 255, number.to_bytes(4, "big") + bytes(8)


def test_a_flood_of_senders_is_bounded_and_counted() -> None:
    counts: Counter[str] = Counter()
    table = flow_table.FlowTable(counts, cap=100)
    caches = [table.cache("a"), table.cache("b")]
    for number in range(1_000):
        caches[number % 2].find(key(number))
        assert sum(len(cache.young) + len(cache.old) for cache in caches) <= 100
    assert counts[flow_table.FLOWS] == 1_000
    assert counts[flow_table.FORGOTTEN] >= 900


def test_a_steady_sender_survives_a_flood() -> None:
    table = flow_table.FlowTable(Counter(), cap=100)
    cache = table.cache("a")
    steady = cache.find(key(0))
    for number in range(1, 1_000):
        cache.find(key(number))
        assert cache.find(key(0)) is steady


@pytest.mark.parametrize(
    ("mac", "whose"),
    [(b"\2\0\0\0\0\1", "02:00:00:00:00:01"), (b"", "10.0.0.7%a"), (bytes(6), "10.0.0.7%a")],
    ids=["by its MAC", "no MAC", "the loopback's MAC"],
)
def test_who_is_turned_away_has_no_flow(mac: bytes, whose: str) -> None:
    counts: Counter[str] = Counter()
    table = flow_table.FlowTable(counts)
    cache = table.cache("a")
    known, other = (
        (mac, 255, bytes((10, 0, 0, 7)) + bytes(6) + port) for port in (b"\1\1", b"\2\2")
    )
    flow = cache.wanted(known)
    asked: list[str] = []

    def turns_away(key: str) -> bool:
        asked.append(key)
        return True

    table.turns_away = turns_away
    assert cache.wanted(known) is flow
    assert asked == []  # a flow that is there costs no question
    assert cache.wanted(other) is None
    assert asked == [whose]
    assert counts[flow_table.FLOWS] == 1


def test_a_flood_of_interfaces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_table, "CACHE_CAP", 10)
    counts: Counter[str] = Counter()
    table = flow_table.FlowTable(counts)
    for number in range(100):
        table.cache(f"if{number}").find(key(number))
        assert len(table._caches) <= 10
    assert counts[flow_table.FORGOTTEN] == 90


def test_a_forgotten_cache_that_is_still_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_table, "CACHE_CAP", 2)
    table = flow_table.FlowTable(Counter(), cap=100)
    first = table.cache("first")
    for number in range(10):
        table.cache(f"if{number}").find(key(number))
    for number in range(1_000):
        first.find(key(number))
        assert len(first.young) + len(first.old) <= 100
