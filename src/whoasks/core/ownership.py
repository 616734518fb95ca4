"""Who claims which name: the first to announce it, who else did, and whether they probed.

Kept apart from the inventory, which knows what is valid now: this remembers who said so, after
a goodbye too. A claim against a living owner is not judged at once: whether the owner is still
there shows in what it says next, within ``ALIVE`` seconds. Everything is capped, the
name silent longest goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from whoasks.core.claims import (
    DEFENCE,
    FORGET,
    Dispute,
    Stake,
    contradiction,
    device_ids,
    enter,
    holds,
    owner_of,
    shows,
    stake_of,
)  # fmt: skip
from whoasks.core.identity import HostState
from whoasks.core.model import AAAA, PTR, SRV, TXT, A, Message, Record
from whoasks.core.names import normal, parse

MAX_NAMES = 8_192
MAX_PENDING = 1_024
ALIVE = 120.0
"""Seconds within which the owner must speak for a claim to count as against a living one: hosts
that are well say something every minute or two. One that comes back from the dead probes first;
a probe right after the claim is how a living owner meets a conflict (RFC 6762 §9)."""
SETTLED = 60.0
"""Seconds after which a name counts as its owner's even against an answer to a question."""
KEEPS = 120.0
"""Seconds within which an owner that asserts again shows a goodbye to have been another's: the
TTL of host names (RFC 6762 §10)."""
PROBED = 60.0
"""Seconds for which a probe entitles to a claim; RFC 6762 §8.3 announces within one."""


