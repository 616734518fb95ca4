"""Many responders in one process: crowd.py FILE.json, until its standard input ends.

Answers by the book: shared records after 20 to 120 ms, after 400 to 500 ms when the question's
known answers go on in another packet (RFC 6762 §6, §7.2), known answers left out (§7.1), no
record twice within a second (§6), a host's answers in as few packets as they fit, with the
records that will be asked for next beside them unless ``additionals`` is false.

FILE: ``{"loss": share, "additionals": bool, "seed": n, "hosts": [{"v4", "v6", "records": [...]}]}``
with records as ``{"name": [label in hex], "type": n, "ttl": n, "unique": bool, "data": ...}``, data
in hex, as a list of labels, or as ``{"port", "target": [labels]}``. ``loss`` is of each question at
each host, and of each packet of answers. A line of input is ``{"host": n, "records": [...], "say":
bool}``: these are its records from now on, those with a TTL of 0 gone; ``say`` announces them all,
goodbyes included.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from whoasks.core import wire
from whoasks.core.names import from_labels, normal

GROUP4, GROUP6, PORT = "224.0.0.251", "ff02::fb", 5353
PTR, SRV, ANY = 12, 33, 255
LARGEST = 1_440
AGAIN = 1.0
"""Seconds before a record may be multicast again."""


class Kept(NamedTuple):
    """A record, encoded without compression, so that packets are made by joining."""

    key: str
    type: int
    encoded: bytes
    target: str | None
    """Key of the name in its data."""
    unique: bool


class Host(NamedTuple):
    """One responder."""

    v4: str
    v6: str
    records: list[Kept]


def labels(hexes: list[str]) -> bytes:
    return b"".join(bytes([len(x) // 2]) + bytes.fromhex(x) for x in hexes) + b"\x00"


def key(hexes: list[str]) -> str:
    return normal(from_labels([bytes.fromhex(x) for x in hexes]))


def kept(record: dict[str, Any]) -> Kept:
    data, target = record["data"], None
    if isinstance(data, str):
        packed = bytes.fromhex(data)
    elif isinstance(data, list):
        packed, target = labels(data), key(data)
    else:
        packed = struct.pack("!3H", 0, 0, data["port"]) + labels(data["target"])
        target = key(data["target"])
    unique = record.get("unique", False)
    head = struct.pack("!2HIH", record["type"], 0x8001 if unique else 1, record["ttl"], len(packed))
    encoded = labels(record["name"]) + head + packed
    return Kept(key(record["name"]), record["type"], encoded, target, unique)


class Crowd:
    """All hosts, on one pair of sockets that send from any address of this machine."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.loss = content.get("loss", 0.0)
        self.additionals = content.get("additionals", True)
        self.chance = random.Random(content.get("seed", 1))
        self.hosts = [
            Host(h["v4"], h["v6"], [kept(r) for r in h["records"]]) for h in content["hosts"]
        ]
        self.index: dict[str, dict[int, None]] = defaultdict(dict)
        for number, host in enumerate(self.hosts):
            for record in host.records:
                self.index[record.key][number] = None
        self.said: dict[tuple[int, bytes, bool], float] = {}
        self.known: dict[tuple[str, bool], set[tuple[str, str]]] = {}
        self.loop = asyncio.get_running_loop()
        self.sockets = {v6: _socket(v6) for v6 in (False, True)}
        for v6, sock in self.sockets.items():
            self.loop.add_reader(sock.fileno(), self.readable, v6)

    def readable(self, v6: bool) -> None:
        while True:
            try:
                payload, sender = self.sockets[v6].recvfrom(9000)
            except BlockingIOError:
                return
            if not payload[2] & 0x80:
                self.asked(wire.decode(payload), sender[0], v6, bool(payload[2] & 2))

    def asked(self, query: Any, sender: str, v6: bool, more: bool) -> None:
        # All hosts hear, or do not hear, what is known; losing that only makes them talkative.
        known = self.known.setdefault((sender, v6), set())
        known |= {(normal(r.name), normal(str(r.data))) for r in query.known_answers}
        wait = (0.4, 0.5) if more else (0.02, 0.12)
        if not query.questions:
            return
        if not more:
            self.known.pop((sender, v6))
        else:
            self.loop.call_later(0.6, self.known.pop, (sender, v6), None)
        wanted = [(normal(q.name), q.qtype) for q in query.questions]
        for number in {n: None for name, _ in wanted for n in self.index.get(name, ())}:
            if self.chance.random() < self.loss:
                continue
            later = self.chance.uniform(*wait)
            self.loop.call_later(later, self.answer, number, wanted, known, v6)

    def answer(
        self, number: int, wanted: list[tuple[str, int]], known: set[tuple[str, str]], v6: bool
    ) -> None:
        host = self.hosts[number]
        answers = [
            record
            for name, qtype in wanted
            for record in host.records
            if record.key == name
            and qtype in (record.type, ANY)
            and (record.key, record.target or "") not in known
            and self.may(number, record, v6)
        ]
        extra: dict[bytes, Kept] = {}
        # RFC 6763 §12: instances bring along theirs; types bring nothing.
        reached = {r.target for r in answers if r.target and not r.key.startswith("_services.")}
        while self.additionals and reached:
            found = [r for r in host.records if r.key in reached and r.encoded not in extra]
            extra.update((r.encoded, r) for r in found if r not in answers)
            reached = {r.target for r in found if r.target} - {r.key for r in extra.values()}
        self.say(host, answers, list(extra.values()), v6)

    def may(self, number: int, record: Kept, v6: bool) -> bool:
        now, this = self.loop.time(), (number, record.encoded, v6)
        if now - self.said.get(this, -9.0) < AGAIN:
            return False
        self.said[this] = now
        return True

    def say(self, host: Host, answers: list[Kept], extra: list[Kept], v6: bool) -> None:
        """In packets as full as they get, answers first."""
        queue = [(r.encoded, 0) for r in answers] + [(r.encoded, 1) for r in extra]
        while queue:
            body, counts = bytearray(), [0, 0]
            while queue and (not body or len(body) + len(queue[0][0]) + 12 <= LARGEST):
                encoded, section = queue.pop(0)
                body += encoded
                counts[section] += 1
            # A packet of additionals alone has them as answers.
            if not counts[0]:
                counts.reverse()
            if self.chance.random() >= self.loss:
                self.send(
                    host, struct.pack("!6H", 0, 0x8400, 0, counts[0], 0, counts[1]) + body, v6
                )

    def send(self, host: Host, packet: bytes, v6: bool) -> None:
        if v6:
            source = socket.inet_pton(socket.AF_INET6, host.v6) + bytes(4)
            control = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, source)
            index = socket.if_nametoindex("eth0")
            self.sockets[True].sendmsg([packet], [control], 0, (GROUP6, PORT, 0, index))
        else:
            source = bytes(4) + socket.inet_aton(host.v4) + bytes(4)
            control = (socket.IPPROTO_IP, 8, source)  # IP_PKTINFO
            self.sockets[False].sendmsg([packet], [control], 0, (GROUP4, PORT))

    def change(self, order: dict[str, Any]) -> None:
        """From now on a host has these records, but for those with a TTL of 0."""
        number = order["host"]
        host = self.hosts[number]
        said = [(kept(record), record["ttl"]) for record in order["records"]]
        host.records[:] = [record for record, ttl in said if ttl]
        for record in host.records:
            self.index[record.key][number] = None
        if order.get("say"):
            for v6 in (False, True):
                self.say(host, [record for record, _ in said], [], v6)
        print("done", flush=True)


def _socket(v6: bool) -> socket.socket:
    family = socket.AF_INET6 if v6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE: it stands for many hosts
    index = socket.if_nametoindex("eth0")
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        group = socket.inet_pton(family, GROUP6) + struct.pack("@I", index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        group = socket.inet_aton(GROUP4) + bytes(4) + struct.pack("@i", index)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, group)
    sock.bind(("", PORT))
    sock.setblocking(False)
    return sock


async def main(path: Path) -> None:
    content = json.loads(path.read_text())
    crowd = Crowd(content)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        line = sys.stdin.readline()
        if line:
            crowd.change(json.loads(line))
        else:
            ended.set()

    loop.add_reader(sys.stdin.fileno(), told)
    print("ready", flush=True)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
