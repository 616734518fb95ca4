"""What a lab consists of, read from its JSON file: hosts and what they advertise.

A host is ``{"ip": last octet, "kind": "avahi" | "zeroconf" | "mdnsd" | "bare"}`` and, where wanted,
``hostname``, ``seg`` ("a", "b" or both), ``auto`` (false: not started with the lab), ``dbus``,
``workstation``, ``hinfo``, ``listen`` (open TCP ports) and ``services``: ``name`` (``%h`` is the
host's name), ``type``, ``port``, ``txt``, ``sub``, ``via`` ("publish": by avahi-publish, for names
that a service file cannot hold). Apple's responder is not in Debian: avahi stands in for ``mdnsd``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONF = Path(__file__).parent / "conf"
SEGMENTS = {"a": 77, "b": 78}


@dataclass(frozen=True)
class Advertised:
    """One service instance that a listing must show."""

    host: str
    name: str
    type: str
    port: int
    hostname: str
    txt: dict[str, str | None] = field(default_factory=dict)
    subtypes: tuple[str, ...] = ()
    by_client: bool = False
    """Published through avahi-publish instead of a service file."""

    @property
    def txt_items(self) -> list[str]:
        """As TXT strings; a key without a value has no equals sign (RFC 6763 §6.4)."""
        return [key if value is None else f"{key}={value}" for key, value in self.txt.items()]


@dataclass(frozen=True)
class HostSpec:
    """One host of the lab."""

    name: str
    octet: int
    kind: str
    hostname: str
    segments: str
    auto: bool
    dbus: bool
    workstation: bool
    hinfo: bool
    listen: tuple[int, ...]
    services: tuple[Advertised, ...]

    def ipv4(self, segment: str = "") -> str:
        return f"10.{SEGMENTS[segment or self.segments[0]]}.0.{self.octet}"

    def ipv6(self, segment: str = "") -> str:
        return f"fd{SEGMENTS[segment or self.segments[0]]}::{self.octet:x}"

    def mac(self, segment: str = "") -> str:
        return f"02:{SEGMENTS[segment or self.segments[0]]}:00:00:00:{self.octet:02x}"

    @property
    def advertised(self) -> tuple[Advertised, ...]:
        """What it publishes, with what avahi adds on its own."""
        if not self.workstation:
            return self.services
        name = f"{self.hostname} [{self.mac()}]"
        own = Advertised(self.name, name, "_workstation._tcp", 9, f"{self.hostname}.local.")
        return (*self.services, own)


def load(path: Path) -> dict[str, HostSpec]:
    """The hosts of one file, in its order."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {name: _host(name, values) for name, values in content.items()}


def _host(name: str, values: dict[str, Any]) -> HostSpec:
    hostname = values.get("hostname", name)
    return HostSpec(
        name=name,
        octet=values["ip"],
        kind="avahi" if values["kind"] == "mdnsd" else values["kind"],
        hostname=hostname,
        segments=values.get("seg", "a"),
        auto=values.get("auto", True),
        dbus=values.get("dbus", False),
        workstation=values.get("workstation", False),
        hinfo=values.get("hinfo", False),
        listen=tuple(values.get("listen", ())),
        services=tuple(_service(name, hostname, s) for s in values.get("services", ())),
    )


def _service(host: str, hostname: str, values: dict[str, Any]) -> Advertised:
    return Advertised(
        host=host,
        name=values["name"].replace("%h", hostname),
        type=values["type"],
        port=values["port"],
        hostname=f"{hostname}.local.",
        txt=values.get("txt") or {},
        subtypes=tuple(values.get("sub", ())),
        by_client=values.get("via") == "publish",
    )
