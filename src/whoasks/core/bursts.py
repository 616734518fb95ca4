"""Questions to bursts: every asker's questions with no gap over the burst gap, all of them.

A burst is counted as packets come and closed by packet time. Open bursts stand in the order
of their last packet, so that closing never looks at one that is still going on.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from whoasks.core.askers import BUNDLE, MAX_SET, AskerState, Names, joined
from whoasks.core.identity import HostState
from whoasks.core.model import Burst, Flow, Host, Severity, Tool, Verdict
from whoasks.core.utterance import Utterance

MAX_OPEN = 8_192
"""Open bursts; beyond it the one silent longest is dropped and counted, since a flood of
spoofed sources opens one for each."""
MAX_FRESH = 1_024
"""Open bursts of hosts heard once only: those of spoofed sources push out each other."""
MAX_NAMES = 256
"""Names listed of a burst (the log is for people); all are counted."""
MAX_PORTS = 32


def stable_id(*parts: object) -> str:
    """An id that the same input always gives."""
    text = "\x1f".join(map(str, parts))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class OpenBurst:
    """A burst while it lasts."""

    __slots__ = (
        "best", "edns", "ended", "flows", "host", "hostnames", "id", "ids_nonzero", "instances",
        "known_answers", "loose_types", "meta", "names", "names_dropped", "new_type_packets",
        "packets", "ports",
        "qu", "questions", "reasons", "recursion", "reverse_names", "serial", "severity",
        "shape_state", "started",
        "tool", "ttls", "types", "utterances",
    )  # fmt: skip

    def __init__(self, host: HostState, at: float, serial: int) -> None:
        self.host = host
        self.serial = serial
        """What is remembered of a burst is its number: a reference would make a ring of objects
        that only the garbage collector could take apart, at several times the cost of a packet."""
        self.id = stable_id("burst", host.key, round(at * 1000))
        self.started = self.ended = at
        self.packets = self.questions = self.qu = self.known_answers = 0
        self.ids_nonzero = self.recursion = self.edns = self.new_type_packets = 0
        self.meta = False
        self.types: Names = frozenset()
        self.loose_types: Names = frozenset()
        """Types asked outside a bundle."""
        self.instances: Names = frozenset()
        self.hostnames: Names = frozenset()
        self.reverse_names: Names = frozenset()
        self.names: dict[str, str] = {}
        self.names_dropped = 0
        self.flows: set[Flow] = set()
        self.ports: set[int] = set()
        self.ttls: set[int] = set()
        self.tool: Tool | None = None
        self.shape_state: Any = None
        """What ``shapes`` remembers of the burst."""
        self.severity: Severity | None = None
        self.reasons: dict[str, None] = {}

    def count(self, said: Utterance, flow: Flow, at: float) -> bool:
        """Count one packet; whether the rules should hear it again for this burst: its flow is
        new to it and to them, or it is the first time in it for words at which a rule spoke up."""
        self.ended = at
        self.packets += 1
        self.questions += len(said.means.asks)
        if said.means.marks is not None:
            qu, known, ident, recursion, edns = said.means.marks
            self.qu += qu
            self.known_answers += known
            self.ids_nonzero += ident
            self.recursion += recursion
            self.edns += edns
        fresh = said.burst != self.serial
        if fresh:
            said.burst = self.serial
            self._take_names(said)
        again = flow not in said.shown_by or (fresh and bool(said.rules))
        if flow in self.flows:
            return fresh and bool(said.rules)
        if len(self.flows) < MAX_SET:
            self.flows.add(flow)
        if len(self.ports) < MAX_PORTS:
            self.ports.add(flow.source_port)
        if flow.ttl is not None:
            self.ttls.add(flow.ttl)
        return again

    def _take_names(self, said: Utterance) -> None:
        means = said.means
        self.meta |= means.meta
        if means.types:
            self.types = joined(self.types, means.types)
            if len(means.types) < BUNDLE:
                self.loose_types = joined(self.loose_types, means.types)
        if means.instances:
            self.instances = joined(self.instances, means.instances)
        if means.hostnames:
            self.hostnames = joined(self.hostnames, means.hostnames)
        if means.reverse_names:
            self.reverse_names = joined(self.reverse_names, means.reverse_names)
        names = self.names
        for key, name in means.named:
            if key in names:
                continue
            if len(names) < MAX_NAMES:
                names[key] = name
            else:
                self.names_dropped += 1

    def verdict(self) -> Verdict:
        """How a person should read the burst."""
        if self.severity is None or self.severity == Severity.INFO:
            return "routine"
        return "unusual" if self.severity == Severity.LOW else "suspicious"

    def close(self, host: Host) -> Burst:
        """The burst as a value."""
        return Burst(
            id=self.id,
            host=host,
            interface=self.host.interface,
            vlan=self.host.vlan,
            started=self.started,
            ended=self.ended,
            packets=self.packets,
            questions=self.questions,
            types=len(self.types),
            instances=len(self.instances),
            hostnames=len(self.hostnames),
            reverse_names=len(self.reverse_names),
            new_type_packets=self.new_type_packets,
            meta_query=self.meta,
            qu_share=round(self.qu / self.questions, 3) if self.questions else 0.0,
            known_answer_share=round(self.known_answers / self.packets, 3),
            source_ports=tuple(sorted(self.ports)),
            ids_nonzero=self.ids_nonzero,
            recursion_desired=self.recursion,
            ttls=tuple(sorted(self.ttls)),
            edns=self.edns,
            tool=self.tool,
            verdict=self.verdict(),
            reasons=tuple(self.reasons),
            names=tuple(self.names.values()),
            names_dropped=self.names_dropped,
        )


class Bursts:
    """The open bursts of all hosts, in the order of their last packet."""

    def __init__(self, gap: float, windows: tuple[float, ...]) -> None:
        self._gap = gap
        self._windows = windows
        self._open: OrderedDict[HostState, OpenBurst] = OrderedDict()
        self._fresh: OrderedDict[HostState, OpenBurst] = OrderedDict()
        """Those of hosts heard only once."""
        self.closed = self.opened = 0
        self.askers = 0
        self.dropped: Counter[str] = Counter()

    def configure(self, gap: float, windows: tuple[float, ...]) -> None:
        """Take another gap and other windows from now on."""
        self._gap, self._windows = gap, windows

    def hear(self, host: HostState, flow: Flow, at: float) -> OpenBurst:
        """The burst a question of this host belongs to at this time."""
        asker: AskerState | None = host.asked
        if asker is None:
            asker = host.asked = AskerState(at, flow.interface, self._windows)
            self.askers += 1
        burst = asker.burst
        if burst is None:
            burst = asker.burst = OpenBurst(host, at, self.opened)
            asker.bursts += 1
            self.opened += 1
            if host.packets > 1:
                self._enter(self._open, burst, MAX_OPEN)
            else:
                self._enter(self._fresh, burst, MAX_FRESH)
        elif host in self._open:
            self._open.move_to_end(host)
        else:
            del self._fresh[host]
            self._enter(self._open, burst, MAX_OPEN)
        return burst

    def _enter(self, table: OrderedDict[HostState, OpenBurst], burst: OpenBurst, most: int) -> None:
        table[burst.host] = burst
        if len(table) > most:
            oldest, _ = table.popitem(last=False)
            _release(oldest)
            self.dropped["open bursts"] += 1

    def expired(self, at: float) -> Iterator[OpenBurst]:
        """Take out the bursts whose gap has passed by then, in the order of their last packet."""
        while True:
            table = self._open
            burst = next(iter(table.values()), None)
            fresh = next(iter(self._fresh.values()), None)
            if fresh is not None and (burst is None or fresh.ended < burst.ended):
                table, burst = self._fresh, fresh
            if burst is None or at - burst.ended <= self._gap:
                return
            del table[burst.host]
            _release(burst.host)
            self.closed += 1
            yield burst

    def next_expiry(self) -> float:
        """The last moment at which nothing expires."""
        soon = float("inf")
        for table in (self._open, self._fresh):
            if table:
                soon = min(soon, next(iter(table.values())).ended + self._gap)
        return soon


def _release(host: HostState) -> None:
    """The host has no open burst any more; it may have been pushed out meanwhile."""
    if host.asked is not None:
        host.asked.burst = None
