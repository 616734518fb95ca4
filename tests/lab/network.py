"""Network namespaces for a lab: one for the switch, one for each host, and nothing else.

Nothing here is ever attached or routed to the machine's own interfaces: the bridge lives in a
namespace of its own. All names begin with the lab's prefix.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from tests.lab.hosts import HostSpec


class LabError(Exception):
    """The lab could not be built or a host did not come up; says which command and why."""


def command(*arguments: str) -> None:
    """Run one administrative command; ``LabError`` with its own words if it fails."""
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"{' '.join(arguments)}: {done.stderr.strip() or done.returncode}")


def build(prefix: str, hosts: Iterable[HostSpec]) -> None:
    """A switch (one bridge a segment) and every host's cables and addresses."""
    hosts = list(hosts)
    switch = f"{prefix}sw"
    command("ip", "netns", "add", switch)
    # The switch has no address and never talks.
    _sysctl(switch, "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    for segment in sorted({segment for host in hosts for segment in host.segments}):
        bridge = ("type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
        _ip(switch, "link", "add", f"br{segment}", *bridge)
        _ip(switch, "link", "set", f"br{segment}", "up")
    for number, host in enumerate(hosts):
        _plug(prefix, switch, number, host)


def _plug(prefix: str, switch: str, number: int, host: HostSpec) -> None:
    namespace = f"{prefix}{host.name}"
    command("ip", "netns", "add", namespace)
    # Duplicate address detection would keep a host mute for its first seconds.
    _sysctl(namespace, "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
    _ip(namespace, "link", "set", "lo", "up")
    for card, segment in enumerate(host.segments):
        device, port = f"eth{card}", f"v{number}{segment}"
        near = ("link", "add", device, "netns", namespace, "address", host.mac(segment))
        command("ip", *near, "type", "veth", "peer", "name", port, "netns", switch)
        _ip(switch, "link", "set", port, "master", f"br{segment}", "up")
        _ip(namespace, "addr", "add", f"{host.ipv4(segment)}/24", "brd", "+", "dev", device)
        _ip(namespace, "addr", "add", f"{host.ipv6(segment)}/64", "dev", device, "nodad")
        _ip(namespace, "link", "set", device, "up")
        if card == 0 and host.octet != 1:
            gateway = f"{host.ipv4(segment).rpartition('.')[0]}.1"
            _ip(namespace, "route", "add", "default", "via", gateway)


def remove(prefix: str) -> None:
    """Delete every namespace of that prefix; those that are gone are no error."""
    listed = subprocess.run(["ip", "netns", "list"], check=False, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        name = line.split(" ")[0]
        if name.startswith(prefix):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _ip(namespace: str, *arguments: str) -> None:
    command("ip", "-n", namespace, *arguments)


def _sysctl(namespace: str, *settings: str) -> None:
    command("ip", "netns", "exec", namespace, "sysctl", "-qw", *settings)
