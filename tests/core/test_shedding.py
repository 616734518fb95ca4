"""Which packets are left out while the pipeline is behind, and whose budget they were beyond."""

from __future__ import annotations

import pytest

from whoasks.core import shedding
from whoasks.core.model import Datagram, Flow
from whoasks.core.shedding import (
    CROWDED,
    DEPTH,
    FULL,
    MANY,
    NEWCOMERS,
    RATE,
    RESERVED,
    SOME,
    UNIT,
    Shedding,
    key_of,
)

CALM, BEHIND = 0, MANY
HALF = int(DEPTH / 2)


def flow(number: int, *, mac: bool = True, source: str = "frame") -> Flow:
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    known = f"02:00:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    return Flow(
        "eth0", address, 5353, "224.0.0.251", 5353, known if mac else None, source if mac else None
    )  # type: ignore[arg-type]


def said(number: int, count: int, *, at: float = 100.0, first: int = 0) -> list[Datagram]:
    """So many different packets of one host, at one time."""
    return [Datagram(at, flow(number), b"%d" % each) for each in range(first, first + count)]


def repeated(number: int, count: int, *, at: float = 100.0) -> list[Datagram]:
    return [Datagram(at, flow(number), b"the same") for _ in range(count)]


def known(*numbers: int, at: float = 1.0) -> Shedding:
    """Hosts that spoke twice, long ago."""
    made = Shedding()
    for number in numbers:
        made.admit(said(number, 2, at=at), CALM)
    return made


def kept(made: Shedding, batch: list[Datagram], waiting: int) -> int:
    """How many go through, with that much waiting before each of them."""
    return sum(len(made.admit([each], waiting)[0]) for each in batch)


@pytest.mark.parametrize(
    ("waiting", "batch", "through"),
    [
        pytest.param(CALM, said(1, 5_000), 5_000, id="nothing waits: a flood goes through"),
        pytest.param(CALM, repeated(1, 5_000), 5_000, id="nothing waits: repeats too"),
        pytest.param(SOME - 1, repeated(1, 5_000), 5_000, id="one short of some"),
        pytest.param(SOME, repeated(1, 5_000), HALF, id="some: repeats use half of the budget"),
        pytest.param(SOME, said(1, 5_000), 5_000, id="some: what is new goes through"),
        pytest.param(MANY - 1, said(1, 5_000), 5_000, id="one short of many"),
        pytest.param(MANY, said(1, 5_000), DEPTH, id="many: the budget of one host"),
        pytest.param(MANY, said(1, 200), 200, id="many: a sweep over 200 types"),
        pytest.param(CROWDED, said(1, 5_000), DEPTH, id="crowded begins above"),
        pytest.param(CROWDED + 1_000, said(1, 5_000), HALF + HALF / 2, id="twice the price"),
        pytest.param(RESERVED - 4_000, said(1, 5_000), HALF + HALF / 5, id="five times the price"),
        pytest.param(RESERVED - 1, said(1, 200), 200, id="crowded: the half it has not touched"),
        pytest.param(RESERVED, said(1, 5_000), HALF, id="reserved: that half, and no more"),
        pytest.param(FULL - 1, said(1, 1), 1, id="room for one"),
        pytest.param(FULL, said(1, 1), 0, id="full"),
    ],
)
def test_one_known_host(waiting: int, batch: list[Datagram], through: float) -> None:
    made = known(1)
    assert kept(made, batch, waiting) == pytest.approx(through, abs=1)
    assert made.shed == len(batch) - kept(known(1), batch, waiting)


def test_repeats_leave_room_for_what_is_new() -> None:
    made = known(1)
    assert kept(made, repeated(1, 1_000), BEHIND) == HALF
    assert kept(made, said(1, HALF), BEHIND) == HALF
    assert (made.shed, made.repeats) == (1_000 - HALF, 1_000 - HALF)


def test_a_repeat_is_one_of_the_same_host_and_second() -> None:
    made = known(1, 2)
    kept(made, repeated(1, HALF), SOME)
    assert kept(made, repeated(1, 1), SOME) == 0
    assert kept(made, repeated(2, 1), SOME) == 1, "another host said the same"
    assert kept(made, repeated(1, 1, at=101.0), SOME) == 1, "a second later"


def test_what_was_left_out_is_no_repeat_when_it_comes_again() -> None:
    made = known(1)
    kept(made, said(1, int(DEPTH)), BEHIND)
    assert kept(made, said(1, 1, first=9_999), BEHIND) == 0
    assert kept(made, said(1, 1, first=9_999, at=100.5), BEHIND) == 1


