"""Send one mDNS query for a name from an ephemeral port, and print the answer's size if any.

say.py DESTINATION NAME [--ttl N] [--device NAME] [--wait SECONDS]
"""

from __future__ import annotations

import argparse
import socket
import sys

from dnslib import DNSQuestion, DNSRecord


def main(destination: str, name: str, device: str, ttl: int, wait: float) -> None:
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    query = DNSRecord(questions=[DNSQuestion(name, 12)])
    query.header.id = 7
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        index = socket.if_nametoindex(device)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sock.sendto(query.pack(), (destination, 5353, 0, index))
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
            interface = bytes(8) + index.to_bytes(4, sys.byteorder)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
            sock.sendto(query.pack(), (destination, 5353))
        try:
            print("answered", len(sock.recv(9000)))
        except (TimeoutError, ConnectionRefusedError):
            print("silence")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("destination")
    parser.add_argument("name")
    parser.add_argument("--device", default="eth0")
    parser.add_argument("--ttl", type=int, default=255)
    parser.add_argument("--wait", type=float, default=0.3)
    main(**vars(parser.parse_args()))
