"""Send the frames of a pcap file over and over, at a rate: flood.py PCAP DEVICE RATE SECONDS

Many frames with each system call (sendmmsg), so that the sender is not what is measured. Prints
how many were sent, and in how many seconds.
"""

from __future__ import annotations

import ctypes
import socket
import sys
import time
from pathlib import Path

from whoasks.sources.pcap import MAGICS

AT_ONCE = 64


class Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint),
        ("vectors", ctypes.POINTER(Vector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class Sent(ctypes.Structure):
    _fields_ = (("message", Message), ("sent", ctypes.c_uint))


def frames(path: Path) -> list[bytes]:
    """Every frame of a pcap file."""
    data = path.read_bytes()
    order = "little" if MAGICS[data[:4]][0] == "<" else "big"
    found, at = [], 24
    while at + 16 <= len(data):
        size = int.from_bytes(data[at + 8 : at + 12], order)
        found.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    return found


def main(path: Path, device: str, rate: float, seconds: float) -> None:
    held = [ctypes.create_string_buffer(frame, len(frame)) for frame in frames(path)]
    vectors = (Vector * len(held))()
    messages = (Sent * len(held))()
    for vector, each, frame in zip(vectors, messages, held, strict=True):
        vector.base, vector.size = ctypes.addressof(frame), len(frame)
        each.message.vectors, each.message.vector_count = ctypes.pointer(vector), 1
    send = ctypes.CDLL(None, use_errno=True).sendmmsg
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((device, 0))
        size, sent, at = ctypes.sizeof(Sent), 0, 0
        started = time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds:
            due = min(int(passed * rate) - sent, AT_ONCE, len(held) - at)
            if due <= 0:
                time.sleep(0.0005)
                continue
            took = send(sock.fileno(), ctypes.byref(messages, at * size), due, 0)
            if took < 0:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            sent += took
            at = (at + took) % len(held)
    print(sent, f"{time.perf_counter() - started:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
