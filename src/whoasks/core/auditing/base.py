"""What a check is. A check says what one host gives away, and why that matters; it never says
that somebody took it, and it never asks the host. Pure: services in, hits out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from whoasks.core.model import Service, Severity


class AuditedHost(msgspec.Struct, frozen=True):
    """One host, by all the services that are at it."""

    hostname: str | None
    """The first of its names; None for services whose host was not heard."""
    hostnames: tuple[str, ...]
    addresses: tuple[str, ...]
    kind: str | None
    """``printer``, ``TV``, ``NAS``, …: what it says it is, by its device or its types."""
    services: tuple[Service, ...]

    def is_one_of(self, kinds: Collection[str]) -> bool:
        """Whether it is a device of one of these kinds, lower-case."""
        return self.kind is not None and self.kind.lower() in kinds

    def of(self, *types: str) -> Iterator[Service]:
        """Its services of these types, in their order."""
        return (service for service in self.services if service.type in types)

    def offers(self, *types: str) -> bool:
        """Whether it has a service of one of these types."""
        return next(self.of(*types), None) is not None


class Hit(msgspec.Struct, frozen=True):
    """Something that a host gives away."""

    subject: str
    """What it is: ``Telnet on port 23``, ``Anna``, a serial number. Raw, from the wire."""
    says: str
    """A clause that follows the host: ``offers …``. Raw as well."""
    services: tuple[Service, ...] = ()
    """Where it stands; none for what is in the host's own name or address."""
    severity: Severity | None = None
    """Where it matters more or less than the check usually does."""


class Check(msgspec.Struct, frozen=True):
    """One question put to every host."""

    id: str
    title: str
    """A few words for a table: ``serial number in TXT``."""
    severity: Severity
    why: str
    """Why it matters: whole sentences."""
    remedy: str
    references: tuple[str, ...]
    find: Callable[[AuditedHost], Iterable[Hit]]
    attack: tuple[str, ...] = ()
    """ATT&CK techniques that it serves."""


def on_port(what: str, service: Service) -> str:
    """``Telnet on port 23``."""
    return what if service.port is None else f"{what} on port {service.port}"


def txt(service: Service) -> Iterator[tuple[str, str]]:
    """TXT keys in lower case (RFC 6763 §6.4: case is ignored) with the values that they have."""
    return ((key.lower(), value) for key, value in service.txt.items() if value)


def first(service: Service, *keys: str) -> tuple[str, str] | None:
    """The first of these lower-case keys that has a value, with it."""
    values = dict(txt(service))
    return next(((key, values[key]) for key in keys if key in values), None)


def offered(host: AuditedHost, types: Mapping[str, str]) -> Iterator[tuple[Service, str]]:
    """Its services of the types named, each with what the type is called."""
    return ((service, types[service.type]) for service in host.services if service.type in types)


def by_type(
    types: Mapping[str, str], severities: Mapping[str, Severity] | None = None
) -> Callable[[AuditedHost], Iterator[Hit]]:
    """A check of nothing but the type of a service: type → what it is called."""

    def find(host: AuditedHost) -> Iterator[Hit]:
        for service, what in offered(host, types):
            subject = on_port(what, service)
            severity = (severities or {}).get(service.type)
            yield Hit(subject, f"offers {subject}", (service,), severity)

    return find
