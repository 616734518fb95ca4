"""Which hosts announce themselves, and from which MAC: what the inventory of services leaves out.

A MAC counts for a host name only when its packet came from the very address that it announces
for that name. So the MAC of a reflector, a sleep proxy or a router is nobody's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from whoasks.core import wire
from whoasks.core.model import AAAA, GROUP_IPV4, GROUP_IPV6, HINFO, A, Datagram, Flow, Message
from whoasks.core.names import normal

MAX_HOSTS = 4_096
"""Host names remembered; the one silent longest goes first. A LAN of a thousand hosts fits."""
MAX_ADDRESSES = 16
MAX_MACS = 4
"""Network cards of one host: a laptop in its dock has two."""
_GROUPS = (GROUP_IPV4, GROUP_IPV6)
_UNROUTED = 255
"""The IP TTL of mDNS answers (RFC 6762 §11); less of it has perhaps passed a router."""


class Announced(msgspec.Struct):
    """A host name, with what was announced of it."""

    hostname: str
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    """CPU and system of HINFO records (RFC 1035 §3.3.2), like ``X86_64 LINUX``."""


class Senders:
    """Host names by what their own packets show."""

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, Announced] = OrderedDict()
        self.dropped = 0
        """Host names forgotten for newer ones."""

    def feed(self, datagram: Datagram) -> None:
        """Take in one packet; a malformed one tells nothing."""
        try:
            message = wire.decode(datagram.payload)
        except wire.MalformedMessage:
            return
        self.observe(message, datagram.flow)

    def observe(self, message: Message, flow: Flow) -> None:
        """Take in one message that came by that flow."""
        if not message.is_response:
            return
        near = flow.destination in _GROUPS or flow.ttl == _UNROUTED
        for record in (*message.answers, *message.additionals):
            if not record.ttl or record.rclass != 1:
                continue
            if record.rtype in (A, AAAA) and isinstance(record.data, str):
                host = self._host(record.name)
                host.addresses = _with(host.addresses, record.data, MAX_ADDRESSES)
                if near and flow.mac and record.data == flow.source:
                    host.macs = _with(host.macs, flow.mac, MAX_MACS)
            elif record.rtype == HINFO and isinstance(record.data, bytes):
                host = self._host(record.name)
                host.systems = _with(host.systems, _system(record.data), 1)

    def get(self, hostname: str) -> Announced | None:
        """What is known of a host name."""
        return self._hosts.get(normal(hostname))

    def hosts(self) -> Iterable[Announced]:
        """Every host name that was announced."""
        return self._hosts.values()

    def _host(self, name: str) -> Announced:
        key = normal(name)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = Announced(name)
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
                self.dropped += 1
        else:
            self._hosts.move_to_end(key)
        return host


def _with(held: tuple[str, ...], value: str, most: int) -> tuple[str, ...]:
    return held if not value or value in held or len(held) >= most else (*held, value)


def _system(rdata: bytes) -> str:
    """CPU and system in one line."""
    parts: list[str] = []
    at = 0
    while at < len(rdata) and len(parts) < 2:
        end = at + 1 + rdata[at]
        parts.append(rdata[at + 1 : end].decode("utf-8", "backslashreplace"))
        at = end
    return " ".join(" ".join(parts).split())[:80]
