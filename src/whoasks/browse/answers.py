"""Records about some wanted names, with who said each and when. Nothing is asked here.

Unlike the inventory it joins nothing and prefers nobody: two hosts that answer differently are
two answers.
"""

from __future__ import annotations

import msgspec

from whoasks.core import wire
from whoasks.core.instances import key_of
from whoasks.core.model import NSEC, SRV, Datagram, Event, Flow, Message, Nsec, Record, Srv

MOST_RECORDS = 256
"""Records kept: a name has a handful, and anybody may answer."""
MOST_SPEAKERS = 16
"""Hosts kept that said the same."""
MOST_HOSTS = 16
"""Host names that an instance may be at."""


class Speaker(msgspec.Struct):
    """One host that gave an answer."""

    at: float
    """When it did so first."""
    interface: str
    mac: str | None
    addresses: list[str]
    """Where it sent from; empty when that is not known."""


class Heard(msgspec.Struct):
    """One record and who said it."""

    record: Record
    speakers: dict[str, Speaker]


class Answers:
    """What was heard about the wanted names."""

    def __init__(self) -> None:
        self._wanted: dict[str, None] = {}
        self._hosts: dict[str, dict[str, str]] = {}
        """Key of an instance → key of a host name it is at → that name."""
        self._heard: dict[tuple[str, int, object], Heard] = {}
        self._now = 0.0
        self.dropped = 0
        self.malformed = 0

    def want(self, name: str) -> None:
        """Keep what is said about that name from now on."""
        self._wanted[key_of(name)] = None

    def feed(self, datagram: Datagram) -> tuple[Event, ...]:
        """Take in one packet."""
        try:
            message = wire.decode(datagram.payload)
        except wire.MalformedMessage:
            self.malformed += 1
            return ()
        if message.is_response:
            self._take(message, datagram.at, datagram.flow)
        return ()

    def observe(
        self, message: Message, at: float, interface: str, host_key: str
    ) -> tuple[Event, ...]:
        """Take in records whose sender is not known."""
        self._take(message, at, None)
        return ()

    def advance(self, at: float, *, wholly: bool = False) -> tuple[Event, ...]:
        """Time passes; an answer does not age while it is waited for others."""
        self._now = max(self._now, at)
        return ()

    def knows(self, record: Record) -> bool:
        """Whether that record was heard, or is of no interest."""
        key = key_of(record.name)
        return key not in self._wanted or (key, record.rtype, _identity(record)) in self._heard

    def has(self, name: str, rtype: int) -> bool:
        """Whether there is a record of that name and type."""
        key = key_of(name)
        return any(found[:2] == (key, rtype) for found in self._heard)

    def lacks(self, name: str, rtype: int) -> bool:
        """Whether its owner says that there is none (RFC 6762 §6.1)."""
        key = key_of(name)
        denials = [h.record.data for k, h in self._heard.items() if k[:2] == (key, NSEC)]
        return any(isinstance(d, Nsec) and rtype not in d.types for d in denials)

    def hosts_of(self, name: str) -> list[str]:
        """The host names that an instance is said to be at."""
        return list(self._hosts.get(key_of(name), {}).values())

    def about(self, name: str) -> list[Heard]:
        """What was heard of a name and of the hosts it is at, in the order of asking."""
        keys = [key_of(name), *self._hosts.get(key_of(name), {})]
        return [heard for key in keys for found, heard in self._heard.items() if found[0] == key]

    def _take(self, message: Message, at: float, flow: Flow | None) -> None:
        records = [r for r in (*message.answers, *message.additionals) if r.rclass == 1]
        for record in records:
            key = key_of(record.name)
            if record.rtype == SRV and key in self._wanted and isinstance(record.data, Srv):
                hosts = self._hosts.setdefault(key, {})
                if len(hosts) < MOST_HOSTS and record.ttl:
                    hosts[key_of(record.data.target)] = record.data.target
                    self.want(record.data.target)
        for record in records:
            if key_of(record.name) in self._wanted:
                self._keep(record, at, flow)

    def _keep(self, record: Record, at: float, flow: Flow | None) -> None:
        key = (key_of(record.name), record.rtype, _identity(record))
        heard = self._heard.get(key)
        if record.ttl == 0:  # a goodbye
            self._heard.pop(key, None)
            return
        if heard is None:
            if len(self._heard) >= MOST_RECORDS:
                self.dropped += 1
                return
            heard = self._heard[key] = Heard(record, {})
        if flow is None:
            heard.speakers.setdefault("", Speaker(at, "", None, []))
            return
        who = f"{flow.mac or flow.source} {flow.interface}"
        speaker = heard.speakers.get(who)
        if speaker is None:
            if len(heard.speakers) >= MOST_SPEAKERS:
                self.dropped += 1
                return
            speaker = heard.speakers[who] = Speaker(at, flow.interface, flow.mac, [])
        if flow.source not in speaker.addresses and len(speaker.addresses) < MOST_SPEAKERS:
            speaker.addresses.append(flow.source)


def _identity(record: Record) -> object:
    """What tells it from others of its name and type; names compare without case."""
    if isinstance(record.data, Srv):
        data = record.data
        return (data.priority, data.weight, data.port, key_of(data.target))
    if isinstance(record.data, str):
        return key_of(record.data)
    if isinstance(record.data, Nsec):
        return NSEC  # the owner's latest word is like its first
    return record.data
