"""Versions and addresses in TXT: what runs here, and where it is reached from elsewhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, txt
from whoasks.core.model import Severity

_VERSIONS = frozenset(
    (
        "version", "ver", "fw", "fv", "fwver", "fw_ver", "fw_version", "fwversion", "firmware",
        "firmwareversion", "firmware_version", "sw", "swver", "sw_ver", "swversion", "sw_version",
        "softwareversion", "software", "srcvers", "osxvers", "osvers", "os_version", "ov",
        "version_build", "build", "app_version", "server_version", "esphome_version", "vs",
    )
)  # fmt: skip
_PROTOCOLS = {
    "_spotify-connect._tcp": frozenset(("version",)),
    "_googlecast._tcp": frozenset(("ver",)),
    "_printer._tcp": frozenset(("ver",)),
    "_hap._tcp": frozenset(("ver",)),
}
"""Keys that there hold the protocol's version, which is the same on every device."""
_NUMBER = re.compile(r"\d+\.\d+|\d{3,}|\d[a-z]\d", re.IGNORECASE)
"""Exact enough to tell one release from another."""
_URL = re.compile(r"https?://(\[[0-9a-f:]+\]|[^/:\s?#]+)", re.IGNORECASE)
_INSIDE = re.compile(r"localhost|[^.]+|.+\.(?:local|lan|home|internal|localdomain|home\.arpa)\.?")


def _versions(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        protocol = _PROTOCOLS.get(service.type, frozenset())
        for key, value in txt(service):
            if key in _VERSIONS and key not in protocol and _NUMBER.search(value):
                says = f"tells an exact version, {value!r} (TXT key {key!r})"
                yield Hit(f"{key} {value}", says, (service,))


def _outside(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for _, value in txt(service):
            found = _URL.match(value)
            if found is not None and _is_outside(found[1]):
                yield Hit(found[0], f"tells an address that leads outside: {found[0]}", (service,))


def _is_outside(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.strip("[]")).is_global
    except ValueError:
        return _INSIDE.fullmatch(name.lower()) is None


CHECKS = (
    Check(
        id="version",
        title="exact version in TXT",
        severity=Severity.LOW,
        why="A version tells which known flaws are worth trying, without touching the device.",
        remedy="Keep it up to date: that matters more than hiding the number.",
        references=("RFC 8882 §3.2.4", "RFC 8882 §3.2.5", "CWE-200"),
        attack=("T1592.002", "T1592.003"),
        find=_versions,
    ),
    Check(
        id="outside-address",
        title="address that leads outside",
        severity=Severity.LOW,
        why="Every guest of this network learns where the same service can be tried from the "
        "internet, or which cloud it belongs to.",
        remedy="Leave the external address empty where the program allows it, and have a second "
        "factor on the login there.",
        references=("RFC 8882 §3.2.4", "CWE-200"),
        attack=("T1590.005",),
        find=_outside,
    ),
)
