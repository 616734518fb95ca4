"""The systemd unit: how much it exposes, and that ``watch`` needs nothing that it forbids."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNIT = PACKAGING / "whoasks.service"
DROP_IN = PACKAGING / "capture.conf"
MOST = 2.0


@pytest.fixture(autouse=True)
def _tools():
    lacking = [tool for tool in ("systemd-analyze", "strace") if shutil.which(tool) is None]
    if lacking:
        pytest.skip(f"no {' and no '.join(lacking)} here")


def with_capture() -> str:
    """The unit as systemd sees it with the drop-in."""
    before, _, install = UNIT.read_text().partition("[Install]")
    return before + DROP_IN.read_text() + "[Install]" + install


VARIANTS = {"as it is": UNIT.read_text(), "with capture": with_capture()}


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS)
def unit(request, tmp_path: Path) -> Path:
    """A copy that names a program which is there: systemd looks."""
    path = tmp_path / "whoasks.service"
    path.write_text(request.param.replace("/usr/bin/whoasks", "/bin/true"))
    return path


def test_the_exposure_is_low(unit: Path):
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) < MOST


def test_systemd_understands_every_line(unit: Path):
    ended = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    ours = [line for line in ended.stderr.splitlines() if "whoasks" in line]
    assert (ended.returncode, ours) == (0, [])


def setting(name: str) -> list[str]:
    """Words of all lines of a setting."""
    lines = UNIT.read_text().splitlines()
    return [
        word
        for line in lines
        if line.startswith(f"{name}=")
        for word in line.split("=", 1)[1].split()
    ]


def test_what_it_runs_exists():
    (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
    _, command, *options = line.split()
    helped = subprocess.run(
        [sys.executable, "-m", "whoasks", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [word for word in options if word.startswith("-") and word not in helped] == []


@cache
def allowed_calls() -> frozenset[str]:
    """What is left of @system-service, groups resolved by systemd itself."""
    given: set[str] = set()
    for line in UNIT.read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            words = line.partition("=")[2]
            calls = {call for word in words.removeprefix("~").split() for call in resolved(word)}
            given = given - calls if words.startswith("~") else given | calls
    return frozenset(given | resolved("@default"))


@cache
def resolved(group: str) -> frozenset[str]:
    if not group.startswith("@"):
        return frozenset({group})
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout
    words = [line.strip() for line in said.splitlines()[1:]]
    return frozenset().union(*(resolved(w) for w in words if w and not w.startswith("#")))


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> list[str]:
    """System calls of a short watch on the loopback, as the unit starts it."""
    folder = tmp_path_factory.mktemp("traced")
    log = folder / "trace"
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/", "WHOASKS_DB": str(folder / "state" / "whoasks.db"),
        "XDG_CONFIG_HOME": str(folder / "etc"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    ended = subprocess.run(
        ["strace", "-f", "-qq", "-e", "signal=none", "-o", str(log), sys.executable, "-m",
         "whoasks", "watch", "--format", "ndjson", "-i", "lo", "--once-for", "1.5"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (folder / "state" / "whoasks.db").exists()
    return [
        line.partition(" ")[2].lstrip() for line in log.read_text(errors="replace").splitlines()
    ]


AS_ROOT_ALONE = {"fchown", "lchown", "chown"}
"""SQLite gives its side files to the database's owner, when root runs it."""


def test_every_system_call_is_allowed(trace):
    used = {found[1] for line in trace if (found := re.match(r"([a-z0-9_]+)\(", line))}
    assert len(used) > 30
    assert used - allowed_calls() - AS_ROOT_ALONE == set()


def test_every_socket_is_of_an_allowed_family(trace):
    used = {found[1] for line in trace if (found := re.match(r"socket\((AF_\w+)", line))}
    assert {"AF_INET", "AF_NETLINK"} <= used
    assert used <= set(setting("RestrictAddressFamilies"))


def test_only_the_port_is_bound(trace):
    binds = [line for line in trace if line.startswith("bind(") and "AF_NETLINK" not in line]
    assert binds
    assert {port for line in binds for port in re.findall(r"port=htons\((\d+)\)", line)} == {"5353"}
    assert setting("SocketBindAllow") == ["ipv4:udp:5353", "ipv6:udp:5353"]


def test_no_memory_is_written_and_run(trace):
    assert [line for line in trace if "PROT_WRITE|PROT_EXEC" in line] == []


def test_the_drop_in_adds_a_right_and_nothing_else():
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(DROP_IN.read_text())
    assert dict(parser["Service"]) == {
        "ExecStart": "/usr/bin/whoasks watch --capture --format ndjson",
        "CapabilityBoundingSet": "CAP_NET_RAW",
        "AmbientCapabilities": "CAP_NET_RAW",
        "RestrictAddressFamilies": "AF_PACKET",
        "PrivateUsers": "no",
        "SystemCallFilter": "capset",
    }
