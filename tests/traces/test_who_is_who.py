"""Who is one host, and who is named: addresses, families, routers, borrowed addresses, VLANs."""

from __future__ import annotations

import json

import pytest
from tests.traces import wire
from tests.traces.home import Home
from tests.traces.hosts import Host
from tests.traces.judging import Check, Outcome, Table, is_of, level, read, rules_of
from tests.traces.relays import Echo, Relay
from tests.traces.segment import META
from tests.traces.wire import PTR, Question

CASES = Table()
ODD = [f"_odd{n}._tcp" for n in range(40)]


def medium(outcome: Outcome) -> list[dict]:
    return [one for one in outcome.findings if level(one) >= 2]


def sweep(host: Host, wanted: list[str], version: int, step: float = 1.5) -> None:
    for number, one in enumerate(wanted):
        host.ask(one, at=(number * step,), version=version)


def test_ipv4_and_ipv6_of_one_mac_are_one_asker(tmp_path):
    home = Home()
    sweeper = home.stranger(both=True)
    sweep(sweeper, ODD[:14], 4)
    sweep(sweeper, ODD[14:28], 6)
    home.wait(60)
    outcome = read(home, tmp_path)
    (found,) = medium(outcome)
    assert "type-sweep" in rules_of(found), outcome.told()
    assert found["host"]["mac"] == sweeper.mac
    assert set(found["host"]["addresses"]) >= set(sweeper.addresses.values())


def test_a_host_keeps_its_count_when_dhcp_gives_it_another_address(tmp_path):
    home = Home()
    sweeper = home.stranger()
    sweep(sweeper, ODD[:14], 4, step=1)
    home.lan.run(20)
    sweeper.addresses[4] = "192.168.1.222"
    sweep(sweeper, ODD[14:28], 4, step=1)
    home.wait(60)
    outcome = read(home, tmp_path)
    (found,) = medium(outcome)
    assert "type-sweep" in rules_of(found), outcome.told()
    assert set(found["host"]["addresses"]) >= {"192.168.1.101", "192.168.1.222"}


def test_two_hosts_behind_the_routers_mac_are_two_and_the_router_is_neither(tmp_path):
    home = Home()
    home.wait(130)
    far = ("198.51.100.7", "203.0.113.9")
    probe = wire.ask(Question("_http._tcp.local", PTR, True))
    for victim in (home.nas, home.printer):
        for address in far:
            home.router.say(probe, victim, 4, source=address, ttl=52, ports=(40_111, 5353))
            home.lan.run(2)
    home.wait(60)
    outcome = read(home, tmp_path)
    accused = medium(outcome)
    for address in far:
        (found,) = [one for one in accused if is_of(one, address)]
        assert "unicast-probe" in rules_of(found)
        assert found["severity"] == "high"
        others = {*far, *home.router.addresses.values()} - {address}
        assert not others & set(found["host"]["addresses"]), outcome.told()
    assert len(accused) == 2, outcome.told()


@pytest.mark.parametrize(
    "reflects",
    [
        pytest.param(lambda lan, mac: Echo(lan, "echo", mac, "192.168.1.253"), id="in time"),
        pytest.param(
            lambda lan, mac: Relay.pair(lan, mac, ("192.168.1.254", "192.168.20.254"), 20),
            id="into another VLAN",
        ),
    ],
)
def test_a_reflector_that_repeats_a_sweep_is_not_its_source(reflects, tmp_path):
    """Where it is named, it is said that the true source is hidden behind it."""
    home, mac = Home(), "00:1b:63:00:00:fd"
    reflects(home.lan, mac)
    home.wait(250)
    sweeper = home.stranger()
    home.each(
        1, lambda: sweeper.ask(META.removesuffix(".local")), lambda: sweep(sweeper, ODD, 4, 1)
    )
    home.wait(60)
    outcome = read(home, tmp_path)
    assert any(is_of(one, sweeper) for one in medium(outcome)), outcome.told()
    for one in medium(outcome):
        hidden = "hidden" in json.dumps(one) or one["host"]["role"] == "reflector"
        assert is_of(one, sweeper) or (one["host"]["mac"] == mac and hidden), outcome.told()


@CASES.fires("meta-query", "medium")
def who_borrows_the_printers_address_is_named_by_its_own_mac(home: Home):
    """The printer, whose address it is, must not be accused."""
    thief = home.stranger()
    home.wait(130)
    borrowed = home.printer.addresses[4]
    home.each(5, *[lambda: thief.say(wire.ask(META), source=borrowed)] * 3)
    home.wait(60)
    return thief


@CASES.fires("type-sweep", "medium")
def who_changes_its_address_with_every_question_is_one_by_its_mac(home: Home):
    thief = home.stranger()
    home.wait(130)
    for number, one in enumerate(ODD[:30]):
        asked, source = wire.ask(f"{one}.local"), f"192.168.1.{140 + number}"
        home.lan.at(number, lambda a=asked, s=source: thief.say(a, source=s))
    home.wait(60)
    return thief


@CASES.fires("type-sweep", "medium")
def who_takes_a_new_privacy_address_for_each_question_is_one(home: Home):
    thief = home.stranger(v6=True)
    home.wait(130)
    for number, one in enumerate(ODD[:30]):
        source = f"2001:db8:1::{home.chance.getrandbits(32) >> 16:x}:{number + 16:x}"
        asked = wire.ask(f"{one}.local")
        home.lan.at(number, lambda a=asked, s=source: thief.say(a, source=s))
    home.wait(60)
    return thief


@CASES.quiet("type-sweep")
def two_hosts_of_thirteen_types_each_are_not_one_of_26(home: Home):
    pair = [home.stranger(both=True), home.stranger(both=True)]
    home.wait(130)
    for number, host in enumerate(pair):
        host.ask(*ODD[13 * number : 13 * number + 13], at=(0, 1, 3))
    home.wait(60)


@CASES.quiet("type-sweep")
def one_mac_in_two_vlans_is_two_hosts(home: Home):
    """A trunk: a router's MAC shows up in each VLAN, with other people's business."""
    legs = [
        Host(home.lan, f"leg{vlan}", "00:1b:63:00:00:fc", f"192.168.{vlan}.1", vlan=vlan)
        for vlan in (30, 40)
    ]
    for number, leg in enumerate(legs):
        leg.ask(*ODD[15 * number : 15 * number + 15], at=(0, 1, 3))
    home.wait(60)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
