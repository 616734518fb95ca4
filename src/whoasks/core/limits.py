"""What the inventory holds at most."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Caps on everything a peer can grow. What a cap drops is counted under its name."""

    records: int = 65_536
    """5,000 services are about 20,000 records; each costs under 1 kB."""
    records_per_owner: int = 24_000
    """One announcing host cannot take the whole table."""
    set_size: int = 16
    """Records of one name and type, where that set is not shared: a host's addresses."""
    text_bytes: int = 16 << 20
    """All TXT data together: one may be 8,900 bytes, so that their number alone bounds nothing."""
    instances: int = 16_384
    instances_per_hostname: int = 1_024
    """Services that follow when its address changes."""
    changes: int = 100
    """Instances that one packet changes at once; what more it changed is told with the next
    packets and seconds. A home's hub has 80 at one host name."""
    expiries: int = 250
    """Records that one packet may let expire; the others go with the next ones."""
    subtypes: int = 64
    types: int = 4_096
    owners: int = 8
    interfaces: int = 16
