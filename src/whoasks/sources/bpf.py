"""The kernel filter of packet capture: classic BPF that lets mDNS through, and little else.

It may let through too much, never too little: ``link`` and ``ip`` decide what a frame is. Nothing
here opens or touches a socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from struct import Struct

from whoasks.core.model import MDNS_PORT

Network = IPv4Network | IPv6Network

SNAP = 0x40000
"""Bytes kept of a frame: all of it."""
PREFIX_CAP = 16
"""Prefixes of one interface that follow-ups are looked for in; each costs a few instructions."""

_INSTRUCTION = Struct("=HBBI")
_TAGS = (0x8100, 0x88A8, 0x9100)
_TAG_DEPTH = 3
"""Tags looked behind, besides one that the card or the kernel took off the frame."""
_CHAIN = 6
"""IPv6 extension headers looked behind; what has more goes through unseen."""
_UDP, _TCP, _FRAGMENT, _AUTHENTICATION, _OPTIONS = 17, 6, 44, 51, (0, 43, 60)
_SYN, _SYN_ACK = 0x02, 0x12

# Instruction codes of linux/bpf_common.h. X holds where the header looked at begins.
_LD_IMM, _LD_H_ABS, _LD_B_ABS = 0x00, 0x28, 0x30
_LD_W_X, _LD_H_X, _LD_B_X, _LD_MEM, _LDX_IMM, _LDX_MEM = 0x40, 0x48, 0x50, 0x60, 0x01, 0x61
_ST, _STX, _ADD, _ADD_X, _AND, _LSH, _RSH = 0x02, 0x03, 0x04, 0x0C, 0x54, 0x64, 0x74
_JA, _JEQ, _JSET, _RET, _TAX, _TXA = 0x05, 0x15, 0x45, 0x06, 0x07, 0x87
_PACKET_TYPE = 0xFFFFF000 + 4  # SKF_AD_OFF + SKF_AD_PKTTYPE
_OUTGOING = 4
_NEXT, _BASE, _SIZE = 0, 1, 2  # scratch cells: the next header's number, the IP header, a size

REJECT = _INSTRUCTION.pack(_RET, 0, 0, 0)
"""A filter that lets nothing through."""


def program(
    *, ethernet: bool = True, incoming_only: bool = False, follow_ups: Sequence[Network] = ()
) -> bytes:
    """The filter as ``struct sock_filter[]``, for frames with or without an Ethernet header.

    Lets through UDP with port 5353 on either side, over IPv4 and IPv6, behind VLAN tags, options
    and extension headers, and all later fragments of UDP, whose ports nobody can tell. With
    ``follow_ups``, also the first packet of a TCP connection between two hosts of one prefix.
    A tag that was taken off the frame needs no care: the frame looks untagged.
    """
    code = _Assembler()
    if incoming_only:
        code.put(_LD_B_ABS, _PACKET_TYPE)
        # Not "reject": the kernel would no longer believe that the cells behind it are filled.
        code.jump(_JEQ, _OUTGOING, None, "incoming")
        code.put(_RET, 0)
        code.label("incoming")
    _link(code, ethernet=ethernet)
    tcp = "tcp" if follow_ups else "reject"
    _ipv4(code, tcp)
    _ipv6(code, tcp)
    _ports(code)
    if follow_ups:
        _connections(code, follow_ups[:PREFIX_CAP])
    return code.assembled()


class _Assembler:
    """Instructions with names for places; jumps go forwards only."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, str | None, str | None]] = []
        self._places: dict[str, int] = {}

    def label(self, name: str) -> None:
        self._places[name] = len(self._code)

    def put(self, code: int, k: int = 0) -> None:
        self._code.append((code, k, None, None))

    def jump(self, code: int, k: int, true: str | None, false: str | None) -> None:
        """None is the next instruction."""
        self._code.append((code, k, true, false))

    def goto(self, name: str) -> None:
        self._code.append((_JA, 0, name, None))

    def end(self, name: str, verdict: int) -> None:
        self.label(name)
        self.put(_RET, verdict)

    def assembled(self) -> bytes:
        packed = b""
        for at, (code, k, true, false) in enumerate(self._code):
            if code == _JA:
                packed += _INSTRUCTION.pack(code, 0, 0, self._distance(at, true))
            else:
                # A distance over 255 does not fit, and struct says so.
                away = self._distance(at, true), self._distance(at, false)
                packed += _INSTRUCTION.pack(code, *away, k)
        return packed

    def _distance(self, at: int, name: str | None) -> int:
        return 0 if name is None else self._places[name] - at - 1


def _link(code: _Assembler, *, ethernet: bool) -> None:
    """Leaves the IP header's place in X, and goes on by its version."""
    if ethernet:
        code.put(_LD_H_ABS, 12)
        code.put(_LDX_IMM, 14)
        for depth in range(_TAG_DEPTH):
            for kind in _TAGS:
                code.jump(_JEQ, kind, f"tag{depth}", None)
            code.goto("kind")
            code.label(f"tag{depth}")
            code.put(_LD_H_X, 2)
            code.put(_LDX_IMM, 18 + 4 * depth)
        code.label("kind")
        code.jump(_JEQ, 0x0800, "version", None)
        code.jump(_JEQ, 0x86DD, "version", "reject-link")
        code.end("reject-link", 0)
    else:
        code.put(_LDX_IMM, 0)
    code.label("version")
    code.put(_STX, _BASE)
    code.put(_LD_B_X, 0)
    code.put(_RSH, 4)
    code.jump(_JEQ, 4, "ipv4", None)
    code.jump(_JEQ, 6, "ipv6", None)
    code.end("reject", 0)


