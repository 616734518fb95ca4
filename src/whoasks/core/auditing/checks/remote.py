"""Ways in: services through which a host is entered, watched or given commands."""

from __future__ import annotations

from whoasks.core.auditing.base import Check, by_type
from whoasks.core.model import Severity

_CLEAR_LOGINS = {
    "_telnet._tcp": "Telnet",
    "_login._tcp": "rlogin",
    "_shell._tcp": "rsh",
    "_exec._tcp": "rexec",
}
_SHELLS = {
    "_ssh._tcp": "SSH",
    "_sftp-ssh._tcp": "SFTP",
    "_udisks-ssh._tcp": "disk management over SSH",
}
_SCREENS = {
    "_rfb._tcp": "screen sharing (VNC)",
    "_vnc._tcp": "screen sharing (VNC)",
    "_rdp._tcp": "Windows Remote Desktop",
    "_net-assistant._udp": "Apple Remote Desktop",
    "_nx._tcp": "NX remote desktop",
    "_spice._tcp": "SPICE remote desktop",
    "_teamviewer._tcp": "TeamViewer",
}
_COMMANDS = {
    "_adb._tcp": "Android Debug Bridge without encryption",
    "_distcc._tcp": "distcc, which runs what it is sent",
    "_x11._tcp": "an X11 display",
    "_jdwp._tcp": "a Java debugger",
    "_adb-tls-connect._tcp": "Android wireless debugging",
    "_winrm._tcp": "Windows Remote Management",
    "_eppc._tcp": "remote Apple events",
    "_servermgr._tcp": "macOS Server administration",
    "_ipmi._udp": "IPMI",
    "_redfish._tcp": "Redfish server management",
    "_libvirt._tcp": "virtual machine management (libvirt)",
}
_NO_LOGIN = ("_adb._tcp", "_distcc._tcp", "_x11._tcp", "_jdwp._tcp")

CHECKS = (
    Check(
        id="clear-text-login",
        title="remote login without encryption",
        severity=Severity.HIGH,
        why="Whoever can see the traffic reads the password; many such logins still have the "
        "maker's.",
        remedy="Turn it off and use SSH; where the device has nothing else, put it in a network "
        "of its own.",
        references=("CWE-319",),
        attack=("T1021", "T1040"),
        find=by_type(_CLEAR_LOGINS),
    ),
    Check(
        id="remote-commands",
        title="takes commands from afar",
        severity=Severity.MEDIUM,
        why="Such a service runs programs or changes the machine for whoever gets in; those "
        "marked high often ask for no login, or send all of it in the clear.",
        remedy="Turn it off where nobody uses it; else let only the machines of administrators "
        "reach it.",
        references=("CWE-306",),
        attack=("T1021", "T1210"),
        find=by_type(_COMMANDS, dict.fromkeys(_NO_LOGIN, Severity.HIGH)),
    ),
    Check(
        id="remote-desktop",
        title="screen can be seen and controlled from afar",
        severity=Severity.MEDIUM,
        why="It is an interactive way in that is open to guessed passwords, and it is announced "
        "to everybody on the link. Plain VNC does not encrypt what it shows.",
        remedy="Turn screen sharing off where it is not used, allow named users only, or tunnel "
        "it through SSH or a VPN.",
        references=("CWE-319", "RFC 6143 §7.2.2"),
        attack=("T1021.001", "T1021.005"),
        find=by_type(_SCREENS),
    ),
    Check(
        id="remote-shell",
        title="remote login is announced",
        severity=Severity.LOW,
        why="SSH is encrypted, but the announcement tells every host on the link where a login "
        "is to be tried.",
        remedy="Allow keys only. Take the announcement away where people know the address anyway "
        "(Avahi: remove the .service file; macOS: turn Remote Login off).",
        references=("RFC 8882 §3.2.1",),
        attack=("T1021.004", "T1046"),
        find=by_type(_SHELLS),
    ),
)
