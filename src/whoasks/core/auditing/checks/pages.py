"""Pages through which a device is set up, where they are announced without encryption."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, first, on_port
from whoasks.core.model import Service, Severity

_ADMIN = re.compile(
    r"(?<![^\W_])(admin\w*|login|setup|config\w*|settings|manag\w+|console|cgi-bin|luci|webui|"
    r"router|gateway|access ?point|switch|firewall|openwrt|pfsense|opnsense|proxmox|esxi|idrac|"
    r"ilo|fritz!?box|unifi|mikrotik|diskstation|synology|qnap)(?![^\W_])",
    re.IGNORECASE,
)
"""Words of paths and names that say that one administers something there, as whole words."""
_ADMINISTERED = frozenset(("router", "nas", "camera", "server", "alarm", "hub"))
"""Kinds of device whose web page is for administering them."""
_PRINTERS = frozenset(("printer", "scanner"))
_PRINTING = ("_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_uscan._tcp")


def _admin_pages(host: AuditedHost) -> Iterator[Hit]:
    yield from _control_pages(host)
    if host.is_one_of(_PRINTERS):
        return
    for service in host.of("_http._tcp", "_http-alt._tcp"):
        why = _because(host, service)
        if why is not None:
            subject = on_port("an administration page", service)
            yield Hit(
                subject, f"has what seems to be {subject} without encryption ({why})", (service,)
            )


def _control_pages(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_octoprint._tcp", "_home-assistant._tcp"):
        url = first(service, "base_url", "internal_url")
        if service.type == "_octoprint._tcp" or (url and url[1].lower().startswith("http://")):
            what = service.type.removesuffix("._tcp").removeprefix("_")
            subject = on_port(f"the page of {what}", service)
            yield Hit(subject, f"has {subject} without encryption", (service,))


def _because(host: AuditedHost, service: Service) -> str | None:
    path = first(service, "path", "rp")
    if path is not None and (word := _ADMIN.search(path[1])):
        return f"path {path[1]!r}: {word[1]!r}"
    if word := _ADMIN.search(service.instance):
        return f"name: {word[1]!r}"
    return f"the device is a {host.kind}" if host.is_one_of(_ADMINISTERED) else None


def _printer_pages(host: AuditedHost) -> Iterator[Hit]:
    urls: dict[str, list[Service]] = {}
    for service in host.of(*_PRINTING):
        admin = first(service, "adminurl")
        if admin is not None and admin[1].lower().startswith("http://"):
            urls.setdefault(admin[1], []).append(service)
    for url, services in urls.items():
        yield Hit(url, f"tells the address of its administration page: {url}", tuple(services))
    if host.is_one_of(_PRINTERS) and not urls:
        for service in host.of("_http._tcp"):
            subject = on_port("its own page", service)
            yield Hit(subject, f"has {subject} without encryption", (service,))


CHECKS = (
    Check(
        id="admin-page",
        title="administration page without encryption",
        severity=Severity.MEDIUM,
        why="The password that is typed there can be read on the way, and everybody is shown "
        "where to try the maker's.",
        remedy="Turn HTTPS on and HTTP off, change the maker's password, and allow the page from "
        "a management network only.",
        references=("CWE-319", "CWE-1392"),
        attack=("T1078.001", "T1046"),
        find=_admin_pages,
    ),
    Check(
        id="printer-admin-page",
        title="printer's administration page",
        severity=Severity.LOW,
        why="Printers keep address books, mail logins and documents; many have no administrator's "
        "password, or the maker's.",
        remedy="Set an administrator's password, turn HTTPS on, and limit the page to the print "
        "server.",
        references=("CWE-319", "CWE-1392"),
        attack=("T1078.001",),
        find=_printer_pages,
    ),
)
