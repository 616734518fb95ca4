"""Who is this: MAC, neighbour, address; two families; caps under a flood."""

import pytest
from tests.helpers.traffic import META, ask, flow, flow6, pipeline, run

from whoasks.core import identity
from whoasks.core.model import BurstClosed, Datagram, FindingClosed

NO_MAC = {"mac": None, "mac_source": None}


def hosts(said):
    return {e.burst.host.addresses: e.burst.host for e in run(said) if isinstance(e, BurstClosed)}


SAME = {
    "IPv4 and IPv6": (flow(), flow6()),
    "two addresses": (flow(), flow(source="10.0.0.77")),
    "two interfaces": (flow(), flow(interface="wlan0", source="10.0.0.77")),
    "frame and neighbour": (flow(), flow(mac_source="neighbour")),
}
TWO = {
    "two MACs": (flow(23), flow(24)),
    "two VLANs": (flow(vlan=5), flow(vlan=6)),
    "no MACs": (flow(23, **NO_MAC), flow(24, **NO_MAC)),
    "one link-local address on two links": (
        flow6(**NO_MAC), flow6(**NO_MAC, interface="wlan0"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME.values(), ids=SAME)
def test_one_host(one, two):
    made = pipeline()
    made.feed(Datagram(1.0, one, ask("a.local")))
    made.feed(Datagram(2.0, two, ask("b.local")))
    assert len(made.askers()) == 1


@pytest.mark.parametrize(("one", "two"), TWO.values(), ids=TWO)
def test_two_hosts(one, two):
    made = pipeline()
    made.feed(Datagram(1.0, one, ask("a.local")))
    made.feed(Datagram(2.0, two, ask("b.local")))
    assert len(made.askers()) == 2


def test_what_it_is_known_by():
    kinds = {
        "mac": flow(),
        "neighbour": flow(mac_source="neighbour"),
        "address": flow(**NO_MAC),
    }
    for kind, by in kinds.items():
        (host,) = hosts([(1.0, by, ask("a.local"))]).values()
        assert host.identity == kind
        assert (host.mac is None) == (kind == "address")


def test_addresses_are_in_numeric_order():
    said = [
        (float(n), flow(source=a), ask("a.local"))
        for n, a in enumerate(["10.0.0.100", "10.0.0.9", "fe80::1"])
    ]
    assert list(hosts(said)) == [("10.0.0.9", "10.0.0.100", "fe80::1")]


NEWBORN = {
    "at once": (0.001, ask(META), "eth0", 1),
    "just in time": (0.0199, ask(META), "eth0", 1),
    "too late": (0.021, ask(META), "eth0", 2),
    "something else": (0.001, ask("_x._tcp.local"), "eth0", 2),
    "elsewhere": (0.001, ask(META), "wlan0", 2),
}


@pytest.mark.parametrize(("delay", "payload", "interface", "count"), NEWBORN.values(), ids=NEWBORN)
def test_a_newborn_without_a_mac_is_known_by_its_other_family(delay, payload, interface, count):
    made = pipeline()
    made.feed(Datagram(1.0, flow(**NO_MAC), ask(META)))
    made.feed(Datagram(1.0, flow(99, **NO_MAC), ask("_other._tcp.local")))
    made.feed(Datagram(1.0 + delay, flow6(**NO_MAC, interface=interface), payload))
    assert len(made.askers()) == count + 1


def test_a_known_host_is_joined_with_nobody():
    made = pipeline()
    made.feed(Datagram(0.0, flow6(**NO_MAC), ask("a.local")))
    made.feed(Datagram(1.0, flow(**NO_MAC), ask(META)))
    made.feed(Datagram(1.001, flow6(**NO_MAC), ask(META)))
    assert len(made.askers()) == 2


def test_a_flood_of_sources_pushes_out_itself_alone(monkeypatch):
    monkeypatch.setattr(identity, "MAX_NEW", 100)
    monkeypatch.setattr(identity, "MAX_FLOWS", 50)
    made = pipeline()
    for n in range(2):
        made.feed(Datagram(n * 0.1, flow(1), ask(f"a{n}.local")))
    for number in range(2_000):
        made.feed(Datagram(1.0 + number / 1e5, flow(10 + number), ask("x.local")))
    known = {asker.host.addresses for asker in made.askers()}
    assert ("10.0.0.1",) in known
    assert len(known) <= 101
    assert made.summary().dropped["hosts of one packet"] == 1_900


def test_addresses_of_one_host_are_capped():
    made = pipeline()
    for number in range(60):
        mac = "02:00:00:00:00:01"
        made.feed(Datagram(1.0, flow(number, mac=mac), ask("x.local")))
    (asker,) = made.askers()
    assert len(asker.host.addresses) == identity.MAX_ADDRESSES
    assert made.summary().dropped["addresses of a host"] == 60 - identity.MAX_ADDRESSES


def test_a_host_pushed_out_between_its_packets_is_known_again(monkeypatch):
    monkeypatch.setattr(identity, "MAX_NEW", 100)
    monkeypatch.setattr(identity, "MAX_FLOWS", 50)
    made = pipeline()
    at = 1.0
    for turn in range(14):
        made.feed(Datagram(at, flow(1), ask(f"_made-up-{turn}._tcp.local")))
        for number in range(300):
            at += 0.001
            made.feed(Datagram(at, flow(1000 + turn * 300 + number), ask("x.local")))
    found = [e.finding for e in made.finish() if isinstance(e, FindingClosed)]
    assert [(f.rule, f.host.addresses) for f in found] == [("type-sweep", ("10.0.0.1",))]


def test_who_speaks_often_is_not_pushed_out_by_who_speaks_twice(monkeypatch):
    monkeypatch.setattr(identity, "MAX_YOUNG", 20)
    monkeypatch.setattr(identity, "MAX_FLOWS", 10)
    made = pipeline()
    for turn in range(identity.OFTEN):
        made.feed(Datagram(1.0 + turn, flow(1), ask(f"a{turn}.local")))
    for number in range(200):
        for turn in range(2):
            by = flow(100 + number)
            made.feed(Datagram(20.0 + number, by, ask(f"b{turn}.local")))
    known = {asker.host.addresses: asker.packets for asker in made.askers()}
    assert known["10.0.0.1",] == identity.OFTEN
    assert made.summary().dropped["hosts of a few packets"] > 0


ATTACKS = {
    "IPv6 privacy addresses": (
        [flow6(source=f"2001:db8::{n:x}") for n in range(12)],
        1,
    ),
    "a new lease": ([flow(), flow(source="10.0.0.99")], 1),
    "addresses made up under one MAC": ([flow(n, mac=flow(1).mac) for n in range(12)], 1),
    "MACs made up for one address": ([flow(n, source="10.0.0.7") for n in range(12)], 12),
    "another host's address under one's own MAC": (
        [flow(1), flow(2, source=flow(1).source)],
        2,
    ),
}


@pytest.mark.parametrize(("flows", "count"), ATTACKS.values(), ids=ATTACKS)
def test_rotation_and_spoofing(flows, count):
    made = pipeline()
    for n, by in enumerate(flows):
        made.feed(Datagram(1.0 + n, by, ask(f"_made-up-{n}._tcp.local")))
    assert len(made.askers()) == count


def test_a_stranger_with_our_address_is_not_us():
    made = pipeline()
    made.set_own(frozenset({"10.0.0.23"}), frozenset({"02:00:00:00:00:17"}))
    made.feed(Datagram(1.0, flow(mac="02:66:66:66:66:66"), ask(META)))
    made.feed(Datagram(2.0, flow(), ask(META)))
    found = [e.finding for e in made.finish() if isinstance(e, FindingClosed)]
    assert [f.host.mac for f in found] == ["02:66:66:66:66:66"]


def test_hosts_behind_a_router_are_known_by_their_addresses():
    made = pipeline()
    for n in range(4):
        made.feed(Datagram(1.0 + n, flow(n), ask("_ipp._tcp.local")))
    for n in range(2):
        by = flow(1, source=f"192.168.9.{n}", destination="10.0.0.3", ttl=63)
        made.feed(Datagram(9.0 + n, by, ask(META, ident=n)))
    found = [e.finding for e in made.finish() if isinstance(e, FindingClosed)]
    hosts = [(f.host.identity, f.host.addresses, f.host.mac) for f in found]
    assert hosts == [("address", (f"192.168.9.{n}",), None) for n in range(2)]
