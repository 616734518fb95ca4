"""Who asks too much within a minute, or asks where no question belongs."""

from __future__ import annotations

import pytest
from tests.traces import wire
from tests.traces.home import GVFS, Home, ask_each
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.segment import META
from tests.traces.wire import AAAA, ANY, HTTPS, PTR, SRV, TXT, A, Message, Question, Record

CASES = Table()
FAR4, FAR6 = "203.0.113.9", "2001:db8:bad::9"


# unicast-probe


@CASES.fires("unicast-probe", "high")
def from_the_internet_through_the_router(home: Home):
    home.wait(130)
    probe = wire.ask(Question("_http._tcp.local", PTR, True))
    home.router.say(probe, home.printer, version=4, source=FAR4, ttl=52, ports=(40_111, 5353))
    home.wait(60)
    return [FAR4]


@CASES.fires("unicast-probe", "high")
def from_another_ipv6_network_from_port_5353(home: Home):
    globals_ = {home.nas: "2001:db8:1::d", home.mac: "2001:db8:1::14", home.linux: "2001:db8:1::17"}
    for host, address in globals_.items():
        host.say(wire.tell(Record(host.name, AAAA, address)), version=6, source=address)
    home.wait(130)
    probe = wire.ask("_smb._tcp.local")
    home.each(5, *[lambda: home.router.say(probe, globals_[home.nas], 6, source=FAR6, ttl=60)] * 3)
    home.wait(60)
    return [FAR6]


@CASES.fires("unicast-probe", "high")
def from_a_private_network_behind_a_vpn_box(home: Home):
    box = home.stranger("vpn")
    box.join()
    home.wait(130)
    probe = wire.ask("_smb._tcp.local")
    home.each(9, *[lambda: box.say(probe, home.nas, 4, source="10.8.0.6", ttl=63)] * 2)
    home.wait(60)
    return ["10.8.0.6"]


@CASES.fires("unicast-probe", "low", most="low")
def by_a_neighbour_on_the_segment(home: Home):
    curious = home.stranger()
    home.wait(130)
    probe = wire.ask(Question("_http._tcp.local", PTR, True))
    home.each(3, *(lambda h=h: curious.say(probe, h, 4) for h in (home.nas, home.tv)))
    home.wait(60)
    return curious


@CASES.fires("unicast-probe", "low", most="low")
def by_a_neighbour_with_a_scanners_shape(home: Home):
    """The shape and the address asked are one kind of evidence."""
    curious = home.stranger(both=True)
    home.wait(130)
    probe = wire.ask("_http._tcp.local", id=0x7777, flags=wire.RECURSION)
    curious.say(probe, home.nas, version=6, ports=(41_000, 5353), ttl=64)
    home.wait(60)
    return curious


@CASES.quiet("unicast-probe")
def answers_go_to_the_asker_alone(home: Home):
    home.wait(130)
    home.each(
        4,
        *[lambda: home.mac.ask("_airplay._tcp", at=(0,), known=False, unicast_first=True)] * 6,
        lambda: home.windows.say(wire.ask("_ipp._tcp.local", id=77), ports=(50_123, 5353)),
    )
    home.wait(30)


@CASES.quiet("unicast-probe")
def an_error_quotes_a_question_from_outside(home: Home):
    """A host without mDNS refuses it; what came in was not seen here."""
    home.wait(130)
    quoted = wire.frame(
        wire.ask("_http._tcp.local").encode(),
        macs=(home.router.mac, home.windows.mac),
        addresses=(FAR4, "192.168.1.24"),
    )
    ends = (home.windows.mac, home.router.mac), ("192.168.1.24", FAR4)
    home.lan.record(wire.icmp_unreachable(quoted, *ends))
    home.wait(30)


@CASES.fires("unicast-probe", "low", most="low")
def by_a_host_of_the_second_network_on_the_same_wire(home: Home):
    """Two prefixes on one segment: what it says to the group shows that it is at home here."""
    second = [
        Host(home.lan, f"cam-{n}", f"00:1b:63:00:10:{n:02x}", f"10.77.0.{n}") for n in (2, 3, 4)
    ]
    for host in second:
        host.join()
    home.wait(130)
    probe = wire.ask("_http._tcp.local")
    second[0].say(probe, home.nas.addresses[4], 4)
    home.wait(60)
    return second[0]


