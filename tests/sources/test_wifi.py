"""802.11: whose packet it is, what is left out, and that each is counted once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.helpers import pcaps as p
from tests.helpers import radio as r

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureFile

SNAP = r.snap(r.PACKET)
OTHER = "02:00:00:00:00:09"


def read(
    folder: Path, *frames: bytes, link_type: int = r.IEEE_802_11
) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "air.pcap"
    path.write_bytes(p.pcap(*map(p.record, frames), link_type=link_type))
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


def reasons(file: CaptureFile) -> dict[str, int]:
    usual = {"packets", "mdns", "flows"}
    return {key: n for key, n in file.counts.items() if n and key not in usual}


@pytest.mark.parametrize(
    ("frame", "link_type"),
    [
        pytest.param(r.frame(SNAP, 0), 105, id="between stations"),
        pytest.param(r.frame(SNAP, r.TO_DS), 105, id="to the access point"),
        pytest.param(r.frame(SNAP, r.FROM_DS), 105, id="from the access point"),
        pytest.param(r.frame(SNAP, r.TO_DS | r.FROM_DS), 105, id="between access points"),
        pytest.param(r.frame(SNAP, qos=5), 105, id="QoS"),
        pytest.param(r.frame(SNAP, r.TO_DS | r.FROM_DS, qos=5), 105, id="QoS, four addresses"),
        pytest.param(r.frame(SNAP, r.TO_DS | r.ORDER, qos=0), 105, id="QoS, HT control"),
        pytest.param(r.frame(r.snap(r.PACKET, b"\0\0\xf8")), 105, id="bridge tunnel"),
        pytest.param(r.frame(SNAP, kind=0x18), 105, id="with an acknowledgement"),
        pytest.param(r.frame(SNAP) + b"\1\2\3\4", 105, id="frame check sequence"),
        pytest.param(r.frame(SNAP, r.PROTECTED), 105, id="decrypted by the driver"),
        pytest.param(
            r.frame(bytes(8) + SNAP, r.PROTECTED | r.TO_DS), 105, id="decrypted, IV left in"
        ),
        pytest.param(r.radiotap(r.frame(SNAP)), 127, id="radiotap"),
        pytest.param(r.radiotap(r.frame(SNAP), 0x10), 127, id="radiotap, flags"),
        pytest.param(r.radiotap(r.frame(SNAP), 0x10, timer=True), 127, id="radiotap, timer"),
        pytest.param(
            r.radiotap(r.frame(SNAP), 0x10, timer=True, words=3), 127, id="radiotap, three words"
        ),
        pytest.param(
            r.radiotap(r.frame(SNAP, qos=0, pad=2), 0x20), 127, id="radiotap, padded header"
        ),
        pytest.param(r.prism(r.frame(SNAP)), 119, id="Prism"),
        pytest.param(r.avs(r.frame(SNAP)), 163, id="AVS"),
        pytest.param(r.ppi(r.frame(SNAP)), 192, id="PPI"),
    ],
)
def test_the_asker_is_the_station(tmp_path: Path, frame: bytes, link_type: int) -> None:
    [datagram], file = read(tmp_path, frame, link_type=link_type)
    assert datagram.payload == p.QUERY
    assert (datagram.flow.mac, datagram.flow.mac_source) == (r.STATION, "frame")
    assert (datagram.flow.source, datagram.flow.ttl) == (p.SOURCE4, 255)
    assert reasons(file) == {}


def test_ipv6_and_vlan(tmp_path: Path) -> None:
    tagged = b"\xaa\xaa\x03\0\0\0\x81\0\0\x1e" + b"\x86\xdd" + p.ipv6(p.udp())
    [datagram], _ = read(tmp_path, r.frame(tagged))
    assert (datagram.flow.source, datagram.flow.vlan) == (p.SOURCE6, 30)


@pytest.mark.parametrize(
    ("frame", "counts", "link_type"),
    [
        pytest.param(
            r.frame(b"\1\2\0\x20" + bytes(80), r.PROTECTED), {"encrypted": 1}, 105, id="CCMP"
        ),
        pytest.param(r.frame(SNAP, r.MORE), {"wi-fi fragment": 1}, 105, id="first fragment"),
        pytest.param(r.frame(SNAP, sequence=17), {"wi-fi fragment": 1}, 105, id="later fragment"),
        pytest.param(r.radiotap(r.frame(SNAP), 0x50), {"damaged in the air": 1}, 127, id="bad FCS"),
        pytest.param(r.frame(SNAP, kind=0x48), {}, 105, id="null function"),
        pytest.param(r.frame(SNAP, kind=0x80), {}, 105, id="beacon"),
        pytest.param(r.frame(SNAP, kind=0x09), {}, 105, id="another version"),
        pytest.param(b"\xd4\0\0\0" + bytes(6), {}, 105, id="acknowledgement"),
        pytest.param(r.frame(b"\x42\x42\x03" + bytes(60)), {}, 105, id="spanning tree"),
        pytest.param(r.frame(b""), {"too short": 1}, 105, id="no payload"),
        pytest.param(b"\0\0\x08", {"too short": 1}, 127, id="no whole radiotap header"),
        pytest.param(b"\0\0\xff\xff" + bytes(60), {}, 127, id="radiotap longer than the frame"),
        pytest.param(bytes(10), {}, 119, id="no whole Prism header"),
        pytest.param(b"\xff" * 90, {}, 163, id="AVS longer than the frame"),
    ],
)
def test_what_is_left_out(
    tmp_path: Path, frame: bytes, counts: dict[str, int], link_type: int
) -> None:
    found, file = read(tmp_path, frame, link_type=link_type)
    assert found == []
    assert reasons(file) == counts
    assert len(file.notes) == len(counts)


class TestCopies:
    """A multicast goes up, and comes down again for all to hear."""

    UP, DOWN = r.frame(SNAP, r.TO_DS), r.frame(SNAP, r.FROM_DS, sequence=4_000)

    def test_up_and_down_is_one(self, tmp_path: Path) -> None:
        found, file = read(tmp_path, self.UP, self.DOWN)
        assert len(found) == file.counts["wi-fi copy"] == 1

    def test_each_by_itself_counts(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, self.UP)[0]) == len(read(tmp_path, self.DOWN)[0]) == 1

    def test_the_same_words_again_are_another_packet(self, tmp_path: Path) -> None:
        again = r.frame(SNAP, r.FROM_DS, sequence=4_016)
        up_again = r.frame(SNAP, r.TO_DS, sequence=32)
        assert len(read(tmp_path, self.UP, self.DOWN, again)[0]) == 2
        assert len(read(tmp_path, self.UP, self.DOWN, up_again, again)[0]) == 2

    def test_another_station_is_another_packet(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, self.UP, r.frame(SNAP, source=OTHER))[0]) == 2

    def test_a_repetition_is_no_packet(self, tmp_path: Path) -> None:
        retried = r.frame(SNAP, r.TO_DS | r.RETRY)
        found, file = read(tmp_path, self.UP, retried, retried)
        assert (len(found), file.counts["wi-fi copy"]) == (1, 2)

    def test_a_repetition_of_what_was_missed_is_one(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, r.frame(SNAP, r.TO_DS | r.RETRY))[0]) == 1

    def test_a_traffic_class_counts_for_itself(self, tmp_path: Path) -> None:
        frames = [r.frame(SNAP, r.TO_DS | r.RETRY, qos=qos) for qos in (0, 5)]
        assert len(read(tmp_path, *frames)[0]) == 2

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        senders = [f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}" for n in range(1_000)]
        ups = [r.frame(SNAP, r.TO_DS, source=sender) for sender in senders]
        downs = [r.frame(SNAP, r.FROM_DS, source=sender) for sender in senders]
        found, file = read(tmp_path, *ups, *downs)
        assert file.counts["wi-fi copy"] == 256
        assert len(found) == 2_000 - 256


def test_aggregated_frames(tmp_path: Path) -> None:
    other = p.ipv4(p.udp(b"other"), "10.0.0.9")
    not_ours = p.ipv4(p.udp(source=9, destination=9))
    body = r.aggregated([(r.STATION, r.PACKET), (OTHER, not_ours), (OTHER, other)])
    found, _ = read(tmp_path, r.frame(body, r.TO_DS, qos=0x80))
    assert [(d.payload, d.flow.mac) for d in found] == [(p.QUERY, r.STATION), (b"other", OTHER)]


def test_an_aggregated_frame_that_lies(tmp_path: Path) -> None:
    body = r.aggregated([(r.STATION, r.PACKET)] * 2)
    for size in range(len(body)):
        found, _ = read(tmp_path, r.frame(body[:size], qos=0x80), r.frame(SNAP))
        assert found[-1].payload == p.QUERY
