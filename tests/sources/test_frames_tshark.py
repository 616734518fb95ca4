"""Every link type that can be made by hand, as tshark reads it: who sent it, and on which VLAN."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.helpers import pcaps as p
from tests.helpers import radio as r
from tests.sources.test_encapsulation import labels, pppoe, typed
from tests.sources.test_fragments import pieces4, pieces6

from whoasks.sources.capture_file import CaptureFile

V4, V6 = p.ipv4(p.udp()), p.ipv6(p.udp())
SNAP = r.snap(V4)

PARTS = (*pieces4(), *pieces6(), *pieces6(options=True, number=9)[::-1], pieces4(bytes(3_000))[1])
WAYS = ((0, None), (r.TO_DS, None), (3, None), (3, 6), (r.TO_DS, 0))  # and the QoS field


def air(number: int, ways: int, qos: int | None) -> bytes:
    packet = p.ipv4(p.udp(source=6_000 + number))
    return r.frame(r.snap(packet), ways, qos=qos, sequence=16 * number)


FRAMES: list[tuple[int, bytes]] = [
    (1, p.QUERY_FRAME),
    (1, p.QUERY_FRAME6),
    (1, p.ethernet(V4, tags=[(p.VLAN, 30)])),
    (1, p.ethernet(V6, tags=[(p.QINQ, 100), (p.VLAN, 30)])),
    (1, typed(0x8864, pppoe(b"\0\x21", V4))),
    (1, typed(0x8847, labels(17, 18) + V4)),
    (1, typed(len(SNAP), SNAP)),
    (0, (2).to_bytes(4, "little") + V4),
    (0, (2).to_bytes(4, "big") + V4),
    *((0, family.to_bytes(4, "little") + V6) for family in (24, 28, 30)),
    (108, (2).to_bytes(4, "big") + V4),
    (101, V4),
    (101, V6),
    (228, V4),
    (229, V6),
    (113, p.cooked1(V4)),
    (113, p.cooked1(V6)),
    (276, p.cooked2(V4)),
    (276, p.cooked2(V6)),
    (9, b"\xff\x03\0\x21" + V4),
    (50, b"\xff\x03\0\x21" + V4),
    (51, pppoe(b"\0\x21", V4)),
    *((105, air(number, *way)) for number, way in enumerate(WAYS)),
    (127, r.radiotap(r.frame(SNAP), timer=True, flags=0, words=2)),
    (127, r.radiotap(r.frame(SNAP, qos=0, pad=2), 0x20)),
    (119, r.prism(r.frame(SNAP))),
    (163, r.avs(r.frame(SNAP))),
    (192, r.ppi(r.frame(SNAP))),
    (1, p.ethernet(p.ipv4(p.udp(), options=b"\x94\x04\0\0"))),
    *((1, p.ethernet(packet)) for packet in PARTS),
    (105, r.frame(bytes(60), r.PROTECTED)),
]
"""Link type and frame, a second apart."""

_FIELDS = ("frame.time_epoch", "ip.src", "ipv6.src", "udp.srcport", "udp.length", "vlan.id")
_FIELDS += ("wlan.sa", "eth.src", "sll.src.eth")

Row = tuple[int, str, int, int, int | None, str | None]
"""Second, source, port, length, VLAN, MAC."""


def capture() -> bytes:
    """All of them in one file of many interfaces."""
    kinds = sorted({kind for kind, _ in FRAMES})
    head = p.section() + b"".join(p.interface(kind) for kind in kinds)
    blocks = (
        p.enhanced(frame, (1_000 + second) * 1_000_000, kinds.index(kind))
        for second, (kind, frame) in enumerate(FRAMES)
    )
    return head + b"".join(blocks)


def theirs(path: Path) -> list[Row]:
    command = ["tshark", "-n", "-r", str(path), "-o", "udp.check_checksum:FALSE"]
    command += ["-Y", "udp.port==5353", "-T", "fields"]
    for field in _FIELDS:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows: list[Row] = []
    for line in output.splitlines():
        at, v4, v6, port, length, vlan, *macs = line.split("\t")
        mac = next((mac for mac in macs if mac), None)
        inner = int(vlan.split(",")[-1], 0) if vlan else None
        rows.append((int(float(at)), v4 or v6, int(port), int(length), inner, mac))
    return rows


@pytest.mark.skipif(not shutil.which("tshark"), reason="needs tshark")
def test_every_link_type_as_tshark_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "all.pcapng"
    path.write_bytes(capture())
    file = CaptureFile(path)
    ours: list[Row] = [
        (int(d.at), d.flow.source, d.flow.source_port, len(d.payload) + 8, d.flow.vlan, d.flow.mac)
        for batch in file.read()
        for d in batch
    ]
    expected = [
        # Behind MPLS the MAC is a router's, which tshark shows all the same.
        (*row[:5], None) if FRAMES[row[0] - 1_000][1][12:14] == b"\x88\x47" else row
        for row in theirs(path)
    ]
    assert ours == expected
    assert len(ours) == len(FRAMES) - 1 - len(PARTS) + 3
    assert file.counts["reassembled"] == 3
    assert (file.counts["later fragment"], file.counts["encrypted"]) == (1, 1)
