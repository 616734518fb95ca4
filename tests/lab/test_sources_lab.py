"""The multicast source on a real network: what it hears and leaves alone, and that it is silent."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest
from tests.lab.host import LabProcess
from tests.lab.lab import Lab, packets

TOOLS = Path(__file__).parent / "tools"
V4, V6 = "224.0.0.251", "ff02::fb"
UNIQUE = "_whoasks-lab._tcp.local"
Line = dict[str, Any]


class Listener:
    """A MulticastSource at work on a host of the lab."""

    def __init__(self, process: LabProcess) -> None:
        self.process = process
        self.seen: list[Line] = []
        self._lines: Queue[Line] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def until(self, wanted: Callable[[Line], object], patience: float = 10.0) -> Line:
        """The first line from now on that is wanted."""
        deadline = time.monotonic() + patience
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(f"not among {self.seen}") from None
            self.seen.append(line)
            if wanted(line):
                return line

    def asked(self, name: str, **flow: object) -> Line:
        """The first datagram from now on that asks for a name and has these flow values."""
        label = name.split(".", maxsplit=1)[0].encode().hex()

        def matches(line: Line) -> bool:
            datagram = line.get("datagram", {})
            fitting = all(datagram.get(key) == value for key, value in flow.items())
            return label in datagram.get("payload", "") and fitting

        found: Line = self.until(matches)["datagram"]
        return found

    def note(self, text: str) -> None:
        self.until(lambda line: line.get("note") == text)

    def stop(self) -> Line:
        """Its last words: the counts."""
        self.process.terminate()
        return self.until(lambda line: "counts" in line)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self._reader.join()
        self.process.communicate()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))


@contextmanager
def listening(lab: Lab, host: str, *interfaces: str) -> Iterator[Listener]:
    command = [sys.executable, TOOLS / "listen.py", *interfaces]
    listener = Listener(lab.popen(host, command, stderr=None))
    try:
        listener.until(lambda line: "ready" in line)
        yield listener
    finally:
        listener.end()


def say(lab: Lab, host: str, destination: str, name: str = UNIQUE, **options: object) -> str:
    """Ask for a name; what came back. Options are those of ``tools/say.py``."""
    flags = [f"--{key}={value}" for key, value in options.items()]
    done = lab.run(host, [sys.executable, TOOLS / "say.py", destination, name, *flags])
    assert done.returncode == 0, done.stderr
    return done.stdout


def ip(lab: Lab, host: str, *arguments: str) -> None:
    done = lab.run(host, ["ip", *arguments])
    assert done.returncode == 0, done.stderr


@pytest.fixture
def cable(lab: Lab) -> Iterator[None]:
    """A second cable from the watcher to the client, ``eth7`` at both ends."""
    ends = [f"{lab.prefix}watcher", f"{lab.prefix}client"]
    peer = ["peer", "name", "eth7", "netns", ends[1]]
    command = ["ip", "link", "add", "eth7", "netns", ends[0], "type", "veth", *peer]
    subprocess.run(command, check=True)
    yield
    lab.run("watcher", ["ip", "link", "delete", "eth7"])


def plug_in(lab: Lab) -> None:
    for host, octet in (("client", 1), ("watcher", 2)):
        ip(lab, host, "addr", "add", f"10.99.0.{octet}/24", "dev", "eth7")
        ip(lab, host, "link", "set", "eth7", "up")
    # The kernel may take a second to notice the carrier; until then a host has no IPv6.
    for host in ("client", "watcher"):
        deadline = time.monotonic() + 5
        while not lab.run(host, ["ip", "-6", "addr", "show", "eth7", "scope", "link"]).stdout:
            assert time.monotonic() < deadline, f"{host} has no link-local address"


@pytest.mark.parametrize(
    ("destination", "ttl"),
    [
        pytest.param(V4, 255, id="IPv4"),
        pytest.param(V4, 1, id="IPv4, TTL 1"),
        pytest.param(V6, 255, id="IPv6"),
        pytest.param(V6, 64, id="IPv6, hop limit 64"),
    ],
)
def test_hears_another_host(lab: Lab, destination: str, ttl: int):
    with listening(lab, "watcher") as listener:
        before = time.time()
        say(lab, "client", destination, ttl=ttl, wait=0.5)
        after = time.time()
        heard = listener.asked(UNIQUE)
    client = lab.spec("client")
    assert (heard["interface"], heard["ttl"]) == ("eth0", ttl)
    assert (heard["destination"], heard["destination_port"]) == (destination, 5353)
    # Stamped by the kernel when it came in: before the half second spent waiting for an answer.
    assert before < heard["at"] < after - 0.4
    if destination == V4:
        assert heard["source"] == client.ipv4()
    else:
        # The link-local address spells the MAC out; nobody had to be asked for it.
        assert heard["source"].startswith("fe80::")
        assert (heard["mac"], heard["mac_source"]) == (client.mac(), "neighbour")


def test_a_mac_learned_later_is_told_with_the_next_packets(lab: Lab):
    client = lab.spec("client")
    ip(lab, "watcher", "neigh", "flush", "all")
    with listening(lab, "watcher") as listener:
        say(lab, "client", V4)
        assert listener.asked(UNIQUE)["mac"] is None
        # Any talk between the two fills the neighbour table.
        say(lab, "watcher", client.ipv4())
        deadline = time.monotonic() + 10
        mac = None
        while mac is None and time.monotonic() < deadline:
            say(lab, "client", V4, wait=0.2)
            mac = listener.asked(UNIQUE)["mac"]
    assert mac == client.mac()


def test_beside_a_responder_that_keeps_its_unicast(lab: Lab):
    desk = lab.spec("desk")
    with listening(lab, "desk") as listener:
        assert say(lab, "client", desk.ipv4(), "_sftp-ssh._tcp.local").startswith("answered")
        assert say(lab, "client", desk.ipv6(), "_sftp-ssh._tcp.local").startswith("answered")
        resolved = lab.run("desk", ["avahi-resolve", "-4", "-n", "printer.local"])
        assert lab.spec("printer").ipv4() in resolved.stdout
        say(lab, "client", V4)
        listener.asked(UNIQUE)
        # The responder's own question came by multicast; the unicast ones never came to us.
        own = [d for line in listener.seen if (d := line.get("datagram"))]
        assert b"_sftp-ssh".hex() not in "".join(
            d["payload"] for d in own if d["source"] == lab.spec("client").ipv4()
        )


def test_our_own_responder_has_our_own_mac(lab: Lab):
    desk = lab.spec("desk")
    with listening(lab, "desk") as listener:
        asking = lab.popen("desk", ["avahi-resolve", "-4", "-n", "nobody-here.local"])
        heard = listener.asked("nobody-here.local", source=desk.ipv4())
        asking.kill()
        asking.communicate()
        assert heard["mac"] == desk.mac()
        assert desk.ipv4() in listener.stop()["own"]


def test_sends_nothing(lab: Lab, tmp_path: Path):
    capture = tmp_path / "sent.pcap"
    with lab.capture("watcher", capture, "-Qout"), listening(lab, "watcher") as listener:
        lab.run("desk", ["avahi-browse", "-art"])
        say(lab, "client", V6)
        listener.asked(UNIQUE)
    sent = packets(capture)
    assert [line for line in sent if "UDP" in line or ".5353" in line or "mdns" in line] == []
    # What the kernel says to routers and switches about its groups is all there may be.
    assert [line for line in sent if "igmp" not in line and "ICMP6" not in line] == []


def test_an_interface_is_followed(lab: Lab, cable: None):
    with listening(lab, "watcher") as listener:
        plug_in(lab)
        listener.note("eth7 joined")
        say(lab, "client", V4, device="eth7")
        assert listener.asked(UNIQUE, interface="eth7")["source"] == "10.99.0.1"
        say(lab, "client", V6, device="eth7")
        assert listener.asked(UNIQUE, interface="eth7")["source"].startswith("fe80::")

        ip(lab, "watcher", "addr", "flush", "dev", "eth7", "scope", "global")
        ip(lab, "watcher", "addr", "add", "10.99.0.77/24", "dev", "eth7")
        listener.note("eth7 changed its addresses")
        say(lab, "client", V4, device="eth7")
        listener.asked(UNIQUE, interface="eth7")

        ip(lab, "watcher", "link", "set", "eth7", "down")
        listener.note("eth7 went away")
        ip(lab, "watcher", "link", "set", "eth7", "up")
        listener.note("eth7 joined")
        say(lab, "client", V4, device="eth7")
        listener.asked(UNIQUE, interface="eth7")

        ip(lab, "watcher", "link", "delete", "eth7")
        listener.note("eth7 went away")
        say(lab, "client", V4)
        listener.asked(UNIQUE, interface="eth0")
        assert listener.stop()["counts"]["kernel_drops"] == 0


def test_an_interface_that_was_not_named_is_left_alone(lab: Lab, cable: None):
    plug_in(lab)
    with listening(lab, "watcher", "eth0") as listener:
        # Somebody else on this host listens there: without care, we would hear it too.
        with listening(lab, "watcher", "eth7") as other:
            say(lab, "client", V4, device="eth7")
            other.asked(UNIQUE)
        say(lab, "client", V4)
        assert listener.asked(UNIQUE)["interface"] == "eth0"
