"""Accept TCP connections and greet them, so that advertised ports are open: listener.py PORT..."""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys

HTTP_PORTS = (80, 631, 8008, 8123)
HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
GREETINGS = {22: b"SSH-2.0-OpenSSH_9.6\r\n", 5900: b"RFB 003.889\n"}


def main(ports: list[int]) -> None:
    selector = selectors.DefaultSelector()
    for port in ports:
        listening = socket.socket(socket.AF_INET6)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(("::", port))
        listening.listen(16)
        greeting = HTTP if port in HTTP_PORTS else GREETINGS.get(port, b"")
        selector.register(listening, selectors.EVENT_READ, (listening, greeting))
    while True:
        for key, _ in selector.select():
            listening, greeting = key.data
            with contextlib.suppress(OSError):  # the peer may be gone already
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(0.2)
                    connection.sendall(greeting)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