@CASES.fires("unicast-probe", "low", most="low")
def by_a_host_with_a_privacy_address_of_the_same_prefix(home: Home):
    for host, last in ((home.nas, "d"), (home.mac, "14")):
        address = f"2001:db8:1::{last}"
        host.say(wire.tell(Record(host.name, AAAA, address)), version=6, source=address)
    home.wait(130)
    probe, own = wire.ask("_http._tcp.local"), "2001:db8:1::8c41:77ff:2:9a01"
    home.linux.say(probe, "2001:db8:1::d", 6, source=own)
    home.wait(60)
    return home.linux


# any-query


@CASES.fires("any-query", "medium")
def any_for_the_list_of_types_over_ipv6(home: Home):
    asker = home.stranger(v6=True)
    home.wait(130)
    asker.look_up(Question(META, ANY))
    home.wait(60)
    return asker


@CASES.fires("any-query", "medium")
def any_for_four_types(home: Home):
    asker = home.stranger()
    home.wait(130)
    types = ("_ipp._tcp", "_smb._tcp", "_airplay._tcp", "_hap._tcp")
    home.each(1, lambda: ask_each(asker, [f"{one}.local" for one in types], ANY, step=9))
    home.wait(60)
    return asker


@CASES.notes("any-query", "info")
def any_for_hosts_and_reverse_names(home: Home):
    names = [f"desktop-{n}.local" for n in range(6)] + [wire.reverse("192.168.1.10")]
    home.wait(130)
    ask_each(home.windows, names, ANY)
    home.wait(60)


@CASES.quiet("any-query")
def probes_for_types_and_names_are_claims(home: Home):
    """python-zeroconf claims with a question for the type and NSCOUNT 1."""
    full = "thing._http._tcp.local"
    claim = (Record("_http._tcp.local", PTR, full, 4500),)
    types = ("_http._tcp.local", "_ipp._tcp.local", "_ssh._tcp.local", META)
    home.wait(130)
    home.each(
        0.2,
        *(
            lambda t=t: home.linux.say(Message((Question(t, ANY, True),), authority=claim))
            for t in types * 3
        ),
    )
    home.wait(60)


@CASES.quiet("any-query")
def systemd_probes_with_a_question_for_https(home: Home):
    names = [f"unit-{n}.local" for n in range(4)]
    home.wait(130)
    ask_each(home.linux, names, HTTPS)
    home.wait(60)


# query-flood


@CASES.fires("query-flood", "medium")
def a_hundred_and_forty_different_questions_in_forty_seconds(home: Home):
    flood = home.stranger()
    names = [f"n{n}.local" for n in range(70)] + [f"x{n}._http._tcp.local" for n in range(70)]
    home.each(1, lambda: ask_each(flood, names, SRV, step=0.28))
    home.wait(60)
    return flood


@CASES.fires("query-flood", "medium")
def a_hundred_and_twenty_types_in_six_packets_over_ipv6(home: Home):
    flood = home.stranger(v6=True)
    types = [f"_t{n}._udp" for n in range(120)]
    home.each(3, *(lambda n=n: flood.ask(*types[n : n + 20], at=(0,)) for n in range(0, 120, 20)))
    home.wait(60)
    return flood


@CASES.fires("query-flood", "low", most="low")
def one_name_six_hundred_times_is_a_storm(home: Home):
    home.wait(130)
    ask_each(home.windows, ["wpad.local"] * 600, A, step=0.09)
    home.wait(130)
    return home.windows


@CASES.fires("query-flood", "medium")
def sixty_different_questions_by_each_of_two_ip_versions(home: Home):
    flood = home.stranger(both=True)
    for number in range(120):
        asked = wire.ask(Question(f"x{number}._http._tcp.local", TXT))
        version = 4 + number % 2 * 2
        home.lan.at(number * 0.4, lambda a=asked, v=version: flood.say(a, version=v))
    home.wait(130)
    return flood


@CASES.quiet("query-flood")
def one_name_219_times_in_ten_seconds(home: Home):
    home.wait(130)
    ask_each(home.linux, ["old-share.local"] * 219, A, step=0.045)
    home.wait(130)


@CASES.quiet("query-flood")
def a_busy_desktop_asks_ninety_different_questions_a_minute(home: Home):
    home.wait(130)
    shares = [f"share {n}.{type_}.local" for n in range(4) for type_ in GVFS[:8]]
    questions = [Question(name, kind) for name in shares for kind in (SRV, TXT)]
    home.linux.look_up(*questions, at=(0, 1, 3))
    home.linux.ask(*GVFS)
    home.linux.look_up(*(Question(f"old-{n}.local", k) for n in range(8) for k in (A, AAAA)))
    home.wait(130)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
