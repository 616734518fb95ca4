"""``sources.capture_file``: datagrams or CaptureError, in bounded time, whatever the file holds."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import pcaps as p

from fuzz.measuring import cost
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from whoasks.sources.capture_file import CaptureError, CaptureFile

_FOLDER = tempfile.TemporaryDirectory(prefix="whoasks-fuzz-")
_PATH = Path(_FOLDER.name) / "hostile"
_YEAR_10000 = 253_402_300_800.0


def one(data: bytes) -> Costs:
    _PATH.write_bytes(data)
    return (cost(_read),)


def _read() -> None:
    file = CaptureFile(_PATH)
    count = 0
    try:
        for batch in file.read():
            assert batch
            count += len(batch)
            for datagram in batch:
                assert 0.0 <= datagram.at < _YEAR_10000
                assert 5353 in (datagram.flow.source_port, datagram.flow.destination_port)
                assert len(datagram.payload) <= 65_535
    except CaptureError as error:
        assert str(error)
    assert count == file.counts["mdns"]


def seeds() -> Iterator[bytes]:
    for path in recordings.paths():
        data = path.read_bytes()
        yield data[:2_000]
        yield gzip.compress(data[:4_000])
    for order in "<>":
        yield p.pcap(*(p.record(f, order=order) for f in frames()), order=order)
        yield (
            p.section(order)
            + p.interface(name=b"eth0", resolution=9, offset=5, snap=200, order=order)
            + b"".join(p.enhanced(frame, order=order) for frame in frames())
            + p.simple(p.QUERY_FRAME, order)
            + p.obsolete(p.QUERY_FRAME, 5, order=order)
        )
    yield p.pcap(p.record(p.cooked1(p.ipv4(p.udp()))), link_type=p.COOKED1)
    yield p.pcap(p.record(p.cooked2(p.ipv6(p.udp()))), link_type=p.COOKED2)
    yield p.pcap(p.record(p.ipv6(p.udp())), link_type=p.RAW)
    for link_type in OTHER_LINKS:
        yield p.pcap(p.record(p.QUERY_FRAME), link_type=link_type)


OTHER_LINKS = (0, 105, 108, 119, 127, 163, 192, 228, 229)
"""BSD loopback, 802.11 and its headers, PPI, raw IP: by the numbers of tcpdump.org/linktypes."""


def frames() -> list[bytes]:
    return [
        p.QUERY_FRAME,
        p.QUERY_FRAME6,
        p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"), tags=[(p.QINQ, 1), (p.VLAN, 2)]),
        p.ethernet(p.ipv6(p.udp(), extensions=[(0, bytes(7)), (44, bytes(7)), (60, bytes(7))])),
    ]


CAPTURES = Target(
    name="capture",
    promise="CaptureError and nothing else; every datagram has a time, a port and a payload",
    one=one,
    seeds=seeds,
    limit=0.25,
    words=(b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a",
           b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"\x81\x00", b"\x88\xa8",
           b"\x08\x00\x45", b"\x86\xdd\x60", b"\x14\xe9\x14\xe9", b"\x11", b"\x2c", b"\x20\x00",
           b"\x88\x63", b"\x88\x64", b"\x88\x47", b"\xaa\xaa\x03\x00\x00\x00", b"\x00\x00\x08\x00",
           b"\x06\x00\x00\x00", b"\x01\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x40"),
    longest=6_000,
)  # fmt: skip
