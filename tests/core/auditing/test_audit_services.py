"""Checks of what a host offers: ways in, clear text, shares, what needs no login, admin pages."""

from __future__ import annotations

import pytest
from tests.helpers.audits import at, told

from whoasks.core.auditing.checks import clear_text, open_access, pages, remote, shares, unexpected

Seen = list[tuple[str, str]]
IPP = at("ipp", port=631, txt={"ty": "Laser"})

# (check, services) → what it says
FIRES: dict[str, tuple[str, list, Seen]] = {
    "telnet": (
        "clear-text-login",
        [at("telnet", port=23)],
        [("high", "Telnet on port 23")],
    ),
    "rlogin without a port": (
        "clear-text-login",
        [at("login", port=None)],
        [("high", "rlogin")],
    ),
    "ssh, in two instances at one port": (
        "remote-shell",
        [at("ssh", "a", port=22), at("ssh", "b", port=22)],
        [("low", "SSH on port 22")],
    ),
    "ssh at two ports": (
        "remote-shell",
        [at("ssh", port=22), at("ssh", port=2222)],
        [("low", "SSH on port 22"), ("low", "SSH on port 2222")],
    ),
    "screen sharing": (
        "remote-desktop",
        [at("rfb", port=5900)],
        [("medium", "screen sharing (VNC) on port 5900")],
    ),
    "Apple Remote Desktop over UDP": (
        "remote-desktop",
        [at("_net-assistant._udp", port=3283)],
        [("medium", "Apple Remote Desktop on port 3283")],
    ),
    "debugging without encryption": (
        "remote-commands",
        [at("adb", port=5555)],
        [("high", "Android Debug Bridge without encryption on port 5555")],
    ),
    "debugging with encryption": (
        "remote-commands",
        [at("adb-tls-connect", port=37000)],
        [("medium", "Android wireless debugging on port 37000")],
    ),
    "ftp": ("clear-text-files", [at("ftp", port=21)], [("medium", "FTP on port 21")]),
    "tftp": (
        "clear-text-files",
        [at("_tftp._udp", port=69)],
        [("medium", "TFTP, which knows no login on port 69")],
    ),
    "mqtt": (
        "clear-text-messages",
        [at("mqtt", port=1883)],
        [("medium", "MQTT without encryption on port 1883")],
    ),
    "camera": (
        "clear-text-video",
        [at("rtsp", port=554)],
        [("medium", "a camera or player stream (RTSP) on port 554")],
    ),
    "guest share by name": (
        "guest-share",
        [at("smb", "Public on NAS", port=445)],
        [("medium", "a Windows share (SMB) on port 445")],
    ),
    "guest share by path": (
        "guest-share",
        [at("nfs", port=2049, txt={"path": "/srv/public"})],
        [("medium", "an NFS share on port 2049")],
    ),
    "guest share by user": (
        "guest-share",
        [at("ftp", port=21, txt={"u": "anonymous"})],
        [("medium", "an FTP server on port 21")],
    ),
    "guest share in German": (
        "guest-share",
        [at("smb", "Gast", port=445)],
        [("medium", "a Windows share (SMB) on port 445")],
    ),
    "maker's name": ("default-share", [at("smb", "fritz.nas")], [("low", "fritz.nas")]),
    "nfs with a path": (
        "nfs-export",
        [at("nfs", txt={"path": "/volume1"})],
        [("medium", "the NFS export /volume1")],
    ),
    "nfs without": ("nfs-export", [at("nfs")], [("medium", "an NFS export")]),
    "smb": (
        "file-share",
        [at("smb", port=445)],
        [("info", "Windows file sharing on port 445")],
    ),
    "backup disk": (
        "backup-disk",
        [at("adisk", txt={"sys": "waMa=0,adVF=0x100", "dk0": "adVF=0x82,adVN=Backups"})],
        [("low", "Backups")],
    ),
    "two backup disks": (
        "backup-disk",
        [at("adisk", txt={"dk0": "adVN=One,adVF=0x82", "dk1": "adVN=Two"})],
        [("low", "One"), ("low", "Two")],
    ),
    "library": (
        "open-library",
        [at("daap", port=3689, txt={"Password": "0"})],
        [("info", "a media library on port 3689")],
    ),
    "raw printing": (
        "raw-printing",
        [at("pdl-datastream", port=9100)],
        [("medium", "raw printing on port 9100")],
    ),
    "ipp alone": ("plain-printing", [IPP], [("low", "printing over IPP on port 631")]),
    "scanner": (
        "plain-scanning",
        [at("uscan", port=80)],
        [("low", "scanning on port 80")],
    ),
    "HomeKit, not paired": (
        "pairing-open",
        [at("hap", txt={"sf": "1"})],
        [("medium", "HomeKit pairing")],
    ),
    "HomeKit, not paired, with a problem": (
        "pairing-open",
        [at("hap", txt={"sf": "5"})],
        [("medium", "HomeKit pairing")],
    ),
    "Matter": (
        "pairing-open",
        [at("_matterc._udp", txt={"CM": "1"})],
        [("medium", "Matter pairing")],
    ),
    "Matter that does not say": (
        "pairing-open",
        [at("_matterc._udp")],
        [("medium", "Matter pairing")],
    ),
    "ESPHome": (
        "plain-control",
        [at("esphomelib", port=6053, txt={"api_encryption_supported": "Noise"})],
        [("medium", "the ESPHome API on port 6053")],
    ),
    "admin page by path": (
        "admin-page",
        [at("http", port=80, txt={"path": "/cgi-bin/luci"})],
        [("medium", "an administration page on port 80")],
    ),
    "admin page by name": (
        "admin-page",
        [at("http", "FRITZ!Box 7590", port=80)],
        [("medium", "an administration page on port 80")],
    ),
    "admin page by device": (
        "admin-page",
        [at("http", port=80, device={"kind": "Camera"})],
        [("medium", "an administration page on port 80")],
    ),
    "Home Assistant": (
        "admin-page",
        [at("home-assistant", port=8123, txt={"base_url": "http://ha.local:8123"})],
        [("medium", "the page of home-assistant on port 8123")],
    ),
    "printer's page, in two services": (
        "printer-admin-page",
        [
            at("ipp", txt={"adminurl": "http://printer.local./"}),
            at("printer", txt={"adminurl": "http://printer.local./"}),
        ],
        [("low", "http://printer.local./")],
    ),
    "printer's page by itself": (
        "printer-admin-page",
        [IPP, at("http", port=80)],
        [("low", "its own page on port 80")],
    ),
    "ssh on a printer": (
        "unexpected-service",
        [IPP, at("ssh", port=22)],
        [("medium", "SSH on port 22")],
    ),
    "ssh on a TV, by device": (
        "unexpected-service",
        [at("ssh", port=22, device={"kind": "TV"})],
        [("medium", "SSH on port 22")],
    ),
    "ssh on a TV, under its other name": (
        "unexpected-service",
        [
            at("androidtvremote2", host="Android.local."),
            at("ssh", port=22, host="1f3c.local."),
        ],
        [("medium", "SSH on port 22")],
    ),
}

