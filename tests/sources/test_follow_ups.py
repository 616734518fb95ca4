"""Connections begun: which frames are one, what is kept of it, and how many."""

from __future__ import annotations

import pytest
from tests.helpers import pcaps as p
from tests.sources.test_bpf import AUTHENTICATION, HOP_BY_HOP, fragment, syn4, syn6, tcp

from whoasks.sources import follow_ups
from whoasks.sources.follow_ups import FollowUp, FollowUps

SYN = syn4("10.0.0.1", "10.0.0.2")
SYN6 = syn6("fe80::1", "fe80::2")


def seen(frame: bytes, *, ethernet: bool = True) -> list[FollowUp]:
    ups = FollowUps("eth0")
    ups.see(7.0, frame, ethernet=ethernet)
    assert ups.seen == len(ups.kept)
    return list(ups.kept)


@pytest.mark.parametrize(
    ("frame", "vlan", "source", "destination"),
    [
        pytest.param(SYN, None, "10.0.0.1", "10.0.0.2", id="IPv4"),
        pytest.param(SYN6, None, "fe80::1", "fe80::2", id="IPv6"),
        pytest.param(
            p.ethernet(SYN[14:], tags=[(p.VLAN, 5)]), 5, "10.0.0.1", "10.0.0.2", id="VLAN"
        ),
        pytest.param(
            p.ethernet(SYN6[14:], tags=[(p.QINQ, 5), (p.VLAN, 6)]),
            6,
            "fe80::1",
            "fe80::2",
            id="two",
        ),
        pytest.param(
            syn6("fe80::1", "fe80::2", extensions=[HOP_BY_HOP, AUTHENTICATION, fragment(0, True)]),
            None,
            "fe80::1",
            "fe80::2",
            id="extension headers",
        ),
        pytest.param(
            syn4("10.0.0.1", "10.0.0.2", options=bytes(8)), None, "10.0.0.1", "10.0.0.2", id="opt"
        ),
    ],
)
def test_a_connection(frame: bytes, vlan: int | None, source: str, destination: str) -> None:
    assert seen(frame) == [FollowUp(7.0, "eth0", vlan, p.MAC, source, destination, 22)]


def test_without_an_ethernet_header() -> None:
    (found,) = seen(SYN[14:], ethernet=False)
    assert (found.mac, found.source) == (None, "10.0.0.1")


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SYN[:20], id="cut in the IP header"),
        pytest.param(SYN[:36], id="cut in the TCP header"),
        pytest.param(SYN6[:60], id="cut in the IPv6 TCP header"),
        pytest.param(p.QUERY_FRAME, id="UDP"),
        pytest.param(p.QUERY_FRAME6, id="IPv6 UDP"),
        pytest.param(syn4("10.0.0.1", "10.0.0.2", 0x12), id="the answer"),
        pytest.param(
            syn6("fe80::1", "fe80::2", extensions=[fragment(9, False)]), id="later fragment"
        ),
        pytest.param(syn6("fe80::1", "fe80::2", extensions=[HOP_BY_HOP] * 20), id="endless chain"),
        pytest.param(bytes(14) + b"\x55" * 60, id="version 5"),
        pytest.param(p.ethernet(p.ipv4(tcp(), protocol=17)), id="SYN by its bytes alone"),
    ],
)
def test_anything_else(frame: bytes) -> None:
    assert seen(frame) == []


def test_a_port_scan_is_bounded() -> None:
    ups = FollowUps("eth0")
    for number in range(follow_ups.KEPT + 100):
        ups.see(float(number), SYN, ethernet=True)
    assert (len(ups.kept), ups.seen) == (follow_ups.KEPT, follow_ups.KEPT + 100)
    assert ups.kept[0].at == 100.0
