"""Every tool of the table by a burst in its shape, and what comes near and stays unknown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.helpers.shapes import KNOWLEDGE, Burst, say
from tests.helpers.traffic import META, flow, types

from whoasks.core.detect.shapes import Shapes
from whoasks.core.malformed import MalformedMessage
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode
from whoasks.sources.capture_file import CaptureFile

SHAPES = Shapes(KNOWLEDGE.tool_shapes)
SSH, CAST = "_ssh._tcp.local", "_googlecast._tcp.local"
INSTANCE = "desk._ssh._tcp.local"
TTL1 = flow(ttl=1)
HUB = [
    f"{name}._tcp.local"
    for name in ("_esphomelib", "_hap", "_hue", "_shelly", "_wled", "_sonos", "_elg", "_nut",
                 "_ipp", "_axis-video", "_daap", "_airplay")
]  # fmt: skip
GVFS = [
    f"{name}._tcp.local"
    for name in ("_nfs", "_ipp", "_ftp", "_webdav", "_webdavs", "_sftp-ssh", "_smb", "_afpovertcp")
]
MAC = [
    f"{name}._tcp.local"
    for name in ("_airport", "_companion-link", "_apple-mobdev2", "_uscan", "_scanner", "_ptp",
                 "_rfb", "_adisk", "_raop")
]  # fmt: skip
FINDER = [f"{name}._tcp.local" for name in ("_afpovertcp", "_smb", "_rfb", "_adisk")]
PHONE = [
    "_airplay._tcp.local", "_raop._tcp.local", "_companion-link._tcp.local",
    "_homekit._tcp.local", "_sleep-proxy._udp.local",
]  # fmt: skip
PLAYER = [f"{name}._tcp.local" for name in ("_ftp", "_smb", "_nfs", "_sftp-ssh", "_rtsp")]


def legacy(number=0, **changes):
    return flow(**({"source_port": 40000 + number, "ttl": 1} | changes))


def at(times, payload, *by):
    return [(time, payload, *by) for time in times]


def nmap(ident, **where):
    """The list of types, then every type from a port of its own."""
    return [
        (0, say(META, ident=ident, recursion=True), legacy(0, **where)),
        *(
            (5 + n / 999, say(name, ident=ident, recursion=True), legacy(1 + n, **where))
            for n, name in enumerate(types(5))
        ),
    ]


ONE = {"destination": "10.0.0.9"}
NAMED = {
    "nmap broadcast": (nmap(1), "nmap broadcast-dns-service-discovery", 0.9),
    "nmap broadcast, any ID": (nmap(77), "nmap broadcast-dns-service-discovery", 0.85),
    "nmap to one host": (nmap(1, ttl=64, **ONE), "nmap dns-service-discovery", 0.85),
    "nmap payload, QU": ([(0, say(META, qu=True), legacy(ttl=59, **ONE))], "nmap -sU", 0.8),
    "UDP scan payload": (
        [(0, say(META), legacy(ttl=59, **ONE))],
        "UDP port scan (nmap or masscan)",
        0.65,
    ),
    "nmap version payload": (
        [(0, say(("version.bind", 16), ident=0x7777, recursion=True), legacy(ttl=46, **ONE))],
        "nmap -sU",
        0.75,
    ),
    "masscan": (
        [(0, say(("version.bind", 16), ident=0x7777, recursion=True), legacy(ttl=255, **ONE))],
        "masscan",
        0.75,
    ),
    "either, when the TTL is not known": (
        [(0, say(("version.bind", 16), ident=0x7777, recursion=True), legacy(ttl=None, **ONE))],
        "UDP port scan (nmap or masscan)",
        0.75,
    ),
    "bettercap": (
        at((0, 7.6, 15.2), say(META, ident=1, recursion=True), flow(source_port=12345, ttl=64)),
        "bettercap net.probe",
        0.9,
    ),
    "bettercap names": (
        [(0, say("_hap._tcp.local.local", ident=991), legacy())],
        "bettercap net.probe",
        0.85,
    ),
    "dig": (
        [(0, say(META, ident=9, recursion=True, authentic=True, edns=True), legacy())],
        "dig",
        0.8,
    ),
    "kdig": ([(0, say(META, ident=9, recursion=True, edns=True), legacy())], "DNS query tool", 0.6),
    "hashicorp/mdns": ([(0, say(META, ident=4242), legacy())], "hashicorp/mdns", 0.5),
    "hashicorp/mdns asks PTR of an instance": (
        [(0, say(INSTANCE, ident=4242), legacy())],
        "hashicorp/mdns",
        0.75,
    ),
    "avahi-browse -a": (
        [(0, say(META)), (0.2, say(*types(30))), *at((1, 3), say(META, known=("_a", "_b")))],
        "avahi-browse -a",
        0.8,
    ),
    "avahi-browse -a, known types": ([(0, say(META, *types(16)))], "avahi-browse -a", 0.7),
    "avahi-browse TYPE": (
        at((0, 1, 3, 7), say(SSH)),
        "avahi-browse TYPE or another Avahi client",
        0.7,
    ),
    "avahi-browse -r": ([(0, say((INSTANCE, 16), (INSTANCE, 33)))], "Avahi client resolving", 0.6),
    "avahi-resolve or systemd-resolved": (
        at((0, 1, 3), say(("printer.local", 1), ("printer.local", 28))),
        "Linux name resolution (Avahi or systemd-resolved)",
        0.6,
    ),
    "avahi-resolve -a goes on": (
        at((0, 1, 3, 7), say("9.0.0.10.in-addr.arpa")),
        "Avahi name resolution",
        0.7,
    ),
    "systemd-resolved": ([(0, say(("desk.local", 47)))], "systemd-resolved", 0.6),
    "gvfs": ([(0, say(*GVFS))], "gvfs (Linux desktop)", 0.75),
    "gvfs through NAT": ([(0, say(*GVFS), legacy())], "gvfs (Linux desktop)", 0.65),
    "CUPS": ([(0, say("_ipp._tcp.local", "_ipps._tcp.local"))], "CUPS", 0.55),
    "dns-sd of all types": (
        [(0, say(META, qu=True, edns=True)), *at((1, 4), say(META, edns=True))],
        "dns-sd",
        0.9,
    ),
    "dns-sd -B": (
        [(0, say(SSH, qu=True, edns=True)), *at((1, 4, 13), say(SSH, edns=True))],
        "mDNSResponder (dns-sd or an app)",
        0.85,
    ),
    "an older Apple system": (
        [(0, say(SSH, qu=True)), *at((1, 4, 13), say(SSH))],
        "mDNSResponder (dns-sd or an app)",
        0.75,
    ),
    "macOS": ([(0, say(*MAC, qu=True)), *at((1, 4), say(*MAC))], "macOS", 0.9),
    "macOS Finder": ([(0, say(*FINDER, qu=True)), *at((1, 4), say(*FINDER))], "macOS Finder", 0.85),
    "iOS": ([(0, say(*PHONE, qu=True, edns=True)), (1, say(*PHONE, edns=True))], "iOS", 0.8),
    "an Apple system, phone or not": (
        [(0, say(*PHONE[2:], qu=True, edns=True)), (1, say(*PHONE[2:], edns=True))],
        "iOS or macOS",
        0.75,
    ),
    "python-zeroconf browser": (
        [(0, say(SSH, qu=True)), *at((1, 5, 14), say(SSH))],
        "python-zeroconf",
        0.8,
    ),
    "python-zeroconf finder": (
        [(0, say(META, qu=True)), (1, say(META, known=("_a",)))],
        "python-zeroconf finder",
        0.65,
    ),
    "python-zeroconf resolver": (
        [(0, say(*((INSTANCE, kind) for kind in (33, 16, 1, 28)), qu=True))],
        "python-zeroconf resolving",
        0.55,
    ),
    "Home Assistant": ([(0, say(*HUB, qu=True)), *at((1, 5), say(*HUB))], "Home Assistant", 0.75),
    "Rust mdns-sd": ([(0, say(SSH)), (0.5, say((INSTANCE, 255)))], "mdns-sd (Rust)", 0.6),
    "Windows claims its name": ([(0, say(("DESKTOP-1.local", 255)), TTL1)], "Windows", 0.6),
    "Windows resolves": (at((0, 1, 2), say(("printer.local", 28)), TTL1), "Windows", 0.7),
    "Windows, one type a packet": (
        [(n / 9, say(name), TTL1) for n, name in enumerate(types(4))],
        "Windows",
        0.5,
    ),
    "Chrome": (at((0, 1, 3), say(CAST), TTL1), "Chromium (Chrome, Edge)", 0.75),
    "Google Cast": (
        [(0, say("_CC1AD845._sub." + CAST, CAST, ident=4))],
        "Google Cast (Android or an app)",
        0.7,
    ),
    "Google Cast counts": (
        [(n * 9, say(CAST, ident=1 + n)) for n in range(3)],
        "Google Cast (Android or an app)",
        0.85,
    ),
    "Android counts": (
        [(n, say("_matter._tcp.local", ident=7 + n)) for n in range(3)],
        "Android",
        0.65,
    ),
    "media player": ([(0, say(*PLAYER))], "media player on a phone", 0.7),
    "WebRTC": (
        [(0, say(("3f0e9a44-1b2c-4d5e-8f90-a1b2c3d4e5f6.local", 1)))],
        "WebRTC in a browser",
        0.7,
    ),
    "WPAD": (at((0, 1, 3), say(("wpad.local", 1))), "proxy auto-discovery (WPAD)", 0.6),
    "JmDNS": (at((0, 0.225, 0.45), say("_printer._tcp.local")), "JmDNS (Java)", 0.6),
}


@pytest.mark.parametrize(("said", "name", "least"), NAMED.values(), ids=NAMED)
def test_a_burst_in_its_shape_is_named(said, name, least):
    burst = Burst(SHAPES)
    burst.said(*said)
    assert burst.best is not None
    assert (burst.best.name, burst.best.confidence >= least) == (name, True), burst.best
    assert burst.best.why


UNKNOWN = {
    "one type, once": [(0, say(SSH))],
    "one type, one interval": at((0, 1), say(SSH)),
    "intervals of nobody": at((0, 2.5, 5), say(SSH)),
    "the list of types, once": [(0, say(META))],
    "a sweep from port 5353": [(n / 50, say(name)) for n, name in enumerate(types(60))],
    "a packed sweep": [(n, say(*types(20, 20 * n))) for n in range(3)],
    "a sweep that counts its IDs": [(n / 50, say(t, ident=1 + n)) for n, t in enumerate(types(60))][
        5:
    ],
    "a sweep with TTL 1": [(n, say(t), TTL1) for n, t in enumerate(types(60))][30:],
    "QU, then a second later": [(0, say(SSH, qu=True)), (1, say(SSH))],
    "names guessed": [
        (n / 25, say((f"nas{n}.local", 1), (f"nas{n}.local", 28))) for n in range(40)
    ],
    "addresses walked": [(n / 20, say(f"{n}.0.0.10.in-addr.arpa")) for n in range(40)],
    "another port, ID 0": [(0, say(SSH), legacy())],
    "a router polls one type": [
        (0, say("_daap._tcp.local", ident=9, recursion=True), legacy(**ONE))
    ],
    "one instance with ANY": [(0, say((INSTANCE, 255)))],
    "a Cast query that counts nothing": [(0, say(CAST))],
    "half a bundle": [(0, say(*GVFS[:3]))],
    "two printing types and a scanner": [
        (0, say("_ipp._tcp.local", "_ipps._tcp.local", "_scanner._tcp.local"))
    ],
    "a name of a file server": [(0, say(("fileserv.local", 1)))],
    "wpad once": [(0, say(("wpad.local", 1)))],
    "every type in one packet": [(0, say(*MAC, *GVFS, *HUB, *types(20)))],
}


@pytest.mark.parametrize("said", UNKNOWN.values(), ids=UNKNOWN)
def test_what_comes_near_stays_unknown(said):
    burst = Burst(SHAPES)
    assert burst.said(*said) is None


def test_it_is_explained_in_words():
    burst = Burst(SHAPES)
    burst.said((0, say(SSH, qu=True)), *at((1, 5, 14), say(SSH)))
    assert burst.best.why == (
        "port 5353",
        "ID 0",
        "QU the first time only",
        "repeats after 1, 4 and 9 s",
    )
    burst = Burst(SHAPES)
    burst.said((0, say(INSTANCE, ident=4242), legacy()))
    assert burst.best.why == (
        "port not 5353",
        "ID not 0",
        "no recursion bit",
        "no QU",
        "asks PTR of instances",
    )


def test_every_tool_has_its_burst():
    named = {name for _, name, _ in NAMED.values()}
    rows = {row.name for row in KNOWLEDGE.tool_shapes}
    assert rows - named == set()


def test_the_same_mask_as_macos_after_the_list_of_types_is_no_macos():
    burst = Burst(SHAPES)
    burst.said((0, say(META)), (0.2, say(*MAC, *GVFS)))
    assert burst.best.name == "avahi-browse -a"


# What the truth beside a recording calls a program → what a burst of its actor may be called.
# A type asked for once is nobody's own shape: None.
MAY_BE = {
    "avahi-browse -a": {"avahi-browse -a"},
    "avahi-browse -t": {None, "Avahi client resolving"},
    "nmap -e": {"nmap broadcast-dns-service-discovery"},
    "nmap -n -sU": {"nmap dns-service-discovery"},
    "dig": {"dig"},
    "python -c": {"python-zeroconf finder"},
    "python tools/zc_ha.py": {"Home Assistant"},
    "python3 tools/sweep.py": {None},
    "python3 tools/attacks.py": {None},
    "python tools/attacks.py flood": {None},
}
FOLDER = Path(os.environ.get("WHOASKS_CAPTURES", "no captures"))
TRUTHS = sorted((FOLDER / "lab").glob("*.json"))


def actor_bursts(path, actor):
    """Every burst of the actor: silences of 10 s part them, copies within 0.1 s are one."""
    bursts, last, said_at = [], float("-inf"), {}
    for batch in CaptureFile(path).read():
        for datagram in batch:
            if datagram.flow.mac != actor:
                continue
            try:
                said = Utterance(decode(datagram.payload), None, 0)
            except MalformedMessage:
                continue
            again = datagram.at - said_at.get(datagram.payload, float("-inf")) <= 0.1
            if again or not said.means.is_query:
                continue
            said_at[datagram.payload] = datagram.at
            if datagram.at - last > 10:
                bursts.append(Burst(SHAPES))
            last = datagram.at
            bursts[-1].said((datagram.at, datagram.payload, datagram.flow))
    return bursts


def programs(truth):
    """What the actor's bursts may be taken for, where one program is known to have asked."""
    if not truth.get("actor"):
        return []
    return [may for begin, may in MAY_BE.items() if truth["command"].startswith(begin)]


OF_ONE_PROGRAM = [path for path in TRUTHS if programs(json.loads(path.read_text()))]


@pytest.mark.captures
@pytest.mark.skipif(not TRUTHS, reason="set WHOASKS_CAPTURES to a folder of labelled captures")
@pytest.mark.parametrize("path", OF_ONE_PROGRAM, ids=lambda path: path.stem)
def test_recordings(path):
    truth = json.loads(path.read_text())
    started = programs(truth)
    bursts = actor_bursts(path.with_suffix(".pcap"), truth["actor"]["mac"])
    surest = max(
        (burst.best for burst in bursts if burst.best), key=lambda g: g.confidence, default=None
    )
    assert (surest.name if surest else None) in started[0]
