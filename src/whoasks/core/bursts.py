"""Questions to bursts: every asker's questions with no gap over the burst gap, all of them.

A burst is counted as packets come and closed by packet time. Open bursts stand in the order
of their last packet, so that closing never looks at one that is still going on.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from whoasks.core.identity import HostState
from whoasks.core.model import Burst, Flow, Host, Severity, Tool, Verdict
from whoasks.core.names import normal
from whoasks.core.utterance import Utterance
from whoasks.core.window import Window

MAX_OPEN = 8_192
"""Open bursts; beyond it the one silent longest is dropped and counted, since a flood of
spoofed sources opens one for each."""
MAX_NAMES = 256
"""Names listed of a burst (the log is for people); all are counted."""
MAX_SET = 4_096
"""Distinct types, instances, … counted exactly up to here."""
MAX_PORTS = 32
MAX_TYPES_EVER = 2_048
"""Types remembered of one asker: more than are registered by any one vendor."""
FOLLOW_UP = 60.0
"""Seconds after a meta-query in which questions count as its follow-up."""
MAX_LOOSE = 512
"""Types new of late that are told apart; more than any threshold may ask for."""
BUNDLE = 5
"""Types in one packet that make it a bundle; 3 to 9 separate equally well in what was measured."""
Names = frozenset[str]
_BIG = ("types", "instances", "hostnames", "reverse_names")


def stable_id(*parts: object) -> str:
    """An id that the same input always gives."""
    text = "\x1f".join(str(part) for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class AskerState:
    """What is kept of a host that asks: its totals, its past, and its burst when one is open."""

    __slots__ = (
        "_lengths", "after_meta", "after_meta_instances", "burst", "bursts", "dropped",
        "findings", "first",
        "interface", "last", "loose_new", "meta_at", "packets", "questions", "types", "windows",
    )  # fmt: skip

    def __init__(self, at: float, interface: str, windows: tuple[float, ...]) -> None:
        self.first = self.last = at
        self.interface = interface
        self.packets = self.questions = self.bursts = self.findings = 0
        self.types: dict[str, int] = {}
        """Every type asked for → the serial number of the burst that asked for it first."""
        self.loose_new: dict[str, float] = {}
        """Types asked for the first time outside a bundle → when; the newest ones."""
        self.dropped = 0
        self._lengths = windows
        self.windows: dict[float, Window] = {}
        """By length; made at the first question."""
        self.meta_at = float("-inf")
        self.after_meta: Names = frozenset()
        self.after_meta_instances: Names = frozenset()
        self.burst: OpenBurst | None = None

    def learn(self, utterance: Utterance, burst: OpenBurst, at: float) -> bool:
        """Enter what is asked; whether anything of it is new for a rule."""
        gained = False
        if not self.windows:
            self.windows = {length: Window(length) for length in self._lengths}
        for window in self.windows.values():
            gained |= window.say(utterance, at)
        self._remember(utterance.types, burst, at)
        if utterance.meta:
            if at - self.meta_at > FOLLOW_UP:
                self.after_meta = self.after_meta_instances = frozenset()
            self.meta_at = at
        if at - self.meta_at <= FOLLOW_UP:
            types = _joined(self.after_meta, utterance.types)
            instances = _joined(self.after_meta_instances, utterance.instances)
            gained |= len(types) > len(self.after_meta)
            gained |= len(instances) > len(self.after_meta_instances)
            self.after_meta, self.after_meta_instances = types, instances
        return gained

    def _remember(self, types: frozenset[str], burst: OpenBurst, at: float) -> None:
        """Enter types asked for the first time ever; the packet is a step of the sweep counts."""
        fresh = [name for name in types if name not in self.types]
        if not fresh:
            return
        for window in self.windows.values():
            window.step(at)
        burst.new_type_packets += 1
        loose = len(types) < BUNDLE
        for name in fresh:
            if loose and name not in self.loose_new:
                self.loose_new[name] = at
                if len(self.loose_new) > MAX_LOOSE:
                    # The oldest makes room: what counts is how many were new of late.
                    del self.loose_new[next(iter(self.loose_new))]
            if len(self.types) < MAX_TYPES_EVER:
                self.types[name] = burst.serial
            else:
                self.dropped += 1


def _joined(known: Names, more: frozenset[str]) -> Names:
    """Both together, capped; shares the utterance's own set as long as there is only one."""
    if not known:
        return more
    if len(known) >= MAX_SET or more <= known:
        return known
    return known | more


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
        new to it, or it is the first time in it for words at which a rule spoke up."""
        message = said.message
        assert message is not None  # noqa: S101 - queries have one; for the type checker
        self.ended = at
        self.packets += 1
        self.questions += len(said.asks)
        self.qu += said.qu
        self.known_answers += bool(message.answers)
        self.ids_nonzero += message.id != 0
        self.recursion += message.recursion_desired
        self.edns += message.edns
        fresh = said.burst != self.serial
        if fresh:
            said.burst = self.serial
            self._take_names(said)
        if flow in self.flows:
            return fresh and bool(said.rules)
        if len(self.flows) < MAX_SET:
            self.flows.add(flow)
        if len(self.ports) < MAX_PORTS:
            self.ports.add(flow.source_port)
        if flow.ttl is not None:
            self.ttls.add(flow.ttl)
        return True

    def _take_names(self, said: Utterance) -> None:
        self.meta |= said.meta
        for kind in _BIG:
            setattr(self, kind, _joined(getattr(self, kind), getattr(said, kind)))
        if len(said.types) < BUNDLE:
            self.loose_types = _joined(self.loose_types, said.types)
        for name in said.names:
            key = normal(name)
            if key in self.names:
                continue
            if len(self.names) < MAX_NAMES:
                self.names[key] = name
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
            interface=self.host.asked.interface,
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
        self.closed = self.opened = 0
        self.askers = 0
        self.dropped: Counter[str] = Counter()

    def hear(self, host: HostState, flow: Flow, at: float) -> OpenBurst:
        """The burst a question of this host belongs to at this time."""
        asker: AskerState | None = host.asked
        if asker is None:
            asker = host.asked = AskerState(at, flow.interface, self._windows)
            self.askers += 1
        burst = asker.burst
        if burst is None:
            burst = asker.burst = self._open[host] = OpenBurst(host, at, self.opened)
            asker.bursts += 1
            self.opened += 1
            if len(self._open) > MAX_OPEN:
                oldest, _ = self._open.popitem(last=False)
                oldest.asked.burst = None
                self.dropped["open bursts"] += 1
        else:
            self._open.move_to_end(host)
        return burst

    def expired(self, at: float) -> Iterator[OpenBurst]:
        """Take out the bursts whose gap has passed by then."""
        while self._open:
            host, burst = next(iter(self._open.items()))
            if at - burst.ended <= self._gap:
                return
            del self._open[host]
            host.asked.burst = None
            self.closed += 1
            yield burst

    def next_expiry(self) -> float:
        """The last moment at which nothing expires."""
        if not self._open:
            return float("inf")
        return next(iter(self._open.values())).ended + self._gap
