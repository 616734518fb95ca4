"""Who answers too much, probes too much, announces too much, or speaks no DNS at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.traces import wire
from tests.traces.home import Home
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table
from tests.traces.relays import Relay
from tests.traces.segment import Heard
from tests.traces.wire import AAAA, ANY, PTR, SRV, A, Message, Question, Record

CASES = Table()
SHARES = ("fileserver.local", "wpad.local", "intranet.local", "printsrv.local")


class Liar(Host):
    """Answers every question for an address with its own."""

    multicast = False

    def hear(self, heard: Heard) -> None:
        for question in heard.message.questions:
            version = {A: 4, AAAA: 6}.get(question.type)
            if version in self.addresses and not heard.message.flags & 0x8000:
                mine = Record(question.name, question.type, self.addresses[version], 120, False)
                answer = wire.tell(replace(mine, flush=self.multicast))
                to = None if self.multicast else heard.sender
                self.lan.at(0.01, lambda a=answer, t=to: self.say(a, t, heard.version))


def liar(home: Home, *addresses: str) -> Liar:
    return Liar(home.lan, "liar", "52:54:00:66:66:66", *addresses)


# many-names


@CASES.fires("many-names", "high")
def one_host_answers_each_name_to_the_asker_alone(home: Home):
    thief = liar(home, "192.168.1.66")
    home.wait(130)
    home.each(9, *(lambda n=n: home.windows.look_up(Question(n, A)) for n in SHARES))
    home.wait(100)
    return thief


@CASES.fires("many-names", "high")
def one_host_answers_all_names_to_the_group_over_ipv6(home: Home):
    thief = liar(home, "fe80::5054:ff:fe66:6666")
    thief.multicast = True
    home.wait(130)
    askers = (home.linux, home.mac, home.iphone, home.linux)
    pairs = zip(askers, SHARES, strict=True)
    home.each(5, *(lambda h=h, n=n: h.look_up(Question(n, AAAA)) for h, n in pairs))
    home.wait(100)
    return thief


@CASES.quiet("many-names")
def a_sleep_proxy_answers_for_three_sleepers_with_their_own_addresses(home: Home):
    proxy = home.stranger("appletv")
    names = {f"imac-{n}.local": f"192.168.1.{60 + n}" for n in range(3)}
    home.wait(130)
    for name, address in names.items():
        answer = wire.tell(Record(name, A, address))
        home.lan.at(0.1, lambda a=answer: proxy.say(a))
        home.mac.look_up(Question(name, A))
        home.wait(12)


@CASES.quiet("many-names")
def a_server_answers_for_four_names_that_it_announced(home: Home):
    server = home.stranger("server")
    names = [f"{name}.local" for name in ("wiki", "git", "ci", "mail")]
    records = [Record(name, A, "192.168.1.101") for name in names]
    probe = Message(tuple(Question(n, ANY) for n in names), authority=tuple(records))
    home.each(0.25, *[lambda: server.say(probe)] * 3, lambda: server.say(wire.tell(*records)))
    home.wait(60)
    for record in records:
        home.lan.at(0.01, lambda r=record: server.say(wire.tell(r)))
        home.linux.look_up(Question(record.name, A))
        home.wait(5)


@CASES.quiet("many-names")
def a_reflector_brings_answers_of_the_other_vlan(home: Home):
    Relay.pair(home.lan, "00:1b:63:00:00:fe", ("192.168.1.254", "192.168.20.254"), 20)
    far = [
        Host(home.lan, f"far-{n}", f"00:1b:63:00:20:{n:02x}", f"192.168.20.{n}", vlan=20)
        for n in range(5, 9)
    ]
    for host in far:
        host.join()
    home.wait(130)
    home.each(4, *(lambda h=h: home.linux.look_up(Question(h.name, A)) for h in far))
    home.wait(60)


@CASES.quiet("poison-reply")
def a_printer_gives_a_legacy_asker_its_own_reply(home: Home):
    home.wait(130)
    asked = wire.ask(Question(home.printer.name, A), id=0x3A51)
    home.each(10, *[lambda: home.windows.say(asked, ports=(50_123, 5353))] * 3)
    home.wait(30)


# probe-storm


@CASES.fires("probe-storm", "low", most="low")
def a_broken_stack_probes_for_one_name_forever(home: Home):
    broken = home.stranger("cam")
    claim = (Record("cam.local", A, "192.168.1.101"),)
    probe = Message((Question("cam.local", ANY, True),), authority=claim)
    home.each(1.2, *[lambda: broken.say(probe)] * 48)
    home.wait(30)
    return broken


@CASES.fires("probe-storm", "low", most="low")
def a_host_probes_for_fifty_names_over_ipv6_one_after_another(home: Home):
    broken = home.stranger("cam", v6=True)
    names = [f"cam-{n}.local" for n in range(50)]

    def probe(name: str) -> None:
        claim = (Record(name, AAAA, broken.addresses[6]),)
        broken.say(Message((Question(name, ANY),), authority=claim))

    home.each(0.9, *(lambda n=n: probe(n) for n in names))
    home.wait(30)
    return broken


@CASES.fires("probe-storm", "low", most="low")
def whatever_name_a_newcomer_tries_is_taken_at_once(home: Home):
    """Fifteen conflicts in ten seconds; either of the two may be the one that is named."""
    denier, victim = home.stranger("denier"), home.stranger("pc")
    home.wait(130)

    def deny(number: int) -> None:
        name = f"pc-{number}.local"
        claim = Record(name, A, victim.addresses[4], flush=False)
        victim.say(Message((Question(name, ANY, True),), authority=(claim,)))
        taken = wire.tell(Record(name, A, denier.addresses[4]))
        home.lan.at(0.02, lambda: denier.say(taken))

    home.each(0.4, *(lambda n=n: deny(n) for n in range(1, 22)))
    home.wait(60)
    return denier, victim


@CASES.quiet("probe-storm")
def a_daemon_probes_three_times_for_each_of_twelve_services(home: Home):
    """With its host name 39 probes, each over IPv4 and IPv6."""
    server = home.stranger("server", both=True)
    names = [("server.local", A, "192.168.1.101")]
    names += [(f"server-{n}._http._tcp.local", SRV, (8000 + n, "server.local")) for n in range(12)]
    home._round()
    for turn in range(3):
        for name, kind, data in names:
            claim = (Record(name, kind, data, flush=False),)
            server.say(Message((Question(name, ANY, turn == 0),), authority=claim))
            home.lan.run(0.01)
        home.lan.run(0.13)
    services = [Record("_http._tcp.local", PTR, name, 4500) for name, kind, _ in names[1:]]
    server.say(wire.tell(*(Record(*name) for name in names), *services))
    home.wait(130)


@CASES.quiet("probe-storm")
def windows_hosts_ask_for_their_names_without_saying_what_they_claim(home: Home):
    pcs = [home.stranger(f"desktop-{n}") for n in range(8)]
    for pc in pcs:
        pc.probing = "bare"
    home.each(4, *(pc.join for pc in pcs))
    home.wait(130)


# announcement-flood


@CASES.fires("announcement-flood", "medium")
def a_host_announces_260_instances_in_half_a_minute(home: Home):
    flood = home.stranger("flood")

    def burst(first: int) -> None:
        made = [f"Fake {n}._http._tcp.local" for n in range(first, first + 13)]
        flood.say(wire.tell(*(Record("_http._tcp.local", PTR, name, 4500) for name in made)))

    home.each(1.5, *(lambda n=n: burst(n) for n in range(0, 260, 13)))
    home.wait(60)
    return flood


@CASES.fires("announcement-flood", "medium")
def a_host_announces_230_types_over_ipv6(home: Home):
    flood = home.stranger("flood", v6=True)

    def service(number: int) -> None:
        type_ = f"_t{number:x}._udp.local"
        full = f"x.{type_}"
        srv = Record(full, SRV, (9, flood.name))
        flood.say(wire.tell(Record(type_, PTR, full, 4500), srv))

    home.each(0.2, *(lambda n=n: service(n) for n in range(230)))
    home.wait(60)
    return flood


@CASES.quiet("announcement-flood")
def a_bridge_with_150_accessories_starts_and_starts_again(home: Home):
    bridge = home.stranger("bridge")
    lamps = [f"Lamp {n}._hap._tcp.local" for n in range(150)]
    records = [Record("_hap._tcp.local", PTR, lamp, 4500) for lamp in lamps]

    def announce() -> None:
        for first in range(0, 150, 15):
            bridge.say(wire.tell(*records[first : first + 15]))

    home.each(10, *[announce] * 6)
    home.wait(60)


@CASES.quiet("announcement-flood")
def a_lab_brings_up_180_instances_and_minutes_later_40_more(home: Home):
    lab = home.stranger("lab")

    def more(first: int, last: int) -> None:
        for n in range(first, last):
            full = f"node {n}._ssh._tcp.local"
            lab.say(
                wire.tell(Record("_ssh._tcp.local", PTR, full), Record(full, SRV, (22, lab.name)))
            )
            home.lan.run(0.2)

    home._round()
    more(0, 180)
    home.wait(180)
    more(180, 220)
    home.wait(60)


# malformed


GOOD = wire.ask("_http._tcp.local").encode()
CUT = wire.tell(Record("x.local", A, "192.168.1.9")).encode()[:-3]
LOOP = GOOD[:12] + b"\xc0\x0c" + GOOD[-4:]
LIES = GOOD[:4] + b"\0\x09" + GOOD[6:]


@CASES.fires("malformed", "low", most="low", broken=3)
def three_different_broken_packets_in_nine_minutes(home: Home):
    fuzzer = home.stranger()
    for broken in (CUT, LOOP, LIES):
        fuzzer.say(broken)
        home.wait(170)
    return fuzzer


@CASES.fires("malformed", "low", most="low", broken=20)
def one_broken_packet_again_and_again_over_ipv6(home: Home):
    fuzzer = home.stranger(v6=True)
    home.each(2, *[lambda: fuzzer.say(LOOP)] * 20)
    return fuzzer


@CASES.quiet("malformed", broken=2)
def a_camera_sends_two_broken_packets_when_it_starts(home: Home):
    camera = home.stranger("camera")
    home.each(1, lambda: camera.say(CUT), lambda: camera.say(CUT), camera.join)
    home.wait(600)


@CASES.quiet("malformed", broken=5)
def a_device_sends_a_broken_packet_each_quarter_of_an_hour(home: Home):
    device = home.stranger("device")
    for _ in range(5):
        device.say(LIES)
        home.wait(900, every=300)


@CASES.quiet("malformed", broken=4)
def two_cameras_of_one_maker_send_two_broken_packets_each(home: Home):
    cameras = [home.stranger(), home.stranger()]
    home.each(5, *(lambda c=c: c.say(CUT) for c in cameras * 2))


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
