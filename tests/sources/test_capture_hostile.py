"""Whatever a capture file holds, only CaptureError leaves the reader, and it ends."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import pcaps as p
from tests.helpers import radio as r
from tests.sources.test_eve import event
from tests.sources.test_fragments import pieces4, pieces6
from tests.sources.test_frames_tshark import FRAMES as FRAMES_BY_LINK
from tests.sources.test_zeek import HEAD, in_json, row

from whoasks.sources.capture_file import CaptureError, CaptureFile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAMES = [
    p.QUERY_FRAME,
    p.QUERY_FRAME6,
    p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"), tags=[(p.QINQ, 1), (p.VLAN, 2)]),
    p.ethernet(p.ipv6(p.udp(), extensions=[(0, bytes(7)), (44, bytes(7)), (60, bytes(7))])),
]
BODY = r.aggregated([(r.STATION, r.PACKET)] * 3)
LAYERS = [
    *FRAMES_BY_LINK,
    (r.IEEE_802_11, r.frame(BODY, qos=0x80)),
    (r.RADIOTAP, r.radiotap(r.frame(BODY, 3, qos=0x80), 0x10, timer=True, words=3)),
    (r.PKTAP, r.pktap(p.QUERY_FRAME)),
]
FILES = [
    *(p.pcap(*(p.record(frame, order=order) for frame in FRAMES), order=order) for order in "<>"),
    p.pcap(p.record(p.cooked1(p.ipv4(p.udp()))), link_type=p.COOKED1),
    p.pcap(p.record(p.cooked2(p.ipv6(p.udp()))), link_type=p.COOKED2),
    p.pcap(p.record(p.ipv6(p.udp())), link_type=p.RAW),
    p.pcap(
        *(p.record(p.ethernet(packet)) for packet in (*pieces4(size=4_000), *pieces6(size=4_000)))
    ),
    *(p.pcap(p.record(frame), p.record(frame), link_type=kind) for kind, frame in LAYERS),
    json.dumps(event(ether={"src_mac": p.MAC}, vlan=[1, 2])).encode() + b"\n",
    "\n".join((HEAD, row(), in_json())).encode(),
    *(
        p.section(order)
        + p.interface(name=b"eth0", resolution=9, offset=5, snap=200, order=order)
        + b"".join(p.enhanced(frame, order=order) for frame in FRAMES)
        + p.simple(p.QUERY_FRAME, order)
        + p.obsolete(p.QUERY_FRAME, 5, order=order)
        for order in "<>"
    ),
]


def survive(data: bytes, *, packed: bool = False) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hostile")
        path.write_bytes(data)
        file = CaptureFile(path)
        with contextlib.suppress(CaptureError):
            for batch in file.read():
                for datagram in batch:
                    assert packed or len(datagram.payload) <= 2 * len(data)
                    assert 0.0 <= datagram.at < 253_402_300_800.0
                    assert 5353 in (datagram.flow.source_port, datagram.flow.destination_port)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 6))):
        position = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["set", "word", "cut", "drop", "insert"])):
            case "set":
                data[position] = draw(st.integers(0, 255))
            case "word":
                value = draw(st.sampled_from([0, 1, 4, 8, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
                data[position : position + 4] = value.to_bytes(4, draw(st.sampled_from(ORDERS)))
            case "cut":
                del data[max(position, 4) :]
            case "drop":
                del data[position : position + draw(st.integers(1, 40))]
            case "insert":
                data[position:position] = draw(st.binary(max_size=40))
        if not data:
            break
    return bytes(data)


ORDERS = ["little", "big"]
HEADS = [b"", *{data[:4] for data in FILES}, *{data[:48] for data in FILES}]


@settings(max_examples=1_000, deadline=None)
@given(mutated())
def test_mutated_captures(data: bytes) -> None:
    survive(data)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=400))
def test_random_bytes(head: bytes, data: bytes) -> None:
    survive(head + data)


PACKERS = [gzip.compress, lzma.compress, bz2.compress, zstd.compress]


@settings(max_examples=400, deadline=None)
@given(mutated(), st.sampled_from(PACKERS), st.integers(0, 10_000), st.integers(0, 255))
def test_mutated_compression(
    data: bytes, pack: Callable[[bytes], bytes], position: int, value: int
) -> None:
    packed = bytearray(pack(data))
    packed[position % len(packed)] = value
    survive(bytes(packed), packed=True)
