"""Who asks for many names of one kind: instances, addresses, host names."""

from __future__ import annotations

import uuid

import pytest
from tests.traces import wire
from tests.traces.home import GVFS, Home, ask_each
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.segment import Service
from tests.traces.wire import AAAA, ANY, PTR, SRV, TXT, A, Message, Question, Record

CASES = Table()


# instance-sweep


def offices(home: Home, number: int) -> list[Host]:
    """Hosts with a printer and a web page each."""
    made = [
        home.stranger(f"office-{n}", Service(f"Office {n}", "_ipp._tcp", 631), both=n % 2 == 0)
        for n in range(number)
    ]
    for count, host in enumerate(made):
        home.lan.at(count * 0.7, host.join)
    home.wait(60)
    return made


@CASES.fires("instance-sweep", "medium")
def twelve_printers_one_packet_each(home: Home):
    printers, sweeper = offices(home, 12), home.stranger()
    names = [host.instance("_ipp._tcp") for host in printers]
    home.each(2.5, *(lambda n=n: sweeper.look_up(Question(n, SRV)) for n in names))
    home.wait(60)
    return sweeper


@CASES.fires("instance-sweep", "medium")
def the_instances_and_the_targets_of_six_hosts_over_ipv6(home: Home):
    printers, sweeper = offices(home, 12)[::2], home.stranger(v6=True)
    steps = []
    for host in printers:
        full = host.instance("_ipp._tcp")
        steps += [(full, SRV), (full, TXT), (host.name, AAAA)]
    home.each(1, *(lambda n=n, k=k: sweeper.look_up(Question(n, k)) for n, k in steps))
    home.wait(60)
    return sweeper


@CASES.fires("instance-sweep", "medium")
def fourteen_made_up_instances_by_any_question_in_two_packets_a_time(home: Home):
    sweeper = home.stranger(both=True)
    names = [f"device-{n}._axis-video._tcp.local" for n in range(14)]
    pairs = [names[n : n + 2] for n in range(0, 14, 2)]
    home.each(
        4, *(lambda p=p: sweeper.look_up(*(Question(name, ANY) for name in p)) for p in pairs)
    )
    home.wait(60)
    return sweeper


@CASES.quiet("instance-sweep")
def a_print_dialog_resolves_twelve_printers_in_one_packet(home: Home):
    names = [host.instance("_ipp._tcp") for host in offices(home, 12)]
    home.each(1, lambda: home.mac.resolve(*names, at=(0, 1, 3)))
    home.wait(60)


@CASES.quiet("instance-sweep")
def a_file_manager_resolves_36_instances_in_one_packet(home: Home):
    home.wait(130)
    home.linux.ask(*GVFS, at=(0,))
    names = [f"share {n}.{type_}.local" for n in range(4) for type_ in GVFS]
    home.each(1, lambda: home.linux.look_up(*(Question(n, SRV) for n in names), at=(1, 2, 4)))
    home.wait(60)


@CASES.quiet("instance-sweep")
def a_user_clicks_through_two_printers_and_prints_on_a_third(home: Home):
    printers = offices(home, 12)[:2]
    home.each(8, *(lambda h=h: home.mac.resolve(h.instance("_ipp._tcp")) for h in printers))
    home.wait(60)


# reverse-sweep


@CASES.fires("reverse-sweep", "medium")
def ten_neighbours_by_address_one_packet_each(home: Home):
    sweeper = home.stranger()
    names = [wire.reverse(f"192.168.1.{n}") for n in range(10, 20)]
    home.each(1, lambda: ask_each(sweeper, names))
    home.wait(60)
    return sweeper


@CASES.fires("reverse-sweep", "medium")
def seven_neighbours_in_one_packet_over_ipv6(home: Home):
    sweeper = home.stranger(v6=True)
    names = [wire.reverse(f"fe80::21b:63ff:fe00:{n:x}") for n in range(10, 17)]
    home.each(1, lambda: sweeper.look_up(*map(Question, names)))
    home.wait(60)
    return sweeper


@CASES.fires("reverse-sweep", "medium")
def five_ipv4_and_five_ipv6_addresses_each_over_its_own(home: Home):
    sweeper = home.stranger(both=True)
    for number in range(10, 15):
        for version, base in ((4, f"192.168.1.{number}"), (6, f"fe80::21b:63ff:fe00:{number:x}")):
            asked = wire.ask(wire.reverse(base))
            home.lan.at(number, lambda a=asked, v=version: sweeper.say(a, version=v))
    home.wait(60)
    return sweeper


