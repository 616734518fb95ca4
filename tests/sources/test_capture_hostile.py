"""Whatever a capture file holds, only CaptureError leaves the reader, and it ends."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import pcaps as p

from whoasks.sources.capture_file import CaptureError, CaptureFile

FRAMES = [
    p.QUERY_FRAME,
    p.QUERY_FRAME6,
    p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"), tags=[(p.QINQ, 1), (p.VLAN, 2)]),
    p.ethernet(p.ipv6(p.udp(), extensions=[(0, bytes(7)), (44, bytes(7)), (60, bytes(7))])),
]
FILES = [
    *(p.pcap(*(p.record(frame, order=order) for frame in FRAMES), order=order) for order in "<>"),
    p.pcap(p.record(p.cooked1(p.ipv4(p.udp()))), link_type=p.COOKED1),
    p.pcap(p.record(p.cooked2(p.ipv6(p.udp()))), link_type=p.COOKED2),
    p.pcap(p.record(p.ipv6(p.udp())), link_type=p.RAW),
    *(
        p.section(order)
        + p.interface(name=b"eth0", resolution=9, offset=5, snap=200, order=order)
        + b"".join(p.enhanced(frame, order=order) for frame in FRAMES)
        + p.simple(p.QUERY_FRAME, order)
        + p.obsolete(p.QUERY_FRAME, 5, order=order)
        for order in "<>"
    ),
]


def survive(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hostile")
        path.write_bytes(data)
        file = CaptureFile(path)
        with contextlib.suppress(CaptureError):
            for batch in file.read():
                for datagram in batch:
                    assert len(datagram.payload) <= len(data) or data[:2] == b"\x1f\x8b"
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


@settings(max_examples=200, deadline=None)
@given(mutated(), st.integers(0, 10_000), st.integers(0, 255))
def test_mutated_gzip(data: bytes, position: int, value: int) -> None:
    packed = bytearray(gzip.compress(data))
    packed[position % len(packed)] = value
    survive(bytes(packed))
