"""Events and snapshots into the five tables."""

from __future__ import annotations

import msgspec
import pytest
from tests.helpers import samples

from whoasks.core.devices import Device, DeviceClaim
from whoasks.core.model import (
    BurstClosed,
    FindingClosed,
    FindingOpened,
    Flow,
    MalformedSeen,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
)
from whoasks.ui.live import askers, hosts, services
from whoasks.ui.live.marks import FADES
from whoasks.ui.live.state import State

NAS = samples.service(instance="NAS", type="_smb._tcp", hostname="nas.local.", device=None)
WEB = samples.service(instance="NAS", type="_http._tcp", hostname="nas.local.", device=None)
INFO = samples.service(
    instance="NAS", type="_device-info._tcp", hostname=None, addresses=(), device=None
)


def state(*events, identify=None) -> State:
    made = State(identify) if identify else State()
    made.take(events, 0.0)
    made.settle(0.0)
    return made


def later(service, **changes):
    return msgspec.structs.replace(service, **changes)


class TestServices:
    def test_they_come_change_and_go(self):
        made = state(ServiceSeen(1.0, NAS), ServiceChanged(2.0, later(NAS, port=99)))
        assert [s.port for s in made.services.values()] == [99]
        made.take([ServiceGone(3.0, later(NAS, stale=True), "goodbye")], 20.0)
        made.settle(20.0)
        (row,) = made.services.values()
        assert row.stale
        assert made.services.mark("r" + "\x1f".join(("nas", "_smb._tcp", "local")), 20.0) == (
            "gone",
            0,
        )
        assert made.hosts.values()[0].stale

    def test_names_differ_in_letter_case_alone(self):
        made = state(ServiceSeen(1.0, NAS), ServiceChanged(2.0, later(NAS, instance="nas")))
        assert len(made.services) == 1

    def test_a_snapshot_brings_times_without_a_mark(self):
        made = state(ServiceSeen(1.0, NAS))
        made.services.tick(20.0)
        made.renew_services([later(NAS, last_seen=NAS.last_seen + 9)], 20.0)
        (row,) = made.services.values()
        assert row.last_seen == NAS.last_seen + 9
        assert made.services.mark("r" + "\x1f".join(("nas", "_smb._tcp", "local")), 20.0) is None

    def test_a_snapshot_makes_up_for_events_that_were_missed(self):
        made = state()
        made.renew_services([NAS, WEB], 0.0)
        made.settle(0.0)
        assert len(made.services) == 2
        made.renew_services([WEB], 1.0)
        made.settle(1.0)
        made.services.tick(1.0 + FADES[-1])
        assert made.services.values() == [WEB]
        assert made.hosts.values()[0].services == (WEB,)

    def test_it_may_move_to_another_host(self):
        made = state(ServiceSeen(1.0, NAS), ServiceSeen(1.0, WEB))
        made.take([ServiceChanged(2.0, later(WEB, hostname="other.local."))], 1.0)
        made.settle(1.0)
        assert {host.name: len(host.services) for host in made.hosts.values()} == {
            "nas.local": 1,
            "other.local": 1,
        }

    def test_a_host_without_services_leaves(self):
        made = state(ServiceSeen(1.0, NAS))
        made.renew_services([], 1.0)
        made.settle(1.0)
        made.hosts.tick(1.0 + FADES[-1])
        assert made.hosts.values() == []


