"""The watcher on a real network: who enumerates is named, who does not is left alone.

One host watches while another runs the tools of the trade. What was recorded meanwhile gives, read
afterwards, the same findings.
"""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.lab.host import LabProcess
from tests.lab.lab import WHOASKS, Lab, packets

META = "_services._dns-sd._udp.local"
FIND = "from zeroconf import ZeroconfServiceTypes as Z; Z.find(timeout=1.5)"
MEET = """
import socket, sys
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socket.socket(family, socket.SOCK_DGRAM).sendto(b"", (address, 9))
"""
EMPTY = """
import socket
answer = bytes([0, 0, 0x84]) + bytes(9)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(answer, ("224.0.0.251", 5353))
"""
PATIENCE = 20.0


class Watching:
    """A running ``whoasks watch --format ndjson`` with its database."""

    def __init__(self, lab: Lab, folder: Path, process: LabProcess, out: Path, err: Path) -> None:
        self.lab = lab
        self.process = process
        self.db = folder / "watch.db"
        self._out, self._err = out, err

    @property
    def records(self) -> list[dict[str, Any]]:
        """What it has written so far, whole lines only."""
        text = self._out.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def said(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["record"] == kind]

    def found(self) -> dict[str, str]:
        """Rule → severity of its claim, of every finding so far."""
        return {
            claim["rule"]: claim["severity"]
            for record in self.of("finding")
            for claim in record["claims"]
        }

    def until(self, rule: str) -> dict[str, Any]:
        """The newest record of a finding that this rule contributed to, once there is one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for record in reversed(self.of("finding")):
                if rule in record["rules"]:
                    return record
            time.sleep(0.05)
        raise AssertionError(f"no {rule} in {self.found()}; {self.said}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kept(self, what: str = "findings") -> list[dict[str, Any]]:
        """What ``whoasks export`` finds in its database."""
        command = [*WHOASKS, "export", what, "--format", "ndjson", "--db", self.db]
        done = self.lab.run("watcher", command)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def acquaint(lab: Lab, other: str) -> None:
    """Let the watcher's kernel learn the other host's MAC, as any traffic with it would."""
    spec = lab.spec(other)
    lab.run("watcher", [sys.executable, "-c", MEET, spec.ipv4(), spec.ipv6()])
    deadline = time.monotonic() + PATIENCE
    while lab.run("watcher", ["ip", "neigh", "show", "dev", "eth0"]).stdout.count(spec.mac()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def watching(lab: Lab, folder: Path, *options: str) -> Iterator[Watching]:
    """Start watching, and go on when the groups are joined."""
    out, err = folder / "watch.ndjson", folder / "watch.err"
    config = folder / "config.yaml"
    config.write_text("{}\n", encoding="utf-8")
    command = [*WHOASKS, "watch", "-i", "eth0", "--format", "ndjson", *options]
    command += ["--db", str(folder / "watch.db"), "--config", str(config)]
    with out.open("w") as output, err.open("w") as errors:
        process = lab.popen("watcher", command, stdout=output, stderr=errors)
        watch = Watching(lab, folder, process, out, err)
        try:
            deadline = time.monotonic() + PATIENCE
            while "Kept in" not in watch.said:
                assert process.poll() is None, watch.said
                assert time.monotonic() < deadline, watch.said
                time.sleep(0.05)
            yield watch
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.mark.parametrize(
    ("asker", "command", "rule", "severity"),
    [
        pytest.param("desk", ["avahi-browse", "-a", "-t"], "meta-query", None, id="avahi -a"),
        pytest.param(
            "client",
            ["nmap", "-Pn", "-e", "eth0", "--script", "broadcast-dns-service-discovery"],
            "meta-query",
            None,
            id="nmap",
        ),
        pytest.param("client", [sys.executable, "-c", FIND], "meta-query", None, id="zeroconf"),
        pytest.param(
            "client",
            ["dig", "+tries=1", "+time=1", "-p", "5353", "@224.0.0.251", META, "PTR"],
            "meta-query",
            None,
            id="dig",
        ),
        pytest.param(
            "desk",
            ["avahi-browse", "-t", "_ssh._tcp"],
            "remote-access-browse",
            "low",
            id="avahi ssh",
        ),
    ],
)
def test_the_actor_is_named_and_the_recording_agrees(
    lab: Lab, tmp_path: Path, asker: str, command: list[str], rule: str, severity: str | None
) -> None:
    acquaint(lab, asker)
    actor, deadline = lab.spec(asker), time.monotonic() + PATIENCE
    recording = tmp_path / "seen.pcap"
    with (
        lab.capture("watcher", recording, "udp port 5353 and inbound"),
        watching(lab, tmp_path) as watch,
    ):
        # The first packet that tcpdump sees is not always in its file: let it be one of no meaning.
        while not packets(recording):
            assert time.monotonic() < deadline
            lab.run("client", [sys.executable, "-c", EMPTY])
        lab.run(asker, command)
        watch.until(rule)
        assert watch.end() == 0, watch.said
        time.sleep(0.3)  # interrupted at once, tcpdump would throw away what it has not read yet

    finding = watch.until(rule)
    assert finding["status"] == "closed"
    assert set(finding["host"]["addresses"]) & {actor.ipv4(), actor.ipv6()}
    assert finding["host"]["mac"] == actor.mac()
    if severity is None:
        assert finding["severity"] in ("medium", "high")
    else:
        assert watch.found() == {rule: severity}
    assert {record["host"]["key"] for record in watch.of("finding")} == {finding["host"]["key"]}

    final = {record["id"]: record for record in watch.of("finding")}
    assert {record["id"] for record in watch.kept()} == set(final)
    read = lab.run("watcher", [*WHOASKS, "read", recording, "--format", "ndjson"])
    assert read.returncode == 0, read.stderr
    replayed = [json.loads(line) for line in read.stdout.splitlines()]
    assert {
        (record["id"], record["rule"], record["severity"], record["host"]["mac"])
        for record in replayed
        if record["record"] == "finding"
    } == {(r["id"], r["rule"], r["severity"], r["host"]["mac"]) for r in final.values()}


class TestEndings:
    """However it ends, what was open is written."""

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            pytest.param(signal.SIGTERM, 0, id="a service manager"),
            pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        ],
    )
    def test_a_signal(self, lab: Lab, tmp_path: Path, number: int, code: int) -> None:
        with watching(lab, tmp_path) as watch:
            lab.run("client", ["dig", "+tries=1", "+time=1", "-p", "5353", "@224.0.0.251", META])
            lab.run(
                "client",
                ["dig", "+tries=1", "+time=1", "-p", "5353", "@224.0.0.251", META, "PTR"],
            )
            watch.until("meta-query")
            assert not watch.of("burst")  # still open
            assert watch.end(number) == code, watch.said
        assert {"meta-query"} <= {record["rule"] for record in watch.kept()}
        assert len(watch.kept("bursts")) == len(watch.of("burst")) > 0
        assert watch.kept("askers")
        assert "Traceback" not in watch.said
        table = lab.run("watcher", [*WHOASKS, "export", "findings", "--db", watch.db])
        rows = list(csv.DictReader(io.StringIO(table.stdout)))
        assert "meta-query" in {row["rule"] for row in rows}
        assert all(None not in row and None not in row.values() for row in rows)

    def test_a_database_that_goes_away(self, lab: Lab, tmp_path: Path) -> None:
        with watching(lab, tmp_path) as watch:
            os.rename(watch.db, tmp_path / "moved.db")
            watch.db.mkdir()
            lab.run(
                "client",
                ["dig", "+tries=1", "+time=1", "-p", "5353", "@224.0.0.251", META, "PTR"],
            )
            watch.until("meta-query")
            assert watch.end() == 0, watch.said
        assert "The watch goes on" in watch.said
        assert "Not kept in the database" in watch.said
        assert "Traceback" not in watch.said


def test_a_quiet_network_and_nothing_sent(lab: Lab, tmp_path: Path) -> None:
    """People print and play meanwhile; the watcher says nothing of it, to anybody."""
    sent = tmp_path / "sent.pcap"
    with (
        lab.capture("watcher", sent, "-Qout", "udp"),
        watching(lab, tmp_path, "--once-for", "4") as watch,
    ):
        lab.run("desk", ["avahi-browse", "-t", "_ipp._tcp"])
        lab.run("desk", ["avahi-resolve", "-n", "nas.local"])
        assert watch.process.wait(PATIENCE) == 0
    assert {s for s in watch.found().values() if s in ("medium", "high")} == set()
    assert watch.records[-1]["record"] == "summary"
    assert watch.records[-1]["mdns"] > 0
    assert packets(sent) == []


def test_doctor(lab: Lab, tmp_path: Path) -> None:
    """Fine where there is a network, bad where there is no such interface; nothing sent."""
    sent = tmp_path / "sent.pcap"
    db = tmp_path / "none.db"
    with lab.capture("desk", sent, "-Qout", "udp and not port 5353"):
        fine = lab.run("desk", [*WHOASKS, "doctor", "--db", db])
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "eth0" in fine.stdout
    assert "avahi-daemon" in fine.stdout
    assert packets(sent) == []
    assert not db.exists()
    bad = lab.run("desk", [*WHOASKS, "doctor", "-i", "nosuch", "--db", db])
    assert bad.returncode == 3
    assert "nosuch" in bad.stdout
