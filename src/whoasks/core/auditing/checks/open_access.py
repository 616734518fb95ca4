"""What can be used, or taken over, without a login: by its type, or because its TXT says so."""

from __future__ import annotations

from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, by_type, first, on_port
from whoasks.core.model import Severity

_RAW_PRINTING = {
    "_pdl-datastream._tcp": "raw printing",
    "_printer._tcp": "printing over LPD",
}
_UNPAIRED = 1
"""Bit 0 of HomeKit's status flags: no controller has been paired (HAP, Bonjour TXT keys)."""


def _plain_printing(host: AuditedHost) -> Iterator[Hit]:
    if not host.offers("_ipps._tcp"):
        for service in host.of("_ipp._tcp"):
            subject = on_port("printing over IPP", service)
            yield Hit(subject, f"offers {subject} and no encrypted kind of it", (service,))


def _plain_scanning(host: AuditedHost) -> Iterator[Hit]:
    if not host.offers("_uscans._tcp"):
        for service in host.of("_uscan._tcp", "_scanner._tcp"):
            subject = on_port("scanning", service)
            yield Hit(subject, f"offers {subject} and no encrypted kind of it", (service,))


def _pairing(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_hap._tcp", "_hap._udp"):
        flags = first(service, "sf")
        if flags is not None and flags[1].isdecimal() and int(flags[1][:4]) & _UNPAIRED:
            says = "says that no HomeKit controller is paired with it"
            yield Hit("HomeKit pairing", says, (service,))
    for service in host.of("_matterc._udp"):
        mode = first(service, "cm")
        if mode is None or mode[1] != "0":
            yield Hit("Matter pairing", "waits to be added to a Matter network", (service,))
    for service in host.of("_adb-tls-pairing._tcp"):
        subject = on_port("Android debugging", service)
        yield Hit(subject, "waits to be paired for Android debugging", (service,))


def _plain_control(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_esphomelib._tcp"):
        if first(service, "api_encryption") is None:
            subject = on_port("the ESPHome API", service)
            yield Hit(subject, f"offers {subject} without encryption", (service,))
    for service in host.of("_wled._tcp"):
        subject = on_port("WLED", service)
        yield Hit(subject, f"offers {subject}, which asks for no login by itself", (service,))


CHECKS = (
    Check(
        id="raw-printing",
        title="printing without login or encryption",
        severity=Severity.MEDIUM,
        why="Anybody can print, read jobs on the way, and send commands in the printer's "
        "language, which on many models reads files and settings.",
        remedy="Turn port 9100 and LPD off, print over IPPS, and let only the print server reach "
        "the printer.",
        references=("CWE-306", "CWE-319"),
        attack=("T1210", "T1040"),
        find=by_type(_RAW_PRINTING),
    ),
    Check(
        id="plain-printing",
        title="printing without encryption",
        severity=Severity.LOW,
        why="Documents cross the network as they are.",
        remedy="Turn IPPS on, and plain IPP off where every client can do without it.",
        references=("CWE-319", "RFC 8010 §8"),
        attack=("T1040",),
        find=_plain_printing,
    ),
    Check(
        id="plain-scanning",
        title="scanning without encryption",
        severity=Severity.LOW,
        why="Anybody on the network may be able to scan what lies on the glass, and scans can be "
        "read on the way.",
        remedy="Ask for a login or a code at the device, turn HTTPS on, or turn network scanning "
        "off.",
        references=("CWE-306", "CWE-319"),
        attack=("T1040",),
        find=_plain_scanning,
    ),
    Check(
        id="pairing-open",
        title="waits to be paired",
        severity=Severity.MEDIUM,
        why="Whoever pairs first, and has or guesses the code, controls it.",
        remedy="Pair it with its owner's controller, or end pairing mode.",
        references=("CWE-306",),
        attack=("T1200",),
        find=_pairing,
    ),
    Check(
        id="plain-control",
        title="controlled without encryption or login",
        severity=Severity.MEDIUM,
        why="Anybody on the network can read what it measures and switch what it switches.",
        remedy="Turn encryption and a password on (ESPHome: api: encryption: key), or keep such "
        "devices in a network of their own.",
        references=("CWE-306", "CWE-319"),
        attack=("T1040",),
        find=_plain_control,
    ),
)
