"""What a row can open or give to the clipboard: addresses of web pages, commands. Pure.

Names, TXT values and host names are strangers' to choose: an address has a plain scheme and a
host that is one, a path is percent-encoded, a command is a list of words whose last is a host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from whoasks import text
from whoasks.core.model import Asker, Burst, Finding, Service
from whoasks.ui.cells import dotless
from whoasks.ui.live.hosts import HostView
from whoasks.ui.live.moments import Moment, name

_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*")
"""Letters, digits, hyphens: what a browser and ssh take for a host and for nothing else."""
_SCOPE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_PRINTING = {"_ipp._tcp": ("http", 631), "_ipps._tcp": ("https", 631)}
_WEB = {
    "_http._tcp": "http", "_https._tcp": "https", "_http-alt._tcp": "http",
    "_home-assistant._tcp": "http", "_webdav._tcp": "http", "_webdavs._tcp": "https",
}  # fmt: skip
_SHELL = ("_ssh._tcp", "_sftp-ssh._tcp")
_PRINTS = ("_printer._tcp", "_pdl-datastream._tcp")


class Door(msgspec.Struct, frozen=True):
    """One thing that can be opened."""

    title: str
    kind: Literal["page", "shell"]
    url: str = ""
    command: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What will be opened, as one line."""
        return self.url or " ".join(self.command)


class Scrap(msgspec.Struct, frozen=True):
    """One thing for the clipboard; safe to paste: one line, no control characters."""

    title: str
    text: str


def doors(value: object) -> list[Door]:
    """What can be opened of a row, the likeliest first."""
    match value:
        case Service():
            return list(_of_service(value))
        case HostView():
            found = [door for service in value.services for door in _of_service(service)]
            return list({door.words: door for door in found}.values())
        case Moment():
            return doors(value.value)
    return []


def scraps(value: object) -> list[Scrap]:
    """What can be copied of a row; empty ones are left out."""
    listed: Iterator[tuple[str, str | None]] = iter(())
    match value:
        case Service():
            listed = _service_scraps(value)
        case HostView():
            listed = _host_scraps(value)
        case Asker():
            listed = _asker_scraps(value)
        case Finding():
            listed = _finding_scraps(value)
        case Moment():
            listed = _moment_scraps(value)
    safe = ((title, text.terminal(words)) for title, words in listed if words)
    return [Scrap(title, words) for title, words in safe]


def _of_service(service: Service) -> Iterator[Door]:
    hosts = list(_hosts(service))
    if service.type in _SHELL:
        port = () if service.port in (None, 22) else ("-p", str(service.port))
        for host in hosts:
            yield Door(f"ssh to {host}", "shell", command=("ssh", *port, "--", host))
        return
    if service.type in (*_PRINTING, *_PRINTS):
        admin = _admin_page(service)
        if admin:
            yield Door("the printer's own page", "page", url=admin)
        scheme, fallback = _PRINTING.get(service.type, ("http", 80))
        port_number = service.port if service.type in _PRINTING else None
        for host in hosts:
            yield Door(f"page at {host}", "page", _url(scheme, host, port_number or fallback, "/"))
    elif service.type in _WEB and service.port:
        path = _path(service)
        for host in hosts:
            url = _url(_WEB[service.type], host, service.port, path)
            yield Door(f"page at {host}", "page", url)


def _hosts(service: Service) -> Iterator[str]:
    """The host's name and its addresses, as far as they are such."""
    hostname = dotless(service.hostname) if service.hostname else ""
    if len(hostname) < 254 and _HOST.fullmatch(hostname):
        yield hostname
    for address in service.addresses:
        plain, _, scope = address.partition("%")
        try:
            parsed = ip_address(plain)
        except ValueError:
            continue
        if not scope or _SCOPE.fullmatch(scope):
            yield f"{parsed}%{scope}" if scope else str(parsed)


def _url(scheme: str, host: str, port: int, path: str) -> str:
    if ":" in host:  # a scope is %25 in an address of the web (RFC 6874 §2)
        host = f"[{host.replace('%', '%25')}]"
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}{'' if port == default else f':{port}'}{path}"


def _path(service: Service) -> str:
    path = _txt(service, "path") or "/"
    raw = path.encode("utf-8", "surrogateescape").lstrip(b"/")
    return "/" + quote(raw, safe="/~!$&'()*+,;=:@%?")


def _admin_page(service: Service) -> str | None:
    """The page a printer names (Bonjour Printing, adminurl), where it is on that same printer."""
    given = _txt(service, "adminurl") or ""
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    known = {each.casefold().partition("%")[0] for each in _hosts(service)}
    if parts.scheme not in ("http", "https") or host.casefold() not in known:
        return None
    path = quote(parts.path.encode("utf-8", "surrogateescape") or b"/", safe="/~!$&'()*+,;=:@%")
    return _url(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], path)


def _txt(service: Service, wanted: str) -> str | None:
    """A TXT value; letter case of keys says nothing (RFC 6763 §6.4)."""
    for key, value in service.txt.items():
        if key.casefold() == wanted:
            return value
    return None


def _service_scraps(service: Service) -> Iterator[tuple[str, str | None]]:
    address = service.addresses[0] if service.addresses else None
    yield "name", service.instance
    yield "host name", dotless(service.hostname) if service.hostname else None
    yield "address", address
    if address and service.port:
        yield "address and port", f"{f'[{address}]' if ':' in address else address}:{service.port}"
    for door in _of_service(service):
        yield door.title, door.words
    yield "full name", f"{service.instance}.{service.type}.{service.domain}"
    yield "TXT", "; ".join(k if v is None else f"{k}={v}" for k, v in service.txt.items())


def _host_scraps(host: HostView) -> Iterator[tuple[str, str | None]]:
    yield "host name", host.name
    yield "address", host.addresses[0] if host.addresses else None
    yield "all addresses", ", ".join(host.addresses) if len(host.addresses) > 1 else None
    yield "MAC", host.mac


def _asker_scraps(asker: Asker) -> Iterator[tuple[str, str | None]]:
    host = asker.host
    yield "name", name(host)
    yield "address", host.addresses[0] if host.addresses else None
    yield "MAC", host.mac
    yield "types", ", ".join(asker.types)


def _finding_scraps(finding: Finding) -> Iterator[tuple[str, str | None]]:
    yield "id", finding.id
    yield "command to explain it", f"whoasks explain {finding.id}"
    yield "explanation", finding.explanation
    yield "address", finding.host.addresses[0] if finding.host.addresses else None
    yield "MAC", finding.host.mac


def _moment_scraps(moment: Moment) -> Iterator[tuple[str, str | None]]:
    match moment.value:
        case Service():
            yield from _service_scraps(moment.value)
        case Finding():
            yield from _finding_scraps(moment.value)
        case Burst():
            yield "asker", name(moment.value.host)
            yield "names", ", ".join(dotless(each) for each in moment.value.names)
        case None:
            yield "who", moment.who
            yield "what", moment.what
