"""Ten days of a home, by the clock of its packets: memory and database by day.

Twelve hosts announce, print, cast and browse; once a day somebody enumerates and a guest comes with
a new MAC. Everything goes through the pipeline into a store as ``watch`` has it: events are kept as
they come, and what is too old is deleted in parts between them.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dnslib import PTR, RR, SRV, TXT, A, DNSHeader, DNSQuestion, DNSRecord

from whoasks import knowledge
from whoasks.cli import memory
from whoasks.core.model import Datagram, Flow
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings
from whoasks.store import Keeper, Retention, Store

DAY = 86_400.0
START = 1_700_000_000.0
TYPES = ("_ipp._tcp", "_googlecast._tcp", "_airplay._tcp", "_hap._tcp", "_smb._tcp", "_raop._tcp")
EVERY = 20.0
"""Seconds between two questions of one host."""
HOSTS = 12
DAYS = 10


def flow(number: int, day: int = 0) -> Flow:
    """A host of the home; guests have a MAC for each day."""
    mac = f"02:00:00:00:{day:02x}:{number:02x}"
    return Flow("eth0", f"10.0.0.{number}", 5353, "224.0.0.251", 5353, mac, "frame", None, 255)


def ask(*names: str) -> bytes:
    """A query for the PTR records of types."""
    questions = [DNSQuestion(f"{name}.local", 12) for name in names]
    return bytes(DNSRecord(DNSHeader(id=0, bitmap=0), questions).pack())


def announcement(number: int, kind: str) -> bytes:
    """One service, whole."""
    name, host = f"Thing {number}.{kind}.local", f"thing-{number}.local"
    record = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    record.add_answer(RR(f"{kind}.local", 12, 1, 4500, PTR(name)))
    record.add_ar(RR(name, 33, 0x8001, 120, SRV(0, 0, 80, host)))
    record.add_ar(RR(name, 16, 0x8001, 4500, TXT([f"n={number}".encode()])))
    record.add_ar(RR(host, 1, 0x8001, 120, A(f"10.0.0.{number}")))
    return bytes(record.pack())


def day_of(day: int, chance: random.Random) -> Iterator[Datagram]:
    """What is said on one day, in order."""
    start, flows = START + day * DAY, [flow(number) for number in range(1, HOSTS + 1)]
    said = [[ask(kind) for kind in TYPES], [announcement(n, TYPES[n % 6]) for n in range(1, 13)]]
    steps = int(DAY / EVERY)
    for step in range(steps):
        at = start + step * EVERY
        for number, by in enumerate(flows):
            when = at + number * 0.7
            if step % 4 == number % 4:
                yield Datagram(when, by, said[1][number])
            elif chance.random() < 0.3:
                yield Datagram(when, by, said[0][chance.randrange(6)])
        if step == steps // 2:
            guest = flow(200, day + 1)
            yield Datagram(at + 10, guest, ask("_services._dns-sd._udp"))
            yield Datagram(at + 11, guest, ask(*TYPES))


class Clocked(Store):
    """A store that knows how long its longest part of deleting took."""

    longest = 0.0

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]:
        """As it is, by the clock."""
        begin = time.perf_counter()
        try:
            return super().prune(now, retention)
        finally:
            self.longest = max(self.longest, time.perf_counter() - begin)


def watched(pipeline: Pipeline, keeper: Keeper, day: int, chance: random.Random) -> int:
    """One day through the pipeline into the store, a tick a minute; how many packets."""
    packets, tick = 0, 0.0
    for datagram in day_of(day, chance):
        keeper.keep(list(pipeline.feed(datagram)), datagram.at)
        packets += 1
        if datagram.at >= tick:
            tick = datagram.at + 60
            keeper.retry(datagram.at)
    now = START + (day + 1) * DAY
    keeper.keep_askers(pipeline.askers(), now)
    keeper.keep_habits(pipeline.learned(), now)
    return packets


def main() -> None:
    """Print the table."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "week.db"
        pipeline = Pipeline(CoreSettings(), knowledge.load())
        memory.settle()
        store = Clocked(path)
        keeper = Keeper(lambda: store, print)
        keeper.prune(START, Retention())
        columns = "day | packets | µs a packet | MB | peak MB | database MB"
        columns += " | bursts | hours | findings | longest part, ms"
        print(f"### Ten days\n\n| {columns} |\n|{' ---: |' * (columns.count('|') + 1)}")
        total = 0
        for day in range(DAYS):
            begin = time.process_time()
            packets = watched(pipeline, keeper, day, chance)
            took = (time.process_time() - begin) / packets * 1e6
            total += packets
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            size = sum(p.stat().st_size for p in Path(folder).glob("week.db*")) / 1e6
            held = [sum(1 for _ in rows()) for rows in (store.bursts, store.activity)]
            found = sum(1 for _ in store.findings())
            print(
                f"| {day + 1} | {packets:,} | {took:.1f} | {resident():.1f} | {peak:.1f} "
                f"| {size:.1f} | {held[0]:,} | {held[1]:,} | {found} | {store.longest * 1e3:.0f} |",
                flush=True,
            )
            store.longest = 0.0
        keeper.finish(START + DAYS * DAY)
        print(f"\n{total:,} packets.")


def resident() -> float:
    """MB of memory that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
