"""Which services are one device's."""

from __future__ import annotations

import pytest
from tests.helpers.offered import announces, flow, offered

from whoasks.core.device_groups import groups
from whoasks.core.device_senders import Senders

MAC, OTHER = "3c:22:fb:01:02:03", "a0:b7:65:11:22:33"


def names(services, senders=None, **options):
    return [
        (group.hostnames, tuple(service.type for service in group.services))
        for group in groups(services, senders, **options)
    ]


def heard(*announced):
    """Senders that heard (host name, MAC), each from its own address."""
    senders = Senders()
    for number, (hostname, mac) in enumerate(announced):
        address = f"10.0.0.{number}"
        senders.observe(announces(hostname, address), flow(address, mac))
    return senders


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        pytest.param(
            [offered("_a._tcp", at="x.local."), offered("_b._tcp", at="X.local.")],
            [(("x.local.",), ("_a._tcp", "_b._tcp"))],
            id="one host name, whatever its capitals",
        ),
        pytest.param(
            [offered("_a._tcp", at="x.local."), offered("_a._tcp", at="y.local.")],
            [(("x.local.",), ("_a._tcp",)), (("y.local.",), ("_a._tcp",))],
            id="two host names",
        ),
        pytest.param(
            [
                offered("_smb._tcp", name="Anna’s Mac", at="m.local."),
                offered("_device-info._tcp", name="Anna’s Mac", at=None),
            ],
            [(("m.local.",), ("_smb._tcp", "_device-info._tcp"))],
            id="TXT-only, by its instance name",
        ),
        pytest.param(
            [
                offered("_raop._tcp", name="0277000000F5@Kitchen", at="k.local."),
                offered("_sleep-proxy._udp", name="70-35-60-63.1 Kitchen", at=None),
            ],
            [(("k.local.",), ("_raop._tcp", "_sleep-proxy._udp"))],
            id="names with something put before them",
        ),
        pytest.param(
            [
                offered("_smb._tcp", name="NAS", at="a.local."),
                offered("_afpovertcp._tcp", name="NAS", at="b.local."),
                offered("_device-info._tcp", name="NAS", at=None),
            ],
            [
                (("a.local.",), ("_smb._tcp",)),
                (("b.local.",), ("_afpovertcp._tcp",)),
                ((), ("_device-info._tcp",)),
            ],
            id="TXT-only that may be two hosts' is nobody's",
        ),
        pytest.param(
            [offered("_a._tcp", name="L", at=None), offered("_b._tcp", name="l", at=None)],
            [((), ("_a._tcp", "_b._tcp"))],
            id="without a host, by instance name",
        ),
    ],
)
def test_groups(services, expected):
    assert names(services) == expected


TWO = [offered("_a._tcp", at="a.local."), offered("_b._tcp", at="b.local.")]


def test_two_host_names_with_one_mac_are_one_device():
    senders = heard(("a.local.", MAC), ("b.local.", MAC))
    assert names(TWO, senders) == [(("a.local.", "b.local."), ("_a._tcp", "_b._tcp"))]


@pytest.mark.parametrize(
    "announced",
    [
        pytest.param([("a.local.", MAC), ("b.local.", OTHER)], id="two MACs"),
        pytest.param([("a.local.", MAC)], id="one not known"),
        pytest.param(
            [
                ("a.local.", MAC),
                ("b.local.", OTHER),
                ("a.local.", "02:bad"),
                ("b.local.", "02:bad"),
            ],
            id="somebody claims both names",
        ),
    ],
)
def test_what_does_not_join_host_names(announced):
    assert len(names(TWO, heard(*announced))) == 2


def test_hosts_without_services_are_told_when_asked_for():
    senders = heard(("Silent.local.", OTHER))
    assert names(TWO[:1], senders) == [(("a.local.",), ("_a._tcp",))]
    (_, silent) = groups(TWO[:1], senders, silent=True)
    assert silent.hostnames == ("Silent.local.",)
    assert (silent.addresses, silent.macs) == (("10.0.0.0",), (OTHER,))
