"""Send frames as they are, given as hex: inject.py DEVICE FRAME..."""

from __future__ import annotations

import socket
import sys


def main(device: str, frames: list[str]) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((device, 0))
        for frame in frames:
            sock.send(bytes.fromhex(frame))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