@CASES.quiet("reverse-sweep")
def seven_addresses_within_a_minute_and_seven_in_the_next(home: Home):
    names = [wire.reverse(f"192.168.1.{n}") for n in range(10, 24)]
    home.each(1, lambda: ask_each(home.router, names, step=8.7))
    home.wait(130)


@CASES.quiet("reverse-sweep")
def browsing_domains_of_one_network_are_no_addresses(home: Home):
    net = "0.1.168.192.in-addr.arpa"
    names = [f"{one}._dns-sd._udp.{net}" for one in ("b", "db", "r", "dr", "lb")]
    names += [f"{one}._dns-sd._udp.{wire.reverse('192.168.1.20')}" for one in ("b", "db", "lb")]
    home.each(1, lambda: home.mac.look_up(*map(Question, names)), lambda: ask_each(home.mac, names))
    home.wait(60)


@CASES.quiet("reverse-sweep")
def hosts_claim_their_own_reverse_names_with_their_other_names(home: Home):
    def claim(host: Host) -> None:
        names = [wire.reverse(address) for address in host.addresses.values()]
        claims = tuple(Record(name, PTR, host.name) for name in names)
        host.say(Message(tuple(Question(n, ANY) for n in names), authority=claims))

    home.each(2, *(lambda h=h: claim(h) for h in (home.linux, home.nas, home.mac) * 4))


@CASES.quiet("reverse-sweep")
def a_router_asks_for_the_names_of_twelve_clients_within_ten_minutes(home: Home):
    names = [wire.reverse(f"192.168.1.{n}") for n in range(10, 22)]
    home.each(1, lambda: ask_each(home.router, names, step=50))
    home.wait(650)


# hostname-guessing


GUESSES = [
    *("admin", "backup", "build", "cam", "db", "dc", "dev", "esx", "exchange", "files", "git"),
    *("gw", "jenkins", "ldap", "mail", "prod", "pve", "sql", "test", "vpn"),
]


@CASES.fires("hostname-guessing", "medium")
def a_word_list_of_twenty_one_packet_each(home: Home):
    guesser = home.stranger()
    names = [f"{word}.local" for word in [*GUESSES, "nas", "tv"]]
    home.each(1, lambda: ask_each(guesser, names, A))
    home.wait(60)
    return guesser


@CASES.fires("hostname-guessing", "medium")
def a_word_list_five_a_packet_over_ipv6(home: Home):
    guesser = home.stranger(v6=True)
    packs = [GUESSES[n : n + 5] for n in range(0, 20, 5)]
    home.each(
        6,
        *(
            lambda p=p: guesser.look_up(*(Question(f"{word}.local", AAAA) for word in p))
            for p in packs
        ),
    )
    home.wait(60)
    return guesser


@CASES.fires("hostname-guessing", "medium")
def sixteen_names_with_both_address_types_in_one_packet_each(home: Home):
    guesser = home.stranger(both=True)
    for number, word in enumerate(GUESSES[:16]):
        name = f"{word}-01.local"
        home.lan.at(number, lambda n=name: guesser.say(wire.ask(Question(n, A), Question(n, AAAA))))
    home.wait(60)
    return guesser


@CASES.quiet("hostname-guessing")
def three_hosts_look_for_seven_lost_machines_each(home: Home):
    for number, host in enumerate((home.mac, home.linux, home.windows)):
        ask_each(host, [f"old-{number}-{n}.local" for n in range(7)], A)
    home.wait(130)


@CASES.quiet("hostname-guessing")
def a_browser_asks_for_thirty_webrtc_names(home: Home):
    names = [f"{uuid.UUID(int=home.chance.getrandbits(128), version=4)}.local" for _ in range(30)]
    home.each(1, lambda: ask_each(home.mac, names, A, step=1))
    home.wait(60)


@CASES.quiet("hostname-guessing")
def one_missing_name_is_asked_for_by_everybody(home: Home):
    asking = (home.windows, home.linux, home.mac, home.android)
    for host in asking:
        ask_each(host, ["wpad.local"] * 20, A)
    home.wait(130)


@CASES.quiet("hostname-guessing")
def a_monitor_asks_for_twenty_names_that_all_answer(home: Home):
    known = [home.stranger(f"rack-{n}") for n in range(20)]
    for number, host in enumerate(known):
        home.lan.at(number * 0.5, host.join)
    home.wait(60)
    monitor = home.stranger("monitor")
    home.each(1, lambda: ask_each(monitor, [host.name for host in known], A))
    home.wait(60)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