QUIET: dict[str, tuple[str, list]] = {
    "ssh is no clear text": ("clear-text-login", [at("ssh"), at("telnets")]),
    "encrypted files": ("clear-text-files", [at("ftps"), at("webdavs"), at("sftp-ssh")]),
    "encrypted messages": ("clear-text-messages", [at("secure-mqtt"), at("ldaps")]),
    "no stream": ("clear-text-video", [at("airplay")]),
    "no remote control": ("remote-commands", [at("ssh"), at("http")]),
    "no remote screen": ("remote-desktop", [at("airplay")]),
    "no shell": ("remote-shell", [at("http")]),
    "a republic is not public": ("guest-share", [at("smb", "Republic")]),
    "public, and no share": ("guest-share", [at("http", "Public page")]),
    "a user of one's own": ("guest-share", [at("ftp", txt={"u": "anna"})]),
    "a name of one's own": ("default-share", [at("smb", "Attic")]),
    "the maker's name of no share": ("default-share", [at("http", "fritz.nas")]),
    "no nfs": ("nfs-export", [at("smb")]),
    "no share": ("file-share", [at("sftp-ssh")]),
    "a backup server without disks": ("backup-disk", [at("adisk", txt={"sys": "adVF=0x100"})]),
    "a library with a password": ("open-library", [at("daap", txt={"Password": "1"})]),
    "a library that does not say": ("open-library", [at("daap")]),
    "printing over IPP": ("raw-printing", [IPP]),
    "IPP beside IPPS": ("plain-printing", [IPP, at("ipps", port=631)]),
    "a scanner over HTTPS": ("plain-scanning", [at("uscan"), at("uscans")]),
    "HomeKit, paired": ("pairing-open", [at("hap", txt={"sf": "0"})]),
    "HomeKit, paired, with a problem": ("pairing-open", [at("hap", txt={"sf": "4"})]),
    "HomeKit that says nonsense": ("pairing-open", [at("hap", txt={"sf": "²"})]),
    "Matter, not in pairing mode": ("pairing-open", [at("_matterc._udp", txt={"CM": "0"})]),
    "ESPHome with a key": ("plain-control", [at("esphomelib", txt={"api_encryption": "Noise"})]),
    "a page": ("admin-page", [at("http", "Photos", txt={"path": "/"})]),
    "an encrypted admin page": ("admin-page", [at("https", "Router", txt={"path": "/admin"})]),
    "administering is no word of administrative": ("admin-page", [at("http", "Badminton")]),
    "Home Assistant over HTTPS": (
        "admin-page",
        [at("home-assistant", txt={"base_url": "https://ha.local"})],
    ),
    "the page of a printer is another check": ("admin-page", [IPP, at("http", "Router")]),
    "a printer's encrypted page": (
        "printer-admin-page",
        [at("ipp", txt={"adminurl": "https://p.local/"})],
    ),
    "another host's page": (
        "printer-admin-page",
        [IPP, at("http", host="other.local.", addresses=("10.0.0.10",))],
    ),
    "ssh on a computer": ("unexpected-service", [at("ssh"), at("workstation")]),
    "ssh on a computer that shares its printer": (
        "unexpected-service",
        [at("ssh"), at("workstation"), IPP],
    ),
    "ftp on a printer": ("unexpected-service", [IPP, at("ftp")]),
    "ssh on what is not known": ("unexpected-service", [at("ssh")]),
    "ssh on a host that shares one address with a TV": (
        "unexpected-service",
        [
            at("androidtvremote2", host="tv.local.", addresses=("10.0.0.9", "172.17.0.1")),
            at("ssh", host="pc.local.", addresses=("10.0.0.8", "172.17.0.1")),
        ],
    ),
}


@pytest.mark.parametrize(("check", "services", "expected"), FIRES.values(), ids=FIRES)
def test_fires(check, services, expected):
    assert told(check, *services) == expected


@pytest.mark.parametrize(("check", "services"), QUIET.values(), ids=QUIET)
def test_stays_quiet(check, services):
    assert told(check, *services) == []


def test_every_check_fires_once_and_stays_quiet_once():
    families = (clear_text, open_access, pages, remote, shares, unexpected)
    ids = {check.id for family in families for check in family.CHECKS}
    assert {check for check, _, _ in FIRES.values()} == ids
    assert {check for check, _ in QUIET.values()} == ids
