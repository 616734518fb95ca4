"""What many hosts do together, and who has owned a name for a week."""

from __future__ import annotations

import pytest
from tests.traces import wire
from tests.traces.home import DAY, LEARNED, Home, types
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.segment import Service
from tests.traces.wire import AAAA, PTR, SRV, A, Record

CASES = Table()


# distributed-sweep


def sources(home: Home, wanted: list[str], each: int, *, v6: bool = False) -> list[Host]:
    """As many hosts as it takes to ask for these types, ``each`` a host; none ever announced."""
    made = []
    for number in range(0, len(wanted), each):
        host = home.stranger(v6=v6)
        for offset, one in enumerate(wanted[number : number + each]):
            home.lan.at(2.1 * (number + offset), lambda h=host, o=one: h.ask(o, at=(0,)))
        made.append(host)
    return made


ODD = [f"_odd{n}._tcp" for n in range(24)]


@CASES.fires("distributed-sweep", "medium")
def twenty_macs_ask_for_one_type_each_after_a_week(home: Home):
    home.days(LEARNED)
    made = sources(home, ODD[:20], 1)
    home.wait(130)
    return made


@CASES.fires("distributed-sweep", "medium")
def eleven_macs_ask_for_two_types_each_over_ipv6_after_a_week(home: Home):
    home.days(LEARNED)
    made = sources(home, ODD[:22], 2, v6=True)
    home.wait(130)
    return made


@CASES.fires("distributed-sweep", "medium")
def sixteen_dual_stack_macs_repeat_their_question_after_a_week(home: Home):
    """Over IPv4 and IPv6, three times: a question asked again is no second asker."""
    home.days(LEARNED)
    made = [home.stranger(both=True) for _ in range(16)]
    for number, host in enumerate(made):
        home.lan.at(number * 2.5, lambda h=host, n=number: h.ask(ODD[n], at=(0, 1, 3)))
    home.wait(130)
    return made


@CASES.fires("distributed-sweep", "low", most="low")
def twenty_macs_while_still_learning(home: Home):
    home.wait(300)
    made = sources(home, ODD[:20], 1)
    home.wait(130)
    return made


@CASES.quiet("distributed-sweep")
def a_conference_of_sixty_newcomers_with_common_types(home: Home):
    home.days(LEARNED)
    common = [*types(0, 6), "_googlecast._tcp", "_airplay._tcp", "_raop._tcp", "_smb._tcp"]
    for number in range(60):
        guest = home.stranger(f"guest-{number}", both=number % 3 == 0)
        for one in home.chance.sample(common, 2):
            home.lan.at(home.lan.soon(0, 50), lambda g=guest, o=one: g.ask(o))
        if number % 2:
            home.lan.at(home.lan.soon(0, 50), guest.join)
    home.wait(130)


@CASES.quiet("distributed-sweep")
def thirteen_strangers_with_a_type_of_their_own_each(home: Home):
    home.days(LEARNED)
    sources(home, ODD[:13], 1)
    home.wait(130)


@CASES.quiet("distributed-sweep")
def eighteen_devices_announce_themselves_and_ask_for_their_makers_type(home: Home):
    home.days(LEARNED)
    for number in range(18):
        device = home.stranger(f"dev-{number}", Service(f"dev-{number}", "_http._tcp"))
        home.lan.at(number * 2, device.join)
        home.lan.at(number * 2 + 3, lambda d=device, n=number: d.ask(ODD[n], at=(0,)))
    home.wait(130)


# Owners known for a week: now an address taken is a hijack.


@CASES.fires("record-hijack", "high")
def a_name_owned_for_a_week_is_claimed_by_another(home: Home):
    home.days(LEARNED)
    thief = home.stranger()
    claim = wire.tell(Record("nas.local", A, thief.addresses[4]))
    home.each(5, lambda: thief.say(claim), lambda: thief.say(claim))
    home.wait(120)
    return thief


@CASES.fires("record-hijack", "high")
def a_name_owned_for_a_week_is_claimed_over_ipv6(home: Home):
    home.days(LEARNED)
    thief = home.stranger(v6=True)
    claim = wire.tell(Record("nas.local", AAAA, thief.addresses[6]))
    home.lan.run(30)
    home.each(20, lambda: thief.say(claim), lambda: thief.say(claim))
    home.wait(120)
    return thief


@CASES.fires("record-hijack", "high")
def the_owner_of_a_week_does_not_defend_itself_but_speaks_half_a_minute_later(home: Home):
    home.days(LEARNED)
    thief = home.stranger(v6=True)
    home.tv.reasserts = False
    claim = wire.tell(Record("tv.local", AAAA, thief.addresses[6]))
    home.lan.run(30)
    thief.say(claim)
    home.lan.run(8)
    home.wait(250)
    return thief


@CASES.fires("record-hijack", "high")
def the_claim_comes_just_after_a_question_for_something_else(home: Home):
    home.days(LEARNED)
    thief = home.stranger()
    claim = wire.tell(Record("tv.local", A, thief.addresses[4]))
    home.lan.run(30)
    home.android.ask("_googlecast._tcp", at=(0,))
    home.lan.run(0.4)
    thief.say(claim)
    home.wait(250)
    return thief


@CASES.quiet("record-hijack")
def a_laptop_known_for_a_week_docks(home: Home):
    home.days(LEARNED)
    cable = home.stranger("macbook", *home.mac.offered)
    cable.twins.add(home.mac)
    home.mac.twins.add(cable)
    cable.join()
    home.wait(300)


@CASES.quiet("record-hijack")
def a_server_known_for_a_week_gets_another_address(home: Home):
    home.days(LEARNED)
    home.nas.addresses[4] = "192.168.1.88"
    home.nas.join()
    home.wait(300)


@CASES.quiet("record-hijack")
def a_server_known_for_a_week_is_replaced_after_a_day_of_silence(home: Home):
    home.days(LEARNED)
    home.nas.goodbye()
    home.days(1)
    new = home.stranger("nas", *home.nas.offered)
    new.join()
    home.wait(300)


@CASES.quiet("foreign-goodbye")
def a_week_of_printers_switched_on_and_off(home: Home):
    for _ in range(7):
        home.printer.goodbye()
        home.wait(DAY / 2, every=DAY / 4)
        home.printer.join()
        home.wait(DAY / 2, every=DAY / 4)


@CASES.quiet("many-names")
def a_week_of_a_thing_that_only_announces(home: Home):
    thing = home.stranger("thing")
    full = "thing._mqtt._tcp.local"
    said = wire.tell(
        Record("_mqtt._tcp.local", PTR, full, 4500),
        Record(full, SRV, (1883, thing.name)),
        *thing.host_records(),
    )
    for _ in range(30):
        thing.say(said)
        home.wait(DAY / 4, every=DAY / 4)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
