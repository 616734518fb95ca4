"""IP fragments: put together in any order, refused when they lie, bounded when they flood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import pcaps as p

from whoasks.core.model import Datagram
from whoasks.sources import fragments
from whoasks.sources.capture_file import CaptureFile
from whoasks.sources.fragments import Fragments, Piece

LONG = bytes(range(256)) * 35  # 8,960 bytes: as long as mDNS may be
SMALL = bytes(range(40))


def pieces4(payload: bytes = LONG, size: int = 1_480, **kwargs: int) -> list[bytes]:
    """The IPv4 fragments of a datagram."""
    body = p.udp(payload, **kwargs)
    return [
        p.ipv4(body[at : at + size], fragment=at >> 3 | (0x2000 if at + size < len(body) else 0))
        for at in range(0, len(body), size)
    ]


def pieces6(
    payload: bytes = LONG, size: int = 1_448, number: int = 7, options: bool = False
) -> list[bytes]:
    """The IPv6 ones; with ``options`` before UDP, inside what is fragmented."""
    body, following = p.udp(payload), 17
    if options:
        body, following = bytes((17,)) + bytes(7) + body, 60
    found = []
    for at in range(0, len(body), size):
        place = at | (at + size < len(body))
        extension = [(44, pack(">BHI", 0, place, number))]
        found.append(p.ipv6(body[at : at + size], extensions=extension, following=following))
    return found


def read(
    folder: Path, packets: Iterable[bytes], seconds: Iterable[int] = ()
) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "parts.pcap"
    frames = [p.ethernet(packet) for packet in packets]
    times = list(seconds) or range(100, 100 + len(frames))
    path.write_bytes(p.pcap(*(p.record(f, at) for f, at in zip(frames, times, strict=True))))
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


def reasons(file: CaptureFile) -> dict[str, int]:
    usual = {"packets", "mdns", "flows"}
    return {key: n for key, n in file.counts.items() if n and key not in usual}


MADE = pytest.mark.parametrize(
    "packets",
    [
        pytest.param(pieces4(), id="IPv4"),
        pytest.param(pieces6(), id="IPv6"),
        pytest.param(pieces6(options=True), id="IPv6, options"),
        pytest.param(pieces4(size=512), id="small ones"),
    ],
)


@MADE
def test_in_order(tmp_path: Path, packets: list[bytes]) -> None:
    [datagram], file = read(tmp_path, packets)
    assert datagram.payload == LONG
    assert datagram.at == 100 + len(packets) - 1  # the time of the one that made it whole
    assert (datagram.flow.mac, datagram.flow.ttl, datagram.flow.source_port) == (p.MAC, 255, 5353)
    assert reasons(file) == {"reassembled": 1}


@MADE
def test_backwards_and_twice(tmp_path: Path, packets: list[bytes]) -> None:
    seconds = [100] * (2 * len(packets) - 1)
    found, _ = read(tmp_path, [*packets[:0:-1], *packets], seconds)
    assert [datagram.payload for datagram in found] == [LONG]


def test_the_flow_is_that_of_a_whole_packet(tmp_path: Path) -> None:
    first, second = read(tmp_path, [*pieces4(), p.ipv4(p.udp())])[0]
    assert first.flow is second.flow


@MADE
def test_one_missing(tmp_path: Path, packets: list[bytes]) -> None:
    found, file = read(tmp_path, packets[:-1])
    assert (found, reasons(file)) == ([], {"fragment": 1})
    assert "some are missing" in file.notes[0]
    found, file = read(tmp_path, packets[1:])
    assert (found, reasons(file)) == ([], {"later fragment": len(packets) - 1})


def test_other_traffic_in_fragments_is_not_counted(tmp_path: Path) -> None:
    packets = pieces4(source=2_049, destination=900)
    found, file = read(tmp_path, packets)
    assert (found, reasons(file)) == ([], {})
    found, file = read(tmp_path, [packets[1], packets[0], *packets[2:]])
    assert (found, reasons(file)) == ([], {})


def test_two_senders_at_once(tmp_path: Path) -> None:
    one, two = pieces6(number=1), pieces6(LONG[::-1], number=2)
    mixed = [packet for pair in zip(one, two, strict=True) for packet in pair]
    assert [d.payload for d in read(tmp_path, mixed)[0]] == [LONG, LONG[::-1]]


def test_another_mac_or_vlan_does_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pcap"
    first, second, *_ = pieces4(bytes(2_000))
    for other in (
        p.ethernet(second, "02:00:00:00:00:66"),
        p.ethernet(second, tags=[(p.VLAN, 9)]),
        p.ethernet(second, tags=[(p.QINQ, 9), (p.VLAN, 9)]),
    ):
        path.write_bytes(p.pcap(p.record(p.ethernet(first)), p.record(other)))
        assert list(CaptureFile(path).read()) == []


@pytest.mark.parametrize(
    ("second", "payloads"),
    [
        pytest.param(1_480, [LONG], id="where it belongs"),
        pytest.param(1_472, [], id="over the end of the first"),
        pytest.param(0, [], id="over the first"),
    ],
)
def test_what_overlaps_is_refused(tmp_path: Path, second: int, payloads: list[bytes]) -> None:
    packets = pieces4()
    packets[1] = p.ipv4(p.udp(LONG)[1_480:2_960], fragment=second >> 3 | 0x2000)
    found, file = read(tmp_path, packets)
    assert [datagram.payload for datagram in found] == payloads
    assert file.counts["overlapping fragments"] == (not payloads)
    assert reasons(file).get("fragment") is None


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param([100] * 6 + [131], id="too late"),
        pytest.param([100_000] * 6 + [100], id="on another clock"),
    ],
)
def test_they_expire_by_the_packets_time(tmp_path: Path, seconds: list[int]) -> None:
    found, file = read(tmp_path, pieces4(), seconds)
    assert found == []
    assert reasons(file) == {"fragment": 1, "later fragment": 1}


def test_a_fragment_that_was_cut(tmp_path: Path) -> None:
    first, *later = pieces4()
    path = tmp_path / "cut.pcap"
    frame = p.ethernet(first)
    path.write_bytes(
        p.pcap(p.record(frame[:90], wire=len(frame)), *(p.record(p.ethernet(x)) for x in later))
    )
    file = CaptureFile(path)
    assert list(file.read()) == []
    assert reasons(file) == {"cut by snap length": 1, "later fragment": len(later)}


# The table alone


def piece(
    number: int, offset: int, data: bytes, more: bool = True, ours: bool | None = None
) -> Piece:
    key = (number.to_bytes(4, "big"), b"", None, "", "")
    return Piece(key, offset, data, more, b"head", ours)


def held(table: Fragments) -> int:
    return sum(len(data) for each in table._packets.values() for data in each.pieces.values())


@pytest.mark.parametrize("ours", [True, None, False])
def test_a_flood_of_packets_is_bounded(ours: bool | None) -> None:
    counts: Counter[str] = Counter()
    table = Fragments(counts)
    for number in range(10_000):
        table.add(piece(number, 0 if ours is not None else 8, bytes(1_400), True, ours), 1.0)
        assert len(table._packets) <= fragments.PACKETS
        assert held(table) == table._held <= fragments.BYTES
    table.end()
    assert (table._held, len(table._packets)) == (0, 0)
    assert counts["fragment" if ours else "later fragment"] == (10_000 if ours is not False else 0)


def test_a_flood_of_bytes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "BYTES", 100_000)
    table = Fragments(Counter())
    for number in range(100):
        for at in range(8):
            table.add(piece(number, 8_000 * at, bytes(8_000)), 1.0)
            assert held(table) == table._held <= 100_000


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([(number * 8, 8, True) for number in range(200)], id="very many"),
        pytest.param([(65_528, 8, False)], id="longer than a packet"),
        pytest.param([(16, 8, False), (24, 8, True)], id="behind the last"),
        pytest.param([(16, 8, False), (32, 8, False)], id="two last ones"),
        pytest.param([(32, 8, True), (16, 8, False)], id="last before another"),
        pytest.param([(16, 8, True), (16, 16, True)], id="over one, and longer"),
        pytest.param([(16, 24, True), (24, 8, True)], id="inside one"),
    ],
)
def test_impossible_packets_are_refused_whole(parts: list[tuple[int, int, bool]]) -> None:
    counts: Counter[str] = Counter()
    table = Fragments(counts)
    for offset, size, more in parts:
        assert table.add(piece(1, offset, b"x" * size, more), 1.0) is None
    assert table.add(piece(1, 0, bytes(8)), 1.0) is None
    assert counts["overlapping fragments"] == 1
    assert held(table) == table._held == 0


@given(st.permutations(range(0, 40, 8)), st.lists(st.integers(0, 4), max_size=4))
def test_any_order_gives_the_packet(order: list[int], copies: list[int]) -> None:
    table = Fragments(Counter())
    places = [*order[:-1], *(order[:-1][number % 4] for number in copies), order[-1]]
    made = [table.add(piece(1, at, SMALL[at : at + 8], at < 32), 1.0) for at in places]
    assert made == [None] * (len(places) - 1) + [b"head" + SMALL]
    assert table._held == 0


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 12),
            st.integers(0, 3),
            st.booleans(),
            st.floats(0, 90),
        ),
        max_size=60,
    )
)
def test_any_pieces_are_accounted_for(steps: list[tuple[int, int, int, bool, float]]) -> None:
    table = Fragments(Counter())
    for number, offset, size, more, at in steps:
        data = bytes(8 * max(size, 1)) if more else bytes(size)
        made = table.add(piece(number, offset * 8, data, more), at)
        assert made is None or made.startswith(b"head")
        assert held(table) == table._held
    table.end()
    assert table._held == 0
