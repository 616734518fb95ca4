"""One AF_PACKET socket with its ring (Linux): frames of one interface, as the kernel took them.

Never transmits. Only making it needs CAP_NET_RAW: it is made before privileges are dropped, and
tied to an interface, and later to another one, without any. The kernel fills blocks of a ring that
is mapped here (TPACKET_V3); a block is copied out, given back at once, and read at leisure.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from whoasks.core.model import Datagram
from whoasks.sources import bpf
from whoasks.sources.follow_ups import FollowUps
from whoasks.sources.interfaces import Interface
from whoasks.sources.link import Holder

BLOCK = 256 * 1024
"""Bytes of a block: some 900 packets, read in one turn of the event loop. Holds any frame."""
RETIRE = 0.04
"""Seconds after which the kernel hands over a block that is not full: how late a packet comes."""
LEAST = 4
"""Blocks of the smallest ring that is of use."""

# Linux's numbers (linux/if_packet.h, asm-generic/socket.h), for which Python has no names.
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _DROP_MEMBERSHIP, _RX_RING, _STATISTICS, _VERSION, _RESERVE = 1, 2, 5, 6, 10, 12
_IGNORE_OUTGOING = 23
_TPACKET_V3 = 2
_SO_ATTACH_FILTER, _SO_TIMESTAMPNS_NEW = 26, 64
_ALL_PROTOCOLS = 0x0003
_MULTICAST, _PROMISCUOUS = 0, 1
_GROUP_MACS = (bytes.fromhex("01005e0000fb"), bytes.fromhex("3333000000fb"))

_REQUEST = struct.Struct("=7I")  # block size and number, frame size and number, timeout, 0, 0
_MEMBERSHIP = struct.Struct("=iHH8s")
_STATS = struct.Struct("=III")  # packets, drops, times frozen; reading them sets them to zero
_FILTER = struct.Struct("@HP")
# Of a block: status, packets, where the first is, bytes used.
_BLOCK_HEAD = struct.Struct("=8xIIII")
_STATUS_AT = 8
# Of a packet: the next one's distance, time, kept, on the wire, status, where the frame begins,
# tag, kind of tag; and in the address behind it, which way it went.
_PACKET_HEAD = struct.Struct("=IIIIIIH6xIH20xB").unpack_from
_TAG = struct.Struct(">HH")

_OURS, _KERNELS = 1, struct.pack("=I", 0)
_TAGGED, _TAG_KIND_KNOWN = 0x10, 0x40
_OUTGOING = 4
_FRAME = 2048  # a number that the kernel wants to see; in a V3 ring, packets lie close


class PacketSocket:
    """Made with CAP_NET_RAW, hears nothing until ``capture``. Raises OSError.

    ``outgoing``: frames that this machine sent; ``drops``: frames the kernel had no room for.
    """

    def __init__(self, *, ethernet: bool = True) -> None:
        self.ethernet = ethernet
        self.outgoing = 0
        self.interface: Interface | None = None
        self._drops = 0
        self._ring: mmap.mmap | None = None
        self._size = 0
        self._at = 0
        self._memberships: list[bytes] = []
        # Protocol 0: nothing is heard before the filter is in its place.
        kind = socket.SOCK_RAW if ethernet else socket.SOCK_DGRAM
        self._socket = socket.socket(socket.AF_PACKET, kind, 0)
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """The descriptor to wait on: readable when a block is ready, or when there is an error."""
        return self._socket.fileno()

    def capture(
        self, interface: Interface, program: bytes, size: int, *, promiscuous: bool = False
    ) -> None:
        """Hear what the filter lets through on that interface, in a ring of about ``size`` bytes.

        A socket that had an interface before keeps its ring. Raises OSError, and hears nothing
        then.
        """
        self.attach(bpf.REJECT)
        if self._ring is None:
            self._make_ring(size)
        for _ in self.blocks():  # of the interface before this one
            pass
        with suppress(OSError):  # before Linux 4.20, the filter alone keeps them out
            ignored = int(interface.loopback)
            self._socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, ignored)
        self._socket.bind((interface.name, _ALL_PROTOCOLS))
        self.trouble()
        self.interface = interface
        self._join(interface.index, promiscuous=promiscuous)
        self.attach(program)

    def attach(self, program: bytes) -> None:
        """Put a filter in place of the one there is."""
        held = ctypes.create_string_buffer(program, len(program))
        count = len(program) // len(bpf.REJECT)
        request = _FILTER.pack(count, ctypes.addressof(held))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, request)

    def release(self) -> None:
        """Hear nothing more; what came before can still be read. Another ``capture`` may follow."""
        with suppress(OSError):
            self.attach(bpf.REJECT)
        for request in self._memberships:
            with suppress(OSError):  # the interface is gone, and the membership with it
                self._socket.setsockopt(_SOL_PACKET, _DROP_MEMBERSHIP, request)
        self._memberships.clear()
        self.interface = None

    def close(self) -> None:
        """Give everything back; may be called twice."""
        self._drops = self.drops
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._socket.close()

    @property
    def drops(self) -> int:
        """Frames that the kernel could not keep since this socket was made."""
        if self._ring is not None:
            answer = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, _STATS.size)
            self._drops += _STATS.unpack(answer)[1]
        return self._drops

    def trouble(self) -> int:
        """The socket's pending error number, or 0; asking clears it."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def blocks(self) -> Iterator[tuple[bytes, int, int]]:
        """The blocks that are ready, in order: (bytes, packets in it, where the first begins)."""
        ring = self._ring
        while ring is not None:
            status, count, first, used = _BLOCK_HEAD.unpack_from(ring, self._at)
            if not status & _OURS:
                return
            block = ring[self._at : self._at + min(used, BLOCK)]
            ring[self._at + _STATUS_AT : self._at + _STATUS_AT + 4] = _KERNELS
            self._at = (self._at + BLOCK) % self._size
            yield block, count, first

    def receive(
        self, into: list[Datagram], read: Holder, follow_ups: FollowUps | None = None
    ) -> int:
        """Append the datagrams of one block; returns how many frames it held, 0 for no block.

        ``read`` is the reader for this socket's frames; what it has no use for is shown to
        ``follow_ups``.
        """
        for block, count, first in self.blocks():
            at = first
            for _ in range(count):
                step, sec, nsec, kept, wire, status, mac, tag, kind, way = _PACKET_HEAD(block, at)
                start = at + mac
                buffer, end = block, start + kept
                if status & _TAGGED:
                    buffer = _with_tag(block[start:end], status, tag, kind)
                    start, end, wire = 0, len(buffer), wire + 4
                if way == _OUTGOING:
                    self.outgoing += 1
                found = read(buffer, start, end, wire)
                if isinstance(found, tuple):
                    into.append(Datagram(sec + nsec * 1e-9, found[0], found[1]))
                elif found is not None:
                    when = sec + nsec * 1e-9
                    into += [Datagram(when, *each) for each in found.release(when)]
                elif follow_ups is not None:
                    follow_ups.see(sec + nsec * 1e-9, buffer[start:end], ethernet=self.ethernet)
                at += step
            return count
        return 0

    def _make_ring(self, size: int) -> None:
        self._socket.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
        with suppress(OSError):  # else the kernel looks at its clock a little later
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW, 1)
        blocks = max(LEAST, size // BLOCK)
        while True:
            frames = blocks * (BLOCK // _FRAME)
            request = _REQUEST.pack(BLOCK, blocks, _FRAME, frames, int(RETIRE * 1000), 0, 0)
            try:
                self._socket.setsockopt(_SOL_PACKET, _RX_RING, request)
            except OSError as error:
                if error.errno != errno.ENOMEM or blocks <= LEAST:
                    raise
                blocks //= 2
            else:
                break
        self._size = blocks * BLOCK
        self._ring = mmap.mmap(self._socket.fileno(), self._size)

    def _join(self, index: int, *, promiscuous: bool) -> None:
        """Let the card through what the groups' frames are addressed to, or everything."""
        wanted = [_MEMBERSHIP.pack(index, _MULTICAST, 6, mac) for mac in _GROUP_MACS]
        if not self.ethernet:
            wanted = []
        if promiscuous:
            wanted.append(_MEMBERSHIP.pack(index, _PROMISCUOUS, 0, b""))
        for request in wanted:
            with suppress(OSError):  # a card without such a filter
                self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, request)
                self._memberships.append(request)


def _with_tag(frame: bytes, status: int, tag: int, kind: int) -> bytes:
    """The frame as it was on the wire, before the kernel took its VLAN tag off."""
    shown = kind if status & _TAG_KIND_KNOWN else 0x8100
    return frame[:12] + _TAG.pack(shown, tag & 0xFFFF) + frame[12:]