class Ownership:
    """Names and the hosts that claim them."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, dict[HostState, Stake]] = OrderedDict()
        self._pending: OrderedDict[tuple[str, str, HostState], Dispute] = OrderedDict()
        self._unasked: OrderedDict[str, tuple[float, HostState]] = OrderedDict()
        """Name → the last claim that contradicted another one, unasked and unprobed."""
        self._devices: OrderedDict[tuple[str, str], tuple[HostState, str, float]] = OrderedDict()
        """(Service type, device id) → who announced it, under which name, since when."""

    # What is heard.

    def probe(self, host: HostState, names: frozenset[str], at: float) -> int:
        """A host probes for names; how many of them somebody else holds."""
        taken = 0
        for name in names:
            stakes = self._stakes(name)
            owner = owner_of(stakes, host, at)
            taken += owner is not None and owner.host.identity != "address"
            stake = stake_of(stakes, host, at)
            if stake is not None:
                stake.probed = at
        return taken

    def announce(
        self, host: HostState, message: Message, at: float, *, asked: bool
    ) -> list[Dispute]:
        """A host announces records; the claims among them against a name of another's.

        They are told twice: here at once, and by ``spoke`` when their owner shows to be alive.
        """
        disputes: list[Dispute] = []
        for record in (*message.answers, *message.additionals):
            if record.rclass != 1:
                continue
            if record.rtype in (SRV, TXT, A, AAAA):
                disputes += self._claim(host, record, at, asked)
            elif record.rtype == PTR:
                disputes += self._point(host, record, at, asked)
        for dispute in disputes:
            self._wait(dispute)
        return disputes

    def spoke(self, host: HostState, message: Message | None, at: float) -> list[Dispute]:
        """A host that owns something disputed said something: what is shown by that."""
        due: list[Dispute] = []
        for key, dispute in list(self._pending.items()):
            if at - dispute.at > (KEEPS if dispute.kind == "goodbye" else ALIVE):
                del self._pending[key]
                dispute.owner.disputed -= 1
            elif dispute.owner is host and at > dispute.at:
                again = message is not None and message.is_probe and at - dispute.at > DEFENCE
                if again or shows(dispute, message):
                    del self._pending[key]
                    host.disputed -= 1
                    due += [] if again else [dispute]
        return due

    # What is known.

    def is_own(self, host: HostState, name: str) -> bool:
        """Whether a host probed for a name or announced it without having been asked."""
        stake = self._names.get(name, {}).get(host)
        return stake is not None and (stake.unasked or stake.probed > float("-inf"))

    def denied(self, host: HostState, message: Message, at: float) -> int:
        """How many names of an answer, none of its sender's, another host is just probing for."""
        count = 0
        for name in {normal(record.name) for record in message.answers if record.ttl}:
            stakes = self._names.get(name, {})
            if host not in stakes:
                count += any(at - stake.probed <= DEFENCE for stake in stakes.values())
        return count

    def is_claimed(self, name: str) -> bool:
        """Whether any host has announced a record of that name."""
        return any(stake.claimed for stake in self._names.get(name, {}).values())

    def held_at(self, name: str, address: str, *, other_than: HostState) -> bool:
        """Whether another host has announced that name with that address."""
        return any(
            address in stake.addresses
            for host, stake in self._names.get(name, {}).items()
            if host is not other_than
        )

    def targets(self, instances: Iterable[object], most: int) -> set[str]:
        """Machines that these instances are at, as announced; no more than ``most``."""
        found: set[str] = set()
        for name in instances:
            for stake in self._names.get(str(name), {}).values():
                if stake.target is not None:
                    found.add(stake.target)
            if len(found) >= most:
                break
        return found

    def sole_owner(self, name: str) -> Stake | None:
        """The one host that has announced a name, if there is only one."""
        claimed = [stake for stake in self._names.get(name, {}).values() if stake.claimed]
        return claimed[0] if len(claimed) == 1 else None

    # Inside.

    def _stakes(self, name: str) -> dict[HostState, Stake]:
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = {}
            if len(self._names) > MAX_NAMES:
                self._names.popitem(last=False)
        else:
            self._names.move_to_end(name)
        return found

    def _claim(self, host: HostState, record: Record, at: float, asked: bool) -> list[Dispute]:
        name = normal(record.name)
        if not record.ttl:
            return self._goodbye(host, record, name, at)
        stakes = self._stakes(name)
        mine = stakes.get(host)
        owner = owner_of(stakes, host, at)
        found: Dispute | None = None
        if owner is not None and not self._may(mine, owner, name, host, at, asked):
            found = contradiction(owner, host, record, name, at)
            if found is not None:
                self._remember_unasked(name, host, at)
        if record.rtype == TXT and found is None:
            entitled = asked or (mine is not None and at - mine.probed <= PROBED)
            found = self._device(host, record, name, at, entitled=entitled)
        if found is not None:  # which gives no right to the name
            return [found]
        return self._settle(stakes, host, record, at, asked)

    @staticmethod
    def _settle(
        stakes: dict[HostState, Stake], host: HostState, record: Record, at: float, asked: bool
    ) -> list[Dispute]:
        """Nobody objects: the claim is entered."""
        stake = stake_of(stakes, host, at)
        if stake is not None:
            enter(stake, record, at, asked)
        return []

    def _point(self, host: HostState, record: Record, at: float, asked: bool) -> list[Dispute]:
        """A pointer to an instance: such a set is shared, so it claims only what nobody has."""
        name = parse(str(record.data))
        if name.kind != "instance":
            return []
        if not record.ttl:
            return self._goodbye(host, record, name.key, at)
        stakes = self._stakes(name.key)
        if owner_of(stakes, host, at) is None:
            stake = stake_of(stakes, host, at)
            if stake is not None:
                stake.last, stake.claimed = at, True
                stake.unasked |= not asked
        return []

    def _device(
        self, host: HostState, record: Record, name: str, at: float, *, entitled: bool
    ) -> Dispute | None:
        """A device id in TXT data that another host announced under another name."""
        for id_ in device_ids(record, parse(record.name).type):
            before = self._devices.get(id_)
            if before is None or before[0] is host:
                self._devices[id_] = (host, name, before[2] if before else at)
                self._devices.move_to_end(id_)
                if len(self._devices) > MAX_PENDING:
                    self._devices.popitem(last=False)
            elif before[1] != name and not entitled and at - before[0].last <= FORGET:
                owner, theirs, since = before
                return Dispute("device", name, record.name, owner, host, at, theirs, "", since)
        return None

    def _may(  # noqa: PLR0917
        self, mine: Stake | None, owner: Stake, name: str, host: HostState, at: float, asked: bool
    ) -> bool:
        """Whether a claim needs no explanation: probed for, an own name's, a defence.

        Nor does an answer to a question, unless the owner had long been known for the name.
        """
        if asked and not (at - owner.first >= SETTLED and owner.rightful):
            return True
        if mine is not None and (mine.claimed or at - mine.probed <= PROBED):
            return True
        if at - owner.first <= DEFENCE and owner.probed == float("-inf"):
            # Both came up just now, or the other one claims what is this one's.
            return True
        last = self._unasked.get(name)
        return last is not None and last[1] is not host and at - last[0] <= DEFENCE

    def _remember_unasked(self, name: str, host: HostState, at: float) -> None:
        self._unasked[name] = (at, host)
        self._unasked.move_to_end(name)
        if len(self._unasked) > MAX_PENDING:
            self._unasked.popitem(last=False)

    def _goodbye(self, host: HostState, record: Record, name: str, at: float) -> list[Dispute]:
        stakes = self._names.get(name)
        if stakes is None:
            return []
        mine = stakes.get(host)
        if mine is not None and mine.claimed:
            mine.parted = at
            self._drop(name)
            return []
        owner = owner_of(stakes, host, at)
        if owner is None or owner.parted >= owner.last or not holds(owner, record):
            return []
        self._remember_unasked(name, host, at)
        return [
            Dispute("goodbye", name, record.name, owner.host, host, at, "", "", owner.first)
        ]  # fmt: skip

    def _drop(self, name: str) -> None:
        """The owner itself parts with a name: what was pending about it is settled."""
        for key, dispute in list(self._pending.items()):
            if dispute.name == name and dispute.kind == "goodbye":
                del self._pending[key]
                dispute.owner.disputed -= 1

    def _wait(self, dispute: Dispute) -> None:
        key = (dispute.kind, dispute.name, dispute.claimant)
        if key in self._pending:
            return
        self._pending[key] = dispute
        dispute.owner.disputed += 1
        if len(self._pending) > MAX_PENDING:
            _, oldest = self._pending.popitem(last=False)
            oldest.owner.disputed -= 1