@pytest.mark.parametrize(
    ("later", "through"),
    [
        pytest.param(0.0, 0, id="at once"),
        pytest.param(1.0, RATE, id="a second's worth"),
        pytest.param(3600.0, DEPTH, id="full again, and no more"),
        pytest.param(-50.0, 0, id="time goes back"),
    ],
)
def test_a_budget_fills_again(later: float, through: float) -> None:
    made = known(1)
    kept(made, said(1, 1_000), BEHIND)
    assert kept(made, said(1, 1_000, at=100.0 + later, first=5_000), BEHIND) == through


def test_time_that_went_back_goes_on_from_there() -> None:
    made = known(1)
    kept(made, said(1, 1_000), BEHIND)
    kept(made, said(1, 1, at=50.0), BEHIND)
    assert kept(made, said(1, 1_000, at=51.0, first=5_000), BEHIND) == RATE


def test_a_flood_takes_nothing_from_others() -> None:
    made = known(1, 2)
    mixed = [
        each
        for number in range(200)
        for each in (
            *said(1, 50, at=100.0 + number / 200, first=50 * number),
            *said(2, 1, first=number),
        )
    ]
    passed, units = made.admit(mixed, BEHIND)
    assert units == len(passed)
    assert sum(each.flow.mac == flow(2).mac for each in passed) == 200
    place = {id(each): number for number, each in enumerate(mixed)}
    assert passed == sorted(passed, key=lambda each: place[id(each)]), "the order is kept"
    assert made.most(3) == [(flow(1).mac, made.shed)]


def test_long_packets_count_for_several() -> None:
    made = known(1)
    long = [Datagram(100.0, flow(1), bytes(UNIT * 6)) for _ in range(100)]
    different = [Datagram(100.0, flow(1), b"%06d" % n + bytes(UNIT * 6 - 6)) for n in range(100)]
    assert made.admit(long[:1], CALM)[1] == 6
    assert kept(known(1), different, BEHIND) == DEPTH // 6


def test_made_up_senders_share_a_budget() -> None:
    made = known(1)
    made_up = [Datagram(100.0, flow(1_000 + n), b"%d" % n) for n in range(5_000)]
    assert kept(made, made_up, BEHIND) == NEWCOMERS
    assert kept(made, said(1, 200), BEHIND) == 200, "who was known keeps its own"
    assert made.of_newcomers == 5_000 - NEWCOMERS
    assert made.most(3) == []


def test_what_is_reserved_is_for_known_hosts() -> None:
    made = known(1)
    assert kept(made, [Datagram(100.0, flow(1_000), b"")], RESERVED) == 0
    assert kept(made, [Datagram(100.0, flow(1_000), b"")], RESERVED - 1) == 1
    assert kept(made, said(1, 10), FULL - 1) == 10


@pytest.mark.parametrize(
    ("again", "through"),
    [
        pytest.param(105.0, 0, id="the same time of need"),
        pytest.param(111.0, 1, id="another one, ten seconds later"),
    ],
)
def test_who_became_known_in_need_has_no_share_of_what_is_reserved(
    again: float, through: int
) -> None:
    made = known(1)
    kept(made, said(1, 1), MANY)
    kept(made, said(2, 3, at=100.5), MANY)
    assert kept(made, said(2, 1, at=again, first=9), RESERVED) == through
    assert kept(made, said(1, 1, at=again, first=9), RESERVED) == 1


def test_a_newcomer_of_whom_one_packet_went_through_is_known() -> None:
    made = known()
    kept(made, [Datagram(100.0, flow(n), b"") for n in range(int(NEWCOMERS))], BEHIND)
    assert kept(made, said(0, 5), BEHIND) == 5
    assert kept(made, said(9_999, 5), BEHIND) == 0


def test_a_host_whose_mac_becomes_known_keeps_its_budget() -> None:
    made = Shedding()
    kept(made, [Datagram(1.0, flow(1, mac=False), b"") for _ in range(2)], CALM)
    kept(made, [Datagram(100.0, flow(1, mac=False), b"%d" % n) for n in range(390)], BEHIND)
    named = [Datagram(100.0, flow(1, source="neighbour"), b"new %d" % n) for n in range(50)]
    assert kept(made, named, BEHIND) == 10
    assert made.most(3) == [(flow(1).mac, 40)]


