"""Which network interfaces there are, and which of them to use.

Everything here is a snapshot of this machine at the moment of the call: nothing is kept,
nothing is sent, and no interface is ever changed.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import ifaddr
import msgspec

IFF_UP, IFF_LOOPBACK, IFF_MULTICAST = 0x1, 0x8, 0x1000
_SIOCGIFFLAGS, _SIOCGIFHWADDR = 0x8913, 0x8927

_CONTAINER = (
    *("br-", "cali", "cilium", "cni", "docker", "dummy", "flannel", "ifb", "incusbr", "kube-"),
    *("lxc", "lxdbr", "nerdctl", "podman", "vboxnet", "veth", "virbr", "vmenet", "vmnet", "vnet"),
)
"""Names that container engines and hypervisors give to the host's side of their own
networks, and the kernel's placeholders. What asks there is not on the LAN."""


class SourceError(Exception):
    """The machine does not allow it: one sentence, and what to do about it."""

    exit_code = 3

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.sentence = sentence
        self.remedy = remedy


class Interface(msgspec.Struct, frozen=True):
    """One interface as it is now.

    ``ipv4`` and ``ipv6`` are canonical address strings, link-local IPv6 with its ``%name``;
    ``prefixes`` are the networks they lie in (``10.0.0.0/24``); ``mac`` is lower-case with
    colons, None where there is none or the system does not tell.
    """

    name: str
    index: int
    up: bool
    multicast: bool
    loopback: bool = False
    mac: str | None = None
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """All its addresses, without scopes: as a ``Flow`` writes them."""
        return frozenset(a.partition("%")[0] for a in (*self.ipv4, *self.ipv6))

    @property
    def usable(self) -> bool:
        """Whether multicast can be received on it at all."""
        return self.up and (self.multicast or self.loopback)


def is_container(name: str) -> bool:
    """Whether the name is one that a container engine or hypervisor gives."""
    return name.startswith(_CONTAINER)


def discover() -> tuple[Interface, ...]:
    """Every interface of this machine (of this network namespace), in the system's order."""
    found: dict[str, list[ifaddr.IP]] = {}
    for adapter in ifaddr.get_adapters(include_unconfigured=True):
        # An address label such as "eth0:1" is an address of eth0, not another interface.
        found.setdefault(adapter.name.partition(":")[0], []).extend(adapter.ips)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        made = (_interface(name, ips, probe) for name, ips in found.items())
        return tuple(interface for interface in made if interface is not None)


def choose(
    names: Sequence[str] = (), available: Iterable[Interface] | None = None
) -> tuple[Interface, ...]:
    """The interfaces to use, or ``SourceError``.

    Without names: every one that is up and carries multicast, but no loopback and none that
    belongs to containers. With names: exactly those, each of which must exist and be up; a name
    with ``*``, ``?`` or ``[...]`` means every one like it that can be used, but no loopback.
    """
    everything = discover() if available is None else tuple(available)
    if not names:
        chosen = tuple(i for i in everything if _by_default(i))
        if not chosen:
            raise SourceError(
                "No network interface here is up and carries multicast.",
                f"Bring one up, or name one with --interface ({_listing(everything)}).",
            )
        return chosen
    by_name = {interface.name: interface for interface in everything}
    found = [each for name in names for each in _named(name, by_name)]
    return tuple({each.name: each for each in found}.values())


def present(names: Sequence[str], available: Iterable[Interface]) -> dict[str, Interface]:
    """Like ``choose``, by name and without complaint: what of it can be used at this moment."""
    return {
        i.name: i
        for i in available
        if (i.usable and any(_is_meant(i, name) for name in names) if names else _by_default(i))
    }


def left_out(available: Iterable[Interface] | None = None) -> tuple[Interface, ...]:
    """What ``choose`` leaves out by its name alone, as far as it has an address to ask from."""
    everything = discover() if available is None else available
    return tuple(
        i
        for i in everything
        if i.usable and not i.loopback and is_container(i.name) and (i.ipv4 or i.ipv6)
    )


def own_addresses(available: Iterable[Interface] | None = None) -> frozenset[str]:
    """Every address of this machine, without scopes."""
    everything = discover() if available is None else available
    return frozenset().union(*(interface.addresses for interface in everything))


