"""The lab does what its users rely on: signals arrive, plugs can be pulled, nothing is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lab import lab as lab_module
from tests.lab.host import ROOT, namespace_of
from tests.lab.lab import Lab, packets


def ip(*arguments: str) -> str:
    """What the machine itself says."""
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def names(lab: Lab) -> set[str]:
    listed = lab.run("desk", ["avahi-browse", "-atp"]).stdout.splitlines()
    return {line.split(";")[3] for line in listed if line.startswith("+")}


def test_what_is_advertised_can_be_browsed(lab: Lab):
    assert len(lab.advertised) == 10
    assert {"desk", "Home", "Bridge\\0324F2A", "Laser\\0322nd\\032floor"} <= names(lab)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_reach_the_command(lab: Lab, sig: signal.Signals):
    process = lab.popen("client", ["sleep", "60"])
    process.send_signal(sig)
    assert process.wait(5) == -sig
    process.communicate()


def test_a_command_that_takes_too_long_is_ended(lab: Lab):
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run("client", ["sleep", "61"], timeout=0.2)
    assert "sleep 61" not in lab.run("client", ["ps", "-eo", "args"]).stdout


@pytest.mark.parametrize(
    ("goodbye", "expected"),
    [pytest.param(True, True, id="a proper end"), pytest.param(False, False, id="plug pulled")],
)
def test_stopping(lab: Lab, tmp_path: Path, goodbye: bool, expected: bool):
    capture = tmp_path / "stop.pcap"
    with lab.capture("client", capture, "udp", "port", "5353"):
        lab.stop("hub", goodbye=goodbye)
    said = [line for line in packets(capture) if lab.spec("hub").ipv4() in line]
    lab.start("hub")
    assert bool(said) is expected
    assert "Home" in names(lab)


def test_what_a_dead_run_left_is_swept():
    code = (
        "import os; from tests.lab.lab import Lab\n"
        "lab = Lab('small.json')\n"
        "lab.__enter__()\n"
        "print(lab.prefix, flush=True)\n"
        "os._exit(9)\n"
    )
    crashed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    prefix = crashed.stdout.strip()
    assert prefix.startswith("wa")
    state = lab_module._STATE / prefix
    inits = [int(file.read_text().split()[0]) for file in state.glob("*/pid")]
    assert len(inits) == 6
    lab_module.sweep()
    assert not state.exists()
    assert prefix not in ip("netns")
    # A dead process that nobody has waited for yet has no namespace any more.
    assert [namespace_of(init) for init in inits] == [""] * 6


def test_the_machine_is_left_as_it_was():
    before = ip("-brief", "link")
    with Lab("small.json") as built:
        assert ip("-brief", "link") == before
    assert built.prefix not in ip("netns")
    assert not built.state.exists()
