"""Who owns a record and who takes it: goodbyes, hijacks, conflicts of names."""

from __future__ import annotations

import pytest
from tests.traces import wire
from tests.traces.claims import docked, gone, pair, taken
from tests.traces.home import Home
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.relays import Echo, Relay
from tests.traces.segment import Service
from tests.traces.wire import SRV, A, Record

CASES = Table()
CAST = "_googlecast._tcp"


# foreign-goodbye


@CASES.fires("foreign-goodbye", "high")
def a_printer_is_said_goodbye_to_and_rescues_itself(home: Home):
    thief = home.stranger()
    home.wait(130)
    home.each(1, lambda: thief.say(gone(*home.printer.records())))
    home.wait(200)
    return thief


@CASES.fires("foreign-goodbye", "high")
def everybody_is_silenced_over_ipv6_and_answers_later(home: Home):
    thief = home.stranger(v6=True)
    home.wait(130)
    victims = [host for host in home.offering() if 6 in host.addresses]
    for victim in victims:
        victim.reasserts = False
    home.each(4, *(lambda v=v: thief.say(gone(*v.service_records())) for v in victims))
    home.wait(300)
    return thief


@CASES.fires("foreign-goodbye", "high")
def a_host_name_is_removed_again_and_again_under_its_owners_address(home: Home):
    thief, nas = home.stranger(), home.nas
    home.wait(130)
    names = gone(*nas.host_records())
    home.each(20, *[lambda: thief.say(names, version=4, source=nas.addresses[4])] * 4)
    home.wait(100)
    return thief


@CASES.quiet("foreign-goodbye")
def a_nas_goes_and_comes_back_and_others_rescue_the_types_it_shared(home: Home):
    home.wait(130)
    home.each(40, home.nas.goodbye, home.nas.join)
    home.wait(130)


@CASES.quiet("foreign-goodbye")
def a_reflector_between_two_vlans_relays_goodbyes_both_ways(home: Home):
    Relay.pair(home.lan, "00:1b:63:00:00:fe", ("192.168.1.254", "192.168.20.254"), 20)
    player = Service("Meeting room", "_airplay._tcp", 7000, ("deviceid=00:1B:63:00:00:F0",))
    far = Host(home.lan, "far", "00:1b:63:00:00:f0", "192.168.20.5", services=[player], vlan=20)
    far.join()
    home.wait(130)
    home.each(60, home.tv.goodbye, far.goodbye, home.tv.join, far.join)
    home.wait(130)


@CASES.quiet("foreign-goodbye")
def an_echo_repeats_the_goodbye_of_a_device_that_soon_restarts(home: Home):
    Echo(home.lan, "echo", "00:1b:63:00:00:fd", "192.168.1.253")
    home.wait(250)
    home.each(35, home.tv.goodbye, home.tv.join)
    home.wait(250)


@CASES.quiet("foreign-goodbye")
def a_laptop_on_cable_and_air_says_goodbye_on_the_air(home: Home):
    cable = docked(home, home.mac)
    cable.join()
    home.wait(130)
    home.each(10, home.mac.goodbye)
    home.wait(130)
    home.mac.join()
    home.wait(130)


# record-hijack


@CASES.fires("record-hijack", "high")
def the_printers_service_is_pointed_elsewhere_and_the_printer_defends_it(home: Home):
    thief = home.stranger("brn30055d")
    home.wait(130)
    home.each(1, lambda: thief.say(taken(home.printer, "_ipp._tcp", thief)))
    home.wait(200)
    return thief


@CASES.fires("record-hijack", "high")
def a_service_is_pointed_elsewhere_over_ipv6_by_nothing_but_its_srv(home: Home):
    thief = home.stranger("files", v6=True)
    home.wait(130)
    home.nas.reasserts = False
    srv = Record(home.nas.instance("_smb._tcp"), SRV, (445, thief.name), 4500)
    home.each(3, *[lambda: thief.say(wire.tell(srv))] * 3)
    home.wait(200)
    return thief


