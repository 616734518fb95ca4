"""Which interfaces of this machine are one VLAN of another. Reads the kernel's list, Linux only."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

LIST = Path("/proc/net/vlan/config")
"""There when the kernel has such interfaces at all; of this network namespace."""


def captured_apart(names: Collection[str], listing: Path = LIST) -> dict[str, frozenset[int]]:
    """Interface → the VLANs of it that are captured as interfaces of their own.

    A frame of such a VLAN passes both, and shall count once: on its own interface.
    """
    try:
        text = listing.read_text(encoding="ascii", errors="replace")
    except OSError:
        return {}
    found: dict[str, frozenset[int]] = {}
    for line in text.splitlines():
        name, *rest = (part.strip() for part in line.split("|"))
        if name in names and len(rest) == 2 and rest[0].isdecimal():
            vlan, parent = int(rest[0]), rest[1]
            found[parent] = found.get(parent, frozenset()) | {vlan}
    return found
