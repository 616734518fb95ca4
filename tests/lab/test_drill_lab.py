"""Drills on a real network: one host drills, another watches, and each kind is detected."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from tests.lab.lab import WHOASKS, Lab, packets
from tests.lab.test_watch_lab import PATIENCE, Watching, acquaint, watching

from whoasks.browse.drill import DRILLS, KINDS, Drill

MARK = re.compile(r"question for ([0-9a-f]{8})\._whoasks-drill\._udp\.local")


class Drilled:
    """What a drill said and how it ended."""

    def __init__(self, lab: Lab, host: str, kind: str, *options: str | Path) -> None:
        command = [*WHOASKS, "drill", kind, "-i", "eth0", "--yes", *options]
        done = lab.run(host, command)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        marked = MARK.search(self.err)
        assert marked is not None, self.err
        self.token = marked[1]

    def found(self, watch: Watching) -> list[dict[str, Any]]:
        """The findings in the watcher's database that carry its mark."""
        return [record for record in watch.kept() if record["drill"] == self.token]


def check(done: Drilled, drill: Drill, watch: Watching, mac: str | None) -> None:
    """Detected as the table of drills says, and nobody else is accused."""
    assert done.code == 0, done.out + done.err
    assert done.out.startswith("Detected: ")
    assert "Not as expected" not in done.out
    assert re.search(r", \d\.\d s after the first question$", done.out, re.MULTILINE)
    findings = done.found(watch)
    assert findings
    for finding in findings:
        assert finding["host"]["mac"] == mac
        assert finding["id"][:8] in done.out
    rules = {rule for finding in findings for rule in (finding["rule"], *finding["rules"])}
    assert set(drill.rules) <= rules
    order = ("info", "low", "medium", "high")
    assert max(order.index(f["severity"]) for f in findings) >= drill.severity


@pytest.mark.parametrize("drill", [pytest.param(drill, id=drill.kind) for drill in DRILLS])
def test_each_kind_is_detected(lab: Lab, tmp_path: Path, drill: Drill) -> None:
    acquaint(lab, "client")
    with watching(lab, tmp_path) as watch:
        done = Drilled(lab, "client", drill.kind, "--db", watch.db)
        check(done, drill, watch, lab.spec("client").mac())
        explained = lab.run(
            "watcher", [*WHOASKS, "explain", done.found(watch)[0]["id"], "--db", watch.db]
        )
        assert explained.returncode == 0, explained.stderr
        assert watch.end() == 0, watch.said
    assert {record["drill"] for record in watch.kept()} == {done.token}


def test_one_after_another_are_told_apart(lab: Lab, tmp_path: Path) -> None:
    """The second time as well as the first, though the first is still open."""
    acquaint(lab, "client")
    with watching(lab, tmp_path) as watch:
        for drill in (*DRILLS, DRILLS[0]):
            done = Drilled(lab, "client", drill.kind, "--db", watch.db)
            assert done.code == 0, (drill.kind, done.out, done.err)
            rules = {rule for f in done.found(watch) for rule in (f["rule"], *f["rules"])}
            assert set(drill.rules) <= rules, drill.kind


@pytest.mark.parametrize("kind", ["meta-query", "packed-sweep"])
def test_the_watchers_own_machine_may_drill(lab: Lab, tmp_path: Path, kind: str) -> None:
    """Its own questions are otherwise never a finding."""
    with watching(lab, tmp_path) as watch:
        done = Drilled(lab, "watcher", kind, "--db", watch.db)
        drill = next(drill for drill in DRILLS if drill.kind == kind)
        check(done, drill, watch, lab.spec("watcher").mac())


def test_where_nobody_watches(lab: Lab, tmp_path: Path) -> None:
    with watching(lab, tmp_path) as watch:
        assert watch.end() == 0
    done = Drilled(lab, "client", "meta-query", "--db", watch.db, "--wait", "0.5")
    assert done.code == 1
    assert done.out.startswith("Not detected within 0.5 s")
    assert "Does 'whoasks watch' run" in done.out


@pytest.mark.parametrize("kind", KINDS)
def test_it_sends_what_it_says_and_nothing_else(lab: Lab, tmp_path: Path, kind: str) -> None:
    sent = tmp_path / "sent.pcap"
    nowhere = tmp_path / "data"
    with lab.capture("client", sent, "-Qout", "ip or ip6 and not icmp6"):
        done = lab.run(
            "client",
            ["env", f"XDG_DATA_HOME={nowhere}", "WHOASKS_DB=", *WHOASKS, "drill", kind, "--yes"],
        )
        time.sleep(0.3)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Sent ")
    said = re.search(r"(\d+) packets? with \d+ questions?, over each of: (.+)\.", done.stderr)
    assert said is not None
    assert said[2] == "eth0 (IPv4), eth0 (IPv6)"
    lines = packets(sent)
    assert len(lines) == 2 * int(said[1]), lines
    assert f"Sent {len(lines)} packets;" in done.stdout
    port = r"(\d+)"
    shape = re.compile(
        rf"(?:IP 10\.77\.0\.21\.{port} > 224\.0\.0\.251|IP6 fe80::\S+\.{port} > ff02::fb)\.5353: "
    )
    ports = {match[1] or match[2] for line in lines if (match := shape.match(line))}
    assert all(shape.match(line) for line in lines), lines
    assert ("5353" in ports) is (kind != "legacy")


def test_ctrl_c_ends_it_in_order(lab: Lab, tmp_path: Path) -> None:
    with watching(lab, tmp_path) as watch:
        process = lab.popen(
            "client", [*WHOASKS, "drill", "sweep", "-i", "eth0", "--yes", "--db", watch.db]
        )
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "Interrupted; " in err
    assert "Traceback" not in err
