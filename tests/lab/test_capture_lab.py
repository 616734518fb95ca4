"""Packet capture on a real network: what it hears that a socket cannot, that it is silent, that a
recording agrees with it, what it survives, and how much it takes.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.helpers import pcaps as p
from tests.helpers import traffic
from tests.lab.lab import WHOASKS, Lab, packets
from tests.lab.test_sources_lab import TOOLS, UNIQUE, V4, V6, Listener, cable, ip, plug_in, say
from tests.lab.test_watch_lab import EMPTY, META, PATIENCE, watching

__all__ = ["cable"]

SHOUT = """
import socket, sys
address, payload = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
where = (address, 5353, 0, socket.if_nametoindex("eth0"))[: 4 if ":" in address else 2]
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.sendto(bytes.fromhex(payload), where)
"""
RATE, SECONDS = 50_000, 2.0


@contextmanager
def capturing(lab: Lab, host: str, *arguments: str) -> Iterator[Listener]:
    command = [sys.executable, TOOLS / "capture.py", *arguments]
    listener = Listener(lab.popen(host, command, stderr=None))
    try:
        listener.until(lambda line: "ready" in line)
        yield listener
    finally:
        listener.end()
        lab.run(host, ["true"])  # the lab forgets the processes that have ended


def shout(lab: Lab, host: str, payload: bytes, destination: str = V4) -> None:
    done = lab.run(host, [sys.executable, "-c", SHOUT, destination, payload.hex()])
    assert done.returncode == 0, done.stderr


def inject(lab: Lab, host: str, *frames: bytes, device: str = "eth0") -> None:
    command = [sys.executable, TOOLS / "inject.py", device, *(frame.hex() for frame in frames)]
    done = lab.run(host, command)
    assert done.returncode == 0, done.stderr


def checked(packet: bytes) -> bytes:
    """An IPv4 packet with the right header checksum: bridges look."""
    if packet[0] >> 4 != 4:
        return packet
    words = struct.unpack(f">{(packet[0] & 0x0F) * 2}H", packet[: (packet[0] & 0x0F) * 4])
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return packet[:10] + struct.pack(">H", total) + packet[12:]


def dig(lab: Lab, host: str, server: str, name: str = META) -> None:
    options = ["+tries=1", "+time=1", "-p", "5353"]
    lab.run(host, ["dig", *options, f"@{server}", name, "PTR"])


def findings(lines: str) -> set[tuple[Any, ...]]:
    """What is said of each finding at last, but for the interface, which a pcap does not know."""
    last: dict[str, tuple[Any, ...]] = {}
    for record in map(json.loads, lines.splitlines()):
        if record["record"] == "finding":
            host = record["host"]
            rules = tuple(record["rules"])
            said = (record["severity"], rules, host["identity"], host["mac"], record["vlan"])
            last[record["id"]] = (record["id"], *said, record["packets"], record["questions"])
    return set(last.values())


def test_a_stranger_is_known_by_the_mac_of_its_frames(lab: Lab, tmp_path: Path) -> None:
    client = lab.spec("client")
    ip(lab, "watcher", "neigh", "flush", "all")
    with watching(lab, tmp_path, "--capture") as watch:
        dig(lab, "client", V4)
        finding = watch.until("meta-query")
        assert watch.end() == 0, watch.said
    assert (finding["host"]["identity"], finding["host"]["mac"]) == ("mac", client.mac())
    assert "Capturing on eth0" in watch.said
    # Nobody was asked for it: the kernel still does not know.
    known = lab.run("watcher", ["ip", "-4", "neigh", "show", "dev", "eth0"]).stdout
    assert client.mac() not in known


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_unicast_to_this_host(lab: Lab, tmp_path: Path, family: str) -> None:
    with watching(lab, tmp_path, "--capture") as watch:
        dig(lab, "client", getattr(lab.spec("watcher"), family)(), "_ipp._tcp.local")
        finding = watch.until("unicast-probe")
        assert watch.end() == 0, watch.said
    assert finding["host"]["mac"] == lab.spec("client").mac()


@pytest.mark.parametrize(
    ("tags", "vlan"),
    [
        pytest.param([], None, id="no tag"),
        pytest.param([(p.VLAN, 5)], 5, id="one tag"),
        pytest.param([(p.VLAN, 0)], None, id="a priority"),
        pytest.param([(p.QINQ, 100), (p.VLAN, 5)], 5, id="two tags"),
    ],
)
@pytest.mark.parametrize("make", [p.ipv4, p.ipv6])
def test_vlans(lab: Lab, make: Any, tags: list[tuple[int, int]], vlan: int | None) -> None:
    frame = p.ethernet(checked(make(p.udp(traffic.ask(UNIQUE)))), "02:00:00:00:00:77", tags=tags)
    with capturing(lab, "watcher", "eth0") as listener:
        inject(lab, "client", frame)
        heard = listener.asked(UNIQUE)
    assert heard["interface"].startswith("eth0")
    assert (heard["vlan"], heard["mac"], heard["mac_source"]) == (
        vlan,
        "02:00:00:00:00:77",
        "frame",
    )


def test_a_recording_of_the_same_time_gives_the_same_findings(lab: Lab, tmp_path: Path) -> None:
    """Tools, unicast, VLANs, options and fragments, all at once."""
    recording, deadline = tmp_path / "seen.pcap", time.monotonic() + PATIENCE
    tagged = [
        p.ethernet(
            p.ipv4(p.udp(traffic.ask(META)), f"10.5.0.{vlan}"),
            f"02:05:00:00:00:{vlan:02x}",
            tags=[(p.QINQ, 9), (p.VLAN, vlan)][-1 - vlan % 2 :],
        )
        for vlan in range(5, 9)
    ]
    optional = p.ipv4(p.udp(traffic.ask(META)), "10.77.0.99", options=b"\x94\x04\0\0")
    plain = p.ethernet(checked(optional), "02:77:00:00:00:99")
    many = traffic.ask(*traffic.types(120))
    assert len(many) > 1_500
    with (
        lab.capture("watcher", recording, "inbound"),
        watching(lab, tmp_path, "--capture") as watch,
    ):
        while not packets(recording):
            assert time.monotonic() < deadline
            lab.run("client", [sys.executable, "-c", EMPTY])
        dig(lab, "client", V4)
        dig(lab, "client", lab.spec("watcher").ipv4(), "_ipp._tcp.local")
        lab.run("desk", ["avahi-browse", "-a", "-t"])
        inject(lab, "nas", *tagged, plain)
        shout(lab, "hub", many)
        shout(lab, "hub", many, V6)
        watch.until("unicast-probe")
        time.sleep(0.5)
        assert watch.end() == 0, watch.said
        time.sleep(0.3)
    lines = Path(watch._out).read_text(encoding="utf-8")
    live = findings(lines)
    read = lab.run("watcher", [*WHOASKS, "read", recording, "--format", "ndjson"])
    assert read.returncode == 0, read.stderr
    assert findings(read.stdout) == live
    assert {found[5] for found in live} >= {5, 6, 7, 8, None}
    assert "02:77:00:00:00:99" in {found[4] for found in live}
    assert {lab.spec(name).mac() for name in ("client", "desk", "hub")} <= {f[4] for f in live}


def test_sends_nothing(lab: Lab, tmp_path: Path) -> None:
    sent = tmp_path / "sent.pcap"
    with (
        lab.capture("watcher", sent, "-Qout"),
        capturing(lab, "watcher", "--promiscuous", "--follow-ups", "eth0") as listener,
    ):
        lab.run("desk", ["avahi-browse", "-art"])
        say(lab, "client", V6)
        listener.asked(UNIQUE)
        listener.stop()
        time.sleep(0.3)
    lines = packets(sent)
    assert any("igmp" in line for line in lines), "the groups are joined, for switches that snoop"
    assert [line for line in lines if "igmp" not in line and "ICMP6" not in line] == []


def test_who_connected_to_whom(lab: Lab) -> None:
    desk, watcher = lab.spec("desk"), lab.spec("watcher")
    connect = "import socket, sys; socket.socket().connect_ex((sys.argv[1], 22))"
    with capturing(lab, "watcher", "--follow-ups", "eth0") as listener:
        lab.run("desk", [sys.executable, "-c", connect, watcher.ipv4()])
        syn = b"\xc3\x50\x00\x16" + bytes(8) + b"\x50\x02" + bytes(6)
        outside = p.ethernet(checked(p.ipv4(syn, "192.0.2.1", protocol=6)), "02:00:00:00:00:77")
        inject(lab, "desk", outside)
        say(lab, "client", V4)
        listener.asked(UNIQUE)
        (seen,) = listener.stop()["follow_ups"]
    assert (seen["source"], seen["destination"], seen["port"]) == (desk.ipv4(), watcher.ipv4(), 22)
    assert (seen["mac"], seen["interface"]) == (desk.mac(), "eth0")


def test_our_own_responder_counts_once(lab: Lab) -> None:
    desk = lab.spec("desk")
    with capturing(lab, "desk", "eth0") as listener:
        asking = lab.popen("desk", ["avahi-resolve", "-4", "-n", "nobody-here.local"])
        heard = listener.asked("nobody-here.local", source=desk.ipv4())
        asking.kill()
        asking.communicate()
        last = listener.stop()
    assert heard["mac"] == desk.mac()
    assert desk.ipv4() in last["own"]
    assert last["counts"]["outgoing"] > 0
    times = [
        line["datagram"]["at"]
        for line in listener.seen
        if line.get("datagram", {}).get("source") == desk.ipv4()
    ]
    assert len(times) == len(set(times)), "what goes out is not heard coming in again"


def test_an_interface_is_followed(lab: Lab, cable: None) -> None:
    with capturing(lab, "watcher") as listener:
        plug_in(lab)
        listener.note("eth7 joined")
        for destination in (V4, V6):
            say(lab, "client", destination, device="eth7")
            assert listener.asked(UNIQUE, interface="eth7")["destination"] == destination

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
    times = [line["datagram"]["at"] for line in listener.seen if "datagram" in line]
    assert times == sorted(times), "two rings, one order"


def test_an_interface_that_flaps_faster_than_we_look(lab: Lab, cable: None) -> None:
    plug_in(lab)
    with capturing(lab, "watcher", "eth7") as listener:
        for _ in range(10):
            ip(lab, "watcher", "link", "set", "eth7", "down")
            ip(lab, "watcher", "link", "set", "eth7", "up")
        deadline = time.monotonic() + 10
        heard = False
        while not heard and time.monotonic() < deadline:
            say(lab, "client", V4, device="eth7")
            heard = any("datagram" in line for line in _waiting(listener))
        assert heard


def _waiting(listener: Listener) -> list[dict[str, Any]]:
    """What it has said by now."""
    lines = []
    while not listener._lines.empty():
        lines.append(listener._lines.get())
    listener.seen += lines
    return lines


def unprivileged(lab: Lab) -> list[str]:
    """A command prefix that runs this Python's packages as nobody with CAP_NET_RAW alone."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    become = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    become += ["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]
    path = ":".join(part for part in sys.path if part.endswith(("site-packages", "src")))
    for python in (sys.executable, f"/usr/bin/{version}"):
        prefix = [*become, "env", f"PYTHONPATH={path}", "HOME=/tmp", python]
        check = lab.run("watcher", [*prefix, "-c", "import whoasks.core.pipeline, sqlalchemy"])
        if check.returncode == 0:
            return prefix
    pytest.skip("nobody may not read any Python here that could run whoasks")


