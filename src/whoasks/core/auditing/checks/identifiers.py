"""What stays the same wherever a device goes: serial numbers, MACs, identifiers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from whoasks.core.auditing.base import AuditedHost, Check, Hit, first, txt
from whoasks.core.model import Service, Severity

_SERIALS = frozenset(
    (
        "serial", "serialnumber", "serial_number", "serialno", "serial_no", "sn", "snr", "usb_ser",
        "devserial", "deviceserial", "device_serial", "sernum",
    )
)  # fmt: skip
_MAC_KEYS = frozenset(
    ("mac", "macaddress", "mac_address", "macaddr", "wlanmac", "wifimac", "bt", "btmac", "bt_mac",
     "bluetooth", "ethmac", "deviceid", "hwaddr", "wama")
)  # fmt: skip
_MAC = re.compile(r"(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])", re.IGNORECASE)
_BARE_MAC = re.compile(r"[0-9a-f]{12}", re.IGNORECASE)
_RAOP = re.compile(r"([0-9a-f]{12})@", re.IGNORECASE)
_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
_IDS = frozenset(
    (
        "id", "uuid", "udn", "guid", "pi", "psi", "gid", "bridgeid", "device_id", "devid", "hwid",
        "hhid", "uniqueid", "unique_id", "installation_id", "machineid", "cid", "did",
    )
)  # fmt: skip
_SHORTEST_ID = 8
"""Characters: below that it is a number of something, not of this device in the world."""
_RENEWED = frozenset(("rpba", "rpad", "rphn", "rphi", "rpha", "ri"))
"""Keys of what is renewed every few minutes, so that nobody can follow it (Apple, Matter)."""
_NO_DEVICE = frozenset(("_hap._tcp", "_hap._udp"))
"""Types whose ``id`` looks like a MAC and is made up (HAP: renewed by a factory reset)."""
_UNSET = frozenset(("0", "unknown", "none", "n/a", "null", "default"))
_MIDDLE = 0xFFFE
"""Between the halves of a MAC in an interface identifier (RFC 4291, appendix A)."""


def _serials(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for key, value in txt(service):
            digits = any(char.isdigit() for char in value)
            if key in _SERIALS and digits and value.strip("0") and value.lower() not in _UNSET:
                yield Hit(value, f"tells its serial number {value!r} (TXT key {key!r})", (service,))


def macs_in_txt(service: Service) -> Iterator[tuple[str, str]]:
    """(TXT key, MAC in lower case with colons), where a value is or holds one."""
    for key, value in txt(service):
        if key in _RENEWED or (key == "id" and service.type in _NO_DEVICE):
            continue
        for found in _MAC.finditer(value):
            yield key, colons(found[0])
        if key in _MAC_KEYS and _BARE_MAC.fullmatch(value.strip()):
            yield key, colons(value.strip())


def colons(mac: str) -> str:
    """A MAC as the rest of the house writes it."""
    digits = mac.lower().replace(":", "").replace("-", "")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _macs(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        for key, mac in macs_in_txt(service):
            if mac.strip("0:") and mac != "ff:ff:ff:ff:ff:ff":
                yield Hit(mac, f"tells its MAC {mac} (TXT key {key!r})", (service,))


def _macs_in_names(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        if service.type == "_workstation._tcp":
            continue  # that is a check of its own
        found = _MAC.search(service.instance)
        raop = _RAOP.match(service.instance) if service.type == "_raop._tcp" else None
        mac = found[0] if found else raop[1] if raop else None
        if mac is not None:
            yield Hit(colons(mac), f"has its MAC {colons(mac)} in its name", (service,))


def _macs_in_addresses(host: AuditedHost) -> Iterator[Hit]:
    for address in host.addresses:
        mac = _mac_of(address)
        if mac is not None:
            yield Hit(mac, f"has an IPv6 address that is made of its MAC {mac}: {address}")


def _mac_of(address: str) -> str | None:
    """The MAC in a modified EUI-64 interface identifier (RFC 4291, appendix A), or None.

    Of addresses that reach further than the link alone: neighbours know the MAC anyway.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    number = int(ip)
    if ip.version == 4 or ip.is_link_local or (number >> 24) & 0xFFFF != _MIDDLE:
        return None
    octets = (number & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
    mac = bytes((octets[0] ^ 2, *octets[1:3], *octets[5:8]))
    return colons(mac.hex())


def _ids(host: AuditedHost) -> Iterator[Hit]:
    for service in host.services:
        known = {mac for _, mac in macs_in_txt(service)}
        for key, value in txt(service):
            plain = value.strip()
            if key in _RENEWED:
                continue
            if _BARE_MAC.fullmatch(plain) and colons(plain) in known:
                continue
            long_id = key in _IDS and len(plain) >= _SHORTEST_ID and not _MAC.fullmatch(plain)
            hap_id = key == "id" and service.type in _NO_DEVICE
            if long_id or hap_id or _UUID.search(plain):
                yield Hit(plain, f"tells the identifier {plain!r} (TXT key {key!r})", (service,))


def _workstations(host: AuditedHost) -> Iterator[Hit]:
    for service in host.of("_workstation._tcp"):
        found = _MAC.search(service.instance)
        if found is not None:
            mac = colons(found[0])
            yield Hit(mac, f"announces itself as a workstation with its MAC {mac}", (service,))
        elif first(service, "org.freedesktop.avahi.cookie") is None:
            yield Hit(
                service.instance, "announces itself as a workstation", (service,), Severity.INFO
            )


_TRACKED = (
    "Whoever hears it in one network recognises the device in every other, even when its Wi-Fi "
    "address is a random one."
)

CHECKS = (
    Check(
        id="serial-number",
        title="serial number in TXT",
        severity=Severity.LOW,
        why="A serial number is taken for a proof of ownership by support and warranty, on some "
        "devices the first password is made of it, and it never changes.",
        remedy="Turn off what announces it, or keep the device in a network of its own; ask the "
        "maker to leave it out.",
        references=("RFC 8882 §3.2.4", "RFC 8386 §2.2", "CWE-200"),
        attack=("T1592.001",),
        find=_serials,
    ),
    Check(
        id="mac-in-txt",
        title="MAC in TXT",
        severity=Severity.LOW,
        why=f"{_TRACKED} It also gets past routers and reflectors that hide the frame's own.",
        remedy="Turn off the service that announces it where nobody uses it.",
        references=("RFC 8882 §3.2.4", "RFC 8386 §2.2", "CWE-200"),
        attack=("T1592.001",),
        find=_macs,
    ),
    Check(
        id="mac-in-name",
        title="MAC in the service's name",
        severity=Severity.INFO,
        why=f"{_TRACKED} Some types, such as AirPlay audio, are named so by their protocol.",
        remedy="Turn the service off where nobody uses it.",
        references=("RFC 8882 §3.2.2", "RFC 8386 §2.2"),
        attack=("T1592.001",),
        find=_macs_in_names,
    ),
    Check(
        id="mac-in-address",
        title="MAC in an IPv6 address",
        severity=Severity.INFO,
        why="Every peer that it talks to, also beyond the router, can follow the device by it.",
        remedy="Use stable private or temporary addresses (RFC 7217, RFC 8981); on Linux "
        "net.ipv6.conf.all.addr_gen_mode=3 or NetworkManager's ipv6.addr-gen-mode.",
        references=("RFC 7721 §3", "RFC 8064"),
        attack=("T1592.001",),
        find=_macs_in_addresses,
    ),
    Check(
        id="device-id",
        title="identifier in TXT",
        severity=Severity.INFO,
        why=f"{_TRACKED} Some identifiers are renewed by themselves; that cannot be told from one "
        "announcement.",
        remedy="Turn off the service where nobody uses it; a factory reset renews some of them.",
        references=("RFC 8882 §3.2.4", "RFC 8882 §3.2.5", "RFC 8386 §2.2"),
        attack=("T1592.001",),
        find=_ids,
    ),
    Check(
        id="workstation-record",
        title="workstation record",
        severity=Severity.LOW,
        why="It tells every host on the link that this is a computer, and the MAC of its card. "
        "Nothing needs it.",
        remedy="Set publish-workstation=no in avahi-daemon.conf (Avahi's default by now).",
        references=("RFC 8882 §3.2.2", "avahi-daemon.conf(5)"),
        attack=("T1018", "T1592.001"),
        find=_workstations,
    ),
)
