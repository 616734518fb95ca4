"""What a host has to do with a name, and what another host's claim to it means. Values only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from whoasks.core.identity import HostState
from whoasks.core.instances import parse_txt
from whoasks.core.model import AAAA, PTR, SRV, TXT, A, Message, Record, Srv
from whoasks.core.names import normal

MAX_STAKES = 4
"""Hosts that claim one name: more is a flood of rivals, of which four say enough."""
DEFENCE = 2.0
"""Seconds in which a claim that contradicts an unasked one is its owner's defence, and in which a
goodbye and a new claim belong together."""
FORGET = 4_500.0
"""Seconds after which a claim that was not repeated is no claim any more: the TTL of services."""
_MAX_ADDRESSES = 16
_DEVICE_KEYS = ("deviceid", "id")
_ID_LENGTH = 12
"""A MAC without colons: shorter ids are numbers that makers count from one."""

Kind = Literal["retarget", "port", "txt", "device", "address", "goodbye"]


class Stake(msgspec.Struct, eq=False):
    """What one host has to do with one name."""

    host: HostState
    first: float
    last: float
    claimed: bool = False
    """It announced a record of that name; otherwise it only probed for it."""
    unasked: bool = False
    """It did so without having been asked, as a host that starts up does."""
    probed: float = float("-inf")
    parted: float = float("-inf")
    """When it said goodbye."""
    target: str | None = None
    port: int | None = None
    text: bytes | None = None
    addresses: dict[str, int] = msgspec.field(default_factory=dict)
    """Address → record type."""

    @property
    def rightful(self) -> bool:
        """It came by the name as a host should: it probed, or announced it when it started."""
        return self.unasked or self.probed > float("-inf")


class Dispute(msgspec.Struct, frozen=True, eq=False):
    """A claim of one host against a name that another one owns."""

    kind: Kind
    name: str
    shown: str
    """The name as the claimant wrote it."""
    owner: HostState
    claimant: HostState
    at: float
    before: str
    after: str
    since: float
    """When the owner was first heard to claim it."""
    parted: bool = False
    """A goodbye for the name came right before."""

    @property
    def certain(self) -> bool:
        """Whether both are known by their MACs: else one may be the other's IPv6."""
        return self.owner.identity != "address" and self.claimant.identity != "address"


def stake_of(stakes: dict[HostState, Stake], host: HostState, at: float) -> Stake | None:
    """The host's stake, made if there is room."""
    stake = stakes.get(host)
    if stake is None and len(stakes) < MAX_STAKES:
        stake = stakes[host] = Stake(host, at, at)
    return stake


def owner_of(stakes: dict[HostState, Stake], other: HostState, at: float) -> Stake | None:
    """The first of the hosts that claim a name and may still be there."""
    living = [
        stake
        for host, stake in stakes.items()
        if host is not other
        and stake.claimed
        and at - max(stake.last, host.last) <= FORGET
        and (stake.parted < stake.last or at - stake.parted <= DEFENCE)
    ]
    return min(living, key=lambda stake: stake.first, default=None)


def enter(stake: Stake, record: Record, at: float, asked: bool) -> None:
    stake.last = at
    stake.claimed = True
    stake.unasked |= not asked
    data = record.data
    if isinstance(data, Srv):
        stake.target, stake.port = normal(data.target), data.port
    elif record.rtype == TXT and isinstance(data, bytes):
        stake.text = data
    elif isinstance(data, str):
        if record.cache_flush and at - stake.first > 1.0:
            for known in [a for a, rtype in stake.addresses.items() if rtype == record.rtype]:
                if known != data and len(stake.addresses) >= _MAX_ADDRESSES:
                    del stake.addresses[known]
        if len(stake.addresses) < _MAX_ADDRESSES:
            stake.addresses[data] = record.rtype


def contradiction(
    owner: Stake, host: HostState, record: Record, name: str, at: float
) -> Dispute | None:
    """What a claim says otherwise than the owner does."""
    data = record.data
    parted = at - owner.parted <= DEFENCE and owner.parted >= owner.last

    def dispute(kind: Kind, before: str, after: str) -> Dispute:
        return Dispute(
            kind, name, record.name, owner.host, host, at, before, after, owner.first, parted
        )

    if isinstance(data, Srv):
        if owner.target is not None and normal(data.target) != owner.target:
            return dispute("retarget", owner.target, data.target)
        if owner.port is not None and data.port != owner.port:
            return dispute("port", str(owner.port), str(data.port))
    elif record.rtype == TXT and isinstance(data, bytes):
        if owner.text is not None and data != owner.text:
            return dispute("txt", "", "")
    elif isinstance(data, str):
        known = [a for a, rtype in owner.addresses.items() if rtype == record.rtype]
        if known and data not in known:
            return dispute("address", ", ".join(known[:3]), data)
    return None


def holds(owner: Stake, record: Record) -> bool:
    """Whether the record is one that the owner announced."""
    data = record.data
    if isinstance(data, Srv):
        return owner.target is not None
    if record.rtype == TXT:
        return owner.text is not None
    return record.rtype == PTR or (isinstance(data, str) and data in owner.addresses)


def device_ids(record: Record, type_: str | None) -> Iterator[tuple[str, str]]:
    """What in TXT data names one device among all: AirPlay, HomeKit and Cast have such keys."""
    if type_ is None or not isinstance(record.data, bytes):
        return
    text = parse_txt(record.data)
    for key in _DEVICE_KEYS:
        value = text.get(key)
        if value is not None and len(value) >= _ID_LENGTH:
            yield type_, value.lower()


def shows(dispute: Dispute, message: Message | None) -> bool:
    """Whether what its owner says now settles a dispute: that it lives, or still asserts."""
    if dispute.kind != "goodbye":
        return True
    if message is None or not message.is_response:
        return False
    return any(
        record.ttl
        and (
            (record.rtype in (SRV, TXT, A, AAAA) and normal(record.name) == dispute.name)
            or (record.rtype == PTR and normal(str(record.data)) == dispute.name)
        )
        for record in (*message.answers, *message.additionals)
    )
