"""The two file formats: byte orders, clocks, sections, damage, gzip, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers import pcaps as p

from whoasks.core.model import Datagram
from whoasks.sources import capture_stream, compression
from whoasks.sources.capture_file import BATCH, CaptureError, CaptureFile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

AT = 1_700_000_000
PACKERS = [
    pytest.param(gzip.compress, id="gzip"),
    pytest.param(lzma.compress, id="xz"),
    pytest.param(bz2.compress, id="bzip2"),
    pytest.param(zstd.compress, id="zstd"),
]
ORDERS = pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])


def write(folder: Path, data: bytes, name: str = "some.pcap") -> CaptureFile:
    path = folder / name
    path.write_bytes(data)
    return CaptureFile(path)


def read(file: CaptureFile) -> list[Datagram]:
    return [datagram for batch in file.read() for datagram in batch]


# pcap


@ORDERS
@pytest.mark.parametrize(
    ("nano", "ticks", "at"),
    [
        (False, 1, 1_700_000_000.000001),
        (False, 999_999, 1_700_000_000.999999),
        (True, 123_456_000, 1_700_000_000.123456),
    ],
)
def test_pcap_clocks(tmp_path: Path, order: str, nano: bool, ticks: int, at: float) -> None:
    record = p.record(p.QUERY_FRAME, AT, ticks, order=order)
    [datagram] = read(write(tmp_path, p.pcap(record, order=order, nano=nano)))
    assert datagram.at == at


def test_every_microsecond_survives(tmp_path: Path) -> None:
    ticks = range(0, 1_000_000, 997)
    file = write(tmp_path, p.pcap(*(p.record(p.QUERY_FRAME, AT, tick) for tick in ticks)))
    assert [round(datagram.at * 1e6) - AT * 1_000_000 for datagram in read(file)] == list(ticks)


def test_times_are_handed_on_as_they_are(tmp_path: Path) -> None:
    file = write(tmp_path, p.pcap(*(p.record(p.QUERY_FRAME, at) for at in (9, 0, 5))))
    assert [datagram.at for datagram in read(file)] == [9.0, 0.0, 5.0]


def test_a_capture_without_packets_is_fine(tmp_path: Path) -> None:
    for data in (p.pcap(), p.section(), p.section() + p.interface()):
        file = write(tmp_path, data)
        assert read(file) == []
        assert file.notes == []
        assert file.counts["packets"] == 0


def test_batches_are_bounded_and_counted(tmp_path: Path) -> None:
    file = write(tmp_path, p.pcap(*[p.record(p.QUERY_FRAME)] * (2 * BATCH + 1)))
    sizes = [len(batch) for batch in file.read()]
    assert sum(sizes) == 2 * BATCH + 1
    assert min(sizes) > 0
    assert max(sizes) == BATCH
    assert file.counts["packets"] == file.counts["mdns"] == 2 * BATCH + 1
    assert file.consumed == file.path.stat().st_size


def test_reading_again_starts_anew(tmp_path: Path) -> None:
    file = write(tmp_path, p.pcap(p.record(p.QUERY_FRAME)) + b"x")
    first = read(file), dict(file.counts), list(file.notes)
    assert (len(read(file)), dict(file.counts), list(file.notes)) == (1, *first[1:])


@pytest.mark.parametrize("chunk", [1, 7, 24, 100], ids=lambda size: f"{size} bytes at a time")
@pytest.mark.parametrize(
    "data",
    [
        p.pcap(*[p.record(p.QUERY_FRAME)] * 3),
        p.section() + p.interface() + p.enhanced(p.QUERY_FRAME) * 3,
    ],
    ids=["pcap", "pcapng"],
)
def test_pieces_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, chunk: int
) -> None:
    monkeypatch.setattr(capture_stream, "CHUNK", chunk)
    monkeypatch.setattr(compression, "PACKED_CHUNK", chunk)
    for pack in (bytes, *(packer.values[0] for packer in PACKERS)):
        file = write(tmp_path, pack(data))
        assert [datagram.payload for datagram in read(file)] == [p.QUERY] * 3
        assert file.notes == []


def test_a_pipe_can_be_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = p.pcap(p.record(p.QUERY_FRAME))
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    assert len(read(CaptureFile(pipe))) == 1
    writer.join()


# pcapng


@ORDERS
@pytest.mark.parametrize(
    ("clock", "ticks", "at"),
    [
        pytest.param((None, None), AT * 10**6 + 1, AT + 0.000001, id="microseconds by default"),
        pytest.param((6, None), AT * 10**6 + 999_999, AT + 0.999999, id="microseconds"),
        pytest.param((9, None), AT * 10**9 + 250_000_000, AT + 0.25, id="nanoseconds"),
        pytest.param((3, None), AT * 10**3 + 125, AT + 0.125, id="milliseconds"),
        pytest.param((0, None), AT, float(AT), id="seconds"),
        pytest.param((0x80 | 20, None), (AT << 20) + (1 << 19), AT + 0.5, id="2^-20"),
        pytest.param((6, AT), 500_000, AT + 0.5, id="offset"),
        pytest.param((6, -3_600), (AT + 3_600) * 10**6, float(AT), id="negative offset"),
        pytest.param((127, None), 2**64 - 1, 0.0, id="finest decimal"),
        pytest.param((255, None), 0, 0.0, id="finest binary"),
        pytest.param((0, None), 2**63, 0.0, id="beyond any calendar"),
        pytest.param((6, -(2**63)), 0, 0.0, id="before any calendar"),
    ],
)
def test_pcapng_clocks(
    tmp_path: Path, order: str, clock: tuple[int | None, int | None], ticks: int, at: float
) -> None:
    resolution, offset = clock
    head = p.section(order) + p.interface(resolution=resolution, offset=offset, order=order)
    file = write(tmp_path, head + p.enhanced(p.QUERY_FRAME, ticks, order=order))
    [datagram] = read(file)
    assert datagram.at == pytest.approx(at, abs=1e-12)


def test_interfaces_of_differing_link_types(tmp_path: Path) -> None:
    data = (
        p.section()
        + p.interface(name=b"eth0")
        + p.interface(p.RAW)
        + p.interface(p.COOKED2, name=b"any\xff\0")
        + p.enhanced(p.ipv6(p.udp()), number=1)
        + p.enhanced(p.QUERY_FRAME, number=0)
        + p.enhanced(p.cooked2(p.ipv4(p.udp())), number=2)
    )
    seen = [(d.flow.interface, d.flow.source, d.flow.mac) for d in read(write(tmp_path, data))]
    assert seen == [
        ("if1", p.SOURCE6, None),
        ("eth0", p.SOURCE4, p.MAC),
        ("any\\xff", p.SOURCE4, p.MAC),
    ]


def test_sections_have_their_own_order_and_interfaces(tmp_path: Path) -> None:
    data = b""
    for order, name in (("<", b"a"), (">", b"b"), ("<", b"a")):
        data += p.section(order) + p.interface(name=name, order=order)
        data += p.enhanced(p.QUERY_FRAME, order=order)
    data += p.section() + p.enhanced(p.QUERY_FRAME)
    file = write(tmp_path, data)
    found = read(file)
    assert [datagram.flow.interface for datagram in found] == ["a", "b", "a"]
    assert found[0].flow is found[2].flow
    assert file.counts["undescribed interface"] == 1


@ORDERS
def test_other_blocks(tmp_path: Path, order: str) -> None:
    data = (
        p.section(order)
        + p.block(0xBAD, b"anything", order)
        + p.interface(order=order)
        + p.obsolete(p.QUERY_FRAME, AT * 10**6, order=order)
        + p.block(5, bytes(12), order)
        + p.simple(p.QUERY_FRAME, order)
        + p.simple(p.QUERY_FRAME, order, wire=len(p.QUERY_FRAME) + 400)
    )
    file = write(tmp_path, data)
    assert [datagram.at for datagram in read(file)] == [float(AT), 0.0, 0.0]
    assert file.counts["packets"] == 3
    assert file.counts["without time"] == 2
    assert "no time" in file.notes[0]


def test_a_simple_packet_obeys_the_snap_length(tmp_path: Path) -> None:
    data = p.section() + p.interface(snap=60) + p.simple(p.QUERY_FRAME[:60], wire=74)
    file = write(tmp_path, data)
    assert read(file) == []
    assert file.counts["cut by snap length"] == 1


def test_an_option_that_runs_out_of_its_block_is_ignored(tmp_path: Path) -> None:
    odd = p.block(1, b"\1\0\0\0" + bytes(4) + b"\2\0\xff\xffeth0")
    [datagram] = read(write(tmp_path, p.section() + odd + p.enhanced(p.QUERY_FRAME)))
    assert datagram.flow.interface == "if0"


def test_interfaces_are_bounded(tmp_path: Path) -> None:
    data = p.section() + p.interface() * 1_030 + p.enhanced(p.QUERY_FRAME, number=1_029)
    file = write(tmp_path, data)
    assert read(file) == []
    assert file.counts["undescribed interface"] == 1


# Compression: by its magic number, whatever the name


@pytest.mark.parametrize("name", ["some.pcap.gz", "some.pcap"])
@pytest.mark.parametrize("pack", PACKERS)
def test_compressed(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    file = write(tmp_path, pack(p.pcap(p.record(p.QUERY_FRAME))), name)
    assert len(read(file)) == 1
    assert file.notes == []
    assert file.consumed == file.path.stat().st_size


@pytest.mark.parametrize("pack", PACKERS)
def test_members_and_padding(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = p.pcap(*[p.record(p.QUERY_FRAME)] * 4)
    file = write(tmp_path, pack(data[:90]) + b"\0" * 20 + pack(data[90:]) + b"\0" * 70_000)
    assert len(read(file)) == 4
    assert file.notes == []


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("harm", ["ends early", "damaged"])
def test_damage_gives_what_stands_before(
    tmp_path: Path, pack: Callable[[bytes], bytes], harm: str
) -> None:
    packed = pack(p.pcap(p.record(p.QUERY_FRAME)))
    noise = p.udp(hashlib.shake_128(b"noise").digest(4_000))
    second = bytearray(pack(p.record(p.ethernet(p.ipv4(noise)))))
    if harm == "ends early":
        del second[1_000:]
    else:
        second[3:40] = b"\xff" * 37
    file = write(tmp_path, packed + second)
    assert read(file)[0].payload == p.QUERY
    assert any(harm in note for note in file.notes)


def test_a_window_beyond_all_bounds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "_MEMORY", 1 << 20)
    monkeypatch.setattr(compression, "_ZSTD_WINDOW_LOG", 10)
    for pack in (lzma.compress, zstd.compress):
        file = write(tmp_path, pack(bytes(1 << 20)))
        with pytest.raises(CaptureError):
            read(file)


def test_zstd_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CaptureError, match=r"pip install 'whoasks\[zstd\]'"):
        read(write(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(40)))


def test_a_plain_file_named_gz(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, p.pcap(p.record(p.QUERY_FRAME)), "some.pcap.gz"))) == 1


@pytest.mark.parametrize("pack", PACKERS)
def test_it_expands_in_bounded_pieces(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = write(tmp_path, pack(bytes(8 << 20))).path
    stream = capture_stream.CaptureStream(path, capture_stream.open_file(path))
    sizes = []
    while piece := stream.read():
        sizes.append(len(piece))
    assert sum(sizes) == 8 << 20
    assert max(sizes) <= capture_stream.CHUNK
    assert stream.consumed == path.stat().st_size
    stream.close()


def test_gzip_that_ends_early_gives_what_stands_before(tmp_path: Path) -> None:
    noise = [hashlib.shake_128(b"%d" % number).digest(400) for number in range(400)]
    packed = gzip.compress(p.pcap(*(p.record(p.ethernet(p.ipv4(p.udp(data)))) for data in noise)))
    file = write(tmp_path, packed[:-50_000])
    assert 200 < len(read(file)) < 400
    assert file.counts["truncated"] == 1
    assert "ends early" in file.notes[0]


# Damage at the end costs only the end


@pytest.mark.parametrize("lost", range(1, 17 + len(p.QUERY_FRAME), 9))
def test_a_truncated_pcap(tmp_path: Path, lost: int) -> None:
    whole = p.pcap(p.record(p.QUERY_FRAME), p.record(p.QUERY_FRAME))
    file = write(tmp_path, whole[:-lost])
    assert len(read(file)) == 1
    assert file.counts["truncated"] == (lost != 16 + len(p.QUERY_FRAME))
    if file.counts["truncated"]:
        assert f"byte {24 + 16 + len(p.QUERY_FRAME)}" in file.notes[0]


def test_a_truncated_pcapng(tmp_path: Path) -> None:
    file = write(tmp_path, (p.section() + p.interface() + p.enhanced(p.QUERY_FRAME) * 2)[:-5])
    assert len(read(file)) == 1
    assert file.counts["truncated"] == 1
    assert "inside a block" in file.notes[0]


@pytest.mark.parametrize("kept", [256 * 1024 + 1, 0xFFFFFFFF])
def test_a_record_longer_than_any_packet_is_corruption(tmp_path: Path, kept: int) -> None:
    good = p.record(p.QUERY_FRAME)
    file = write(tmp_path, p.pcap(good, p.record(p.QUERY_FRAME, kept=kept), good))
    assert len(read(file)) == 1
    assert file.counts["corrupt"] == 1
    [note] = file.notes
    assert f"byte {24 + len(good)}" in note


def test_a_packet_longer_than_its_block_is_corruption(tmp_path: Path) -> None:
    head = p.section() + p.interface() + p.enhanced(p.QUERY_FRAME)
    file = write(tmp_path, head + p.enhanced(p.QUERY_FRAME, kept=4_000))
    assert len(read(file)) == 1
    assert file.counts["corrupt"] == 1
    [note] = file.notes
    assert "corrupt" in note


# What is refused: one sentence with a remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"once upon a time there was\n" * 9, "not a pcap or pcapng", id="text"),
        pytest.param(b"\n", "not a pcap or pcapng", id="one byte"),
        pytest.param(bytes(100), "not a pcap or pcapng", id="zeros"),
        pytest.param(gzip.compress(b"a story"), "not a pcap or pcapng", id="zipped text"),
        pytest.param(gzip.compress(b""), "not a pcap or pcapng", id="zipped nothing"),
        pytest.param(b"\x1f\x8bno gzip", "not a pcap or pcapng", id="gzip magic alone"),
        pytest.param(p.pcap()[:23], "inside its file header", id="half a pcap header"),
        pytest.param(p.section()[:20], "inside its section header", id="half a section header"),
    ],
)
def test_no_capture_file(tmp_path: Path, content: bytes, words: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(CaptureError, match=words) as caught:
        read(file)
    sentence = str(caught.value)
    assert str(file.path) in sentence
    assert ": " in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


GOOD = p.section() + p.interface() + p.enhanced(p.QUERY_FRAME)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(p.block(0x0A0D0D0A, p.section()[8:-4], length=29), 0, id="section"),
        pytest.param(GOOD + p.block(6, bytes(60), length=76), 1, id="ends beyond itself"),
        pytest.param(GOOD + p.block(6, bytes(60), length=68) + bytes(9), 1, id="ends too early"),
        pytest.param(GOOD + p.block(9, b"", length=8), 1, id="less than a block"),
        pytest.param(GOOD + p.block(9, b"", length=0), 1, id="zero"),
        pytest.param(GOOD + p.block(6, bytes(8)), 1, id="less than its kind needs"),
        pytest.param(GOOD + p.block(9, bytes(8), length=0x7FFFFFFC), 1, id="enormous"),
        pytest.param(GOOD + p.block(0x0A0D0D0A, bytes(20)), 1, id="no byte order"),
    ],
)
def test_a_wrong_block_length_is_refused_after_what_stands_before(
    tmp_path: Path, data: bytes, found: int
) -> None:
    file = write(tmp_path, data + GOOD)
    seen: list[Datagram] = []
    with pytest.raises(CaptureError, match="at byte") as caught:
        seen.extend(datagram for batch in file.read() for datagram in batch)
    assert len(seen) == found
    assert "copy the file again" in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="does not exist"):
        read(CaptureFile(tmp_path / "nosuch.pcap"))


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="is a folder"):
        read(CaptureFile(tmp_path))


def test_a_path_that_cannot_be() -> None:
    for path in ("a\0b", "x" * 5_000):
        with pytest.raises(CaptureError, match="cannot be opened"):
            read(CaptureFile(path))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is simulated: the tests may run as root, whom no file refuses."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = write(tmp_path, p.pcap())
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CaptureError, match="may not be read by this user"):
        read(file)
