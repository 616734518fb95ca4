"""Checks of what names and TXT records tell: people, places, logins, identifiers, versions."""

from __future__ import annotations

import time

import pytest
from tests.helpers.audits import at, exposures, told

from whoasks.core.auditing.checks import credentials, identifiers, people, versions
from whoasks.core.auditing.owners import account_in, owner_in

Seen = list[tuple[str, str]]
MAC = "00:11:32:aa:bb:cc"
UUID = "4509a320-00a0-008f-00b6-002507510eca"

FIRES: dict[str, tuple[str, list, Seen]] = {
    "password": ("password-in-txt", [at("http", txt={"Password": "hunter22"})], 1),
    "password of ftp": ("password-in-txt", [at("ftp", txt={"p": "hunter22"})], 1),
    "token": ("password-in-txt", [at("foo", txt={"api_key": "c0ffee00c0ffee"})], 1),
    "user": ("user-in-txt", [at("webdav", txt={"u": "dev"})], [("low", "dev")]),
    "user by a long key": ("user-in-txt", [at("foo", txt={"username": "dev"})], [("low", "dev")]),
    "owner in an instance": ("person-name", [at("smb", "Anna's MacBook")], [("low", "Anna")]),
    "owner in a host name": (
        "person-name",
        [at("smb", "x", host="annas-macbook-pro.local.")],
        [("low", "anna")],
    ),
    "owner in both, once": (
        "person-name",
        [at("smb", "Anna's MacBook", host="Annas-MacBook.local.")],
        [("low", "Anna")],
    ),
    "owner in a TXT name": (
        "person-name",
        [at("googlecast", "x", txt={"fn": "Jan's TV"})],
        [("low", "Jan")],
    ),
    "chat": (
        "person-name",
        [at("presence", "anna@desk", txt={"1st": "Anna", "last": "Meyer"})],
        [("medium", "Meyer"), ("low", "anna")],
    ),
    "sound server": ("person-name", [at("pulse-server", "anna@desk")], [("low", "anna")]),
    "mail": (
        "contact",
        [at("presence", txt={"email": "anna@example.org"})],
        [("medium", "anna@example.org")],
    ),
    "phone in a name": (
        "contact",
        [at("http", "Call +49 30 901820")],
        [("medium", "+49 30 901820")],
    ),
    "note": ("location", [at("ipp", txt={"note": "2nd floor, HR"})], [("info", "2nd floor, HR")]),
    "serial": (
        "serial-number",
        [at("http", txt={"serial": "20A0PDN123456"})],
        [("low", "20A0PDN123456")],
    ),
    "MAC": ("mac-in-txt", [at("http", txt={"mac_address": MAC.upper()})], [("low", MAC)]),
    "MAC, three spellings": (
        "mac-in-txt",
        [
            at("http", txt={"mac": "001132aabbcc"}),
            at("airplay", txt={"deviceid": MAC.upper()}),
            at("foo", txt={"x": f"eth {MAC.replace(':', '-')}"}),
        ],
        [("low", MAC)],
    ),
    "MAC in an AirPlay name": (
        "mac-in-name",
        [at("raop", "001132AABBCC@Kitchen")],
        [("info", MAC)],
    ),
    "MAC in a name": ("mac-in-name", [at("http", f"cam {MAC}")], [("info", MAC)]),
    "MAC in an address": (
        "mac-in-address",
        [at("http", addresses=("2001:db8::211:32ff:feaa:bbcc",))],
        [("info", MAC)],
    ),
    "uuid in any key": ("device-id", [at("ipp", txt={"UUID": UUID})], [("info", UUID)]),
    "id": ("device-id", [at("googlecast", txt={"id": "a1b2c3d4e5"})], [("info", "a1b2c3d4e5")]),
    "HomeKit id": (
        "device-id",
        [at("hap", txt={"id": "AA:BB:CC:DD:EE:FF"})],
        [("info", "AA:BB:CC:DD:EE:FF")],
    ),
    "workstation": (
        "workstation-record",
        [at("workstation", f"desk [{MAC}]")],
        [("low", MAC)],
    ),
    "workstation without a MAC": (
        "workstation-record",
        [at("workstation", "desk")],
        [("info", "desk")],
    ),
    "firmware": ("version", [at("hue", txt={"fv": "1.50.2"})], [("low", "fv 1.50.2")]),
    "build": ("version", [at("airplay", txt={"srcvers": "377"})], [("low", "srcvers 377")]),
    "external address": (
        "outside-address",
        [at("home-assistant", txt={"external_url": "https://ha.example.org/x"})],
        [("low", "https://ha.example.org")],
    ),
    "external number": (
        "outside-address",
        [at("http", txt={"u": "http://8.8.8.8:80/"})],
        [("low", "http://8.8.8.8")],
    ),
}  # fmt: skip