def _by_default(interface: Interface) -> bool:
    return (
        interface.up
        and interface.multicast
        and not interface.loopback
        and not is_container(interface.name)
    )


def _is_meant(interface: Interface, name: str) -> bool:
    return interface.name == name or (
        not interface.loopback and _is_pattern(name) and fnmatchcase(interface.name, name)
    )


def _is_pattern(name: str) -> bool:
    return any(char in name for char in "*?[")


def _named(name: str, by_name: dict[str, Interface]) -> list[Interface]:
    """What is meant by a name or pattern, all of which can be used."""
    if name not in by_name and _is_pattern(name):
        return _like(name, by_name.values())
    interface = by_name.get(name)
    if interface is None:
        raise SourceError(
            f"There is no interface {name!r}.", f"Use one of: {_listing(by_name.values())}."
        )
    if not interface.up:
        raise SourceError(
            f"The interface {name!r} is down.", "Bring it up, or name another with --interface."
        )
    if not interface.usable:
        raise SourceError(
            f"The interface {name!r} does not carry multicast.",
            f"Use one of: {_listing(i for i in by_name.values() if i.usable)}.",
        )
    return [interface]


def _like(pattern: str, available: Iterable[Interface]) -> list[Interface]:
    everything = list(available)
    meant = [each for each in everything if _is_meant(each, pattern)]
    usable = [each for each in meant if each.usable]
    if not usable:
        sentence = f"There is no interface like {pattern!r}."
        if meant:
            sentence = f"No interface like {pattern!r} is up and carries multicast."
        raise SourceError(sentence, f"Use one of: {_listing(i for i in everything if i.usable)}.")
    return usable


def _listing(interfaces: Iterable[Interface]) -> str:
    return ", ".join(sorted(interface.name for interface in interfaces)) or "none at all"


def _interface(name: str, ips: Iterable[ifaddr.IP], probe: socket.socket) -> Interface | None:
    try:
        index = socket.if_nametoindex(name)
    except OSError:  # gone since it was listed
        return None
    ipv4: list[str] = []
    ipv6: list[str] = []
    prefixes: list[str] = []
    for ip in ips:
        text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        address = ipaddress.ip_interface(f"{text.partition('%')[0]}/{ip.network_prefix}")
        prefixes.append(str(address.network))
        if address.version == 4:
            ipv4.append(str(address.ip))
        else:
            scope = f"%{name}" if address.ip.is_link_local else ""
            ipv6.append(f"{address.ip}{scope}")
    flags = _flags(name, probe, loopback="127.0.0.1" in ipv4, configured=bool(prefixes))
    return Interface(
        name=name,
        index=index,
        up=bool(flags & IFF_UP),
        multicast=bool(flags & IFF_MULTICAST),
        loopback=bool(flags & IFF_LOOPBACK),
        mac=_mac(name, probe),
        ipv4=tuple(ipv4),
        ipv6=tuple(ipv6),
        prefixes=tuple(dict.fromkeys(prefixes)),
    )


def _flags(name: str, probe: socket.socket, *, loopback: bool, configured: bool) -> int:
    """The interface's flags; elsewhere than on Linux, a guess from its addresses."""
    if sys.platform != "linux":
        if loopback:
            return IFF_UP | IFF_LOOPBACK
        return IFF_UP | IFF_MULTICAST if configured else 0
    # Not /sys/class/net: that shows the namespace that mounted it, which need not be ours.
    answer = _ioctl(probe, _SIOCGIFFLAGS, name)
    return int(struct.unpack_from("H", answer, 16)[0]) if answer else 0


def _mac(name: str, probe: socket.socket) -> str | None:
    if sys.platform != "linux":
        return None
    answer = _ioctl(probe, _SIOCGIFHWADDR, name)
    # 1 is ARPHRD_ETHER; the loopback and tunnels answer with a family of their own.
    if not answer or struct.unpack_from("H", answer, 16)[0] != 1:
        return None
    return answer[18:24].hex(":")


def _ioctl(probe: socket.socket, request: int, name: str) -> bytes | None:
    import fcntl  # noqa: PLC0415  not on every system

    try:
        return fcntl.ioctl(probe.fileno(), request, struct.pack("16s24x", name.encode()))
    except OSError:  # gone since it was listed
        return None
