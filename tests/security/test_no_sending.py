"""``watch``, ``read`` and what looks at the store send nothing: asked of Python and of the kernel.

That no packet leaves the interface is in tests/lab/test_watch_lab.py. What the kernel itself sends
for a listener, its membership of the group (IGMP, MLD), is none of this.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME = ROOT / "fixtures" / "home.pcap"

# Run in a child: what is heard there is written to the file named first.
LISTENER = """
import json, socket, sys
heard = []
QUIET = {"socket.__new__", "socket.bind", "socket.gethostname", "socket.sethostname"}
def hook(event, args):
    if event.startswith("socket.") and event not in QUIET:
        family = getattr(args[0], "family", None) if args else None
        if family is None or family not in (socket.AF_NETLINK, socket.AF_UNIX):
            heard.append([event, repr(args[1:])])
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"):
        heard.append([event, repr(args)])
    elif event == "open" and args[0] != "/dev/null" and isinstance(args[2], int) and args[2] & 3:
        heard.append(["written", str(args[0])])
sys.addaudithook(hook)
from whoasks.cli import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    json.dump({"code": code, "heard": [h for h in heard if h[1] != sys.argv[1]]}, file)
"""

FINDS_ITS_LIBRARY = "('/sbin/ldconfig', ['/sbin/ldconfig', '-p']"
"""The one program that is run: by ctypes, for ifaddr, which looks for the C library."""

READERS = {
    "read": ["read", str(HOME)],
    "read as CSV": ["read", str(HOME), "--format", "csv"],
    "list of a recording": ["list", "--from", str(HOME)],
    "rules": ["rules"],
    "explain": ["explain", "0"],
    "askers": ["askers", "--db", "seed.db"],
    "export": ["export", "findings", "--db", "seed.db"],
    "config show": ["config", "show"],
    "config init": ["config", "init"],
}
WATCH = ["watch", "-i", "lo", "--once-for", "1.5", "--db", "watch.db"]


def environment(folder: Path) -> dict[str, str]:
    own = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    return (
        os.environ | own | {"PYTHONDONTWRITEBYTECODE": "1", "WHOASKS_DB": str(folder / "seed.db")}
    )


def heard_of(folder: Path, argv: list[str]) -> list[tuple[str, str]]:
    """Everything that a command did beyond its process, as (what, with what)."""
    report = folder / "report.json"
    subprocess.run(
        [sys.executable, "-c", LISTENER, str(report), *argv],
        cwd=folder, env=environment(folder), check=True, capture_output=True,
    )  # fmt: skip
    told = json.loads(report.read_text())
    assert told["code"] in (0, 1, 3)  # nothing was found; there is no such finding
    return [
        (what, which) for what, which in told["heard"] if not which.startswith(FINDS_ITS_LIBRARY)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("sending")
    heard = heard_of(made, ["read", str(HOME), "--save"])
    assert {which for what, which in heard if what == "written"} == {str(made / "seed.db")}
    return made


@pytest.mark.parametrize("argv", READERS.values(), ids=READERS)
def test_a_reader_sends_nothing_and_writes_nothing(folder, argv):
    assert heard_of(folder, argv) == []


def test_a_watch_sends_nothing(folder):
    heard = heard_of(folder, WATCH)
    assert [each for each in heard if each[0] != "written"] == []
    assert {Path(which).name for what, which in heard if what == "written"} == {"watch.db"}


def test_the_listener_hears(folder):
    """``list`` does send: were the hook deaf, the tests above would say nothing."""
    heard = heard_of(folder, ["list", "-i", "lo", "--timeout", "1"])
    assert any(what == "socket.sendto" for what, _ in heard)


# By the kernel's own account: Python hears not of everything (``socket.send`` is silent).

SENDS = re.compile(
    r"\b(sendto|sendmsg|sendmmsg|connect|write|writev)\((\d+)<((?:UDP|TCP|RAW|PACKET)[^>]*)>"
)
"""A call that goes out through a socket of the network; strace -yy says what a number is."""


def test_a_watch_sends_nothing_by_strace(tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    assert [line for line in traced(tmp_path, WATCH) if SENDS.search(line)] == []
    sent = traced(tmp_path, ["list", "-i", "lo", "--timeout", "1"])
    assert any(SENDS.search(line) for line in sent), "the pattern finds nothing any more"


def traced(folder: Path, argv: list[str]) -> list[str]:
    log = folder / "trace"
    subprocess.run(
        ["strace", "-f", "-yy", "-qq", "-e", "trace=%network,write,writev", "-o", str(log),
         sys.executable, "-m", "whoasks", *argv],
        cwd=folder, env=environment(folder), check=False, capture_output=True,
    )  # fmt: skip
    return log.read_text(errors="replace").splitlines()
