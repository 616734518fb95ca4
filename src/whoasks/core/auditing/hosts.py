"""Services → the hosts that they are at. A host is what shares a host name, or every address.

Two host names with the very same addresses are one machine (a TV has one for casting and one for
itself). One address in common is not enough: container bridges have the same on many machines.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from whoasks.core.auditing.base import AuditedHost
from whoasks.core.model import Service
from whoasks.core.names import normal

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "printer",
        frozenset(
            ("_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_uscan._tcp")
        ),
    ),
    ("camera", frozenset(("_axis-video._tcp", "_dhnap._tcp", "_psia._tcp", "_camera._tcp"))),
    ("TV", frozenset(("_androidtvremote2._tcp", "_androidtvremote._tcp", "_amzn-wplay._tcp"))),
    ("speaker", frozenset(("_sonos._tcp", "_spotify-connect._tcp", "_bose-soundtouch._tcp"))),
    ("phone", frozenset(("_apple-mobdev2._tcp", "_apple-mobdev._tcp"))),
    ("hub", frozenset(("_home-assistant._tcp", "_hue._tcp"))),
    ("smart device", frozenset(("_shelly._tcp", "_wled._tcp", "_esphomelib._tcp", "_hap._tcp"))),
)
"""What types show a host to be, where nothing better is known. The first that fits."""
_COMPUTER = frozenset(
    ("_workstation._tcp", "_companion-link._tcp", "_nfs._tcp", "_afpovertcp._tcp", "_adisk._tcp")
)
"""Types of computers and storage, which run what speakers and printers run (print queues,
players): with one of these the types above prove nothing."""


def hosts_of(services: Iterable[Service]) -> list[AuditedHost]:
    """The hosts, by name; services whose host was not heard stand together at the end."""
    named: dict[str, list[Service]] = {}
    lost: list[Service] = []
    listed = list(services)
    homes = {normal(s.instance): s.hostname for s in listed if s.hostname}
    for service in listed:
        # ``_device-info`` has TXT alone, under the name that the device has elsewhere.
        hostname = service.hostname or homes.get(normal(service.instance))
        if hostname is None:
            lost.append(service)
        else:
            named.setdefault(normal(hostname), []).append(service)
    machines: dict[object, list[Service]] = {}
    for hostname, members in named.items():
        machines.setdefault(_addresses_key(members) or hostname, []).extend(members)
    found = sorted((_host(members) for members in machines.values()), key=_by_name)
    return [*found, *([_host(lost)] if lost else [])]


def _by_name(host: AuditedHost) -> tuple[str, str]:
    return normal(host.hostname or ""), host.hostname or ""


def _host(members: Sequence[Service]) -> AuditedHost:
    names: dict[str, str] = {}
    for service in members:
        if service.hostname:
            names.setdefault(normal(service.hostname), service.hostname)
    hostnames = tuple(names.values())
    return AuditedHost(
        hostname=hostnames[0] if hostnames else None,
        hostnames=hostnames,
        addresses=tuple(dict.fromkeys(a for service in members for a in service.addresses)),
        kind=_kind(members) if hostnames else None,
        services=tuple(members),
    )


def _addresses_key(members: Sequence[Service]) -> frozenset[str] | None:
    """Its IPv4 addresses, else its IPv6 ones; None where there is none that tells it apart."""
    families: dict[int, set[str]] = {4: set(), 6: set()}
    for address in {a for service in members for a in service.addresses}:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:  # from a file: whatever somebody wrote there
            continue
        if not (ip.is_loopback or ip.is_unspecified):
            families[ip.version].add(address)
    return frozenset(families[4] or families[6]) or None


def _kind(members: Sequence[Service]) -> str | None:
    for service in members:
        kind = (service.device or {}).get("kind")
        if isinstance(kind, str) and kind:
            return kind
    types = {service.type for service in members}
    if types & _COMPUTER:
        return None
    return next((kind for kind, telling in _KINDS if types & telling), None)
