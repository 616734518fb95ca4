"""Many datagrams of one socket with one system call (64-bit Linux, ``recvmmsg``). Never waits.

Python lets other threads run at every ``recvmsg``, and a busy one does not give way for a while:
in a flood, the reader would get one packet for each such while. This call keeps its turn.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from functools import cache

AT_ONCE = 64
"""Datagrams taken with one call: about 0.05 ms in which nothing else runs."""
_ADDRESS = 28
"""Bytes of an address (``sockaddr_in6``)."""
_CONTROL = 64
"""Bytes for what comes beside a datagram: time and TTL take 56."""


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


# struct mmsghdr: address and its size, vectors and their number, control and its size, flags; size.
_HEAD = struct.Struct("@PIPNPNi0PI0P")
# A timestamp and a TTL (or hop limit), each behind its head; either may be missing.
_TIME_AND_TTL = struct.Struct("@NiiqqNii4s4x")
_TIME = struct.Struct("@Niiqq")
_TTL = struct.Struct("@Nii4s4x")

Said = tuple[bytes, float, bytes, bytes, int]
"""Payload, time (0.0: unknown), address as the kernel writes it, TTL in its four bytes or none,
flags."""


@cache
def available() -> bool:
    """Whether this machine has it, in the layout that is known here."""
    return sys.platform == "linux" and sys.maxsize > 2**32 and hasattr(_library(), "recvmmsg")


class ManyMessages:
    """Takes from sockets that do not block and give times (``SO_TIMESTAMPNS``) and TTLs."""

    def __init__(self, longest: int) -> None:
        """``longest``: bytes of a datagram that are kept."""
        self._longest = longest
        self._receive = _library().recvmmsg
        self._payloads = ctypes.create_string_buffer(AT_ONCE * longest)
        self._addresses = ctypes.create_string_buffer(AT_ONCE * _ADDRESS)
        self._controls = ctypes.create_string_buffer(AT_ONCE * _CONTROL)
        self._vectors = (_Vector * AT_ONCE)()
        # The kernel writes the sizes of what it gave where it read the sizes of the room.
        self._fresh = self._made()
        self._heads = ctypes.create_string_buffer(self._fresh, len(self._fresh))
        self._seen = memoryview(self._payloads).cast("B")

    def take(self, fd: int, most: int) -> list[Said]:
        """What waits, at most so many and ``AT_ONCE``. Raises OSError when the socket is broken."""
        count = min(most, AT_ONCE)
        ctypes.memmove(self._heads, self._fresh, count * _HEAD.size)
        came = self._receive(fd, self._heads, count, socket.MSG_DONTWAIT, None)
        if came <= 0:
            number = ctypes.get_errno()
            if came == 0 or number in (errno.EAGAIN, errno.EINTR):
                return []
            raise OSError(number, os.strerror(number))
        return self._taken(came)

    def _taken(self, came: int) -> list[Said]:
        said = []
        heads = ctypes.string_at(self._heads, came * _HEAD.size)
        addresses = ctypes.string_at(self._addresses, came * _ADDRESS)
        controls = ctypes.string_at(self._controls, came * _CONTROL)
        seen, longest = self._seen, self._longest
        start = address = control = 0
        for _, name, _, _, _, beside, flags, size in _HEAD.iter_unpack(heads):
            at, ttl = 0.0, b""
            if beside == _TIME_AND_TTL.size:
                _, _, _, sec, nsec, _, _, _, ttl = _TIME_AND_TTL.unpack_from(controls, control)
                at = sec + nsec * 1e-9
            elif beside == _TIME.size:
                _, _, _, sec, nsec = _TIME.unpack_from(controls, control)
                at = sec + nsec * 1e-9
            elif beside == _TTL.size:
                ttl = _TTL.unpack_from(controls, control)[3]
            payload = bytes(seen[start : start + size])
            said.append((payload, at, addresses[address : address + name], ttl, flags))
            start += longest
            address += _ADDRESS
            control += _CONTROL
        return said

    def _made(self) -> bytes:
        """The heads, with all the room there is."""
        heads = b""
        payloads, addresses = ctypes.addressof(self._payloads), ctypes.addressof(self._addresses)
        controls, vectors = ctypes.addressof(self._controls), ctypes.addressof(self._vectors)
        for number, vector in enumerate(self._vectors):
            vector.base, vector.size = payloads + number * self._longest, self._longest
            heads += _HEAD.pack(
                addresses + number * _ADDRESS,
                _ADDRESS,
                vectors + number * ctypes.sizeof(_Vector),
                1,
                controls + number * _CONTROL,
                _CONTROL,
                0,
                0,
            )
        return heads


def address_of(raw: bytes) -> tuple[str, int]:
    """Address without its scope, and port, of a ``sockaddr_in`` or ``sockaddr_in6``."""
    port = int.from_bytes(raw[2:4], "big")
    if int.from_bytes(raw[:2], sys.byteorder) == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[4:8]), port
    return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port


@cache
def _library() -> ctypes.PyDLL:
    """The C library, by calls that keep Python's lock: they do not wait."""
    return ctypes.PyDLL(None, use_errno=True)