def test_with_the_one_capability_which_is_given_up(lab: Lab, tmp_path: Path) -> None:
    prefix = unprivileged(lab)
    options = ["--capture", "-i", "eth0", "--db", "sqlite://", "--format", "ndjson"]
    process = lab.popen("watcher", [*prefix, "-m", "whoasks", "watch", *options])
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "Kept in" in line:
            break
    assert "Running as user nobody, without privileges." in said, said
    status = Path(f"/proc/{process._command()}/status").read_text(encoding="ascii")
    words = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {words[f"Cap{name}"] for name in ("Eff", "Prm", "Inh", "Amb")} == {"0" * 16}
    assert words["NoNewPrivs"] == "1"
    dig(lab, "client", V4)
    time.sleep(0.5)
    process.terminate()
    out, _ = process.communicate(timeout=PATIENCE)
    assert "meta-query" in out


def test_without_it_there_is_a_remedy(lab: Lab, tmp_path: Path) -> None:
    command = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", *WHOASKS]
    done = lab.run("watcher", [*command, "watch", "--capture", "-i", "eth0"])
    assert done.returncode == 3
    assert "setcap cap_net_raw+ep" in done.stderr
    doctor = lab.run("watcher", [*command, "doctor", "-i", "eth0", "--db", tmp_path / "none.db"])
    assert "AmbientCapabilities=CAP_NET_RAW" in doctor.stdout


def test_a_flood_is_heard_whole(lab: Lab, tmp_path: Path) -> None:
    """A rate that any machine should manage; docs/capture.md has what this one does."""
    from bench.traffic import write_pcap

    mix = tmp_path / "mix.pcap"
    write_pcap(mix, 20_000)
    with capturing(lab, "watcher", "--count", "eth0") as listener:
        flood = [sys.executable, TOOLS / "flood.py", mix, "eth0", str(RATE), str(SECONDS)]
        done = lab.run("client", flood)
        assert done.returncode == 0, done.stderr
        sent = int(done.stdout.split()[0])
        counts = listener.stop()["counts"]
    assert sent > 0
    assert counts["kernel_drops"] == 0
    assert counts["received"] >= sent
