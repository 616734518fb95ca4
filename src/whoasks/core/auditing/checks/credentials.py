"""Logins in TXT records. RFC 6763 §6 lets a TXT record say how to use a service; it is sent to
everybody on the link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, txt
from whoasks.core.model import Service, Severity

_SECRETS = frozenset(
    (
        "pass", "passwd", "password", "pwd", "passphrase", "psk", "wifi_password", "secret",
        "token", "access_token", "apikey", "api_key", "api_token", "auth_token", "private_key",
    )
)  # fmt: skip
_LOGIN_TYPES = frozenset(
    (
        "_ftp._tcp", "_http._tcp", "_https._tcp", "_ssh._tcp", "_sftp-ssh._tcp", "_telnet._tcp",
        "_webdav._tcp", "_webdavs._tcp", "_nfs._tcp", "_smb._tcp", "_afpovertcp._tcp", "_tftp._udp",
    )
)  # fmt: skip
"""Where ``u`` is a user and ``p`` a password by the registered use of the type."""
_USERS = frozenset(("user", "username", "login", "account"))
_NOBODY = frozenset(("guest", "anonymous", "anon", "ftp", "public", "nobody"))
_SETTING = re.compile(r"true|false|yes|no|on|off|none|null|required|optional|0x[0-9a-f]+|\d{1,2}")
"""Says whether there is a password (DAAP ``Password=0``, AirPlay ``pw=true``), not which one."""


def _passwords(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for key, value in txt(service):
            named = key in _SECRETS or (key == "p" and service.type in _LOGIN_TYPES)
            if named and not _SETTING.fullmatch(value.strip().lower()):
                # The value itself stays out of reports, which go further than the link.
                yield Hit(
                    f"TXT key {key!r}",
                    f"gives in the TXT key {key!r} what looks like a password or token",
                    (service,),
                )


def _users(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for key, value in txt(service):
            if _is_user(service, key) and not _means_nobody(value):
                yield Hit(value, f"names the user {value!r} in the TXT key {key!r}", (service,))


def _is_user(service: Service, key: str) -> bool:
    return key in _USERS or (key == "u" and service.type in _LOGIN_TYPES)


def _means_nobody(value: str) -> bool:
    plain = value.strip().lower()
    return plain in _NOBODY or _SETTING.fullmatch(plain) is not None


CHECKS = (
    Check(
        id="password-in-txt",
        title="password or token in TXT",
        severity=Severity.HIGH,
        why="A TXT record is sent to every host on the link, unencrypted, whether asked for or "
        "not.",
        remedy="Take it out of the announcement and change it: it is known by now.",
        references=("CWE-522", "CWE-319", "RFC 6763 §15", "RFC 8882 §3.2.4"),
        attack=("T1552",),
        find=_passwords,
    ),
    Check(
        id="user-in-txt",
        title="user name in TXT",
        severity=Severity.LOW,
        why="A user name is half of a login, and often the name of a person.",
        remedy="Leave the u= key out of the announcement; programs ask for the user anyway.",
        references=("CWE-200", "RFC 8882 §3.2.4"),
        attack=("T1087",),
        find=_users,
    ),
)
