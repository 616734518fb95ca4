"""Which MAC an address has, as far as this machine already knows.

Only looks things up: never asks the network, so a host that never talked with this one is
unknown here, unless its link-local address spells its MAC out.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path

from whoasks.sources import netlink
from whoasks.sources.netlink import Neighbour

_LOG = logging.getLogger(__name__)

# NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT. Not INCOMPLETE and FAILED, which nobody
# answered, and not NOARP, which is computed (multicast, point to point).
_KNOWN = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
_NOBODY = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")
_ARP_COMPLETE = 0x2


class NeighbourTable:
    """(interface index, address) → MAC, from the kernel's table, re-read at most once in
    ``max_age`` seconds of ``clock``, however often it is asked."""

    def __init__(
        self,
        read: Callable[[], list[Neighbour]] | None = None,
        *,
        max_age: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read_table if read is None else read
        self._max_age = max_age
        self._clock = clock
        self._read_at: float | None = None
        # As large as the kernel lets its own table grow (gc_thresh3: 1,024 a family by default).
        self._macs: dict[tuple[int, str], str] = {}

    def mac(self, index: int, address: str) -> str | None:
        """The MAC of ``address`` (no scope) on that interface, None while unknown."""
        self.refresh()
        return self._macs.get((index, address)) or mac_from_eui64(address)

    def refresh(self) -> None:
        """Read the kernel's table again if the last reading is old enough."""
        now = self._clock()
        if self._read_at is not None and now - self._read_at < self._max_age:
            return
        self._read_at = now
        self._macs = {
            (entry.index, entry.address): entry.mac
            for entry in self._read()
            if entry.mac and entry.state & _KNOWN and entry.mac not in _NOBODY
        }


def read_table() -> list[Neighbour]:
    """The kernel's neighbours; over /proc where netlink is forbidden; else nothing."""
    try:
        return netlink.neighbours()
    except OSError as error:
        _LOG.debug("no neighbours over netlink: %s", error)
    try:
        return parse_proc_arp(Path("/proc/net/arp").read_text(encoding="ascii"))
    except OSError as error:
        _LOG.debug("no neighbours in /proc/net/arp: %s", error)
        return []


def parse_proc_arp(text: str) -> list[Neighbour]:
    """The complete entries of ``/proc/net/arp`` (IPv4 only)."""
    found: list[Neighbour] = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) != 6 or not int(fields[2], 16) & _ARP_COMPLETE:
            continue
        try:
            index = socket.if_nametoindex(fields[5])
        except OSError:  # the interface is gone
            continue
        found.append(Neighbour(index, fields[0], state=0x02, mac=fields[3].lower()))
    return found


def mac_from_eui64(address: str) -> str | None:
    """The MAC that a link-local IPv6 address was built from (RFC 4291, appendix A).

    None when it was not: hosts with stable-private identifiers (RFC 7217) show none.
    """
    if not address.startswith("fe80:"):
        return None
    identifier = ipaddress.IPv6Address(address.partition("%")[0]).packed[8:]
    if identifier[3:5] != b"\xff\xfe":
        return None
    # The universal/local bit is inverted in an interface identifier.
    return bytes((identifier[0] ^ 0x02, *identifier[1:3], *identifier[5:])).hex(":")
