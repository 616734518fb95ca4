"""Hostile names through the commands in a real pseudo-terminal, looked at byte by byte."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest
from tests.helpers import samples

from whoasks.core.model import BurstClosed, FindingOpened, ServiceSeen
from whoasks.store import Store

MAIN = "from whoasks.cli import run; run()"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""All that we ever send to a terminal besides text."""


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
    left = COLOUR.sub("", sent).replace("\r\n", "").replace("\r", "")
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