class TestHosts:
    def test_an_asker_is_the_host_of_its_name(self):
        made = state(ServiceSeen(1.0, later(NAS, hostname="CLI.local.", addresses=())))
        made.renew_askers([samples.asker()], 1.0)
        made.settle(1.0)
        (host,) = made.hosts.values()
        assert (host.name, host.mac, host.asker) == (
            "CLI.local",
            samples.HOST.mac,
            samples.asker(),
        )
        assert host.addresses == ("10.0.0.23", "fe80::17%eth0")

    def test_or_the_host_of_its_address(self):
        made = state(ServiceSeen(1.0, later(NAS, addresses=("10.0.0.23",))))
        nameless = later(samples.HOST, hostname=None)
        made.renew_askers([samples.asker(host=nameless)], 1.0)
        made.settle(1.0)
        assert [host.name for host in made.hosts.values()] == ["nas.local"]

    def test_or_a_host_of_its_own_until_more_is_known(self):
        made = state()
        made.renew_askers([samples.asker()], 0.0)
        made.settle(0.0)
        (host,) = made.hosts.values()
        assert (host.name, host.services, host.stale) == ("cli.local", (), False)
        made.take([ServiceSeen(1.0, later(NAS, hostname="cli.local."))], 1.0)
        made.renew_askers([samples.asker()], 1.0)
        made.settle(1.0)
        made.hosts.tick(1.0 + FADES[-1])
        (host,) = made.hosts.values()
        assert (len(host.services), host.asker) == (1, samples.asker())

    def test_more_findings_mark_an_asker(self):
        made = state()
        made.renew_askers([samples.asker()], 0.0)
        made.askers.tick(20.0)
        made.renew_askers([samples.asker(questions=99)], 20.0)
        (item,) = (made.askers.arrange(), made.askers.items)[1]
        assert made.askers.mark(item, 20.0) is None
        made.renew_askers([samples.asker(findings=2)], 20.0)
        assert made.askers.mark(item, 20.0) == ("changed", 0)


def identify(offered):
    kind = "NAS" if any(s.type == "_device-info._tcp" for s in offered) else "computer"
    names = tuple({s.hostname for s in offered if s.hostname})
    claims = (DeviceClaim("kind", kind, 0.9, ("its TXT says so",)),)
    return Device(names, tuple(offered), (), ("02:00:00:00:00:99",), claims)


class TestDevices:
    def test_the_services_of_a_host_show_it(self):
        made = state(ServiceSeen(1.0, NAS), ServiceSeen(1.0, WEB), identify=identify)
        assert [s.device for s in made.services.values()] == [{"kind": "computer"}] * 2
        (host,) = made.hosts.values()
        assert (host.what, host.mac) == ("computer", "02:00:00:00:00:99")

    def test_and_still_do_when_they_are_heard_again(self):
        made = state(ServiceSeen(1.0, NAS), identify=identify)
        made.renew_services([NAS], 1.0)
        made.take([ServiceChanged(2.0, later(NAS, port=1))], 2.0)
        made.settle(2.0)
        assert [(s.port, s.device) for s in made.services.values()] == [(1, {"kind": "computer"})]

    @pytest.mark.parametrize("order", [(NAS, INFO), (INFO, NAS)], ids=["before", "after"])
    def test_a_service_without_a_host_tells_of_the_one_with_its_label(self, order):
        made = state(*(ServiceSeen(1.0, s) for s in order), identify=identify)
        assert {s.type: s.device for s in made.services.values()} == {
            "_smb._tcp": {"kind": "NAS"},
            "_device-info._tcp": {"kind": "NAS"},
        }
        made.renew_services([NAS], 2.0)
        made.settle(2.0)
        assert made.hosts.values()[0].what == "computer"

    def test_of_two_hosts_with_that_label_it_tells_nothing(self):
        twin = later(WEB, hostname="twin.local.")
        made = state(*(ServiceSeen(1.0, s) for s in (NAS, twin, INFO)), identify=identify)
        made.take([ServiceChanged(2.0, later(NAS, port=5))], 2.0)
        made.settle(2.0)
        assert {host.what for host in made.hosts.values()} == {"computer"}

    def test_many_at_once_take_several_calls(self):
        crowd = [later(NAS, instance=f"n{n}", hostname=f"n{n}.local.") for n in range(150)]
        made = state(*(ServiceSeen(1.0, s) for s in crowd), identify=identify)
        assert len(made.hosts) == 100
        made.settle(1.0)
        assert len(made.hosts) == 150


def test_findings_are_one_row_each():
    closed = later(samples.finding(), status="closed")
    made = state(FindingOpened(1.0, samples.finding()), FindingClosed(2.0, closed))
    assert made.findings.values() == [closed]


