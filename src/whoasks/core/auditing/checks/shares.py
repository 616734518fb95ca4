"""File shares, libraries and backup disks: above all those that let anybody in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, by_type, first, on_port, txt
from whoasks.core.model import Service, Severity

_SHARES = {
    "_smb._tcp": "a Windows share (SMB)",
    "_afpovertcp._tcp": "an Apple share (AFP)",
    "_nfs._tcp": "an NFS share",
    "_webdav._tcp": "a WebDAV share",
    "_webdavs._tcp": "a WebDAV share",
    "_ftp._tcp": "an FTP server",
    "_sftp-ssh._tcp": "an SFTP server",
}
_FOR_ALL = re.compile(
    r"(?<![^\W_])(guest|public|everyone|anonymous|anon|gast|öffentlich|invit[ée]|public[oa]|"
    r"pubblic[oa]|ospite|invitado|convidado|gæst|gäst|общая|公共|ゲスト)(?![^\W_])",
    re.IGNORECASE,
)
"""Words of people in several languages for what anybody may use, as whole words."""
_MAKERS_NAMES = re.compile(
    r"fritz[.\- ]?(?:nas|box)(?: .*)?|readyshare|my ?book ?live|mycloud(?:-\w+)?|wd ?my ?cloud|"
    r"diskstation|nas[0-9a-f]{6}|lacie[- ](?:cloudbox|2big|5big)|linkstation|terastation|"
    r"ls-\w{3,8}|seagate-\w+|turbonas|openmediavault|truenas|freenas|usb[-_ ]?(?:disk|storage)",
    re.IGNORECASE,
)
"""Names as they are before anybody changed them: what else was left as it came?"""
_VOLUME = re.compile(r"(?:^|,)adVN=([^,]*)")
_OPEN = frozenset(("0", "false", "no"))


def _guest(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        what = _SHARES.get(service.type)
        if what is None:
            continue
        user = first(service, "u", "user", "username")
        places = [service.instance, *(value for key, value in txt(service) if key == "path")]
        word = next((found[1] for place in places if (found := _FOR_ALL.search(place))), None)
        if user is not None and _FOR_ALL.fullmatch(user[1]):
            yield _open_share(service, what, f"the user {user[1]!r}")
        elif word is not None:
            yield _open_share(service, what, f"its name: {word!r}")


def _open_share(service: Service, what: str, evidence: str) -> Hit:
    subject = on_port(what, service)
    return Hit(subject, f"offers {subject} that seems open to guests, by {evidence}", (service,))


def _default(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        if service.type in _SHARES and _MAKERS_NAMES.fullmatch(service.instance):
            says = f"shares files under the maker's own name {service.instance!r}"
            yield Hit(service.instance, says, (service,))


def _nfs(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_nfs._tcp"):
        path = first(service, "path")
        export = f"the NFS export {path[1]}" if path else "an NFS export"
        yield Hit(export, f"offers {export}", (service,))


def _backups(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_adisk._tcp"):
        for _, value in txt(service):
            if volume := _VOLUME.search(value):
                says = f"names the backup disk {volume[1]!r}"
                yield Hit(volume[1], says, (service,))


def _libraries(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_daap._tcp", "_dpap._tcp"):
        password = first(service, "password")
        if password is not None and password[1].lower() in _OPEN:
            subject = on_port("a media library", service)
            yield Hit(subject, f"offers {subject} without a password", (service,))


CHECKS = (
    Check(
        id="guest-share",
        title="share that seems open to guests",
        severity=Severity.MEDIUM,
        why="By its name or TXT record anybody on the network may read it, perhaps write to it. "
        "Only the announcement was looked at: try it.",
        remedy="Ask for a login, or make sure that nothing but public files is in it and nobody "
        "can write.",
        references=("CWE-306", "CWE-1188"),
        attack=("T1135", "T1039"),
        find=_guest,
    ),
    Check(
        id="default-share",
        title="share under the maker's name",
        severity=Severity.LOW,
        why="A name that nobody changed tells the product, and makes it likely that users and "
        "shares are as the maker set them too.",
        remedy="Look at the device's users, guest access and shares; turn off what is not used.",
        references=("CWE-1188",),
        attack=("T1135",),
        find=_default,
    ),
    Check(
        id="nfs-export",
        title="NFS export",
        severity=Severity.MEDIUM,
        why="NFS as it is mostly set up trusts the user number that a client claims: access is "
        "decided by address, which anybody on the link can take.",
        remedy="Export to named hosts only, with root_squash, or ask for Kerberos (sec=krb5p).",
        references=("CWE-287", "RFC 2623 §2"),
        attack=("T1135", "T1039"),
        find=_nfs,
    ),
    Check(
        id="file-share",
        title="file sharing is announced",
        severity=Severity.INFO,
        why="It shows where files are kept; nothing is wrong with it by itself.",
        remedy="Turn file sharing off on machines that share nothing.",
        references=("RFC 8882 §3.2.1",),
        attack=("T1135",),
        find=by_type({"_smb._tcp": "Windows file sharing", "_afpovertcp._tcp": "AFP sharing"}),
    ),
    Check(
        id="backup-disk",
        title="where backups are kept",
        severity=Severity.LOW,
        why="Whoever wants to destroy or read backups need not look for them.",
        remedy="Encrypt the backups, and allow the share to the backing-up users only.",
        references=("RFC 8882 §3.2.4",),
        attack=("T1135", "T1490"),
        find=_backups,
    ),
    Check(
        id="open-library",
        title="media library without a password",
        severity=Severity.INFO,
        why="Anybody on the network can see and take its titles.",
        remedy="Set a password for the shared library, or stop sharing it.",
        references=("RFC 8882 §3.2.4",),
        attack=("T1135",),
        find=_libraries,
    ),
)
