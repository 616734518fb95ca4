"""``sources.capture_file``: datagrams or CaptureError, in bounded time, whatever the file holds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator

from tests.helpers import pcaps as p
from tests.helpers import radio

from fuzz.measuring import cost
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from whoasks.core.model import MDNS_PORT
from whoasks.sources.capture_file import BATCH, CaptureError, CaptureFile
from whoasks.sources.log_lines import LINE_CAP

_YEAR_10000 = 253_402_300_800.0


def one(data: bytes) -> Costs:
    return (cost(lambda: _read(data)),)


def _read(data: bytes) -> None:
    file = CaptureFile("hostile", source=lambda: io.BytesIO(data))
    count = 0
    try:
        for batch in file.read():
            assert 0 < len(batch) <= BATCH
            count += len(batch)
            for datagram in batch:
                flow = datagram.flow
                assert 0.0 <= datagram.at < _YEAR_10000
                assert MDNS_PORT in (flow.source_port, flow.destination_port)
                assert len(datagram.payload) <= LINE_CAP
    except CaptureError as error:
        assert str(error)
    assert count == file.counts["mdns"]
    assert all(number >= 0 for number in file.counts.values()), file.counts
    assert all(isinstance(note, str) and note for note in file.notes)


def seeds() -> Iterator[bytes]:
    for number, path in enumerate(recordings.paths()):
        data = path.read_bytes()
        yield data[:2_000]
        yield _PACKERS[number % len(_PACKERS)](data[:4_000])
    for order in "<>":
        yield p.pcap(*(p.record(f, order=order) for f in frames()), order=order)
        yield (
            p.section(order)
            + p.interface(name=b"eth0", resolution=9, offset=5, snap=200, order=order)
            + b"".join(p.enhanced(frame, order=order) for frame in frames())
            + p.simple(p.QUERY_FRAME, order)
            + p.obsolete(p.QUERY_FRAME, 5, order=order)
        )
    for link_type, frame in linked():
        yield p.pcap(p.record(frame), p.record(frame, 1_700_000_001), link_type=link_type)
    yield from (p.pcap(p.record(p.QUERY_FRAME), link_type=other) for other in range(0, 300, 7))


def _zstd(data: bytes) -> bytes:
    """Its magic number and a frame of one raw block (RFC 8878), for want of a packer everywhere."""
    block = (len(data) << 3 | 1).to_bytes(3, "little") + data
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + block


_PACKERS = (gzip.compress, bz2.compress, lzma.compress, _zstd)


def frames() -> list[bytes]:
    """Ethernet frames: plain, tagged, in pieces, inside others."""
    query = p.ipv4(p.udp())
    long = p.udp(p.QUERY + b"\0" * 3_000)
    return [
        p.QUERY_FRAME,
        p.QUERY_FRAME6,
        p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"), tags=[(p.QINQ, 1), (p.VLAN, 2)]),
        p.ethernet(p.ipv6(p.udp(), extensions=[(0, bytes(7)), (44, bytes(7)), (60, bytes(7))])),
        p.ethernet(p.ipv4(long[:1_480], fragment=0x2000)),
        p.ethernet(p.ipv4(long[1_480:2_960], fragment=0x2000 | 185)),
        p.ethernet(p.ipv4(long[2_960:], fragment=370)),
        _typed(0x8864, b"\x11\x00\x00\x01\x00\x40\x00\x21" + query),
        _typed(0x8847, b"\x00\x01\x00\xff\x00\x02\x01\xff" + query),
        _typed(len(query) + 8, radio.snap(query)),
    ]


def _typed(kind: int, rest: bytes) -> bytes:
    return p.QUERY_FRAME[:12] + kind.to_bytes(2, "big") + rest


def linked() -> Iterator[tuple[int, bytes]]:
    """A query over every link type that is read."""
    query, query6 = p.ipv4(p.udp()), p.ipv6(p.udp())
    yield p.COOKED1, p.cooked1(query)
    yield p.COOKED2, p.cooked2(query6)
    yield p.RAW, query6
    yield from ((bsd, b"\x02\0\0\0" + query) for bsd in (p.NULL, p.LOOP))
    yield from ((other, query) for other in (9, 228, 229))
    for ways in (radio.TO_DS, radio.FROM_DS, radio.TO_DS | radio.FROM_DS):
        for qos in (None, 0):
            frame = radio.frame(radio.snap(query), ways, qos=qos)
            yield radio.IEEE_802_11, frame
            yield radio.RADIOTAP, radio.radiotap(frame)
    plain = radio.frame(radio.snap(query))
    yield radio.PRISM, radio.prism(plain)
    yield radio.AVS, radio.avs(plain)
    yield radio.PPI, radio.ppi(plain)
    yield radio.PKTAP, radio.pktap(p.QUERY_FRAME)
    both = radio.aggregated([(radio.STATION, query), (radio.OTHER, query6)])
    yield radio.IEEE_802_11, radio.frame(both, qos=0x80)


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


def logs() -> Iterator[bytes]:
    """Lines of Suricata's EVE log and of Zeek's dns.log, as their documentation has them."""
    for name in ("eve.json", "zeek.log", "zeek.json"):
        yield (recordings.EXAMPLES / name).read_bytes()


LOGS = Target(
    name="log",
    promise="the same for logs of other sensors",
    one=one,
    seeds=logs,
    limit=0.25,
    words=(b'"event_type":"mdns"', b'"event_type":"dns"', b'"queries":[', b'"answers":[',
           b'"rrname":', b'"rrtype":', b'"rdata":', b'"timestamp":"', b'"src_ip":"', b'"flags":[',
           b'"id.orig_h":', b"#separator \\x09", b"#fields\tts", b"\\x00", b"\\x5c", b"null", b"{}",
           b"[]", b"1e999", b"-1", b"99999999999999999999", b"\\udc80", b"\n", b"[" * 60),
    longest=6_000,
)  # fmt: skip
