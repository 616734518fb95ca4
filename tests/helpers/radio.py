"""802.11 frames made by hand, and what stands before them in a capture."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack

from tests.helpers import pcaps

STATION, POINT, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:fe", "02:00:00:00:00:fd"
GROUP = "01:00:5e:00:00:fb"
TO_DS, FROM_DS, MORE, RETRY, PROTECTED, ORDER = 0x01, 0x02, 0x04, 0x08, 0x40, 0x80

IEEE_802_11, PRISM, RADIOTAP, AVS, PPI, PKTAP = 105, 119, 127, 163, 192, 258


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def snap(packet: bytes, oui: bytes = b"\0\0\0") -> bytes:
    """LLC and SNAP."""
    return b"\xaa\xaa\x03" + oui + pack(">H", pcaps.kind_of(packet)) + packet


def addresses(ways: int, source: str = STATION) -> list[str]:
    """The three or four addresses of a frame to the group, by the way it goes."""
    return {
        0: [GROUP, source, POINT],
        TO_DS: [POINT, source, GROUP],
        FROM_DS: [GROUP, POINT, source],
        TO_DS | FROM_DS: [OTHER, POINT, GROUP, source],
    }[ways]


def frame(
    body: bytes,
    flags: int = FROM_DS,
    *,
    source: str = STATION,
    qos: int | None = None,
    sequence: int = 16,
    kind: int = 0x08,
    pad: int = 0,
) -> bytes:
    """A data frame; ``qos`` is the QoS control field, ``sequence`` that of sequence control."""
    first, second, third, *fourth = map(mac, addresses(flags & 3, source))
    head = pack("<BBH", kind | (0 if qos is None else 0x80), flags, 0) + first + second + third
    head += pack("<H", sequence) + b"".join(fourth)
    if qos is not None:
        head += pack("<H", qos) + (b"\0\0\0\0" if flags & ORDER else b"")
    return head + bytes(pad) + body


def aggregated(packets: Iterable[tuple[str, bytes]]) -> bytes:
    """The body of an A-MSDU: source and packet of each subframe."""
    body = b""
    for source, packet in packets:
        body += bytes(-len(body) % 4)
        inside = snap(packet)
        body += mac(GROUP) + mac(source) + pack(">H", len(inside)) + inside
    return body


def radiotap(
    inside: bytes, flags: int | None = None, *, timer: bool = False, words: int = 1
) -> bytes:
    """A radiotap header of ``words`` presence words, with a TSF timer and flags or without."""
    present = (1 if timer else 0) | (0 if flags is None else 2)
    head = b"".join(
        pack("<I", (present if not number else 0) | (number < words - 1) << 31)
        for number in range(words)
    )
    if timer:
        head += bytes(-(4 + len(head)) % 8) + bytes(8)
    if flags is not None:
        head += bytes((flags,))
    return pack("<BBH", 0, 0, 4 + len(head)) + head + inside


def prism(inside: bytes) -> bytes:
    return pack("<II16s", 0x44, 144, b"wlan0") + bytes(120) + inside


def avs(inside: bytes) -> bytes:
    return pack(">II", 0x80211001, 64) + bytes(56) + inside


def ppi(inside: bytes, link_type: int = IEEE_802_11) -> bytes:
    return pack("<BBHI", 0, 0, 8, link_type) + inside


def pktap(inside: bytes, link_type: int = 1, name: bytes = b"en0") -> bytes:
    return pack("<III24s", 108, 1, link_type, name) + bytes(72) + inside


PACKET = pcaps.ipv4(pcaps.udp())
