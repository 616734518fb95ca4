"""``whoasks live`` on a network of real responders, in a pseudo-terminal, keys and all."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.lab.host import LabProcess
from tests.lab.lab import WHOASKS, Lab, packets

from whoasks.sources.capture_file import CaptureFile

PATIENCE = 30.0
META = "_services._dns-sd._udp.local"
SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07]*\x07)")
LINES = 60


class Screen:
    """A running ``whoasks live`` on the watcher, as its terminal gets it."""

    def __init__(self, process: LabProcess, ours: int, db: Path) -> None:
        self.process, self.db = process, db
        self._ours = ours
        self.sent = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._ours, 65_536):
                self.sent += piece
        except OSError:
            pass  # Linux says EIO when the other end has been closed

    def press(self, keys: str) -> int:
        """Type; how much had been sent before."""
        before = len(self.sent)
        os.write(self._ours, keys.encode())
        return before

    def text(self, after: int = 0) -> str:
        return SEQUENCE.sub(b"", bytes(self.sent[after:])).decode(errors="replace")

    def until(self, *words: str, after: int = 0) -> None:
        """Wait until all of that has been drawn since ``after``."""
        deadline = time.monotonic() + PATIENCE
        while not all(word in self.text(after) for word in words):
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, [w for w in words if w not in self.text(after)]
            time.sleep(0.05)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        os.close(self._ours)


@contextmanager
def living(lab: Lab, folder: Path, *options: str) -> Iterator[Screen]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, 160, 0, 0))
    config = folder / "config.yaml"
    config.write_text("{}\n", encoding="utf-8")
    db = folder / "live.db"
    command = [*WHOASKS, "live", "-i", "eth0", "--config", str(config), "--db", str(db), *options]
    process = lab.popen(
        "watcher", command, stdin=theirs, stdout=theirs, stderr=theirs,
        env=os.environ | {"TERM": "xterm-256color", "HOME": str(folder)}, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    screen = Screen(process, ours, db)
    try:
        yield screen
    finally:
        screen.close()


def kept(lab: Lab, what: str, db: Path) -> list[dict]:
    done = lab.run("watcher", [*WHOASKS, "export", what, "--format", "ndjson", "--db", str(db)])
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def look_around(lab: Lab) -> None:
    lab.run("client", ["dig", "+tries=1", "+time=1", "-p", "5353", "@224.0.0.251", META, "PTR"])


def test_services_and_a_finding_as_they_come(lab: Lab, tmp_path: Path) -> None:
    with living(lab, tmp_path) as screen:
        screen.until("10 rows", *(item.name.replace("%h", "desk") for item in lab.advertised))
        screen.until("eth0: listening")
        before = screen.press("2")
        screen.until("10.", *(f"{item.hostname.removesuffix('.')}" for item in lab.advertised),
                     after=before)  # fmt: skip
        before = screen.press("4")
        look_around(lab)
        screen.until("meta-query", "medium", lab.spec("client").ipv4(), after=before)
        before = screen.press("5")
        screen.until("asked", "finding", after=before)
        screen.press("q")
        assert screen.process.wait(PATIENCE) == 0, screen.text()
    assert [f["rule"] for f in kept(lab, "findings", screen.db)] == ["meta-query"]
    assert len(kept(lab, "services", screen.db)) == len(lab.advertised)


def test_ctrl_c_ends_it_and_nothing_is_kept_when_that_is_not_wanted(
    lab: Lab, tmp_path: Path
) -> None:
    with living(lab, tmp_path, "--no-save") as screen:
        screen.until("10 rows")
        screen.press("\x03")
        assert screen.process.wait(PATIENCE) == 130, screen.text()
    assert not screen.db.exists()


def test_passive_it_never_sends(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    with (
        lab.capture("watcher", path, "-Qout", "udp", "port", "5353"),
        living(lab, tmp_path, "--passive", "--no-save") as screen,
    ):
        screen.until("eth0: listening only")
        before = screen.press("b")
        screen.until("nothing is ever sent", after=before)
        lab.run("client", [*WHOASKS, "list"])  # now there is something to hear
        screen.until("10 rows", after=before)
        screen.press("q")
        assert screen.process.wait(PATIENCE) == 0
    assert packets(path) == []


def test_asking_is_what_list_asks_and_no_more(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    with (
        lab.capture("watcher", path, "-Qout", "udp", "port", "5353"),
        living(lab, tmp_path, "--no-save") as screen,
    ):
        screen.until("10 rows", "eth0: asking")
        screen.until("asked in")
        time.sleep(0.3)
        first = sum(len(batch) for batch in CaptureFile(path).read())
        before = screen.press("b")
        screen.until("asked just now", after=before)
        screen.press("q")
        assert screen.process.wait(PATIENCE) == 0
    assert 0 < first <= 40
    assert sum(len(batch) for batch in CaptureFile(path).read()) == first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal(lab: Lab, tmp_path: Path, number: int) -> None:
    with living(lab, tmp_path) as screen:
        screen.until("10 rows")
        look_around(lab)
        screen.press("4")
        screen.until("meta-query")
        screen.process.send_signal(number)
        assert screen.process.wait(PATIENCE) == (0 if number == signal.SIGTERM else 130)
    (finding,) = kept(lab, "findings", screen.db)
    assert finding["status"] == "closed"
    assert "Traceback" not in screen.text()


def test_an_interface_that_is_not_there(lab: Lab, tmp_path: Path) -> None:
    with living(lab, tmp_path, "-i", "nope0") as screen:
        assert screen.process.wait(PATIENCE) in (2, 3)
    assert "nope0" in screen.text()
    assert b"\x1b[?1049h" not in screen.sent


def test_a_service_that_goes(lab: Lab, tmp_path: Path) -> None:
    with living(lab, tmp_path, "--no-save") as screen:
        screen.until("10 rows")
        lab.stop("desk", goodbye=True)
        try:
            screen.until("- desk")
            before = screen.press("/gone\r")
            screen.until("1 of 10", after=before)
            screen.press("q")
            assert screen.process.wait(PATIENCE) == 0
        finally:
            lab.start("desk")
