"""Services on devices that have no business with them: a login on a TV, a share on a camera."""

from __future__ import annotations

from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, offered, on_port
from whoasks.core.model import Severity

_SIMPLE = frozenset(
    (
        "printer", "3d printer", "scanner", "tv", "speaker", "media player", "av receiver",
        "camera", "doorbell", "phone", "tablet", "watch", "game console", "light", "plug",
        "thermostat", "fan", "sensor", "lock", "alarm", "energy meter", "vacuum", "appliance",
        "smart device", "remote control", "audio interface",
    )
)  # fmt: skip
"""Kinds of device on which nobody logs in."""
_FOREIGN = {
    "_ssh._tcp": "SSH",
    "_sftp-ssh._tcp": "SFTP",
    "_telnet._tcp": "Telnet",
    "_ftp._tcp": "FTP",
    "_rfb._tcp": "screen sharing (VNC)",
    "_rdp._tcp": "Windows Remote Desktop",
    "_smb._tcp": "file sharing (SMB)",
    "_nfs._tcp": "NFS",
    "_adb._tcp": "Android debugging",
    "_adb-tls-connect._tcp": "Android debugging",
    "_distcc._tcp": "distcc",
}
_USUAL = {"printer": frozenset(("_ftp._tcp", "_smb._tcp")), "scanner": frozenset(("_smb._tcp",))}
"""Scans are fetched, and firmware and jobs sent, that way."""


def _foreign(host: AuditedHost) -> Iterator[Hit]:
    if host.kind is None or not host.is_one_of(_SIMPLE):
        return
    for service, what in offered(host, _FOREIGN):
        if service.type not in _USUAL.get(host.kind.lower(), ()):
            subject = on_port(what, service)
            yield Hit(
                subject, f"is a {host.kind} by what it announces, and offers {subject}", (service,)
            )


CHECKS = (
    Check(
        id="unexpected-service",
        title="service that such a device should not have",
        severity=Severity.MEDIUM,
        why="It is a developer's or a maker's back entrance, somebody changed the device, or "
        "something else uses its name.",
        remedy="Find out who turned it on; turn it off, or set the device back to how it came and "
        "update it.",
        references=("CWE-912", "CWE-489"),
        attack=("T1021", "T1036.005"),
        find=_foreign,
    ),
)
