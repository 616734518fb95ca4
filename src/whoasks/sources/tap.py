"""One interface that is captured: its socket, the filter that fits it, who reads its frames."""

from __future__ import annotations

from ipaddress import ip_network

from whoasks.core.model import Datagram
from whoasks.sources import bpf
from whoasks.sources.follow_ups import FollowUps
from whoasks.sources.interfaces import Interface
from whoasks.sources.link import Holder
from whoasks.sources.packet_socket import PacketSocket

ETHERNET, BARE_IP = 1, 101
"""The link types, as capture files number them."""


class Tap:
    """Hears nothing until ``listen``."""

    def __init__(
        self, interface: Interface, sock: PacketSocket, read: Holder, follow_ups: FollowUps | None
    ) -> None:
        """``read`` fits the socket's kind of frame."""
        self.interface = interface
        self.socket = sock
        self.families: list[str] = []
        """Those whose group is joined."""
        self._read = read
        self._follow_ups = follow_ups

    def listen(self, ring: int, *, promiscuous: bool) -> None:
        """Hear, in a ring of so many bytes. Raises OSError."""
        self.socket.capture(self.interface, self._program(), ring, promiscuous=promiscuous)

    def change(self, interface: Interface) -> bool:
        """Take the interface as it is now; whether its addresses have changed."""
        changed = self.interface.addresses != interface.addresses
        self.interface = interface
        if changed and self._follow_ups is not None:
            self.socket.attach(self._program())
        return changed

    def coverage(self) -> list[str]:
        """What cannot be seen on it, one sentence each."""
        name = self.interface.name
        blind = []
        if not self.socket.ethernet:
            blind.append(f"{name} has no MACs: hosts there are known by their addresses.")
        for family in ("IPv4", "IPv6"):
            if family not in self.families:
                blind.append(f"{name} is in no {family} group: a switch may hold it back.")
        return blind

    def receive(self, into: list[Datagram], apart: frozenset[int] | None) -> int:
        """Append the datagrams of one block, but for those VLANs; returns how many frames."""
        if not apart:
            return self.socket.receive(into, self._read, self._follow_ups)
        came: list[Datagram] = []
        frames = self.socket.receive(came, self._read, self._follow_ups)
        into += [each for each in came if each.flow.vlan not in apart]
        return frames

    def _program(self) -> bytes:
        prefixes = [ip_network(each) for each in self.interface.prefixes]
        return bpf.program(
            ethernet=self.socket.ethernet,
            incoming_only=self.interface.loopback,
            follow_ups=prefixes if self._follow_ups is not None else (),
        )
