"""Announcements in, services and events out; every time is said, nothing sleeps."""

from __future__ import annotations

from typing import Any

import pytest

from whoasks.core.entry import MAX_PARTS
from whoasks.core.inventory import Inventory
from whoasks.core.limits import Limits
from whoasks.core.model import (
    AAAA,
    NSEC,
    PTR,
    SRV,
    TXT,
    A,
    Event,
    Message,
    Nsec,
    Record,
    Service,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
    Srv,
)
from whoasks.core.names import META_QUERY, from_labels

HTTP = "_http._tcp.local."
WEB = f"Web.{HTTP}"
HOST = "nas.local."
DESCRIPTIONS = {"_http._tcp": "web page"}


def ptr(instance: str = WEB, name: str = HTTP, ttl: int = 4500) -> Record:
    return Record(name, PTR, 1, ttl, instance)


def srv(
    name: str = WEB, host: str = HOST, port: int = 80, ttl: int = 120, *, flush: bool = True
) -> Record:
    return Record(name, SRV, 1, ttl, Srv(0, 0, port, host), flush)


def txt(name: str = WEB, raw: bytes = b"\x06path=/", ttl: int = 4500) -> Record:
    return Record(name, TXT, 1, ttl, raw, True)


def a(address: str = "10.0.0.9", host: str = HOST, ttl: int = 120, *, flush: bool = True) -> Record:
    return Record(host, AAAA if ":" in address else A, 1, ttl, address, flush)


def answer(*records: Record, exact: bool = True) -> Message:
    return Message(0, 0x8400, answers=records, counts=(0, len(records), 0, 0), exact=exact)


def whole(name: str = WEB, **kwargs: Any) -> Message:
    return answer(ptr(name), srv(name, **kwargs), txt(name), a())


