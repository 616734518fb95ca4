"""A host answers for whatever is asked.

What it sees: answers that give several host names one address, each within two seconds of another
host's question for it, where the sender has neither probed for the name nor announced it
unasked, and nobody else has announced it at that address.

Why it matters: a host owns one name, or a few that it probed for (RFC 6762 §8). Who answers for
names it never claimed is a poisoner that wants to be talked to, however correct its packets are.

Benign causes: a reflector, which gives each name its own address mostly, and a sleep proxy, to
which the same holds. Without MACs it is info: the other address family of one host looks like
another.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Answered
from whoasks.core.model import AAAA, A, Severity
from whoasks.core.names import normal, parse

MAX_ADDRESSES = 8
MAX_NAMES = 64


class ManyNames(Detector):
    """Counts names answered for, by address."""

    rule = Rule(
        id="many-names",
        title="answered for names that are not its own",
        severity=Severity.HIGH,
        evidence="claims",
        attack=("T1557.001",),
        benign=("a reflector: give it the role `reflector`", "a sleep proxy"),
        references=("RFC 6762 §6, §8", "ATT&CK T1557.001"),
        roles=("reflector",),
        forged=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        names: int = 3
        """Names with one address."""

        CAPS = {"names": MAX_NAMES}  # noqa: RUF012

    def on_answer(self, answered: Answered) -> Said:
        """See the class."""
        host, message = answered.host, answered.message
        asked: set[str] | None = None
        for record in message.answers:
            if record.rtype not in (A, AAAA) or not record.ttl or record.rclass != 1:
                continue
            if asked is None:
                asked = answered.segment.asked_of(host, answered.at)
            if not asked:
                return
            name, address = normal(record.name), str(record.data)
            if name not in asked or parse(record.name).kind == "reverse":
                continue
            ownership = answered.segment.ownership
            if ownership.is_own(host, name) or ownership.held_at(name, address, other_than=host):
                continue
            names = self._enter(answered, address, name)
            if len(names) >= self.settings.names:
                yield self._signal(answered, address, names)

    def _enter(self, answered: Answered, address: str, name: str) -> dict[str, None]:
        by_address: dict[str, dict[str, None]] = answered.host.marks.setdefault(self.rule.id, {})
        names = by_address.get(address)
        if names is None:
            if len(by_address) >= MAX_ADDRESSES:
                del by_address[next(iter(by_address))]
            names = by_address[address] = {}
        if len(names) < MAX_NAMES:
            names[name] = None
        return names

    def _signal(self, answered: Answered, address: str, names: dict[str, None]) -> Signal:
        certain = answered.host.identity != "address"
        return Signal(
            f"answered that {len(names)} names which others had just asked for are all at "
            f"{address}; it had neither probed for them nor announced them",
            {"names": len(names), "address": address},
            {"names": self.settings.names},
            tuple(names),
            None if certain else Severity.INFO,
        )
