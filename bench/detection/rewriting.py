"""A capture written anew, with packets lost or without MACs. What is kept is kept as it was.

Everything is written as Linux cooked v1 (link type 113), whose sender address may be left out
frame by frame while VLAN tags stay; the project's own reader takes it back.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from struct import pack

from whoasks.core.model import Datagram, Flow

COOKED = 113
IPV4, IPV6, VLAN = 0x0800, 0x86DD, 0x8100
UDP = 17


def lossy(datagrams: Sequence[Datagram], share: float, seed: int) -> list[Datagram]:
    """What is left when each is lost with that probability (0–1), the same for the same seed."""
    chance = random.Random(seed)
    return [datagram for datagram in datagrams if chance.random() >= share]


def write(path: Path, datagrams: Iterable[Datagram], *, macs: bool = True) -> None:
    """A pcap file of these. Times below zero, which the format cannot hold, become zero."""
    with path.open("wb") as file:
        file.write(pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, COOKED))
        for datagram in datagrams:
            frame = _frame(datagram, macs=macs)
            seconds, micros = divmod(max(0, round(datagram.at * 1e6)), 1_000_000)
            size = len(frame)
            file.write(pack("<IIII", seconds & 0xFFFFFFFF, micros, size, size) + frame)


def _frame(datagram: Datagram, *, macs: bool) -> bytes:
    flow = datagram.flow
    udp = (
        pack(">HHHH", flow.source_port, flow.destination_port, 8 + len(datagram.payload), 0)
        + datagram.payload
    )
    version6 = ":" in flow.source
    packet = _ipv6(flow, udp) if version6 else _ipv4(flow, udp)
    kind = IPV6 if version6 else IPV4
    tag = b""
    if flow.vlan is not None:
        tag, kind = pack(">HH", flow.vlan, kind), VLAN
    mac = bytes.fromhex(flow.mac.replace(":", "")) if macs and flow.mac else b""
    return pack(">HHH8sH", 1, 1, len(mac), mac, kind) + tag + packet


def _ipv4(flow: Flow, body: bytes) -> bytes:
    ends = socket.inet_aton(flow.source) + socket.inet_aton(flow.destination)
    return pack(">BxHHHBBH", 0x45, 20 + len(body), 0, 0, _ttl(flow), UDP, 0) + ends + body


def _ipv6(flow: Flow, body: bytes) -> bytes:
    ends = b"".join(socket.inet_pton(socket.AF_INET6, a) for a in (flow.source, flow.destination))
    return pack(">IHBB", 0x60000000, len(body), UDP, _ttl(flow)) + ends + body


def _ttl(flow: Flow) -> int:
    return 255 if flow.ttl is None else flow.ttl
