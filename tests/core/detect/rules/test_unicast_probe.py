"""``unicast-probe``: what fires, what stays quiet, the edge of each."""

from ipaddress import ip_network

import pytest
from tests.helpers.traffic import META, announce, ask, findings, fired, flow, flow6, pipeline, run

from whoasks.core.model import Datagram, FindingOpened

HERE = [(0.1 * n, flow(n), announce(f"p{n}", "_ipp._tcp", f"h{n}", n)) for n in range(1, 6)]
ASKED = ask("_ipp._tcp.local")


def probe(source, ttl=255, said=ASKED, **changes):
    return (9.0, flow(77, source=source, destination="10.0.0.3", ttl=ttl, **changes), said)


SEVERITY = {
    "from the link": (probe("10.0.0.77"), "low"),
    "from the link, TTL 64": (probe("10.0.0.77", 64), "low"),
    "unknown stays on the link": (probe("10.0.9.77"), "low"),
    "unknown, a bit further": (probe("10.0.200.77", 64), "low"),
    "through a router": (probe("10.0.9.77", 63), "high"),
    "from far away": (probe("192.168.7.7"), "high"),
    "from the Internet": (probe("203.0.113.7", 64), "high"),
    "link-local is always here": (probe("169.254.3.4", 63), "low"),
    "with the list of types": (probe("10.0.0.77", 255, ask(META)), "low"),
}


@pytest.mark.parametrize(("packet", "severity"), SEVERITY.values(), ids=SEVERITY)
def test_severity(packet, severity):
    assert fired([*HERE, packet])["unicast-probe"] == severity


QUIET = {
    "to the group": [(9.0, flow(77), ASKED)],
    "to the group, IPv6": [(9.0, flow6(77), ASKED)],
    "an answer": [(9.0, flow(77, destination="10.0.0.3"), announce("a", "_ipp._tcp"))],
    "to the whole link": [(9.0, flow(77, destination="255.255.255.255"), ASKED)],
    "to itself": [(9.0, flow(77, source="10.0.0.77", destination="10.0.0.77"), ASKED)],
}


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "unicast-probe" not in fired([*HERE, *said])


def test_two_hosts_are_too_few_to_call_a_third_far():
    assert fired([*HERE[:2], probe("192.168.7.7")])["unicast-probe"] == "low"


def test_a_shape_does_not_lift_it():
    found = fired([*HERE, probe("10.0.0.77", said=ask("_ipp._tcp.local", ident=7, recursion=True))])
    assert found["unicast-probe"] == "low"
    assert found["scanner-shape"] == "low"


def test_a_live_source_knows_its_prefixes():
    for source, severity in (("10.0.9.77", "HIGH"), ("10.0.0.77", "LOW")):
        made = pipeline()
        made.set_prefixes("eth0", (ip_network("10.0.0.0/24"), ip_network("fe80::/64")))
        events = made.feed(Datagram(*probe(source)))
        (opened,) = [e for e in events if isinstance(e, FindingOpened)]
        assert opened.finding.severity.name == severity


def test_it_counts_machines():
    said = [
        (9.0 + n, flow(77, source="10.0.0.77", destination=f"10.0.0.{n}"), ASKED) for n in range(5)
    ]
    assert findings(run(said))["unicast-probe"].observed["targets"] == 5
