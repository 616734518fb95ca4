"""Which services belong to one device: those of one host name, and of host names that share
their MACs. No judgement of what the device is.

A service that names no host (``_device-info`` has only a TXT record) belongs to the one host
that has a service of the same instance name; when there are several, to none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from whoasks.core.device_senders import Announced, Senders
from whoasks.core.model import Service
from whoasks.core.names import normal

_PREFIXES = {
    # "0277000000F5@Kitchen": the MAC of the speaker, then its name.
    "_raop._tcp": re.compile(r"^[0-9A-Fa-f]{12}@"),
    # "70-35-60-63.1 Kitchen": how good a proxy it is, then its name.
    "_sleep-proxy._udp": re.compile(r"^\d\d-\d\d-\d\d-\d\d(?:\.\d+)? "),
}


class Group(msgspec.Struct, frozen=True):
    """The services and the names of one device, as far as is known."""

    hostnames: tuple[str, ...] = ()
    """As announced; none when no service says where it is."""
    services: tuple[Service, ...] = ()
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    """Of its own packets."""
    systems: tuple[str, ...] = ()
    """From HINFO records."""


def groups(
    services: Iterable[Service], senders: Senders | None = None, *, silent: bool = False
) -> list[Group]:
    """Services put together by device, in the order in which they come.

    ``silent``: hosts that announced an address and no service are groups too.
    """
    by_host: dict[str, list[Service]] = {}
    lost: list[Service] = []
    for service in services:
        if service.hostname is None:
            lost.append(service)
        else:
            by_host.setdefault(normal(service.hostname), []).append(service)
    nowhere = _find_homes(lost, by_host)
    known = senders or Senders()
    for announced in known.hosts() if silent else ():
        by_host.setdefault(normal(announced.hostname), [])
    found = [_group(keys, by_host, known) for keys in _same_device(by_host, known)]
    return found + [Group(services=tuple(members)) for members in nowhere]


def label(service: Service) -> str:
    """The name that a device gives all its services, without what some types put before it."""
    prefix = _PREFIXES.get(service.type)
    return (prefix.sub("", service.instance) if prefix else service.instance).casefold()


def _find_homes(
    lost: Iterable[Service], by_host: dict[str, list[Service]]
) -> list[list[Service]]:  # fmt: skip
    """Give each service without a host to the host it must be of; the others by their label."""
    homes: dict[str, set[str]] = {}
    for key, members in by_host.items():
        for member in members:
            homes.setdefault(label(member), set()).add(key)
    nowhere: dict[str, list[Service]] = {}
    for service in lost:
        candidates = homes.get(label(service), set())
        if len(candidates) == 1:
            by_host[next(iter(candidates))].append(service)
        else:
            nowhere.setdefault(label(service), []).append(service)
    return list(nowhere.values())


def _same_device(by_host: Iterable[str], senders: Senders) -> list[list[str]]:
    """Keys of host names, those of one device together.

    They must have the very same MACs: who claims two hosts' names adds its own MAC to both,
    and joins nothing.
    """
    joined: dict[object, list[str]] = {}
    for key in by_host:
        announced = senders.get(key)
        macs = frozenset(announced.macs) if announced else frozenset()
        joined.setdefault(macs or key, []).append(key)
    return list(joined.values())


def _group(keys: list[str], by_host: dict[str, list[Service]], senders: Senders) -> Group:
    services = [service for key in keys for service in by_host[key]]
    told = [found for found in map(senders.get, keys) if found is not None]
    addresses = [address for service in services for address in service.addresses]
    return Group(
        hostnames=tuple(dict.fromkeys(_hostname(key, by_host[key], told) for key in keys)),
        services=tuple(services),
        addresses=tuple(dict.fromkeys(addresses or (a for host in told for a in host.addresses))),
        macs=tuple(dict.fromkeys(mac for host in told for mac in host.macs)),
        systems=tuple(dict.fromkeys(system for host in told for system in host.systems)),
    )


def _hostname(key: str, services: Iterable[Service], told: Iterable[Announced]) -> str:
    """The name as it was announced, capitals and all."""
    for service in services:
        if service.hostname is not None:
            return service.hostname
    return next((host.hostname for host in told if normal(host.hostname) == key), key)
