"""Leaping over frames that are plainly not ours changes nothing but the time it takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple
from tests.helpers import pcaps
from tests.helpers.pcaps import ethernet, ipv4, ipv6, udp

from whoasks.sources import skim
from whoasks.sources.capture_file import CaptureError, CaptureFile

OTHER = b"x" * 40
SEGMENT = bytes(12) + b"\x50" + bytes(7) + OTHER
QUIC, DNS = udp(OTHER, 443, 40_000), udp(OTHER, 53, 5354)

LEAPT = {
    "TCP": ethernet(ipv4(SEGMENT, protocol=6)),
    "TCP over IPv6": ethernet(ipv6(SEGMENT, following=6)),
    "TCP of a fragment": ethernet(ipv4(SEGMENT, protocol=6, fragment=0x2000)),
    "QUIC": ethernet(ipv4(QUIC)),
    "QUIC that may not be fragmented": ethernet(ipv4(QUIC, fragment=0x4000)),
    "QUIC over IPv6": ethernet(ipv6(QUIC)),
    "DNS": ethernet(ipv4(DNS)),
    "ICMP": ethernet(ipv4(bytes(30), protocol=1)),
}
LOOKED_AT = {
    "mDNS": pcaps.QUERY_FRAME,
    "mDNS over IPv6": pcaps.QUERY_FRAME6,
    "to the port alone": ethernet(ipv4(udp(source=40_000))),
    "from the port alone": ethernet(ipv4(udp(destination=40_000))),
    "from the port alone, IPv6": ethernet(ipv6(udp(destination=40_000))),
    "behind options": ethernet(ipv4(udp(), options=b"\x94\x04\0\0")),
    "a first fragment": ethernet(ipv4(QUIC, fragment=0x2000)),
    "a later fragment": ethernet(ipv4(QUIC, fragment=0x0004)),
    "behind an extension": ethernet(ipv6(udp(), extensions=[(60, bytes(7))])),
    "a VLAN": ethernet(ipv4(udp()), tags=[(pcaps.VLAN, 7)]),
    "ICMP over IPv6": ethernet(ipv6(bytes(30), following=58)),
    "too short": ethernet(ipv4(b"", protocol=6))[:40],
    "ARP": bytes(12) + b"\x08\x06" + bytes(46),
}
FRAMES = LEAPT | LOOKED_AT
PAD = bytes(skim.LOOKED_AT)


def leap_of(kind: str, order: str, frame: bytes, **given: int) -> tuple[bytes, tuple[int, int]]:
    """A file's body, and what a leap at its start comes to."""
    if kind == "pcap":
        body, leap = pcaps.record(frame, order=order, **given), skim.pcap_leap(order)
    else:
        body = pcaps.enhanced(frame, order=order, **given)
        leap = skim.pcapng_leap(order, frozenset([0]))
    return body, leap(body + PAD, 0, 262_144)


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", FRAMES)
def test_which_frames_are_leapt_over(name, order, kind):
    body, (end, packets) = leap_of(kind, order, FRAMES[name])
    assert (end, packets) == ((len(body), 1) if name in LEAPT else (0, 0))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("pcap", {"kept": 41}),
        ("pcap", {"kept": 262_145}),
        ("pcap", {"kept": 4_000}),
        ("pcapng", {"kept": 4_000}),
        ("pcapng", {"number": 1}),
    ],
    ids=["short", "beyond belief", "not all there", "beyond its block", "another interface"],
)
def test_what_is_odd_is_left_to_the_parser(kind, given):
    assert leap_of(kind, "<", LEAPT["TCP"], **given)[1] == (0, 0)


def read(data: bytes, path, leaps: bool, monkeypatch) -> tuple[list, dict, list[str], str]:
    path.write_bytes(data)
    with monkeypatch.context() as patched:
        if not leaps:
            patched.setattr(skim, "pcap_leap", lambda order: None)
            patched.setattr(skim, "pcapng_leap", lambda order, interfaces: None)
        capture, found, error = CaptureFile(path), [], ""
        try:
            for batch in capture.read():
                found += [(each.at, astuple(each.flow), each.payload) for each in batch]
        except CaptureError as raised:
            error = str(raised)
    return found, dict(capture.counts), capture.notes, error


mutations = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 255)), max_size=2)
frames = st.tuples(st.sampled_from(sorted(FRAMES.values())), mutations, st.integers(0, 30))


def mutated(frame: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
    changed = bytearray(frame)
    for at, value in changes:
        if at < len(changed):
            changed[at] = value
    return bytes(changed[: len(changed) - cut])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(frames, min_size=1, max_size=8),
    st.sampled_from("<>"),
    st.booleans(),
    st.integers(0, 20),
)
def test_with_and_without_leaps_it_is_the_same(tmp_path_factory, said, order, ng, cut):
    path = tmp_path_factory.getbasetemp() / "skim"
    made = [mutated(*each) for each in said]
    if ng:
        head = pcaps.section(order) + pcaps.interface(order=order)
        data = head + b"".join(pcaps.enhanced(frame, order=order) for frame in made)
    else:
        data = pcaps.pcap(*(pcaps.record(frame, order=order) for frame in made), order=order)
    data = data[: len(data) - cut]
    patch = pytest.MonkeyPatch()
    assert read(data, path, True, patch) == read(data, path, False, patch)