QUIET: dict[str, tuple[str, list]] = {
    "password needed or not": (
        "password-in-txt",
        [at("daap", txt={"Password": "0"}), at("raop", txt={"pw": "true", "password": "false"})],
    ),
    "p is no password of a printer": ("password-in-txt", [at("ipp", txt={"p": "hunter22"})]),
    "a password without a value": ("password-in-txt", [at("ftp", txt={"p": None, "pwd": ""})]),
    "nobody": (
        "user-in-txt",
        [at("ftp", txt={"u": "anonymous"}), at("webdav", txt={"u": "guest"})],
    ),
    "u of another type": ("user-in-txt", [at("ipp", txt={"u": "dev"})]),
    "a thing's name": ("person-name", [at("smb", "Attic NAS"), at("airplay", "Living Room TV")]),
    "AirPlay's MAC is no user": ("person-name", [at("raop", "001132AABBCC@Kitchen")]),
    "the machine's user": ("person-name", [at("pulse-server", "root@desk")]),
    "a user at a host is no mail": ("contact", [at("pulse-server", "anna@desk.local")]),
    "a version is no phone": ("contact", [at("http", "1.2.3.4"), at("x", txt={"v": "+1.5"})]),
    "an empty note": ("location", [at("ipp", txt={"note": ""})]),
    "a serial number of nothing": (
        "serial-number",
        [at("http", txt={"serial": "0000"}), at("foo", txt={"sn": "unknown"})],
    ),
    "no MAC": ("mac-in-txt", [at("http", txt={"mac": "00:00:00:00:00:00", "x": "12:34"})]),
    "HomeKit's id is no MAC": ("mac-in-txt", [at("hap", txt={"id": "AA:BB:CC:DD:EE:FF"})]),
    "an address that is renewed": (
        "mac-in-txt",
        [at("companion-link", txt={"rpBA": "7A:01:02:03:04:05"})],
    ),
    "an identifier that is renewed": (
        "device-id",
        [at("companion-link", txt={"rpHI": UUID}), at("_matterc._udp", txt={"RI": UUID})],
    ),
    "seven bytes are no MAC": ("mac-in-txt", [at("x", txt={"x": f"{MAC}:dd"})]),
    "a workstation's name is another check": ("mac-in-name", [at("workstation", f"d [{MAC}]")]),
    "a link-local address": (
        "mac-in-address",
        [at("x", addresses=("fe80::211:32ff:feaa:bbcc%eth0",))],
    ),
    "a random address, and nonsense": (
        "mac-in-address",
        [at("x", addresses=("2001:db8::1234", "10.0.0.9", "?"))],
    ),
    "a short id": ("device-id", [at("googlecast", txt={"id": "3"})]),
    "the MAC again": ("device-id", [at("x", txt={"mac": MAC, "id": MAC})]),
    "no workstation": ("workstation-record", [at("ssh")]),
    "a protocol's version": (
        "version",
        [at("spotify-connect", txt={"VERSION": "1.0"}), at("ipp", txt={"txtvers": "1"})],
    ),
    "a version that says little": ("version", [at("http", txt={"version": "2"})]),
    "inside": (
        "outside-address",
        [
            at("http", txt={"a": "http://nas/", "b": "http://nas.local:80/", "c": "http://10.0.0.9/"}),
            at("foo", txt={"d": "https://nas.home.arpa", "e": "http://[fd00::1]/", "f": "nas"}),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("check", "services", "expected"), FIRES.values(), ids=FIRES)
def test_fires(check, services, expected):
    seen = told(check, *services)
    assert (len(seen) if isinstance(expected, int) else seen) == expected


@pytest.mark.parametrize(("check", "services"), QUIET.values(), ids=QUIET)
def test_stays_quiet(check, services):
    assert told(check, *services) == []


def test_every_check_fires_once_and_stays_quiet_once():
    ids = {c.id for family in (credentials, identifiers, people, versions) for c in family.CHECKS}
    assert {check for check, _, _ in FIRES.values()} == ids
    assert {check for check, _ in QUIET.values()} == ids


def test_a_password_itself_is_in_no_report():
    (found,) = exposures("password-in-txt", at("ftp", txt={"p": "hunter22"}))
    assert "hunter22" not in repr(found)


OWNERS = {
    "English": ("Anna's MacBook", "Anna"),
    "English, curly": ("Anna’s iPhone", "Anna"),
    "English, ends in s": ("James' iPad", "James"),
    "two names": ("Mary Ann's Mac mini", "Mary Ann"),
    "a second one": ("Anna's MacBook Pro (2)", "Anna"),
    "host name": ("Annas-MacBook-Pro", "Anna"),
    "second host name": ("annas-macbook-pro-2", "anna"),
    "German, Swedish, Danish": ("Annas iPhone", "Anna"),
    "German": ("MacBook Pro von Anna", "Anna"),
    "Dutch": ("iPhone van Jan", "Jan"),
    "French": ("MacBook Air de Jean", "Jean"),
    "French, elided": ("iPhone d’Anna", "Anna"),
    "Spanish": ("iPhone de María José", "María José"),
    "Italian": ("iPhone di Marco", "Marco"),
    "Portuguese": ("iPhone do João", "João"),
    "Norwegian": ("Anna sin iPhone", "Anna"),
    "Finnish": ("Käyttäjän Anna iPhone", "Anna"),
    "Czech": ("iPhone uživatele Jan", "Jan"),
    "Hungarian": ("Anna iPhone-ja", "Anna"),
    "Turkish": ("Ayşe adlı kişinin iPhone'u", "Ayşe"),
    "Greek": ("iPhone του χρήστη Γιάννης", "Γιάννης"),
    "Russian": ("iPhone (Иван)", "Иван"),
    "Japanese": ("太郎のiPhone", "太郎"),
    "Chinese": ("“小明”的 iPad", "小明"),
    "Korean": ("지수의 iPhone", "지수"),
}
NOBODY = [
    "", "-", "Kitchen", "Living Room TV", "Attic NAS", "Samsung TV", "iPhone", "MacBook Pro",
    "Apple TV", "Office's iPad", "Kitchen's HomePod", "Sales-iMac", "Kids iPad", "Business iPhone",
    "Mac mini von Büro", "Wireless PC", "Windows-PC", "Atlas-NAS", "Zeus-PC", "Today's news",
    "OctoPrint on Workshop Pi", "Music in the Café", "Pixel 7", "HP LaserJet 4",
]  # fmt: skip


@pytest.mark.parametrize(("name", "who"), OWNERS.values(), ids=OWNERS)
def test_owners(name, who):
    assert owner_in(name) == who


@pytest.mark.parametrize("name", NOBODY)
def test_names_of_nobody(name):
    assert owner_in(name) is None


def test_accounts():
    assert account_in("anna@desk") == "anna"
    assert account_in("0277000000F5@Kitchen") is None
    assert account_in("no account") is None


@pytest.mark.parametrize(
    "unit", ["a ", "a'", "s ", "mac ", "iphone de ", "d'", "a-", "é", "iphone - ", "a.", "a-s mac "]
)
def test_hostile_names_take_no_time(unit):
    name = (unit * 255)[:255]
    started = time.perf_counter()
    owner_in(name)
    account_in(name)
    assert time.perf_counter() - started < 0.25
