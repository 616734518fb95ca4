"""Many hosts that nobody knows each ask for a type or two that nobody else asks for.

What it sees: within a minute, on one interface and VLAN, service types each asked for by exactly
one host, where these hosts ask for two types at most and have never announced anything.

Why it matters: a sweep can be dealt out over made-up addresses, so that each asks little. Ordinary
hosts overlap: they ask for what everybody asks for, and most announce something. The most such
types seen in a minute was 7 on benign networks and 13 on a merged campus; a sweep dealt out over
spoofed addresses reached 60. While it is still being learned what is usual here it is low,
unless there are twice as many as the threshold, beyond anything benign.

Benign causes: a conference that starts, when its guests' programs differ much.

The finding names the host that made the number full; the others are counted in it.
"""

from __future__ import annotations

from collections import OrderedDict

from whoasks.core.detect.base import Detector, DetectorSettings, Rule, Said, Signal
from whoasks.core.detect.view import Heard
from whoasks.core.identity import HostState
from whoasks.core.model import Flow, Severity
from whoasks.core.utterance import Utterance

Link = tuple[str, int | None]

MAX_LINKS = 64
MAX_TYPES = 4_096
"""Types remembered of one link within the window; beyond it the oldest goes first."""
PLENTY = 4
"""Times the threshold, from which on a sweep is told again only when it has grown by a quarter or
after a while: to count thousands of hosts at each packet of a flood cost most of the watch."""
AGAIN = 10.0
"""Seconds of that while."""


class _Sweep:
    """What is asked on one link: type → (when last, the only asker or None for several)."""

    __slots__ = ("alone", "leader", "told", "told_at", "types")

    def __init__(self) -> None:
        self.types: OrderedDict[str, tuple[float, HostState | None]] = OrderedDict()
        self.alone: dict[str, HostState] = {}
        self.leader: HostState | None = None
        """The host that the open finding is about."""
        self.told, self.told_at = 0, float("-inf")
        """The count that was told last, and when."""

    def age(self, before: float) -> None:
        while self.types:
            name, (at, _) = next(iter(self.types.items()))
            if at >= before:
                return
            del self.types[name]
            self.alone.pop(name, None)

    def ask(self, name: str, host: HostState, at: float, *, fits: bool) -> None:
        known = self.types.pop(name, None)
        asker = host if known is None or known[1] is host else None
        self.types[name] = (at, asker)
        if asker is not None and fits:
            self.alone[name] = asker
        else:
            self.alone.pop(name, None)
        if len(self.types) > MAX_TYPES:
            oldest, _ = self.types.popitem(last=False)
            self.alone.pop(oldest, None)

    def disown(self, host: HostState, types: frozenset[str] | set[str]) -> None:
        """The host turned out to be an ordinary one."""
        for name in types:
            if self.alone.get(name) is host:
                del self.alone[name]


class DistributedSweep(Detector):
    """Looks at all hosts of a link together."""

    cares = ("types",)
    rule = Rule(
        id="distributed-sweep",
        title="took part in a sweep dealt out over many addresses",
        severity=Severity.MEDIUM,
        attack=("T1046",),
        benign=("a conference that starts",),
        references=("ATT&CK T1046, AN1059",),
        windowed=True,
    )

    class Settings(DetectorSettings, frozen=True):
        """Defaults from the catalogue."""

        types: int = 15
        """Types each asked for by one host alone (benign maximum 13)."""
        each: int = 2
        """Most types that such a host may have asked for, ever."""
        window: float = 60.0
        """Seconds."""

        CAPS = {"types": 1000, "each": 100, "window": 3600.0}  # noqa: RUF012

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        super().__init__(settings)
        self._links: OrderedDict[Link, _Sweep] = OrderedDict()

    def on_query(self, heard: Heard) -> Said:
        """See the class."""
        types = heard.said.means.types
        if not types:
            return
        sweep = self._of((heard.flow.interface, heard.flow.vlan))
        host, at = heard.host, heard.at
        ever = heard.asker.types
        fits = self._fits(host)
        sweep.age(at - self.settings.window)
        if not fits and len(ever) <= self.settings.each + len(types):
            # It has just stopped fitting: what it asked before was no part of a sweep.
            sweep.disown(host, set(ever))
        for name in sorted(types):
            sweep.ask(name, host, at, fits=fits)
        if not fits or len(sweep.alone) < self.settings.types or self._is_told(sweep, at):
            return
        self._drop_announcers(sweep)
        count = len(sweep.alone)
        if count < self.settings.types:
            return
        leader = sweep.leader
        if leader is None or self.rule.id not in leader.open_rules:
            leader = sweep.leader = host
        sweep.told, sweep.told_at = count, at
        askers = {id(each): each for each in sweep.alone.values()}
        certain = count >= 2 * self.settings.types
        learning = heard.segment.habits.learning_at(at)
        yield Signal(
            f"and {len(askers) - 1} other hosts, none of which has ever announced anything, asked "
            f"for {count} service types in {self.settings.window:.0f} s, each type by one of "
            "them alone",
            {
                "types": count,
                "askers": len(askers),
                "some_askers": ", ".join(
                    each.mac or next(iter(each.addresses), "") for each in list(askers.values())[:8]
                ),
            },
            {"types": self.settings.types, "window": self.settings.window},
            heard.said.means.names,
            Severity.LOW if learning and not certain else None,
            about=leader,
        )

    def on_again(self, host: HostState, flow: Flow, said: Utterance, at: float) -> None:
        """What an ordinary host keeps asking for is nobody's own."""
        if said.means.types:
            sweep, fits = self._of((flow.interface, flow.vlan)), self._fits(host)
            sweep.age(at - self.settings.window)
            for name in sorted(said.means.types):
                sweep.ask(name, host, at, fits=fits)

    def _is_told(self, sweep: _Sweep, at: float) -> bool:
        """Whether an open finding says nearly as much already."""
        leader = sweep.leader
        return (
            leader is not None
            and self.rule.id in leader.open_rules
            and len(sweep.alone) >= PLENTY * self.settings.types
            and len(sweep.alone) < 1.25 * sweep.told
            and at - sweep.told_at < AGAIN
        )

    def _fits(self, host: HostState) -> bool:
        return len(host.asked.types) <= self.settings.each and not host.announced

    def _of(self, link: Link) -> _Sweep:
        sweep = self._links.get(link)
        if sweep is None:
            sweep = self._links[link] = _Sweep()
            if len(self._links) > MAX_LINKS:
                self._links.popitem(last=False)
        return sweep

    @staticmethod
    def _drop_announcers(sweep: _Sweep) -> None:
        """Hosts that have announced since they asked are ordinary ones."""
        for name in [name for name, host in sweep.alone.items() if host.announced]:
            del sweep.alone[name]