class Net:
    """An inventory with the boring arguments filled in."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.inventory = Inventory(DESCRIPTIONS, limits)

    def hear(
        self, at: float, *records: Record, interface: str = "eth0", by: str = "mac-1"
    ) -> list[Event]:
        return self.inventory.observe(answer(*records), at, interface, by)

    def only(self) -> Service:
        (service,) = self.inventory.services()
        return service


@pytest.fixture
def net() -> Net:
    return Net()


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_whole_announcement_is_one_event_and_a_resolved_service(net: Net) -> None:
    (event,) = net.inventory.observe(whole(), 5.0, "eth0", "mac-1")
    assert isinstance(event, ServiceSeen)
    assert event.at == 5.0
    service = net.only()
    assert service == event.service
    assert (service.instance, service.type, service.domain) == ("Web", "_http._tcp", "local")
    assert (service.hostname, service.port, service.addresses) == (HOST, 80, ("10.0.0.9",))
    assert (service.txt, service.txt_raw) == ({"path": "/"}, b"\x06path=/")
    assert service.resolved
    assert service.missing == ()
    assert not service.stale
    assert service.description == "web page"
    assert service.interfaces == ("eth0",)
    assert (service.first_seen, service.last_seen) == (5.0, 5.0)
    assert service.name_raw is None


@pytest.mark.parametrize("echoes", [False, True], ids=["taken in again", "by its echo"])
def test_a_repeat_is_silent_and_keeps_it_alive(net: Net, echoes: bool) -> None:
    inventory, message = net.inventory, whole()
    inventory.observe(message, 0.0, "eth0", "mac-1")
    assert inventory.echo is None
    for at in range(60, 6000, 60):
        assert inventory.observe(message, at, "eth0", "mac-1", echoes, inventory.echo) == []
        assert (inventory.echo is not None) is echoes
    assert net.only().last_seen == 5940.0
    assert not net.only().stale


@pytest.mark.parametrize(("more", "echoes"), [(0, True), (1, False)], ids=["all of it", "too much"])
def test_what_is_remembered_of_a_message_is_bounded(net: Net, more: int, echoes: bool) -> None:
    records = [ptr(f"w{number}.{HTTP}") for number in range(MAX_PARTS + more)]
    for again in (False, True):
        net.inventory.observe(answer(*records), 1.0, "eth0", "mac-1", again)
    assert (net.inventory.echo is not None) is echoes


@pytest.mark.parametrize(
    ("records", "missing"),
    [
        ((ptr(),), ("SRV", "TXT", "address")),
        ((ptr(), srv()), ("TXT", "address")),
        ((ptr(), srv(), a()), ("TXT",)),
        ((ptr(), srv(), txt()), ("address",)),
        ((ptr(), txt()), ("SRV", "address")),
        ((srv(), txt(), a("fd00::9")), ()),
        ((ptr(), srv(), txt(b"\x00".decode() + WEB), a()), ("TXT",)),
    ],
    ids=["pointer", "no txt, address", "no txt", "no address", "no srv", "no pointer", "other's"],
)
def test_what_is_missing_is_named(net: Net, records: tuple[Record, ...], missing: tuple) -> None:
    net.hear(0.0, *records)
    service = net.inventory.service(WEB)
    assert service is not None
    assert service.missing == missing
    assert service.resolved is (not missing)
    assert net.inventory.missing(WEB) == missing
    assert (WEB.lower() in net.inventory.unresolved_names()) is bool(missing)


def test_parts_arriving_one_by_one_each_tell_a_change_once(net: Net) -> None:
    assert kinds(net.hear(0.0, ptr())) == ["ServiceSeen"]
    assert kinds(net.hear(0.1, srv())) == ["ServiceChanged"]
    assert kinds(net.hear(0.2, txt())) == ["ServiceChanged"]
    (event,) = net.hear(0.3, a())
    assert isinstance(event, ServiceChanged)
    assert event.service.resolved
    assert net.inventory.unresolved_names() == set()


def test_an_address_heard_before_its_service_is_joined(net: Net) -> None:
    assert net.hear(0.0, a("fd00::9"), a("10.0.0.9")) == []
    net.hear(1.0, ptr(), srv(), txt())
    assert net.only().addresses == ("10.0.0.9", "fd00::9")


def test_txt_says_it_all_for_device_info(net: Net) -> None:
    name = "NAS._device-info._tcp.local."
    net.hear(0.0, txt(name, b"\x0dmodel=RackMac"))
    assert net.only().resolved
    assert net.only().txt == {"model": "RackMac"}


def test_an_owner_may_say_there_is_no_srv(net: Net) -> None:
    net.hear(0.0, ptr(), txt())
    assert not net.only().resolved
    (event,) = net.hear(0.1, Record(WEB, NSEC, 1, 4500, Nsec(WEB, (TXT,)), True))
    assert isinstance(event, ServiceChanged)
    assert event.service.resolved


class TestLeaving:
    """TTL, goodbye, cache-flush (RFC 6762 §10)."""

    def test_a_goodbye_takes_a_second(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        bye = (ptr(ttl=0), srv(ttl=0), txt(ttl=0), a(ttl=0))
        assert net.hear(10.0, *bye) == []
        assert net.inventory.advance(10.99) == []
        (event,) = net.inventory.advance(30.0)
        assert isinstance(event, ServiceGone)
        assert (event.at, event.reason) == (11.0, "goodbye")
        assert event.service.stale
        assert event.service.addresses == ("10.0.0.9",)
        assert net.only().stale
        assert net.inventory.advertised_types() == set()

    def test_a_second_copy_rescues(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        net.hear(10.0, ptr(ttl=0))
        assert net.hear(10.5, ptr()) == []
        assert net.inventory.advance(60.0) == []
        assert not net.only().stale

    def test_coming_back_is_seen_again(self, net: Net) -> None:
        message = whole()
        net.inventory.observe(message, 0.0, "eth0", "mac-1")
        net.hear(10.0, ptr(ttl=0))
        assert kinds(net.inventory.advance(12.0)) == ["ServiceGone"]
        (event,) = net.inventory.observe(message, 20.0, "eth0", "mac-1")
        assert isinstance(event, ServiceSeen)
        assert event.service.first_seen == 0.0
        assert not net.only().stale

    def test_repeating_goodbyes_does_not_put_it_off(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        for tenth in range(9):
            assert net.hear(10.0 + tenth / 10, ptr(ttl=0)) == []
        assert kinds(net.hear(11.0, ptr(ttl=0))) == ["ServiceGone"]

    def test_a_ttl_that_runs_out_makes_it_stale_then_gone(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        assert net.inventory.advance(121.0) == []  # SRV and address: 120 s
        assert net.only().stale
        assert net.only().hostname == HOST
        assert net.only().addresses == ("10.0.0.9",)
        (event,) = net.inventory.advance(4500.0)
        assert isinstance(event, ServiceGone)
        assert (event.at, event.reason) == (4500.0, "expired")

    def test_a_refresh_ends_staleness(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        net.inventory.advance(130.0)
        net.hear(140.0, srv(), a())
        assert not net.only().stale

    def test_moved_to_another_port(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        (event,) = net.hear(10.0, srv(port=8080))
        assert isinstance(event, ServiceChanged)
        assert event.service.port == 8080
        assert net.inventory.advance(12.0) == []
        assert len(list(net.inventory.live(WEB, SRV))) == 1

    def test_a_set_in_two_packets_is_not_flushed(self, net: Net) -> None:
        net.hear(0.0, ptr(), srv(), txt(), a("10.0.0.9"))
        net.hear(0.9, a("10.0.0.10"))
        net.inventory.advance(5.0)
        assert net.only().addresses == ("10.0.0.9", "10.0.0.10")

    def test_a_new_address_replaces_the_old(self, net: Net) -> None:
        net.hear(0.0, ptr(), srv(), txt(), a("10.0.0.9"), a("fd00::9"))
        (event,) = net.hear(5.0, a("10.0.0.77"))
        assert isinstance(event, ServiceChanged)
        assert event.service.addresses == ("10.0.0.77", "fd00::9")

    def test_a_flush_on_one_link_leaves_the_other_alone(self, net: Net) -> None:
        net.hear(0.0, ptr(), srv(), txt(), a("10.0.0.9"), interface="eth0")
        net.hear(5.0, ptr(), srv(), txt(), a("10.1.0.9"), interface="eth1")
        net.inventory.advance(10.0)
        assert net.only().addresses == ("10.0.0.9", "10.1.0.9")
        assert net.only().interfaces == ("eth0", "eth1")

    def test_a_goodbye_on_one_link_leaves_the_other_alone(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        net.inventory.observe(whole(), 0.0, "eth1", "mac-1")
        net.hear(10.0, ptr(ttl=0), interface="eth0")
        assert net.inventory.advance(20.0) == []

    def test_a_rival_is_heard_though_the_first_repeats_itself(self, net: Net) -> None:
        mine, theirs = whole(port=80), whole(port=81)
        net.inventory.observe(mine, 0.0, "eth0", "mac-1")
        net.inventory.observe(mine, 0.2, "eth0", "mac-1")
        (event,) = net.inventory.observe(theirs, 0.4, "eth0", "mac-2")
        assert isinstance(event, ServiceChanged)
        assert event.service.port == 81
        (event,) = net.inventory.observe(mine, 0.6, "eth0", "mac-1")
        assert isinstance(event, ServiceChanged)
        assert event.service.port == 80

    def test_time_does_not_run_backwards(self, net: Net) -> None:
        net.inventory.observe(whole(), 100.0, "eth0", "mac-1")
        net.hear(3.0, txt(raw=b"\x01x"))
        assert net.only().last_seen == 100.0


class TestSharedViews:
    """One service, however it is heard."""

    def test_families_and_interfaces_are_one_row(self, net: Net) -> None:
        net.hear(0.0, ptr(), srv(), txt(), a("fe80::1"), interface="eth0")
        net.hear(0.0, ptr(), srv(), txt(), a("fe80::1"), interface="wlan0")
        assert net.only().addresses == ("fe80::1%eth0", "fe80::1%wlan0")

    def test_link_local_without_a_known_interface_has_no_scope(self, net: Net) -> None:
        net.hear(0.0, ptr(), srv(), txt(), a("fe80::1"), interface="")
        assert net.only().addresses == ("fe80::1",)

    def test_addresses_sort_as_numbers(self, net: Net) -> None:
        many = ["fd00::10", "10.0.0.10", "10.0.0.9", "fd00::9", "9.255.0.1"]
        net.hear(0.0, ptr(), srv(), txt(), *(a(x) for x in many))
        assert net.only().addresses == (
            *("9.255.0.1", "10.0.0.9", "10.0.0.10"),
            *("fd00::9", "fd00::10"),
        )

    def test_names_equal_but_for_ascii_case_are_one(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        assert net.hear(1.0, ptr("WEB._HTTP._tcp.Local.", "_HTTP._tcp.local.")) == []
        assert net.only().instance == "Web"

    def test_subtypes(self, net: Net) -> None:
        net.inventory.observe(whole(), 0.0, "eth0", "mac-1")
        net.hear(0.0, ptr(name=f"_printer._sub.{HTTP}"), ptr(name=f"_admin._sub.{HTTP}"))
        assert net.only().subtypes == ("_admin", "_printer")
        net.hear(5.0, ptr(name=f"_admin._sub.{HTTP}", ttl=0))
        net.inventory.advance(7.0)
        assert net.only().subtypes == ("_printer",)


@pytest.mark.parametrize(
    ("label", "shown", "kept_raw"),
    [
        (b"Dr. No", "Dr. No", False),
        (b"back\\slash \\065", "back\\slash \\065", False),
        ("Büro 📺".encode(), "Büro 📺", False),
        (b"\x1b[31mRED", "\x1b[31mRED", True),
        ("مرحبا\u202etxt".encode(), "مرحبا\u202etxt", True),
        (b"line\nfeed", "line\nfeed", True),
        (b"nul\x00", "nul\x00", True),
        (b"caf\xe9. x", "caf\\233. x", True),
        ("filler\u3164".encode(), "filler\u3164", True),
        ("marks e\u0301".encode(), "marks e\u0301", True),
        (b"_ssh._tcp.local", "_ssh._tcp.local", False),
        (b"a" * 63, "a" * 63, False),
    ],
)
def test_instance_names(net: Net, label: bytes, shown: str, kept_raw: bool) -> None:
    name = from_labels((label, b"_http", b"_tcp", b"local"))
    net.inventory.observe(whole(name), 0.0, "eth0", "mac-1")
    assert net.only().instance == shown
    assert net.only().name_raw == (label if kept_raw else None)
    assert net.only().resolved


def test_dots_lost_by_an_inexact_decoder_do_not_make_a_second_service(net: Net) -> None:
    exact = from_labels((b"v1.2 x", b"_http", b"_tcp", b"local"))
    net.inventory.observe(whole(exact), 0.0, "eth0", "mac-1")
    loose = answer(ptr("v1.2 x._http._tcp.local."), srv("v1.2 x._http._tcp.local."), exact=False)
    assert net.inventory.observe(loose, 1.0, "eth0", "mac-1") == []
    assert net.only().instance == "v1.2 x"


def test_a_name_sent_as_two_labels_is_asked_for_as_it_was_sent(net: Net) -> None:
    sent = f"v1.2 x.{HTTP}"
    net.hear(0.0, ptr(sent))
    assert [*net.inventory.unresolved_names()] == [f"v1\\.2 x.{HTTP}"]
    assert net.inventory.full_name(f"v1\\.2 x.{HTTP}") == sent
    net.hear(0.1, srv(f"v1\\.2 x.{HTTP}"), txt(sent), a())
    assert net.only().resolved
    assert net.inventory.owners_of(sent, SRV) == ("mac-1",)


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"\x00", {}),
        (b"\x03a=1\x03A=2\x01b\x03c==", {"a": "1", "b": None, "c": "="}),
        (b"\x02d=", {"d": ""}),
        (b"\x02=x\x03e=1", {"e": "1"}),
        (b"\x04f=\xff\xc3", {"f": "\\xff\\xc3"}),
        (b"\x09g=cut", {"g": "cut"}),
    ],
    ids=["empty", "first wins", "empty value", "no key", "not utf-8", "overrun"],
)
def test_txt(net: Net, raw: bytes, pairs: dict[str, str | None]) -> None:
    net.hear(0.0, ptr(), txt(raw=raw))
    assert net.only().txt == pairs
    assert net.only().txt_raw == raw


class TestTypesAndOwners:
    """What detection asks of the inventory."""

    def test_types_from_meta_answers_instances_and_known_answers(self, net: Net) -> None:
        net.hear(0.0, ptr("_ipp._tcp.local.", META_QUERY))
        net.hear(0.0, ptr())
        query = Message(
            0,
            0,
            answers=(
                ptr("Mac._ssh._tcp.local.", "_ssh._tcp.local."),
                ptr("_rfb._tcp.local.", META_QUERY),
            ),
        )
        assert net.inventory.observe(query, 0.0, "eth0", "mac-2") == []
        assert net.inventory.advertised_types() == {
            *("_ipp._tcp", "_http._tcp", "_ssh._tcp", "_rfb._tcp")
        }
        assert [s.type for s in net.inventory.services()] == ["_http._tcp"]
        net.inventory.advance(4501.0)
        assert net.inventory.advertised_types() == set()

    def test_a_probe_announces_nothing(self, net: Net) -> None:
        probe = Message(0, 0, authorities=(srv(), a()), counts=(1, 0, 2, 0))
        assert net.inventory.observe(probe, 0.0, "eth0", "mac-1") == []
        assert net.inventory.services() == []
        assert net.inventory.owners_of(HOST, A) == ()

    def test_owners_in_order_of_announcing(self, net: Net) -> None:
        net.hear(0.0, a(), by="mac-1")
        net.hear(1.0, a(), by="mac-2")
        net.hear(2.0, a("10.0.0.66", flush=False), by="mac-3")
        assert net.inventory.owners_of("NAS.local.", A) == ("mac-1", "mac-2", "mac-3")
        assert net.inventory.owners_of(HOST, AAAA) == ()
        assert net.inventory.hostname_of("mac-3") == HOST
        net.inventory.advance(200.0)
        assert net.inventory.owners_of(HOST, A) == ()
        assert net.inventory.hostname_of("mac-3") is None

    @pytest.mark.parametrize(
        "record",
        [
            Record("9.0.0.10.in-addr.arpa.", PTR, 1, 120, HOST),
            Record(HTTP, PTR, 1, 120, "nonsense.local."),
            Record(HTTP, PTR, 1, 120, "X._ftp._tcp.local."),
            Record(META_QUERY, PTR, 1, 120, WEB),
            Record(HTTP, SRV, 1, 120, Srv(0, 0, 1, HOST)),
            Record(WEB, SRV, 3, 120, Srv(0, 0, 1, HOST)),
            Record(WEB, SRV, 1, 0, Srv(0, 0, 1, HOST)),
        ],
        ids=["reverse", "no instance", "other type", "meta", "srv of type", "chaos", "goodbye"],
    )
    def test_what_is_no_announcement(self, net: Net, record: Record) -> None:
        assert net.hear(0.0, record) == []
        assert net.inventory.services() == []


class TestCaps:
    """A peer can fill a table, and no more than that."""

    def test_instances(self) -> None:
        net = Net(Limits(instances=10))
        for n in range(25):
            net.hear(0.0, ptr(f"i{n}.{HTTP}"))
        assert len(net.inventory) == 10
        assert net.inventory.dropped == {"instances": 15}

    def test_what_is_gone_makes_room(self) -> None:
        net = Net(Limits(instances=2))
        net.hear(0.0, ptr(f"a.{HTTP}"), srv(f"a.{HTTP}"))
        net.hear(0.0, ptr(f"b.{HTTP}"))
        net.hear(1.0, ptr(f"a.{HTTP}", ttl=0))
        assert kinds(net.hear(5.0, ptr(f"c.{HTTP}"))) == ["ServiceGone", "ServiceSeen"]
        assert [s.instance for s in net.inventory.services()] == ["b", "c"]
        net.hear(6.0, ptr(f"b.{HTTP}", ttl=0))
        # Its SRV outlived it, and joins the one that comes back.
        assert kinds(net.hear(8.0, ptr(f"a.{HTTP}"))) == ["ServiceGone", "ServiceSeen"]
        assert net.inventory.service(f"a.{HTTP}").port == 80  # type: ignore[union-attr]
        net.inventory.advance(10_000.0)
        assert all(s.stale for s in net.inventory.services())

    def test_records_and_records_of_one_owner(self) -> None:
        net = Net(Limits(records=10, records_per_owner=4))
        for owner in ("mac-1", "mac-2", "mac-3"):
            for n in range(6):
                net.hear(0.0, a(host=f"h{n}-{owner}.local."), by=owner)
        assert net.inventory.dropped == {"records_per_owner": 4, "records": 4}

    def test_a_dropped_record_leaves_no_empty_service(self) -> None:
        net = Net(Limits(records=1))
        net.hear(0.0, a(), ptr())
        assert net.inventory.services() == []
        assert net.inventory.advertised_types() == set()

    def test_addresses_of_one_name(self) -> None:
        net = Net(Limits(set_size=4))
        net.hear(0.0, *(a(f"10.0.0.{n}") for n in range(20)))
        assert len(net.inventory.addresses_of(HOST)) == 4
        assert net.inventory.dropped == {"set_size": 16}

    def test_text(self) -> None:
        net = Net(Limits(text_bytes=3000))
        for n in range(5):
            net.hear(0.0, txt(f"i{n}.{HTTP}", b"\xff" + b"x" * 999))
        assert net.inventory.dropped == {"text_bytes": 2}

    def test_types(self) -> None:
        net = Net(Limits(types=3))
        net.hear(0.0, *(ptr(f"_t{n}._tcp.local.", META_QUERY) for n in range(5)))
        assert len(net.inventory.advertised_types()) == 3

    def test_the_heap_does_not_grow_with_flapping(self, net: Net) -> None:
        for n in range(5000):
            at = n * 2.0
            net.hear(at, a(ttl=4500))
            net.hear(at + 0.5, a(ttl=0))
        assert len(net.inventory._table._heap) < 2_000

    def test_one_packet_changes_some_and_the_next_ones_the_rest(self) -> None:
        net = Net(Limits(changes=4, expiries=3))
        names = [f"i{n}.{HTTP}" for n in range(9)]
        heard = [len(net.hear(0.0, *(ptr(name) for name in names)))]
        heard += [len(net.hear(0.1, a())), len(net.inventory.advance(0.2))]
        assert heard == [4, 4, 1]
        assert not net.inventory.is_behind
        gone = [len(net.inventory.advance(9_000.0 + n)) for n in range(4)]
        assert gone == [2, 3, 3, 1]  # an address, which is nobody's, was among the first

    def test_a_moving_host_updates_a_bounded_number_of_services(self) -> None:
        net = Net(Limits(instances_per_hostname=5))
        for n in range(9):
            name = f"i{n}.{HTTP}"
            net.hear(0.0, ptr(name), srv(name), txt(name))
        assert len(net.hear(1.0, a())) == 5
        assert net.inventory.dropped == {"instances_per_hostname": 4}
        assert all(s.addresses for s in net.inventory.services())
