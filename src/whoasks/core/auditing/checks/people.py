"""Who is here: names of people, ways to reach them, and where things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, txt
from whoasks.core.auditing.owners import account_in, owner_in
from whoasks.core.model import Service, Severity

_NAMING_KEYS = frozenset(("fn", "n", "name", "friendlyname", "machine name", "ctln", "devicename"))
"""TXT keys that hold a thing's name."""
_PERSON_KEYS = frozenset(("1st", "last", "firstname", "lastname", "fullname", "owner", "nick"))
"""TXT keys that hold a person's name (those of chat: XEP-0174 §3)."""
_ACCOUNT_TYPES = (
    "_presence._tcp",
    "_pulse-server._tcp",
    "_pulse-sink._tcp",
    "_pulse-source._tcp",
)
"""Types whose instances are called ``user@host``."""
_PLACE_KEYS = frozenset(("note", "location", "loc", "room", "building", "site"))
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b")
_PHONE = re.compile(r"(?<![\w.+])\+\d{1,3}[ ./-]?(?:\(?\d{1,5}\)?[ ./-]?){2,5}\d{2,4}(?![\w.])")
_CERTAIN = Severity.MEDIUM


def _names(host: AuditedHost) -> Iterator[Hit]:
    for hostname in host.hostnames:
        label = hostname.partition(".")[0]
        if who := owner_in(label):
            yield Hit(who, f"seems to be called after a person, {who!r}: host name {label!r}")
    for service in host.services:
        yield from _in_service(service)


def _in_service(service: Service) -> Iterator[Hit]:
    who = owner_in(service.instance)
    if who is None and service.type in _ACCOUNT_TYPES:
        who = account_in(service.instance)
    if who:
        says = f"seems to be called after a person, {who!r}: {service.instance!r}"
        yield Hit(who, says, (service,))
    for key, value in txt(service):
        if key in _PERSON_KEYS:
            yield Hit(
                value, f"names a person in the TXT key {key!r}: {value!r}", (service,), _CERTAIN
            )
        elif key in _NAMING_KEYS and (told := owner_in(value)):
            says = f"seems to be called after a person, {told!r}: TXT key {key!r}"
            yield Hit(told, says, (service,))


def _contacts(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for place, value in (("its name", service.instance), *_places(service)):
            for found in (*_MAIL.finditer(value), *_PHONE.finditer(value)):
                if not found[0].lower().endswith(".local"):  # user@host.local is no address
                    yield Hit(found[0], f"gives {found[0]!r} in {place}", (service,))


def _places(service: Service) -> Iterator[tuple[str, str]]:
    return ((f"the TXT key {key!r}", value) for key, value in txt(service))


def _locations(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for key, value in txt(service):
            if key in _PLACE_KEYS:
                yield Hit(value, f"tells where it stands: {value!r} (TXT key {key!r})", (service,))


CHECKS = (
    Check(
        id="person-name",
        title="seems to name a person",
        severity=Severity.LOW,
        why="Everybody on the link learns who is here, also in a café or hotel, and can "
        "recognise the person in other networks.",
        remedy="Give the device a name without its owner's (macOS: System Settings, General, "
        "Sharing; iOS: General, About, Name).",
        references=("RFC 8882 §3.2.2", "RFC 8882 §3.2.3", "RFC 8117", "CWE-359"),
        attack=("T1589.003",),
        find=_names,
    ),
    Check(
        id="contact",
        title="mail address or phone number",
        severity=Severity.MEDIUM,
        why="It ties the device to a person who can be looked up and written to.",
        remedy="Take it out of the name or the TXT record.",
        references=("RFC 8882 §3.2.4", "CWE-359"),
        attack=("T1589.002",),
        find=_contacts,
    ),
    Check(
        id="location",
        title="tells where it stands",
        severity=Severity.INFO,
        why="A stranger learns rooms and departments; people who look for a printer learn them "
        "too.",
        remedy="Leave the note empty where visitors need not know.",
        references=("RFC 8882 §3.2.4",),
        attack=("T1591.001",),
        find=_locations,
    ),
)
