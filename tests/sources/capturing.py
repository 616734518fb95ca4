"""What tests of packet capture share: whether it may be had, and something to capture on lo."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from whoasks.core.model import Datagram
from whoasks.sources import interfaces
from whoasks.sources.packet_socket import PacketSocket

LO = next(interface for interface in interfaces.discover() if interface.loopback)


def allowed() -> bool:
    try:
        PacketSocket().close()
    except (OSError, AttributeError):
        return False
    return True


needs_capture = pytest.mark.skipif(not allowed(), reason="no capture without CAP_NET_RAW, on Linux")


@contextmanager
def speaker(address: str = "127.0.0.1") -> Iterator[Callable[[bytes], int]]:
    """Sends to port 5353 of the loopback, from a port of its own."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        yield lambda payload: sock.sendto(payload, (address, 5353))


async def until(done: Callable[[], object], patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not done():
            await asyncio.sleep(0.01)


def about(found: list[Datagram], mark: bytes) -> list[Datagram]:
    """Those with this in them: others may be talking on lo as well."""
    return [datagram for datagram in found if mark in datagram.payload]
