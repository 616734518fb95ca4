"""A home with ordinary life: ten hosts that announce, refresh, print, cast and wake up.

Every trace takes place here, so that a rule has to find its case among neighbours.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.traces.hosts import Host
from tests.traces.segment import Segment, Service
from tests.traces.wire import AAAA, ANY, PTR, A, Question, icmp_unreachable

DAY = 86_400.0
LEARNED = 7.2
"""Days after which the learning time (7 days) is over."""

GVFS = (
    *("_nfs._tcp", "_ipp._tcp", "_ipps._tcp", "_ftp._tcp", "_webdav._tcp", "_webdavs._tcp"),
    *("_sftp-ssh._tcp", "_smb._tcp", "_afpovertcp._tcp"),
)
MACOS = (
    *("_airport._tcp", "_companion-link._tcp", "_apple-mobdev2._tcp", "_uscan._tcp"),
    *("_uscans._tcp", "_scanner._tcp", "_ptp._tcp", "_rfb._tcp", "_adisk._tcp", "_ipp._tcp"),
    *("_smb._tcp", "_afpovertcp._tcp", "_airplay._tcp", "_raop._tcp", "_sleep-proxy._udp"),
)
IOS = ("_airplay._tcp", "_raop._tcp", "_companion-link._tcp", "_homekit._tcp", "_sleep-proxy._udp")

MANY = (
    *("_http", "_https", "_ipp", "_ipps", "_printer", "_pdl-datastream", "_scanner", "_uscan"),
    *("_airplay", "_raop", "_daap", "_dacp", "_touch-able", "_googlecast", "_spotify-connect"),
    *("_hap", "_homekit", "_matter", "_hue", "_sonos", "_mqtt", "_coap", "_axis-video", "_rtsp"),
)


def types(first: int, last: int) -> list[str]:
    return [f"{one}._tcp" for one in MANY[first:last]]


class Home:
    """The hosts, by what they are; ``wait`` and ``days`` let life go on."""

    def __init__(self, seed: int = 1) -> None:
        self.lan = Segment(seed)
        self.chance = self.lan.chance
        self._strangers = 0
        self._make()
        self._arrive()

    def _host(self, name: str, last: int, *services: Service, v6: bool = False, **how: int) -> Host:
        addresses = [f"192.168.1.{last}"] if not v6 else []
        if v6 or how.pop("both", 0):
            addresses.append(f"fe80::21b:63ff:fe00:{last:x}")
        return Host(
            self.lan, name, f"00:1b:63:00:00:{last:02x}", *addresses, services=services, **how
        )

    def _make(self) -> None:
        self.router = self._host("router", 1, Service("router", "_http._tcp"), both=1)
        self.printer = self._host(
            "brn30055c",
            10,
            Service("Brother HL-L2350DW", "_ipp._tcp", 631, ("ty=Brother", "UUID=e3248000-80ce")),
            Service("Brother HL-L2350DW", "_pdl-datastream._tcp", 9100),
            Service("Brother HL-L2350DW", "_http._tcp"),
            both=1,
        )
        self.tv = self._host(
            "tv",
            11,
            Service(
                "Bravia-4f1c",
                "_googlecast._tcp",
                8009,
                ("id=4f1c9ad2b60e4c51a7c1", "fn=Living Room", "md=BRAVIA"),
            ),
            Service("Living Room", "_airplay._tcp", 7000, ("deviceid=00:1B:63:00:00:0B",)),
            both=1,
        )
        self.speaker = self._host(
            "speaker",
            12,
            Service("Kitchen", "_spotify-connect._tcp", 4070, ("CPath=/zc",)),
            Service("001B6300000C@Kitchen", "_raop._tcp", 7000),
        )
        self.nas = self._host(
            "nas",
            13,
            Service("nas", "_smb._tcp", 445),
            Service("nas", "_adisk._tcp", 9),
            Service("nas", "_http._tcp", 5000),
            both=1,
        )
        self.bridge = self._host(
            "hue", 14, Service("Hue Bridge", "_hap._tcp", 8080, ("id=0A:4B:C1:22:90:7E", "md=BSB"))
        )
        self.mac = self._host(
            "macbook",
            20,
            Service("macbook", "_companion-link._tcp", 51_234, ("rpBA=51:0C:9F:AA:00:01",)),
            both=1,
        )
        self.iphone = self._host("iphone", 21, v6=True)
        self.android = self._host("android", 22, ttl=1)
        self.linux = self._host("linux", 23, both=1)
        self.windows = self._host("windows", 24, probing="bare")

    def _arrive(self) -> None:
        for number, host in enumerate(self.lan.hosts):
            self.lan.at(2 + number * 1.7, host.join)
        self.lan.at(24, lambda: self.mac.ask(*MACOS, at=(0, 1, 2, 4), unicast_first=True))
        self.lan.at(27, lambda: self.linux.ask(*GVFS))
        self.lan.at(29, lambda: self.iphone.ask(*IOS, unicast_first=True))
        for number, one in enumerate(("_ipp._tcp", "_googlecast._tcp", "_spotify-connect._tcp")):
            self.lan.at(33 + number, lambda one=one: self.windows.ask(one, at=(0,)))
        # The neighbours' habits are as old as the recording.
        self.lan.run(40)
        self._round()
        self.lan.run(60)

    def _round(self) -> None:
        """A few minutes' worth of a usual day, within 45 seconds."""
        lan = self.lan
        self.android.ask("_googlecast._tcp", at=(0, 20))
        lan.at(3, lambda: self.mac.ask("_ipp._tcp", at=(0,)))
        lan.at(3.3, lambda: self.mac.resolve(self.printer.instance("_ipp._tcp")))
        lan.at(6, lambda: self.iphone.ask("_airplay._tcp", "_raop._tcp", at=(0, 1)))
        lan.at(9, lambda: self.linux.look_up(Question("nas.local", A), Question("nas.local", AAAA)))
        lan.at(12, lambda: self.windows.look_up(Question("windows.local", ANY)))
        lan.at(14, lambda: self.mac.ask("_smb._tcp", at=(0,)))
        lan.at(18, lambda: self.mac.ask("_hap._tcp", "_companion-link._tcp", at=(0,)))
        for number, host in enumerate(self.offering()):
            lan.at(22 + number * 1.3, lambda host=host: host.up and host.announce())
        quoted = lan.frames[-1][1]
        if quoted[12:14] == b"\x08\x00":
            macs, ends = (self.router.mac, self.tv.mac), ("192.168.1.1", "192.168.1.11")
            lan.at(35, lambda: lan.record(icmp_unreachable(quoted, macs, ends)))

    def offering(self) -> list[Host]:
        """The home's own hosts with services."""
        return [host for host in self.lan.hosts[:11] if host.offered]

    def wait(self, seconds: float, every: float = 120.0) -> None:
        """Let time pass; a round of ordinary life each ``every`` seconds."""
        until = self.lan.now + seconds
        while self.lan.now + every <= until:
            self._round()
            self.lan.run(every)
        self.lan.run(until - self.lan.now)

    def days(self, days: float) -> None:
        """Days of ordinary life, a round each six hours, and a last one just now."""
        self.wait(days * DAY, DAY / 4)
        self._round()
        self.lan.run(60)

    def stranger(
        self, name: str = "", *services: Service, v6: bool = False, both: bool = False
    ) -> Host:
        """One more host, which says nothing until it is told to."""
        self._strangers += 1
        last = 100 + self._strangers
        addresses = [] if v6 else [f"192.168.1.{last}"]
        if v6 or both:
            addresses.append(f"fe80::5054:ff:fe00:{last:x}")
        name = name or f"guest-{last}"
        mac = f"52:54:00:00:00:{last:02x}"
        return Host(self.lan, name, mac, *addresses, services=services)

    def each(self, step: float, *actions: Callable[[], object]) -> None:
        """Do these one after another, ``step`` seconds apart, with life going on beside them."""
        self._round()
        for action in actions:
            action()
            self.lan.run(step)


def ask_each(host: Host, names: list[str], kind: int = PTR, step: float = 2.0) -> None:
    """One packet a name, ``step`` seconds apart."""
    for number, name in enumerate(names):
        host.look_up(Question(name, kind), at=(number * step,))