def test_hosts_without_a_mac_are_addresses_of_an_interface() -> None:
    made = Shedding()
    elsewhere = Flow("eth1", flow(1).source, 5353, "224.0.0.251", 5353, None, None)
    kept(made, [Datagram(1.0, each, b"") for each in (flow(1, mac=False), elsewhere) * 2], CALM)
    kept(made, [Datagram(100.0, flow(1, mac=False), b"%d" % n) for n in range(500)], BEHIND)
    assert kept(made, [Datagram(100.0, elsewhere, b"%d" % n) for n in range(50)], BEHIND) == 50
    assert made.most(3) == [("10.0.0.1%eth0", 100)]


def test_most_names_the_first_few() -> None:
    made = known(*range(10))
    for number in range(10):
        kept(made, said(number, int(DEPTH) + number), BEHIND)
    assert made.most(2) == [(flow(9).mac, 9), (flow(8).mac, 8)]


class TestCaps:
    """A peer makes none of the tables grow without end."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("MAX_KNOWN", "MAX_ONCE", "MAX_SAID"):
            monkeypatch.setattr(shedding, name, 20)

    def test_hosts_that_spoke_once(self) -> None:
        made = Shedding()
        kept(made, [Datagram(100.0, flow(n), b"") for n in range(100)], CALM)
        assert len(made._once) == 20
        assert not made._known

    def test_known_hosts_make_room(self) -> None:
        made = known(*range(100))
        assert len(made._known) == 20
        assert made.forgotten == 80

    def test_who_spoke_of_late_is_spared(self) -> None:
        made = known(*range(20))
        kept(made, said(3, 1, at=1_000.0), CALM)
        for number in range(100, 119):
            kept(made, said(number, 2, at=1_000.0), CALM)
        assert flow(3).mac in made._known

    def test_what_was_said(self) -> None:
        made = known(1)
        kept(made, said(1, 100), SOME)
        assert len(made._said) == 20
        assert kept(made, said(1, 1, first=50), SOME) == 1, "not noticed, so not left out"


def test_the_same_stream_is_shed_the_same_way() -> None:
    stream = [
        Datagram(100.0 + n / 5_000, flow(n % 7 if n % 3 else n), b"%d" % (n % 11))
        for n in range(20_000)
    ]
    one, other = Shedding(), Shedding()
    assert one.admit(stream, BEHIND) == other.admit(stream, BEHIND)
    assert one.shed == other.shed > 0


def name(number: int, *, mac: bool = True) -> str:
    of = flow(number, mac=mac)
    return key_of(of.mac, of.source, of.interface)


@pytest.mark.parametrize(
    ("waiting", "used", "turned"),
    [
        pytest.param(MANY - 1, NEWCOMERS, False, id="not much waits"),
        pytest.param(MANY, NEWCOMERS - 1, False, id="one may still come"),
        pytest.param(MANY, NEWCOMERS, True, id="the budget of newcomers is used up"),
        pytest.param(RESERVED, 0, True, id="what is free is for those who are known"),
    ],
)
def test_who_is_turned_away(waiting: int, used: float, turned: bool) -> None:
    made = known(1)
    for number in range(int(used)):
        made.admit(said(1_000 + number, 1), MANY)
    before = made.shed
    assert made.turns_away(name(2), waiting) is turned
    assert (made.shed - before, made.of_newcomers - before) == (turned, turned)
    # What is turned away would have been left out.
    if turned:
        assert kept(made, said(2, 1), waiting) == 0


@pytest.mark.parametrize("packets", [1, 2], ids=["heard once", "known"])
@pytest.mark.parametrize("mac", [True, False], ids=["by its MAC", "by its address"])
def test_who_was_heard_before_is_never_turned_away(packets: int, mac: bool) -> None:
    made = Shedding()
    made.admit([Datagram(1.0, flow(1, mac=mac), b"%d" % n) for n in range(packets)], CALM)
    assert not made.turns_away(name(1, mac=mac), FULL)
    assert made.shed == 0


def test_after_a_while_newcomers_are_looked_at_again() -> None:
    made = Shedding()
    for number in range(int(NEWCOMERS)):
        made.admit(said(number, 1), MANY)
    assert made.turns_away(name(9_999), MANY)
    made.admit(said(1, 1, at=100.1), MANY)  # time comes with the packets that are looked at
    assert not made.turns_away(name(9_999), MANY)
