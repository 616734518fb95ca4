"""The whole pipeline on a sequence of datagrams: no exception, bounded tables, 5 ms a packet.

An input is a small program, so that hosts, times and floods are in a fuzzer's reach: steps of
one byte (kind in the low three bits, host in the others) and what the kind says follows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tests.helpers import traffic

from fuzz import tables
from fuzz.measuring import cost, forget
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from fuzz.targets.wire import WORDS
from whoasks.core.model import (
    BurstClosed,
    Datagram,
    Event,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Flow,
    ServiceSeen,
)
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings, RoleEntry
from whoasks.outputs import ndjson

SAY, SAY6, UNICAST, REPEAT, WAIT, FLOOD, TICK, CHANGE = range(8)

START = 1_767_261_600.0
WAITS = (
    0.0, 1e-6, 0.001, 0.05, 0.2, 1.0, 2.5, 11.0, 61.0, 299.0, 901.0, 3_601.0, 86_401.0, 700_000.0,
    -0.5, -60.0, -4_000.0, -START,
)  # fmt: skip
"""Seconds: the edges of the core's windows, a late packet, another recording, no time at all."""
MOST_PACKETS = 1_500
MOST_FLOODED = 250
WORTH_A_LOOK = 600
"""Packets from which on tables are measured, which takes 15 ms."""

_GROUP = ("224.0.0.251", "ff02::fb")


class Script:
    """Takes an input apart into datagrams and calls, one pipeline for each."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.now = START
        self.costs: list[float] = []
        self.events: list[Event] = []
        self._flows: dict[tuple[object, ...], Flow] = {}
        self._last: dict[int, bytes] = {}
        self.pipeline = traffic.pipeline()

    def run(self) -> None:
        """Every step, to the end of the input or to the most packets."""
        steps = (
            self._say, self._say, self._unicast, self._repeat, self._wait, self._flood, self._tick,
            self._change,
        )  # fmt: skip
        while self._at < len(self._data) and len(self.costs) < MOST_PACKETS:
            step = self._byte()
            steps[step & 7](step & 7, step >> 3)

    def _say(self, kind: int, host: int) -> None:
        payload = self._payload()
        self._feed(self._flow(host, six=kind == SAY6), payload)
        self._last[host] = payload

    def _unicast(self, kind: int, host: int) -> None:
        way = self._byte()
        flow = self._flow(
            host,
            six=bool(way & 1),
            destination=("10.0.0.1", "fe80::1")[way & 1] if way & 2 else None,
            source_port=5353 if way & 4 else 40_000 + way,
            mac=None if way & 8 else "",
            interface="eth1" if way & 16 else "eth0",
            vlan=7 if way & 32 else None,
            source="192.168.7.7" if way & 64 and not way & 1 else None,
        )
        payload = self._payload()
        self._feed(flow, payload)
        self._last[host] = payload

    def _repeat(self, kind: int, host: int) -> None:
        whose = self._byte()
        payload = self._last.get(whose & 31, b"")
        self._feed(self._flow(host, six=bool(whose & 32)), payload)

    def _wait(self, kind: int, host: int) -> None:
        self.now = max(0.0, self.now + WAITS[host % len(WAITS)])

    def _flood(self, kind: int, host: int) -> None:
        """The host's last payload again and again, with a counter at a place, or many hosts."""
        how, where = self._byte(), self._byte()
        payload = self._last.get(host, b"")
        for number in range(min(MOST_FLOODED, 8 + 4 * (how >> 2))):
            at = 12 + where % max(1, len(payload) - 12)
            stamped = payload[:at] + b"%03d" % number + payload[at + 3 :]
            speaker = 64 + number if how & 1 else host
            self.now += 0.001 if how & 2 else 0.05
            self._feed(self._flow(speaker), stamped if where else payload)

    def _tick(self, kind: int, host: int) -> None:
        self._timed(lambda: self.pipeline.advance(self.now), counted=False)

    def _change(self, kind: int, host: int) -> None:
        if host & 1:
            self.pipeline.set_own(frozenset({f"10.0.0.{host}"}), frozenset({_mac(host)}))
        else:
            role = RoleEntry("hub", "fuzzed", mac=_mac(host))
            self.pipeline.configure(CoreSettings(burst_gap=1.0 + host, roles=(role,)))

    def _feed(self, flow: Flow, payload: bytes) -> None:
        datagram = Datagram(self.now, flow, payload)
        self._timed(lambda: self.pipeline.feed(datagram))

    def _timed(self, work: object, *, counted: bool = True) -> None:
        made: list[Event] = []
        forget()
        taken = cost(lambda: made.extend(work()))  # type: ignore[operator]
        if counted:
            self.costs.append(taken)
        self.events += made

    def _flow(self, host: int, *, six: bool = False, **given: object) -> Flow:
        key = (host, six, *sorted((name, str(value)) for name, value in given.items()))
        if key not in self._flows:
            made = traffic.flow6(host) if six else traffic.flow(host)
            changes = {name: value for name, value in given.items() if value is not None}
            if "mac" in given:
                changes["mac"] = given["mac"] or made.mac
                if given["mac"] is None:
                    changes |= {"mac": None, "mac_source": None}
            fields = {name: getattr(made, name) for name in made.__struct_fields__}
            self._flows[key] = Flow(**(fields | changes))  # type: ignore[arg-type]
        return self._flows[key]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def _payload(self) -> bytes:
        length = self._byte() << 8 | self._byte()
        payload = self._data[self._at : self._at + min(length, 9_100)]
        self._at += len(payload)
        return payload


