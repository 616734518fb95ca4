"""Bursts come to hours: once each, in any order, bounded, whatever they were called."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from tests.helpers import samples

from whoasks.core import activity
from whoasks.core.activity import MAX_COUNTED, MAX_TYPES, Tally, hour_of, merged, told, types_in
from whoasks.core.model import Burst

EIGHT = 1_700_006_400.0
"""The beginning of an hour."""


def burst(after: float, lasts: float = 5.0, **changes: Any) -> Burst:
    """A burst that begins so many seconds into the hour."""
    plain = samples.burst(
        started=EIGHT + after,
        ended=EIGHT + after + lasts,
        packets=2,
        questions=3,
        types=1,
        names=("_ipp._tcp.local.",),
    )
    return msgspec.structs.replace(plain, **changes)


def after(*bursts: Burst, since: Tally | None = None) -> Tally:
    """The tally after hearing of these."""
    tally = since
    for each in bursts:
        tally = told(tally, each)
    assert tally is not None
    return tally


def test_one_burst() -> None:
    only = burst(125.5)
    assert after(only) == Tally(
        host=only.host,
        interface=only.interface,
        vlan=only.vlan,
        hour=EIGHT,
        first_seen=only.started,
        last_seen=only.ended,
        bursts=1,
        packets=2,
        questions=3,
        types=("_ipp._tcp",),
        types_dropped=0,
        minutes={2: (1, 2, 3)},
        counted=(125_500,),
    )


def test_minutes_are_sparse_and_in_order() -> None:
    tally = after(burst(3599.9, 90.0), burst(0.0), burst(20.0), burst(60.0))
    assert tally.minutes == {0: (2, 4, 6), 1: (1, 2, 3), 59: (1, 2, 3)}
    assert list(tally.minutes) == [0, 1, 59]
    assert (tally.bursts, tally.packets, tally.questions) == (4, 8, 12)
    assert (tally.first_seen, tally.last_seen) == (EIGHT, EIGHT + 3689.9)


HOURS = {
    "its beginning": (EIGHT, EIGHT),
    "its end": (EIGHT + 3599.999, EIGHT),
    "the next": (EIGHT + 3600.0, EIGHT + 3600.0),
    "a capture without a clock": (0.0, 0.0),
    "before there was time": (-1.0, -3600.0),
}


@pytest.mark.parametrize(("started", "hour"), HOURS.values(), ids=HOURS)
def test_hours(started: float, hour: float) -> None:
    only = burst(0.0, started=started, ended=started)
    assert hour_of(only) == hour
    assert after(only).minutes is not None


def test_the_order_does_not_matter_nor_how_often() -> None:
    three = [burst(10.0), burst(70.0), burst(3000.0)]
    counts = {
        (t.bursts, t.packets, t.questions, t.first_seen, t.last_seen, repr(t.minutes))
        for order in itertools.permutations(three)
        for t in [after(*order, *order)]
    }
    assert len(counts) == 1


def test_a_burst_that_grew_adds_what_it_grew_by() -> None:
    small, large = burst(10.0), burst(10.0, 9.0, packets=7, questions=8)
    tally = told(after(burst(70.0), small), large, small)
    assert (tally.bursts, tally.packets, tally.questions) == (2, 9, 11)
    assert tally.minutes == {0: (1, 7, 8), 1: (1, 2, 3)}
    assert tally.counted == (70_000, 10_000)


def test_a_burst_whose_hour_was_deleted_counts_whole() -> None:
    small, large = burst(10.0), burst(10.0, 9.0, packets=7)
    assert told(None, large, small).packets == 7


def test_an_hour_without_minutes_takes_only_what_came_later() -> None:
    old = merged(after(burst(10.0), burst(70.0)))
    assert (old.minutes, old.counted, old.bursts) == (None, (), 2)
    assert after(burst(10.0), burst(40.0), burst(70.0), since=old) == old
    later = after(burst(80.0), burst(80.0), since=old)
    assert (later.bursts, later.packets, later.minutes, later.counted) == (3, 6, None, ())


def test_marks_are_bounded() -> None:
    many = [burst(n * 0.5, 0.25) for n in range(MAX_COUNTED + 200)]
    tally = after(*many, *many)
    assert tally.bursts == len(many)
    assert len(tally.counted) == MAX_COUNTED


TYPES = {
    "of types and subtypes": (["_ipp._tcp.local.", "_u._sub._ipp._tcp.local."], 1, ("_ipp._tcp",)),
    "in any case": (["_IPP._tcp.local.", "_ipp._TCP.local."], 1, ("_ipp._tcp",)),
    "other names are none": (
        [
            "_services._dns-sd._udp.local.",
            "X._ipp._tcp.local.",
            "x.local.",
            "1.0.0.10.in-addr.arpa.",
        ],
        0,
        (),
    ),
}


@pytest.mark.parametrize(("names", "types", "kept"), TYPES.values(), ids=TYPES)
def test_types(names: list[str], types: int, kept: tuple[str, ...]) -> None:
    tally = after(burst(0.0, names=tuple(names), types=types))
    assert (tally.types, tally.types_dropped) == (kept, 0)
    assert types_in(names) == kept


DROPPED = {
    "more than fit": ([f"_t{n}._tcp.local." for n in range(100)], 100, 64, 36),
    "more than the burst lists": ([f"_t{n}._tcp.local." for n in range(10)], 500, 10, 490),
    "one that is too long": ([f"_{'x' * 50}._tcp.local.", "_ipp._tcp.local."], 2, 1, 1),
}


@pytest.mark.parametrize(("names", "types", "kept", "dropped"), DROPPED.values(), ids=DROPPED)
def test_types_left_out_are_counted(names: list[str], types: int, kept: int, dropped: int) -> None:
    tally = after(burst(0.0, names=tuple(names), types=types), burst(20.0))
    assert len(tally.types) == min(MAX_TYPES, kept + ("_ipp._tcp.local." not in names))
    assert tally.types_dropped == dropped


def test_an_hour_is_never_large() -> None:
    host = msgspec.structs.replace(
        burst(0).host, addresses=tuple(f"fe80::{n:x}" for n in range(64))
    )
    bursts = [
        burst(
            n * 1.5,
            0.5,
            names=tuple(f"_{n}-{m}-\x07\N{SNOWMAN}._tcp.local." for m in range(256)),
            types=256,
            host=host,
        )
        for n in range(2000)
    ]
    tally = after(*bursts)
    assert tally.bursts == 2000
    assert tally.types_dropped == 256
    assert len(tally.host.addresses) == activity.MAX_ADDRESSES
    assert len(msgspec.json.encode(tally)) < 12_000
    assert len(msgspec.json.encode(merged(tally))) < 5_000


def test_what_is_kept_is_what_is_read() -> None:
    tally = after(burst(10.0), burst(70.0))
    assert msgspec.json.decode(msgspec.json.encode(tally), type=Tally) == tally
    shown = msgspec.json.decode(msgspec.json.encode(tally), type=activity.Activity)
    assert shown.minutes == tally.minutes
    assert not hasattr(shown, "counted")
