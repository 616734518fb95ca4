"""Hosts that probe, announce, answer, defend, rescue, rename and part as RFC 6762 §5–§10 has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.traces import wire
from tests.traces.segment import META, Heard, Segment, Service
from tests.traces.wire import AAAA, ANY, MDNS, PTR, SRV, TXT, A, Message, Question, Record

Probing = str
"""``claimed`` with the authority section (§8.2), ``bare`` without it, ``none``."""


class Host:
    """One host. ``addresses`` holds one for each IP version that it speaks."""

    def __init__(
        self,
        lan: Segment,
        name: str,
        mac: str,
        *addresses: str,
        services: Iterable[Service] = (),
        probing: Probing = "claimed",
        ttl: int = 255,
        vlan: int | None = None,
    ) -> None:
        self.lan = lan
        self.base = name
        self.mac = mac
        self.addresses = {6 if ":" in text else 4: text for text in addresses}
        self.offered = tuple(services)
        self.probing = probing
        self.ttl = ttl
        self.vlan = vlan
        self.attempt = 1
        self.up = False
        self.trying = False
        self.reasserts = True
        """Whether it defends at once what is claimed or said goodbye to by another."""
        self.twins: set[Host] = set()
        """Other interfaces of the same machine, whose claims are no conflict."""
        self._known: dict[str, set[str]] = {}
        self._stamp: tuple[object, ...] = ()
        self._waits = False
        self._multicast_at = float("-inf")
        lan.hosts.append(self)

    @property
    def name(self) -> str:
        return f"{self.base}{'' if self.attempt == 1 else f'-{self.attempt}'}.local"

    @property
    def services(self) -> list[Service]:
        number = "" if self.attempt == 1 else f" ({self.attempt})"
        return [replace(one, label=one.label + number) for one in self.offered]

    def instance(self, type_: str) -> str:
        """The full name of its instance of a type."""
        return next(f"{one.label}.{type_}.local" for one in self.services if one.type == type_)

    def host_records(self) -> list[Record]:
        kinds = {4: A, 6: AAAA}
        return [Record(self.name, kinds[v], text) for v, text in sorted(self.addresses.items())]

    def service_records(self) -> list[Record]:
        made: list[Record] = []
        for one in self.services:
            full = f"{one.label}.{one.type}.local"
            made += [
                Record(f"{one.type}.local", PTR, full, 4500),
                Record(full, SRV, (one.port, self.name)),
                Record(full, TXT, one.txt, 4500),
                Record(META, PTR, f"{one.type}.local", 4500),
            ]
        return list(dict.fromkeys(made))

    def records(self) -> list[Record]:
        """Everything it owns now; made anew only when its name or an address has changed."""
        stamp = (self.attempt, *sorted(self.addresses.items()))
        if stamp != self._stamp:
            self._stamp = stamp
            self._records = self.host_records() + self.service_records()
            self._mine = {record.key: record for record in self._records if record.type != PTR}
            self._shared = {(r.key, r.data) for r in self._records if r.type == PTR}
        return self._records

    def own(self) -> dict[tuple[str, int], Record]:
        """Its unique records by name and type."""
        self.records()
        return self._mine

    def say(
        self,
        message: Message | bytes,
        to: Host | str | None = None,
        version: int | None = None,
        ports: tuple[int, int] = (MDNS, MDNS),
        ttl: int | None = None,
        source: str | None = None,
    ) -> None:
        """Send over one IP version, or over all it has: to the group, or to a host by unicast."""
        versions = [version] if version else sorted(self.addresses)
        payload = message if isinstance(message, bytes) else message.encode()
        for one in versions:
            peer = to.addresses[one] if isinstance(to, Host) else to
            data = wire.frame(
                payload,
                macs=(self.mac, to.mac if isinstance(to, Host) else None),
                addresses=(source or self.addresses[one], peer or wire.GROUPS[one]),
                ports=ports,
                ttl=self.ttl if ttl is None else ttl,
                vlan=self.vlan,
            )
            self.lan.record(data)
            if isinstance(message, Message):
                sent = source or self.addresses[one]
                self._carry(Heard(self, message, one, ports[0], sent), to)

    def _carry(self, heard: Heard, to: Host | str | None) -> None:
        if to is None:
            self._multicast_at = self.lan.now
        hears = [to] if isinstance(to, Host) else self.lan.hosts if to is None else []
        for host in hears:
            if host is not self and host.vlan == self.vlan and heard.version in host.addresses:
                host.hear(heard)

    def join(self) -> None:
        """Probe three times (§8.1), then announce twice (§8.3); rename when denied."""
        self.trying = True
        attempt = self.attempt
        first = self.lan.soon(0, 0.25)
        if self.probing != "none":
            for number in range(3):
                self.lan.at(first + number * 0.25, lambda n=number: self._probe(attempt, n == 0))
        for after in (0.75, 1.75):
            self.lan.at(first + after, lambda: self._established(attempt))

    def _probe(self, attempt: int, first: bool) -> None:
        if not self.trying or attempt != self.attempt:
            return
        claims = self.own().values()
        names = dict.fromkeys(record.name for record in claims)
        asked = tuple(Question(name, ANY, unicast=first) for name in names)
        claimed = tuple(replace(record, flush=False) for record in claims if record.type != TXT)
        self.say(Message(asked, authority=claimed if self.probing == "claimed" else ()))

    def _established(self, attempt: int) -> None:
        if attempt == self.attempt and (self.trying or self.up):
            self.trying, self.up = False, True
            self.announce()

    def announce(self) -> None:
        """All its records, unasked."""
        self.say(wire.tell(*self.records()))

    def goodbye(self) -> None:
        """All its records with TTL 0 (§10.1); it answers no more."""
        self.say(wire.tell(*(replace(record, ttl=0) for record in self.records())))
        self.die()

    def die(self) -> None:
        """Gone without a word."""
        self.up = self.trying = False

    def ask(
        self,
        *types: str,
        at: Iterable[float] = (0, 1, 3),
        known: bool = True,
        unicast_first: bool = False,
        **how: int,
    ) -> None:
        """Browse for types, all in one packet, repeated at these seconds, with known answers."""
        for number, after in enumerate(at):
            first = unicast_first and number == 0
            self.lan.at(after, lambda first=first: self._browse(types, known, first, how))

    def _browse(
        self, types: tuple[str, ...], known: bool, unicast: bool, how: dict[str, int]
    ) -> None:
        names = [f"{type_}.local" for type_ in types]
        answers = tuple(
            Record(name, PTR, target, 4400)
            for name in names
            for target in sorted(self._known.get(name.lower(), ()))
            if known
        )
        asked = tuple(Question(name, PTR, unicast) for name in names)
        self.say(Message(asked, answers[:20]), **how)

    def look_up(self, *questions: Question, at: Iterable[float] = (0,)) -> None:
        """One packet with these questions, at these seconds."""
        for after in at:
            self.lan.at(after, lambda: self.say(wire.ask(*questions)))

    def resolve(self, *instances: str, at: Iterable[float] = (0,)) -> None:
        """SRV and TXT of instances, all in one packet."""
        kinds = (SRV, TXT)
        self.look_up(*(Question(name, kind) for name in instances for kind in kinds), at=at)

    def hear(self, heard: Heard) -> None:
        """Learn, answer, defend."""
        if heard.message.flags & 0x8000:
            self._hear_answers(heard)
        elif self.up:
            if heard.message.authority and heard.sender not in self.twins:
                self._hear_probe(heard)
            elif not heard.message.authority:
                self._hear_questions(heard)

    def _hear_probe(self, heard: Heard) -> None:
        mine = self.own()
        names = {one.key[0] for one in heard.message.authority if self._contested(one, mine)}
        if names:
            own = [record for record in mine.values() if record.name.lower() in names]
            self.lan.at(self.lan.soon(0, 0.005), lambda: self.say(wire.tell(*own)))

    @staticmethod
    def _contested(claim: Record, mine: dict[tuple[str, int], Record]) -> bool:
        return claim.key in mine and mine[claim.key].data != claim.data

    def _hear_answers(self, heard: Heard) -> None:
        mine, shared, lost = self.own(), self._shared, False
        for record in heard.message.answers:
            self._learn(record)
            if heard.sender in self.twins or heard.sender is self:
                continue
            own = mine.get(record.key)
            goodbye = record.ttl == 0 and (
                (record.key, record.data) in shared or (own is not None and own.data == record.data)
            )
            lost = lost or goodbye or (record.ttl > 0 and self._contested(record, mine))
        if lost and self.up:
            self._rescue()
        elif lost and self.trying:
            self.attempt += 1
            self.lan.at(self.lan.soon(0.05, 0.2), self.join)

    def _rescue(self) -> None:
        """Assert its records again within a second (§9, §10.2), once for what came together."""
        if self._waits or not self.reasserts:
            return
        self._waits = True

        def again() -> None:
            self._waits = False
            if self.up:
                self.announce()

        self.lan.at(self.lan.soon(0.1, 0.8), again)

    def _learn(self, record: Record) -> None:
        if record.type == PTR and isinstance(record.data, str):
            targets = self._known.setdefault(record.name.lower(), set())
            (targets.add if record.ttl else targets.discard)(record.data)

    def _hear_questions(self, heard: Heard) -> None:
        known = {(record.key, record.data) for record in heard.message.answers}
        asked = {(question.name.lower(), question.type) for question in heard.message.questions}
        answers = [
            record
            for record in self.records()
            if (record.key in asked or (record.key[0], ANY) in asked)
            and (record.key, record.data) not in known
        ]
        if not answers:
            return
        shared = any(record.type == PTR for record in answers)
        self.lan.at(
            self.lan.soon(*((0.02, 0.12) if shared else (0.001, 0.01))),
            lambda: self._answer(heard, answers),
        )

    def _answer(self, heard: Heard, answers: list[Record]) -> None:
        if not self.up:
            return
        more = [record for record in self.records() if record not in answers]
        extra = more[:12] if any(record.type == PTR for record in answers) else ()
        if heard.port != MDNS:
            self._legacy_answer(heard, answers)
            return
        questions = heard.message.questions
        wants_unicast = bool(questions) and all(question.unicast for question in questions)
        # Unicast only what the others have heard of late (§5.4).
        alone = wants_unicast and self.lan.now - self._multicast_at < 30
        to = heard.sender if alone and heard.address in heard.sender.addresses.values() else None
        self.say(wire.tell(*answers, additional=extra), to, heard.version)

    def _legacy_answer(self, heard: Heard, answers: list[Record]) -> None:
        """§6.7: to the asker's port, its ID and question repeated, TTL at most 10, no flush."""
        short = tuple(replace(record, ttl=10, flush=False) for record in answers)
        message = replace(heard.message, answers=short, authority=(), flags=wire.RESPONSE)
        self.say(message, heard.sender, heard.version, (MDNS, heard.port))
