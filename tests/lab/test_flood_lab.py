"""A flood beyond what can be followed: who floods is found, who asks meanwhile is heard whole."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from bench.flooded import META, QUESTIONS, framed, question
from tests.lab.lab import Lab
from tests.lab.test_sources_lab import TOOLS
from tests.lab.test_watch_lab import PATIENCE, watching

from whoasks.cli.losses import LEFT_OUT

ASK = (sys.executable, "-m", "bench.flooded", "--ask")
FLOODER = "02:00:00:00:0f:01"
RATE, SECONDS = 60_000, 4.0
"""More than any machine follows when every question is another one."""
WHOLE = 16.0
"""Seconds of the watch, for a slow machine too."""


def write_flood(path: Path) -> None:
    """One host, and never the same question."""
    mac, address = bytes.fromhex(FLOODER.replace(":", "")), bytes((10, 99, 0, 1))
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(60_000):
            frame = framed(mac, address, question(f"_flood-{number}._tcp.local"))
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


@pytest.mark.parametrize("options", [pytest.param(("--capture",), id="captured")])
def test_a_flood_of_one_takes_nothing_from_another(
    lab: Lab, tmp_path: Path, options: tuple[str, ...]
) -> None:
    flood = tmp_path / "flood.pcap"
    write_flood(flood)
    small = lab.spec("client")
    with watching(lab, tmp_path, "--once-for", str(WHOLE), *options) as watch:
        lab.run("client", [*ASK, "0"])
        command = [sys.executable, TOOLS / "flood.py", flood, "eth0", str(RATE), str(SECONDS)]
        flooding = lab.popen("desk", command)
        lab.run("client", [*ASK, str(SECONDS / 2)])
        said = flooding.communicate(timeout=PATIENCE)
        assert flooding.returncode == 0, said
        assert watch.process.wait(WHOLE + PATIENCE) == 0, watch.said

    bursts = [each for each in watch.of("burst") if each["host"]["mac"] == small.mac()]
    assert sum(each["packets"] for each in bursts) == QUESTIONS + 3, watch.said
    assert max(each["types"] for each in bursts) == QUESTIONS + 1, watch.said
    mine = {r for f in watch.of("finding") if f["host"]["mac"] == small.mac() for r in f["rules"]}
    assert {"meta-query", "type-sweep"} <= mine
    assert any(each["meta_query"] for each in bursts), META

    flooders = [f for f in watch.of("finding") if f["host"]["mac"] == FLOODER]
    assert "query-flood" in {rule for finding in flooders for rule in finding["rules"]}
    assert "More comes than can be followed" in watch.said
    assert LEFT_OUT in {line for f in watch.of("finding") for line in f["coverage"]}
    notes = watch.records[-1]["notes"]
    assert [n for n in notes if n.startswith("left out") and FLOODER in n], notes
    assert not [n for n in notes if "kernel" in n], notes
