"""Hostile names through the commands in a real pseudo-terminal, looked at byte by byte."""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
import sys
import threading

import pytest
from dnslib import PTR, RR, SRV, TXT, A, DNSHeader, DNSLabel, DNSQuestion, DNSRecord
from tests.helpers import pcaps, samples

from whoasks.core.model import BurstClosed, FindingOpened, ServiceSeen
from whoasks.sources.capture_file import CaptureFile
from whoasks.store import Store

MAIN = "from whoasks.cli import run; run()"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""All that we ever send to a terminal besides text."""
PROGRESS = re.compile(r"\r|\x1b\[2?K")
"""And what a line of progress is erased with."""


@pytest.fixture(scope="module")
def db(tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("hostile") / "store.db")
    everything = tuple(samples.HOSTILE.values())
    with Store(path) as store:
        for number, name in enumerate(everything):
            mac = f"02:00:00:00:01:{number:02x}"
            host = samples.Host("mac", mac, (f"10.0.1.{number}",), name, name)
            finding = samples.finding(
                id=f"{number:02d}", host=host, title=name, explanation=name, names=everything,
                observed={name: name}, evidence=everything, coverage=(name,), interface=name,
            )  # fmt: skip
            burst = samples.burst(id=f"b{number}", host=host, names=everything, reasons=(name,))
            service = samples.service(instance=name, hostname=name, txt={"k": name})
            store.save([FindingOpened(1.0, finding), BurstClosed(1.0, burst)])
            store.save([ServiceSeen(1.0, service)])
            store.save_askers([samples.asker(host=host, types=everything)])
    return path


def on_a_terminal(*argv: str, **environ: str) -> str:
    """All that the command sends to its terminal."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = plain | {"TERM": "xterm-256color", "COLUMNS": "80"} | environ
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *argv], stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        sent = bytearray()
        try:
            while piece := os.read(ours, 65_536):
                sent += piece
        except OSError:
            pass  # Linux says EIO when the other end has been closed
        os.close(ours)
    assert process.returncode == 0, sent
    return sent.decode()


def text_of(sent: str) -> str:
    """What is left without colours, line ends and the erasing of a line of progress."""
    return PROGRESS.sub("", COLOUR.sub("", sent).replace("\r\n", ""))


COMMANDS = [
    ["explain", "00"],
    ["explain", "07"],
    ["askers"],
    ["askers", "--format", "ndjson"],
    *(["export", what] for what in ("findings", "bursts", "services", "askers")),
    *(["export", what, "--format", "ndjson"] for what in ("findings", "services")),
]


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_a_terminal_gets_text_and_colours_alone(db, tmp_path, argv):
    sent = on_a_terminal(*argv, WHOASKS_DB=db, XDG_CONFIG_HOME=str(tmp_path))
    left = text_of(sent)
    assert left
    assert {char for char in left if not char.isprintable()} == set()


def test_no_color_sends_none(db, tmp_path):
    environ = {"WHOASKS_DB": db, "XDG_CONFIG_HOME": str(tmp_path)}
    assert "\x1b" in on_a_terminal("explain", "00", **environ)
    assert "\x1b" not in on_a_terminal("explain", "00", "--no-color", **environ)
    # Bold and underlined headings stay under NO_COLOR: they are no colours.
    assert not re.search(
        r"\x1b\[[0-9;]*3[0-7]m", on_a_terminal("explain", "00", NO_COLOR="1", **environ)
    )


@pytest.fixture(scope="module")
def capture(tmp_path_factory) -> str:
    """A recording in which every hostile name is an instance, a host, a TXT value, a question."""
    packets = []
    for name in samples.HOSTILE.values():
        label = name.encode("utf-8", "surrogateescape")[:63]
        service = (label, b"_http", b"_tcp", b"local")
        record = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
        record.add_answer(RR("_http._tcp.local", 12, 1, 4500, PTR(DNSLabel(service))))
        owner, host = DNSLabel(service), DNSLabel((label, b"local"))
        record.add_ar(RR(owner, 33, 0x8001, 4500, SRV(0, 0, 80, host)))
        record.add_ar(RR(owner, 16, 0x8001, 4500, TXT([b"k=" + label])))
        record.add_ar(RR(host, 1, 0x8001, 4500, A("10.0.0.9")))
        packets.append(bytes(record.pack()))
        asked = DNSLabel((label, b"_ssh", b"_tcp", b"local"))
        questions = [DNSQuestion(asked, 33), DNSQuestion("_services._dns-sd._udp.local", 12)]
        packets.append(bytes(DNSRecord(DNSHeader(id=0, bitmap=0), questions).pack()))
    frames = [pcaps.ethernet(pcaps.ipv4(pcaps.udp(packet))) for packet in packets]
    path = tmp_path_factory.mktemp("hostile") / "\x1b]0;x\x07.pcap"
    path.write_bytes(
        pcaps.pcap(*(pcaps.record(f, 1_700_000_000 + n) for n, f in enumerate(frames)))
    )
    return str(path)


CAPTURE_COMMANDS = [
    ["read"],
    ["read", "--format", "csv"],
    ["read", "--format", "ndjson"],
    *(["list", "--by", by, "--from"] for by in ("service", "host", "type")),
    ["list", "--format", "csv", "--from"],
    ["list", "--format", "ndjson", "--from"],
]


@pytest.mark.parametrize("argv", CAPTURE_COMMANDS, ids=" ".join)
def test_a_hostile_recording_sends_text_and_colours_alone(capture, tmp_path, argv):
    sent = on_a_terminal(*argv, capture, XDG_CONFIG_HOME=str(tmp_path))
    left = text_of(sent)
    assert "http" in left or "ssh" in left
    assert {char for char in left if not char.isprintable()} == set()


def test_a_watch_of_hostile_packets_sends_text_and_colours_alone(capture, tmp_path):
    """On the loopback: nothing leaves the machine."""
    payloads = [d.payload for batch in CaptureFile(capture).read() for d in batch]
    stop = threading.Event()

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(
                socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1")
            )
            while not stop.wait(0.3):
                for payload in payloads:
                    sock.sendto(payload, ("224.0.0.251", 5353))

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        sent = on_a_terminal(
            "watch", "-i", "lo", "--once-for", "3", "--db", str(tmp_path / "w.db"),
            XDG_CONFIG_HOME=str(tmp_path),
        )  # fmt: skip
    finally:
        stop.set()
        speaker.join()
    left = text_of(sent)
    assert {char for char in left if not char.isprintable()} == set()


@pytest.mark.parametrize("argv", [["demo", "-o", "-"], ["rules"], ["config", "show"]], ids=" ".join)
def test_the_other_commands_send_text_and_colours_alone(tmp_path, argv):
    sent = on_a_terminal(*argv, XDG_CONFIG_HOME=str(tmp_path))
    left = text_of(sent)
    assert {char for char in left if not char.isprintable()} == set()
