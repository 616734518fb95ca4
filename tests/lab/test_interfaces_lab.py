"""On a machine of containers, virtual machines and tunnels: where it asks, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest
from tests.lab.lab import WHOASKS

NAMES = ("docker0", "veth3f1", "br-5c2a", "virbr0", "tun0", "wg0", "eth0", "wlan0", "br0")
WITHOUT_MULTICAST = ("wg0",)
SMALL = 300
"""Bytes."""
LAN = ("eth0", "wlan0", "br0", "tun0")


@pytest.fixture(scope="module")
def machine() -> Iterator[str]:
    """A namespace with an interface of each name, all up, each with an address."""
    name = f"wi{os.getpid()}"
    ends = f"{name}-ends"
    ip("netns", "add", name)
    ip("netns", "add", ends)
    try:
        # Without IPv6 the system itself sends nothing on an interface.
        inside(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        inside(name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        for at, each in enumerate(NAMES):
            # Not every kernel has dummies; what leads into another namespace does as well.
            other = ("peer", "name", f"end{at}", "netns", ends)
            ip("-n", name, "link", "add", each, "type", "veth", *other)
            ip("-n", ends, "link", "set", f"end{at}", "up")
            multicast = "off" if each in WITHOUT_MULTICAST else "on"
            ip("-n", name, "link", "set", each, "multicast", multicast, "up")
            ip("-n", name, "addr", "add", f"10.88.{at}.1/24", "dev", each)
        yield name
    finally:
        ip("netns", "del", name)
        ip("netns", "del", ends)


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
    return done.stdout


def inside(name: str, *command: str) -> subprocess.CompletedProcess[str]:
    words = ["ip", "netns", "exec", name, *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def sent(name: str) -> dict[str, int]:
    links = json.loads(ip("-n", name, "-s", "-j", "link"))
    return {each["ifname"]: each["stats64"]["tx"]["bytes"] for each in links}


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        pytest.param((), LAN, id="by default"),
        pytest.param(("docker0",), ("docker0",), id="one by name"),
        pytest.param(("eth*", "br*"), ("eth0", "br-5c2a", "br0"), id="like a pattern"),
    ],
)
def test_where_it_asks(machine: str, given: tuple[str, ...], asked: tuple[str, ...]) -> None:
    before = sent(machine)
    options = [word for name in given for word in ("-i", name)]
    done = inside(machine, *WHOASKS, "list", "--fast", "--timeout", "3", *options)
    assert done.returncode == 1, done.stderr
    after = sent(machine)
    # Joining and leaving groups takes small packets, a browse begins with a large one.
    assert {name for name in NAMES if after[name] > before[name] + SMALL} == set(asked)
    told = "Not asked on docker0, veth3f1, br-5c2a, virbr0, of containers"
    assert (told in done.stderr) is (not given)


@pytest.mark.parametrize("name", ["wg0", "wg*", "ppp*"])
def test_where_it_cannot_ask(machine: str, name: str) -> None:
    done = inside(machine, *WHOASKS, "list", "-i", name)
    assert (done.returncode, done.stdout) == (3, "")
    assert repr(name) in done.stderr
    assert "eth0" in done.stderr
