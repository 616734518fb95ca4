"""Records as zeroconf has them, as ours. Pure."""

from __future__ import annotations

import ipaddress

from zeroconf import (  # type: ignore[attr-defined]  # public, though not listed in __all__
    DNSAddress,
    DNSPointer,
    DNSRecord,
    DNSService,
    DNSText,
)

from whoasks.core.model import Record, Srv

_LOST = "\ufffd"


def record_of(record: DNSRecord) -> Record | None:
    """A record as zeroconf has it, as ours.

    None for kinds the inventory has no use for, and where zeroconf lost a name's bytes: what is
    not UTF-8 it replaces, and a service that does not exist would be listed.
    """
    data: str | bytes | Srv
    if isinstance(record, DNSPointer):
        data = _escaped(record.alias)
    elif isinstance(record, DNSService):
        data = Srv(record.priority, record.weight, record.port, _escaped(record.server))
    elif isinstance(record, DNSText):
        data = record.text
    elif isinstance(record, DNSAddress):
        data = _address(record.address)
    else:
        return None
    told = data.target if isinstance(data, Srv) else data
    if _LOST in record.name or (isinstance(told, str) and _LOST in told):
        return None
    ttl = int(record.ttl)
    name = _escaped(record.name)
    return Record(name, record.type, record.class_, ttl, data, bool(record.unique))


def _escaped(name: str) -> str:
    """zeroconf's names hold backslashes as they are (and dots too, hence ``exact=False``)."""
    return name.replace("\\", "\\\\")


def _address(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))
