"""The watcher goes on: an interface down and up, a database taken away, a second watcher, SIGHUP.

Own lab: what is done to its links must not disturb other tests.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.lab import WHOASKS, Lab
from tests.lab.test_watch_lab import META, PATIENCE, Watching, acquaint, watching

ASK = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from tests.helpers.traffic import ask
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
sock.bind(("", 5353))
for name in sys.argv[2:]:
    sock.sendto(ask(name), ("224.0.0.251", 5353))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def own_lab() -> Iterator[Lab]:
    with Lab("small.json") as built:
        yield built


def asks(lab: Lab, *names: str) -> None:
    lab.run("client", [sys.executable, "-c", ASK, str(ROOT), *names])


def ip(lab: Lab, *words: str) -> None:
    assert lab.run("watcher", ["ip", *words]).returncode == 0


def until(what: Callable[[], bool], why: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(0.1)


def short_bursts(watch: Watching, folder: Path) -> None:
    """Bursts are logged when they are over: let that be soon."""
    (folder / "config.yaml").write_text("bursts: {gap: 0.5}\n", encoding="utf-8")
    watch.process.send_signal(signal.SIGHUP)
    until(lambda: "was read again" in watch.said, lambda: watch.said)


def still_hears(lab: Lab, watch: Watching, name: str) -> None:
    """A question asked now, perhaps several times, is in the log of bursts."""

    def heard() -> bool:
        asks(lab, name)
        time.sleep(3.0)  # the gap, the tick, and the second by which ticks stay behind
        return any(f"{name}." in burst["names"] for burst in watch.kept("bursts"))

    until(heard, lambda: watch.said)


def test_an_interface_that_goes_and_comes(own_lab: Lab, tmp_path: Path) -> None:
    acquaint(own_lab, "client")
    with watching(own_lab, tmp_path) as watch:
        short_bursts(watch, tmp_path)
        still_hears(own_lab, watch, "_before._tcp.local")
        ip(own_lab, "link", "set", "eth0", "down")
        time.sleep(1.0)
        ip(own_lab, "link", "set", "eth0", "up")
        still_hears(own_lab, watch, "_after-the-link._tcp.local")
        ip(own_lab, "addr", "add", "10.77.0.222/24", "dev", "eth0")
        still_hears(own_lab, watch, "_after-an-address._tcp.local")
        ip(own_lab, "addr", "del", "10.77.0.222/24", "dev", "eth0")
        assert watch.end() == 0, watch.said
    assert "Traceback" not in watch.said


def test_a_database_that_is_taken_away(own_lab: Lab, tmp_path: Path) -> None:
    with watching(own_lab, tmp_path) as watch:
        asks(own_lab, META)
        watch.until("meta-query")
        for path in tmp_path.glob("watch.db*"):
            path.unlink()
        asks(own_lab, "_ssh._tcp.local")
        until(lambda: "deleted or replaced" in watch.said, lambda: watch.said)
        assert watch.end() == 0, watch.said
    assert {finding["rule"] for finding in watch.kept()} == {"meta-query"}


def test_two_watchers_keep_in_one_database(own_lab: Lab, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with watching(own_lab, first) as one:
        command = [*WHOASKS, "watch", "-i", "eth0", "--db", str(one.db), "--format", "ndjson"]
        out = second / "watch.ndjson"
        with out.open("w") as output, (second / "watch.err").open("w") as errors:
            other = own_lab.popen("watcher", command, stdout=output, stderr=errors)
            time.sleep(1.5)
            asks(own_lab, META, "_ssh._tcp.local")
            one.until("meta-query")
            until(lambda: "meta-query" in out.read_text(), out.read_text)
            other.send_signal(signal.SIGTERM)
            assert other.wait(PATIENCE) == 0
        assert one.end() == 0, one.said
    ids = [finding["id"] for finding in one.kept()]
    told = {json.loads(line)["id"] for line in out.read_text().splitlines() if '"finding"' in line}
    assert len(ids) == len(set(ids))
    assert told <= set(ids)


def test_sighup_takes_a_role_in(own_lab: Lab, tmp_path: Path) -> None:
    acquaint(own_lab, "client")
    mac = own_lab.spec("client").mac()
    with watching(own_lab, tmp_path) as watch:
        config = tmp_path / "config.yaml"
        config.write_text("hosts: [{role: nonsense}]\n", encoding="utf-8")
        watch.process.send_signal(signal.SIGHUP)
        until(lambda: "stays as it was" in watch.said, lambda: watch.said)
        entry = f'{{match: {{mac: "{mac}"}}, role: ignore, reason: tested}}'
        config.write_text(f"hosts:\n  - {entry}\n", encoding="utf-8")
        watch.process.send_signal(signal.SIGHUP)
        until(lambda: "was read again" in watch.said, lambda: watch.said)
        asks(own_lab, META)
        assert watch.until("meta-query")["silenced_by"] == "ignore"
        assert watch.end() == 0, watch.said


def test_a_responder_that_restarts_beside_it(own_lab: Lab, tmp_path: Path) -> None:
    with watching(own_lab, tmp_path) as watch:
        short_bursts(watch, tmp_path)
        still_hears(own_lab, watch, "_first._tcp.local")
        own_lab.stop("printer")
        own_lab.start("printer")
        still_hears(own_lab, watch, "_second._tcp.local")
        assert watch.end() == 0, watch.said
    assert not [f for f in watch.kept() if f["severity"] in ("medium", "high")]