@CASES.fires("record-hijack", "high")
def the_owner_and_a_thief_both_answer_the_same_question(home: Home):
    thief = home.stranger("player")
    home.wait(130)
    answer = taken(home.tv, CAST, thief, "id=0", "fn=Living Room")
    home.lan.at(0.05, lambda: thief.say(answer))
    home.android.ask(CAST, at=(0,), known=False)
    home.wait(30)
    home.lan.at(0.05, lambda: thief.say(answer))
    home.android.ask(CAST, at=(0,), known=False)
    home.wait(200)
    return thief


@CASES.fires("record-hijack", "high")
def a_thief_answers_each_question_for_a_host_name_before_the_owner(home: Home):
    """The owner, known for its SRV, answers too; the thief never announces anything."""
    thief = home.stranger("box")
    home.wait(130)
    full = home.nas.instance("_smb._tcp")
    lie = wire.tell(Record(full, SRV, (445, "box.local")), *thief.host_records())

    def asked() -> None:
        home.lan.at(0.0005, lambda: thief.say(lie))
        home.windows.resolve(full)

    home.each(30, *[asked] * 4)
    home.wait(130)
    return thief


@CASES.quiet("record-hijack")
def a_pair_of_servers_fails_over_by_goodbye_and_back(home: Home):
    one, two = pair(home)
    one.join()
    home.wait(250)
    home.each(0.3, one.goodbye)
    two.join()
    home.wait(250)
    home.each(0.3, two.goodbye)
    one.join()
    home.wait(250)


@CASES.quiet("record-hijack")
def a_server_dies_and_the_other_probes_before_it_takes_over(home: Home):
    one, two = pair(home)
    one.join()
    home.wait(250)
    one.die()
    home.wait(20)
    two.join()
    home.wait(250)


@CASES.quiet("record-hijack")
def two_printers_of_one_name_and_the_second_renames_itself(home: Home):
    twin = home.stranger("brn30055e", *home.printer.offered)
    home.wait(130)
    twin.join()
    home.wait(130)
    assert (twin.attempt, home.printer.attempt) == (2, 1)


@CASES.quiet("record-hijack")
def a_host_moves_its_own_service_to_another_port_and_name(home: Home):
    home.wait(130)
    full = home.nas.instance("_http._tcp")
    moved = wire.tell(
        Record(full, SRV, (5001, "nas-2.local")), Record("nas-2.local", A, "192.168.1.13")
    )
    home.each(1, lambda: home.nas.say(moved, version=4), lambda: home.nas.say(moved, version=4))


@CASES.quiet("record-hijack")
def a_new_printer_without_probes_bears_the_name_of_one_long_dead(home: Home):
    home.wait(130)
    home.printer.die()
    home.wait(3 * 3600, every=1200)
    new = home.stranger("brn99aa01", *home.printer.offered)
    new.probing = "none"
    new.join()
    home.wait(300)


# name-conflict


@CASES.fires("name-conflict", "low", most="low")
def a_host_name_is_claimed_by_a_second_host(home: Home):
    thief = home.stranger()
    home.wait(130)
    claim = wire.tell(Record("tv.local", A, thief.addresses[4]))
    home.each(30, lambda: thief.say(claim), lambda: thief.say(claim))
    home.wait(100)
    return thief


@CASES.fires("name-conflict", "low", most="low")
def a_cloned_machine_claims_its_originals_name_over_ipv6(home: Home):
    one, two = home.stranger("build", v6=True), home.stranger("build", v6=True)
    one.probing = two.probing = "none"
    one.join()
    home.wait(130)
    two.reasserts = False
    two.join()
    home.wait(130)
    return two


@CASES.quiet("name-conflict")
def two_pcs_of_one_name_and_the_second_renames_itself(home: Home):
    twin = home.stranger("windows", both=True)
    home.wait(130)
    twin.join()
    home.wait(130)
    assert twin.name == "windows-2.local"


@CASES.quiet("name-conflict")
def a_laptop_docks_and_bears_its_name_on_two_interfaces(home: Home):
    home.wait(130)
    cable = docked(home, home.mac)
    cable.join()
    home.wait(250)
    home.each(60, cable.announce, home.mac.announce, cable.announce)


@CASES.quiet("name-conflict")
def a_host_gets_another_address_by_dhcp(home: Home):
    home.wait(130)
    home.linux.addresses[4] = "192.168.1.77"
    home.linux.join()
    home.wait(250)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
