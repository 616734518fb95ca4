"""One service under the name of another: television sets, servers, things with one id."""

from __future__ import annotations

import pytest
from tests.traces import wire
from tests.traces.claims import docked, gone, of_type, pair, taken
from tests.traces.home import Home
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.segment import Service
from tests.traces.wire import AAAA, PTR, SRV, TXT, Record

CASES = Table()
CAST = "_googlecast._tcp"


@CASES.fires("service-impersonation", "high")
def a_second_television_by_the_instance_name_of_the_first(home: Home):
    thief = home.stranger("tv4")
    home.wait(130)
    home.each(5, *[lambda: thief.say(taken(home.tv, CAST, thief, "fn=Living Room"))] * 2)
    home.wait(130)
    return thief


@CASES.fires("service-impersonation", "high")
def an_own_instance_with_the_cast_id_of_the_television(home: Home):
    home.wait(130)
    home.lan.run(20)
    fake = Service("Bravia-4f1d", CAST, 8009, ("id=4f1c9ad2b60e4c51a7c1", "fn=Living Room"))
    thief = home.stranger("tv4", fake)
    thief.probing = "none"
    thief.join()
    home.lan.run(20)
    home.wait(250)
    return thief


@CASES.fires("service-impersonation", "high")
def an_own_instance_with_the_airplay_id_of_the_television_over_ipv6(home: Home):
    home.wait(130)
    home.lan.run(20)
    fake = Service("Wohnzimmer", "_airplay._tcp", 7000, ("deviceid=00:1B:63:00:00:0B", "model=X"))
    thief = home.stranger("wz", fake, v6=True)
    thief.probing = "none"
    thief.join()
    home.lan.run(20)
    home.wait(250)
    return thief


@CASES.fires("service-impersonation", "high")
def an_own_bridge_with_the_pairing_id_of_the_bridge(home: Home):
    home.wait(130)
    home.lan.run(20)
    fake = Service("Hue Bridge 2", "_hap._tcp", 8080, ("id=0A:4B:C1:22:90:7E", "md=BSB"))
    thief = home.stranger("hue2", fake)
    thief.probing = "none"
    thief.join()
    home.lan.run(20)
    home.wait(250)
    return thief


@CASES.fires("service-impersonation", "high")
def a_goodbye_under_the_owners_own_mac_then_another_announces(home: Home):
    thief = home.stranger("tv4")
    home.wait(130)
    home.tv.reasserts = False
    mask = Host(home.lan, "mask", home.tv.mac, home.tv.addresses[4])
    mask.say(gone(*of_type(home.tv, CAST)))
    home.lan.run(1.2)
    thief.say(taken(home.tv, CAST, thief, "fn=Living Room"))
    home.wait(250)
    return thief


@CASES.fires("service-impersonation", "high")
def a_goodbye_and_the_announcement_both_by_the_thief(home: Home):
    thief = home.stranger("tv4")
    home.wait(130)
    home.tv.reasserts = False
    home.each(
        0.8,
        lambda: thief.say(gone(*of_type(home.tv, CAST))),
        lambda: thief.say(taken(home.tv, CAST, thief, "fn=Living Room")),
    )
    home.wait(250)
    return thief


@CASES.quiet("service-impersonation")
def one_service_moves_between_two_servers_with_goodbye_and_probes(home: Home):
    one, two = pair(home)
    one.join()
    home.wait(130)
    home.each(0.2, one.goodbye)
    two.join()
    home.wait(130)
    assert two.up


@CASES.quiet("service-impersonation")
def a_television_with_one_device_id_on_cable_and_air(home: Home):
    home.wait(130)
    cable = docked(home, home.tv)
    cable.join()
    home.wait(250)


@CASES.quiet("service-impersonation")
def a_new_television_of_the_same_name_when_the_old_one_is_gone(home: Home):
    home.wait(130)
    home.tv.die()
    home.wait(2 * 3600, every=1200)
    new = home.stranger("tv", *home.tv.offered)
    new.join()
    home.wait(300)
    assert new.attempt == 1


@CASES.quiet("service-impersonation")
def two_border_routers_announce_the_same_thing_in_the_same_words(home: Home):
    """A fault-tolerant pair: identical records from two hosts are no conflict (§6.6, §9)."""
    sensor = "fd5c:2:3:4::77"
    said = wire.tell(
        Record("_hap._udp.local", PTR, "Door._hap._udp.local", 4500),
        Record("Door._hap._udp.local", SRV, (5683, "door.local")),
        Record("Door._hap._udp.local", TXT, ("id=7A:11:05:C2:B8:D3", "md=Door"), 4500),
        Record("door.local", AAAA, sensor),
    )
    one, two = home.stranger("homepod", both=True), home.stranger("appletv", both=True)
    home.each(40, *(lambda host=host: host.say(said) for host in (one, two) * 3))
    home.wait(130)


@CASES.quiet("service-impersonation")
def a_sleep_proxy_speaks_for_a_sleeper_in_the_sleepers_words(home: Home):
    """Unprobed, from another MAC, a second after the sleeper fell silent; and it wakes again."""
    proxy = home.stranger("appletv", both=True)
    home.wait(130)
    words = wire.tell(*home.mac.records())
    home.mac.die()
    home.lan.run(1)
    home.each(20, *[lambda: proxy.say(words)] * 4)
    home.wait(600)
    home.mac.join()
    home.wait(130)


@CASES.quiet("service-impersonation")
def a_television_roams_to_a_repeater_that_puts_its_own_mac(home: Home):
    """The same words and addresses, another MAC, no probes: repeaters do this to all behind."""
    home.wait(130)
    words = wire.tell(*home.tv.records())
    home.tv.mac = "00:1b:63:00:00:fb"
    home.each(20, *[lambda: home.tv.say(words)] * 3)
    home.wait(250)
    home.tv.mac = "00:1b:63:00:00:0b"
    home.each(20, *[lambda: home.tv.say(words)] * 3)
    home.wait(130)


@CASES.quiet("service-impersonation")
def two_boards_with_the_id_the_factory_gave_them_all(home: Home):
    boards = [
        home.stranger(f"esp-{label}", Service(f"esp-{label}", "_http._tcp", 80, ("id=0", "mac=")))
        for label in ("a1", "b2", "c3")
    ]
    for board in boards:
        board.probing = "none"
    home.each(20, *(board.join for board in boards))
    home.wait(130)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
