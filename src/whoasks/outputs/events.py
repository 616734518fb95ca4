"""What the schemas of security monitoring have in common: events of findings and bursts.

``ecs`` and ``ocsf`` differ in the names of fields; here is what both ask of a value first.
"""

from __future__ import annotations

import ipaddress
import json
from abc import abstractmethod
from typing import Any, ClassVar, Literal

from whoasks import text
from whoasks.core.model import Burst, Finding, Host
from whoasks.outputs.base import LineWriter, Stream
from whoasks.outputs.records import Kind, Value, host_key, record_of

Step = Literal["opened", "updated", "closed"]

PRODUCT = "whoasks"
PROTOCOL = "mdns"


class EventWriter(LineWriter):
    """Writes a JSON object a line for each finding and burst; passes over the rest."""

    kinds: ClassVar[tuple[Kind, ...]] = ("finding", "burst")

    def __init__(self, stream: Stream, kind: Kind | None = None, *, live: bool = False) -> None:
        super().__init__(stream, kind, live=live)
        self._open: set[str] = set()
        # Ids that were told of and are not closed: as many as the engine keeps open. Without
        # ``live`` each finding comes once, and nothing is kept.

    def encode(self, value: Value) -> str:
        """The event as one line, safe for a terminal as NDJSON is."""
        if isinstance(value, Finding):
            event = self.finding(value, self._step(value))
        elif isinstance(value, Burst):
            event = self.burst(value)
        else:
            raise TypeError(f"{self.name} holds no {type(value).__name__}")
        return text.json(json.dumps(tidy(event), ensure_ascii=False, separators=(",", ":")))

    @abstractmethod
    def finding(self, finding: Finding, step: Step) -> dict[str, Any]:
        """The event of a finding that was opened, has changed, or was closed."""

    @abstractmethod
    def burst(self, burst: Burst) -> dict[str, Any]:
        """The event of a burst."""

    def _step(self, finding: Finding) -> Step:
        if finding.status == "closed":
            self._open.discard(finding.id)
            return "closed"
        if finding.id in self._open:
            return "updated"
        if self.live:
            self._open.add(finding.id)
        return "opened"


def tidy(value: Any) -> Any:
    """The value without what says nothing (None, empty texts and lists), deep.

    A lone surrogate, which is no text to most JSON parsers, becomes the six characters
    ``\\\\udcNN``.
    """
    if isinstance(value, dict):
        fields = ((key, tidy(item)) for key, item in value.items())
        return {tidy(key): item for key, item in fields if item not in (None, "", [], {})}
    if isinstance(value, list):
        return [item for item in map(tidy, value) if item not in (None, "", [], {})]
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def rest(value: Value, mapped: frozenset[str]) -> dict[str, Any]:
    """The record's fields that a schema has no field for."""
    record = record_of(value)
    return {name: field for name, field in record.items() if name not in mapped}


def host_rest(host: Host) -> dict[str, Any]:
    """What no schema has a field for: how the host is known, and all its addresses as seen."""
    return {
        "key": host_key(host),
        "identity": host.identity,
        "addresses": list(host.addresses),
        "vendor": host.vendor,
        "role": host.role,
    }


def ips(host: Host) -> list[str]:
    """Its IP addresses without the scope, which fields for addresses do not take."""
    found = (_ip(address) for address in host.addresses)
    return list(dict.fromkeys(str(ip) for ip in found if ip is not None))


def ip_version(host: Host) -> int | None:
    """4 or 6 where the host has addresses of that family alone."""
    versions = {ip.version for ip in map(_ip, host.addresses) if ip is not None}
    return versions.pop() if len(versions) == 1 else None


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None


def hostname(host: Host) -> str | None:
    """Its name without the final dot."""
    return undotted(host.hostname) if host.hostname else None


def undotted(name: str) -> str:
    """A name as people write it, without the final dot that every name has here."""
    return name.removesuffix(".")


def asked(value: Finding | Burst) -> bool:
    """Whether it is about questions, which go to port 5353 (RFC 6762 §5.1)."""
    return value.questions > 0


def only_name(value: Finding | Burst) -> str | None:
    """The name that was asked for, where it was one alone."""
    if asked(value) and len(value.names) == 1 and not value.names_dropped:
        return undotted(value.names[0])
    return None
