"""Reflectors: what they hear they say again, as their own."""

from __future__ import annotations

from dataclasses import replace

from tests.traces.hosts import Host
from tests.traces.segment import Heard, Segment
from tests.traces.wire import MDNS


class Relay(Host):
    """One leg of a reflector: what it hears goes out again by the other leg, as its own."""

    other: Relay

    @classmethod
    def pair(cls, lan: Segment, mac: str, legs: tuple[str, str], vlan: int) -> tuple[Relay, Relay]:
        """Between the untagged segment and a VLAN; the same MAC on both, as routers have it."""
        first, second = cls(lan, "relay", mac, legs[0]), cls(lan, "relay", mac, legs[1], vlan=vlan)
        first.other, second.other = second, first
        return first, second

    def hear(self, heard: Heard) -> None:
        """Re-sent at once, without the authority section (as avahi's reflector does)."""
        if isinstance(heard.sender, Relay) or heard.port != MDNS:
            return
        message = replace(heard.message, authority=())
        self.lan.at(self.lan.soon(0.002, 0.02), lambda: self.other.say(message, version=4))


class Echo(Relay):
    """A reflector on the segment itself: every packet comes a second time, from its address."""

    def hear(self, heard: Heard) -> None:
        if isinstance(heard.sender, Relay) or heard.port != MDNS:
            return
        self.lan.at(self.lan.soon(0.002, 0.02), lambda: self.say(heard.message, version=4))
