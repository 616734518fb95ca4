"""Leaps over what is plainly no mDNS: most of a capture that was taken of everything.

Of a plain Ethernet frame one look at fixed places tells that its reader would answer None and
count nothing. A leap ends before the first record of which that is not certain; it decides
nothing else. A frame costs half of what calling its reader costs, which is why both loops below
have the commonest frame, TCP over IPv4, decided in line.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from whoasks.core.model import MDNS_PORT
from whoasks.sources.encapsulation import IPV4, IPV6
from whoasks.sources.ip import UDP

ETHERNET = 1
"""The link type."""
TCP = 6
LEAST4, LEAST6, LEAST6_UDP = 42, 54, 62
"""Bytes of the shortest frames that are leapt over: Ethernet, IP and UDP headers."""
LOOKED_AT = 58
"""Bytes of a frame that are looked at."""
PCAP_HEAD, BLOCK_HEAD = 16, 28
"""Bytes that stand before the frame: a record's head, an enhanced packet block's."""

ENHANCED = 6
"""The block type."""

Leap = Callable[[bytes, int, int], tuple[int, int]]
"""(buffer, position, longest frame) → where it ended, packets leapt over."""

# Of every frame: Ethertype, and IPv4's protocol; a field more would cost a tenth. Of those that are
# no TCP over IPv4: version and IHL, fragment (IPv6's next header is in it), ports; of IPv6 the
# ports. Numbers are in the file's order, and so is what they are compared with.
_FRAME = "12xH9xB"
_MORE = "14xB5xH12xHH"
_PORTS6 = "54xHH"


def pcap_leap(order: str) -> Leap:
    """For the records of a pcap file in that byte order (``<`` or ``>``)."""
    look = Struct(f"{order}8xI4x{_FRAME}").unpack_from
    other, ipv4 = _other(order, PCAP_HEAD), _seen(IPV4, order)

    def leap(buffer: bytes, position: int, most: int) -> tuple[int, int]:
        size = len(buffer)
        last = size - PCAP_HEAD - LOOKED_AT
        packets = 0
        while position <= last:
            kept, kind, protocol = look(buffer, position)
            end = position + PCAP_HEAD + kept
            if not LEAST4 <= kept <= most or end > size:
                break
            if (protocol != TCP or kind != ipv4) and not other(
                buffer, position, kept, kind, protocol
            ):
                break
            packets += 1
            position = end
        return position, packets

    return leap


def pcapng_leap(order: str, interfaces: frozenset[int]) -> Leap:
    """For the enhanced packet blocks of a pcapng section, of interfaces with these numbers."""
    look = Struct(f"{order}III8xI4x{_FRAME}").unpack_from
    word = Struct(f"{order}I").unpack_from
    other, ipv4 = _other(order, BLOCK_HEAD), _seen(IPV4, order)

    def leap(buffer: bytes, position: int, most: int) -> tuple[int, int]:
        size = len(buffer)
        last = size - BLOCK_HEAD - LOOKED_AT
        packets = 0
        while position <= last:
            block, length, number, kept, kind, protocol = look(buffer, position)
            end = position + length
            if (
                block != ENHANCED
                or end > size
                or not LEAST4 <= kept <= length - BLOCK_HEAD - 4
                or length & 3
                or kept > most
                or number not in interfaces
                or word(buffer, end - 4)[0] != length
            ):
                break
            if (protocol != TCP or kind != ipv4) and not other(
                buffer, position, kept, kind, protocol
            ):
                break
            packets += 1
            position = end
        return position, packets

    return leap


def _other(order: str, head: int) -> Callable[..., bool]:
    """Whether a frame is certainly none of ours, ``head`` bytes behind its record's position."""
    ipv4, ipv6, port, fragmented = (_seen(n, order) for n in (IPV4, IPV6, MDNS_PORT, 0x3FFF))
    shift = 0 if order == "<" else 8
    more = Struct(f"{order}{head}x{_MORE}").unpack_from
    ports6 = Struct(f"{order}{head}x{_PORTS6}").unpack_from

    def other(buffer: bytes, position: int, kept: int, kind: int, protocol: int) -> bool:
        version: int
        fragment: int
        version, fragment, source, target = more(buffer, position)
        if kind == ipv4:
            return protocol != UDP or (
                version == 0x45 and not fragment & fragmented and port not in (source, target)
            )
        if kind != ipv6 or version >> 4 != 6 or kept < LEAST6:
            return False
        following: int = fragment >> shift & 0xFF
        if following == UDP:
            return kept >= LEAST6_UDP and port not in ports6(buffer, position)
        return following == TCP

    return other


def _seen(number: int, order: str) -> int:
    """A number of the network as it looks when it is read in the file's order."""
    return int.from_bytes(number.to_bytes(2, "big"), "little") if order == "<" else number