def _ipv4(code: _Assembler, tcp: str) -> None:
    code.label("ipv4")
    code.put(_LD_H_X, 6)
    code.put(_AND, 0x1FFF)
    code.put(_ST, _SIZE)
    code.put(_LD_B_X, 9)
    code.jump(_JEQ, _UDP, "udp4", None)
    if tcp == "tcp":
        code.jump(_JEQ, _TCP, "tcp4", None)
    code.put(_RET, 0)
    for name, goes_on, later in (("udp4", "ports", SNAP), ("tcp4", "tcp", 0)):
        if name == "tcp4" and tcp != "tcp":
            break
        code.label(name)
        code.put(_LD_MEM, _SIZE)
        code.jump(_JEQ, 0, f"{name}-whole", None)
        code.put(_RET, later)
        code.label(f"{name}-whole")
        code.put(_LD_B_X, 0)
        code.put(_AND, 0x0F)
        code.put(_LSH, 2)
        code.put(_ADD_X)
        code.put(_TAX)
        code.goto(goes_on)


def _ipv6(code: _Assembler, tcp: str) -> None:
    code.label("ipv6")
    code.put(_LD_B_X, 6)
    code.put(_ST, _NEXT)
    code.put(_LD_IMM, 40)
    for depth in range(_CHAIN + 1):
        # X plus what A holds is where the next header begins.
        code.put(_ADD_X)
        code.put(_TAX)
        code.put(_LD_MEM, _NEXT)
        code.jump(_JEQ, _UDP, "ports", None)
        if tcp == "tcp":
            code.jump(_JEQ, _TCP, "tcp", None)
        code.jump(_JEQ, _FRAGMENT, f"fragment{depth}", None)
        code.jump(_JEQ, _AUTHENTICATION, f"fours{depth}", None)
        for kind in _OPTIONS:
            code.jump(_JEQ, kind, f"eights{depth}", None)
        code.put(_RET, 0)
        if depth < _CHAIN:
            _behind(code, depth)
    for name in ("fragment", "fours", "eights"):
        code.label(f"{name}{_CHAIN}")
    code.put(_RET, SNAP)
    code.label("later")
    code.put(_LD_B_X, 0)
    for kind in (_UDP, *_OPTIONS):
        code.jump(_JEQ, kind, "accept", None)
    code.put(_RET, 0)


def _behind(code: _Assembler, depth: int) -> None:
    """Leaves an extension header's length in A, and what follows it in its cell."""
    code.label(f"eights{depth}")
    code.put(_LD_B_X, 1)
    code.put(_ADD, 1)
    code.put(_LSH, 3)
    code.goto(f"behind{depth}")
    code.label(f"fours{depth}")
    code.put(_LD_B_X, 1)
    code.put(_ADD, 2)
    code.put(_LSH, 2)
    code.goto(f"behind{depth}")
    code.label(f"fragment{depth}")
    code.put(_LD_H_X, 2)
    code.jump(_JSET, 0xFFF8, "later", None)
    code.put(_LD_IMM, 8)
    code.label(f"behind{depth}")
    code.put(_ST, _SIZE)
    code.put(_LD_B_X, 0)
    code.put(_ST, _NEXT)
    code.put(_LD_MEM, _SIZE)


def _ports(code: _Assembler) -> None:
    code.label("ports")
    for offset in (0, 2):
        code.put(_LD_H_X, offset)
        code.jump(_JEQ, MDNS_PORT, "accept", None)
    code.put(_RET, 0)
    code.end("accept", SNAP)


def _connections(code: _Assembler, prefixes: Sequence[Network]) -> None:
    """A SYN without ACK, whose two addresses lie in one of the prefixes."""
    code.label("tcp")
    code.put(_LD_B_X, 13)
    code.put(_AND, _SYN_ACK)
    code.jump(_JEQ, _SYN, "syn", None)
    code.put(_RET, 0)
    code.label("syn")
    code.put(_LDX_MEM, _BASE)
    code.put(_LD_B_X, 0)
    code.put(_RSH, 4)
    code.jump(_JEQ, 6, "syn6", None)
    for version, addresses in ((4, (12, 16)), (6, (8, 24))):
        if version == 6:
            code.label("syn6")
        for number, prefix in enumerate(prefixes):
            if prefix.version == version:
                _inside(code, f"prefix{number}", prefix, addresses)
        code.put(_RET, 0)


def _inside(code: _Assembler, name: str, prefix: Network, addresses: tuple[int, int]) -> None:
    """Lets through what has both addresses (at these offsets) in the prefix; else goes on."""
    network, mask = prefix.network_address.packed, prefix.netmask.packed
    for offset in addresses:
        for word in range(0, len(mask), 4):
            bits = int.from_bytes(mask[word : word + 4], "big")
            if not bits:
                break
            code.put(_LD_W_X, offset + word)
            code.put(_AND, bits)
            wanted = int.from_bytes(network[word : word + 4], "big")
            code.jump(_JEQ, wanted, None, f"not-{name}")
    code.put(_RET, SNAP)
    code.label(f"not-{name}")