def _mac(host: int) -> str:
    return f"02:00:00:00:00:{host:02x}"


def one(data: bytes) -> Costs:
    script = Script(data)
    script.run()
    script.events += script.pipeline.finish()
    check(script.pipeline, script.events)
    if len(script.costs) >= WORTH_A_LOOK:
        assert tables.too_large(tables.sizes(script.pipeline)) == {}
    return tuple(script.costs)


def check(pipeline: Pipeline, events: Iterable[Event]) -> None:
    """What holds at the end of everything."""
    opened: set[str] = set()
    closed: set[str] = set()
    for event in events:
        if isinstance(event, FindingOpened):
            assert event.finding.id not in opened
            opened.add(event.finding.id)
        elif isinstance(event, FindingUpdated | FindingClosed):
            assert event.finding.id in opened
            assert event.finding.id not in closed
            if isinstance(event, FindingClosed):
                closed.add(event.finding.id)
    assert opened == closed
    summary = pipeline.summary()
    assert summary.packets >= summary.mdns >= 0
    for event in events:
        value = _value(event)
        if value is not None:
            json.loads(ndjson.line(value))
    for value in (*pipeline.askers(), *pipeline.inventory.services(), summary):
        json.loads(ndjson.line(value))
    pipeline.learned()


def _value(event: Event) -> object:
    match event:
        case FindingOpened(finding=finding) | FindingClosed(finding=finding):
            return finding
        case BurstClosed(burst=burst):
            return burst
        case ServiceSeen(service=service):
            return service
    return None


def written(said: Iterable[Datagram]) -> bytes:
    """Datagrams as a program: hosts in order of appearance, gaps to the nearest wait."""
    hosts: dict[str, int] = {}
    out = bytearray()
    before: float | None = None
    for each in said:
        host = hosts.setdefault(each.flow.mac or each.flow.source, len(hosts)) & 31
        gap = 0.0 if before is None else each.at - before
        before = each.at
        nearest = min(range(len(WAITS)), key=lambda n, gap=gap: abs(WAITS[n] - gap))
        if WAITS[nearest]:
            out.append(nearest << 3 | WAIT)
        kind = SAY6 if ":" in each.flow.source else SAY
        out += bytes((host << 3 | kind,)) + len(each.payload).to_bytes(2, "big") + each.payload
    return bytes(out)


def seeds() -> Iterator[bytes]:
    for path in recordings.paths():
        said = recordings.datagrams(path)
        yield written(said[:25])
        yield written(said[-12:])
        flood = bytes((FLOOD, 0xFF, 20, 1 << 3 | FLOOD, 0x7E, 30, 7 << 3 | WAIT, TICK))
        yield written(said[:4]) + flood + written(said[4:6])
        yield written(said[:6]) + bytes((1 << 3 | CHANGE, 2 << 3 | CHANGE, REPEAT, 33, UNICAST, 9))


PACKETS = Target(
    name="pipeline",
    promise="no exception, bounded tables, findings that open and close, 5 ms a packet",
    one=one,
    seeds=seeds,
    limit=0.005,
    words=(*WORDS, bytes((FLOOD, 0xFD, 14)), bytes((FLOOD, 0xFE, 20)), bytes((FLOOD, 0xFF, 9)),
           bytes((9 << 3 | WAIT,)), bytes((16 << 3 | WAIT,)), bytes((17 << 3 | WAIT,)),
           bytes((TICK,)), bytes((3 << 3 | CHANGE,)), bytes((REPEAT, 33))),
    longest=12_000,
)  # fmt: skip
