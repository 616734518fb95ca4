"""Which interfaces are used, and what is said when one cannot be."""

from __future__ import annotations

import pytest

from whoasks.sources import interfaces
from whoasks.sources.interfaces import Interface, SourceError, choose, is_container, present


def made(name: str, index: int = 2, **changes: object) -> Interface:
    values: dict[str, object] = {"up": True, "multicast": True, **changes}
    return Interface(name=name, index=index, **values)  # type: ignore[arg-type]


LO = made("lo", 1, multicast=False, loopback=True, ipv4=("127.0.0.1",), ipv6=("::1",))
ETH0 = made("eth0", 2, ipv4=("10.0.0.5",), ipv6=("fe80::1%eth0", "fd00::5"))
WLAN0 = made("wlan0", 3)
DOWN = made("eth1", 4, up=False)
TUNNEL = made("tun0", 5, multicast=False)
DOCKER = made("docker0", 6)
VETH = made("veth12ab", 7)
HERE = (LO, ETH0, WLAN0, DOWN, TUNNEL, DOCKER, VETH)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param([], ["eth0", "wlan0"], id="by default: up, multicast, not a container's"),
        pytest.param(["wlan0"], ["wlan0"], id="one by name"),
        pytest.param(["wlan0", "eth0"], ["wlan0", "eth0"], id="in the order given"),
        pytest.param(["eth0", "eth0"], ["eth0"], id="named twice"),
        pytest.param(["lo"], ["lo"], id="loopback only by name"),
        pytest.param(["veth12ab"], ["veth12ab"], id="a container's by name"),
        pytest.param(["e*"], ["eth0"], id="like a pattern, that can be used"),
        pytest.param(["*"], ["eth0", "wlan0", "docker0", "veth12ab"], id="all but the loopback"),
        pytest.param(["wlan?", "[ew]*"], ["wlan0", "eth0"], id="two patterns, each once"),
    ],
)
def test_choose(names, expected):
    assert [interface.name for interface in choose(names, HERE)] == expected
    assert sorted(present(names, HERE)) == sorted(expected)


@pytest.mark.parametrize(
    ("names", "available", "sentence", "remedy"),
    [
        pytest.param(
            ["nosuch"],
            HERE,
            "There is no interface 'nosuch'.",
            "Use one of: docker0, eth0, eth1, lo, tun0, veth12ab, wlan0.",
            id="unknown",
        ),
        pytest.param(
            ["eth0", "eth1"],
            HERE,
            "The interface 'eth1' is down.",
            "Bring it up, or name another with --interface.",
            id="one of two is down",
        ),
        pytest.param(
            ["tun0"],
            HERE,
            "The interface 'tun0' does not carry multicast.",
            "Use one of: docker0, eth0, lo, veth12ab, wlan0.",
            id="no multicast",
        ),
        pytest.param(
            ["wg*"],
            HERE,
            "There is no interface like 'wg*'.",
            "Use one of: docker0, eth0, lo, veth12ab, wlan0.",
            id="like none",
        ),
        pytest.param(
            ["eth0", "tun?"],
            HERE,
            "No interface like 'tun?' is up and carries multicast.",
            "Use one of: docker0, eth0, lo, veth12ab, wlan0.",
            id="like some that cannot be used",
        ),
        pytest.param(
            [],
            (LO, DOWN, DOCKER),
            "No network interface here is up and carries multicast.",
            "Bring one up, or name one with --interface (docker0, eth1, lo).",
            id="nothing suitable",
        ),
        pytest.param(
            ["eth0"],
            (),
            "There is no interface 'eth0'.",
            "Use one of: none at all.",
            id="no interface at all",
        ),
    ],
)
def test_refused(names, available, sentence, remedy):
    with pytest.raises(SourceError) as caught:
        choose(names, available)
    assert (caught.value.sentence, caught.value.remedy) == (sentence, remedy)
    assert caught.value.exit_code == 3


def test_what_is_left_out_by_its_name():
    docker = made("docker0", 6, ipv4=("172.17.0.1",))
    down = made("br-12", 8, ipv4=("172.18.0.1",), up=False)
    assert interfaces.left_out((LO, ETH0, docker, VETH, down)) == (docker,)


def test_a_bracket_in_a_name_is_no_pattern_where_there_is_that_name():
    odd = made("a[1]", 9)
    assert choose(["a[1]"], (odd, made("a1", 10))) == (odd,)


def test_what_is_not_there_yet_is_no_complaint_later():
    assert list(present(["eth0", "eth1", "later"], HERE)) == ["eth0"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(name, expected, id=name)
        for name, expected in {
            "docker0": True,
            "br-3f2a1b": True,
            "veth0a1b2c": True,
            "virbr0": True,
            "cni0": True,
            "flannel.1": True,
            "podman1": True,
            "lxcbr0": True,
            "vmnet8": True,
            "eth0": False,
            "br0": False,
            "enp3s0": False,
            "wlan0": False,
            "bond0": False,
            "en0": False,
        }.items()
    ],
)
def test_names_of_containers(name, expected):
    assert is_container(name) is expected


def test_addresses_are_those_of_a_flow():
    assert ETH0.addresses == {"10.0.0.5", "fe80::1", "fd00::5"}
    assert interfaces.own_addresses(HERE) == ETH0.addresses | LO.addresses


def test_this_machine():
    loopback = next(i for i in interfaces.discover() if i.loopback)
    assert loopback.up
    assert "127.0.0.1" in loopback.ipv4
    assert "127.0.0.0/8" in loopback.prefixes
    assert loopback.index > 0
    assert loopback.mac is None
    assert "127.0.0.1" in interfaces.own_addresses()


def test_elsewhere_than_on_linux(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    found = {interface.name: interface for interface in interfaces.discover()}
    assert all(interface.mac is None for interface in found.values())
    assert {i.name for i in found.values() if i.loopback} == {"lo"}
    assert found["lo"].usable