def test_the_timeline_has_a_line_for_everything():
    flow = Flow("eth0", "10.0.0.1", 5353, "224.0.0.251", 5353)
    made = state(
        ServiceSeen(1.0, NAS),
        ServiceChanged(2.0, NAS),
        ServiceGone(3.0, NAS, "expired"),
        BurstClosed(4.0, samples.burst(tool=samples.finding().tool)),
        MalformedSeen(5.0, samples.HOST, flow, "truncated", ""),
        FindingOpened(6.0, samples.finding()),
        FindingClosed(7.0, samples.finding(silenced_by="hub")),
    )
    assert [(m.kind, m.who) for m in made.timeline.values()] == [
        ("new", "nas.local"),
        ("changed", "nas.local"),
        ("gone", "nas.local"),
        ("asked", "cli.local"),
        ("malformed", "cli.local"),
        ("finding", "cli.local"),
        ("closed", "cli.local"),
    ]
    told = [m.what for m in made.timeline.values()]
    assert told[2].endswith("(expired)")
    assert told[3].startswith("suspicious: 41 questions, all types, 38 types, like avahi-browse")
    assert told[4] == "truncated"
    assert told[6].endswith("(silenced by hub)")


class TestFloods:
    """What a peer can grow is bounded by what the core keeps, as of the last snapshot."""

    def test_services(self):
        flood = [later(NAS, instance=f"n{n}", hostname=f"n{n}.local.") for n in range(25_000)]
        made = state(*(ServiceSeen(1.0, service) for service in flood))
        assert len(made.services) == 20_000
        assert len(made.timeline) == 5_000
        made.renew_services(flood[-10:], 1.0)
        while made._dirty:
            made.settle(1.0)
        made.services.tick(1.0 + FADES[-1])
        made.hosts.tick(1.0 + FADES[-1])
        assert (len(made.services), len(made.hosts)) == (10, 10)
        assert len(made._placed) == len(made._offered) == len(made._homes._hosts) == 10

    def test_askers(self):
        made = state()
        for n in range(5):
            crowd = [
                samples.asker(host=samples.Host("address", None, (f"10.{n}.0.{m}",)))
                for m in range(200)
            ]
            made.renew_askers(crowd, float(n))
            while made._dirty:
                made.settle(float(n))
        for table in (made.askers, made.hosts):
            table.tick(10.0 + FADES[-1])
            assert len(table) == 200
        assert len(made._asking) == len(made._asks_as) == 200

    def test_addresses(self):
        made = state()
        for n in range(300):
            many = tuple(f"10.{n % 250}.{n // 250}.{m}" for m in range(100))
            made.renew_services([later(NAS, addresses=many)], float(n))
        assert len(made._by_address) <= 20_100


def test_a_host_is_seen_when_one_of_its_services_is():
    made = state(ServiceSeen(NAS.last_seen, NAS), ServiceSeen(WEB.last_seen, WEB))
    made.renew_services([NAS, later(WEB, last_seen=WEB.last_seen + 60)], 1.0)
    made.settle(1.0)
    (host,) = made.hosts.values()
    assert host.last_seen == WEB.last_seen + 60
    assert [service.last_seen for service in made.services.values()][1] == host.last_seen


def test_this_host_is_called_so():
    ours = samples.asker(host=msgspec.structs.replace(samples.HOST, hostname=None, role="self"))
    made = state(BurstClosed(1.0, samples.burst(host=ours.host)))
    made.renew_askers([ours], 1.0)
    made.settle(1.0)
    assert [hosts.LOOK.columns[0].cell(host) for host in made.hosts.values()] == ["this host"]
    assert [askers.LOOK.columns[0].cell(asker) for asker in made.askers.values()] == ["this host"]
    assert [moment.who for moment in made.timeline.values()] == ["this host"]
    assert hosts.LOOK.columns[1].cell(made.hosts.values()[0]) == "10.0.0.23"


@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param({"kind": "computer", "os": "Windows"}, "computer Windows", id="a system"),
        pytest.param({"kind": "NAS", "model": "DS920+", "os": "DSM"}, "NAS DS920+", id="a model"),
        pytest.param(
            {"kind": "printer", "vendor": "HP", "model": "HP 400"}, "printer HP 400", id="once"
        ),
        pytest.param(None, "", id="not known"),
    ],
)
def test_what_a_device_is_in_a_few_words(known, told):
    assert services.device(known) == told
