"""``whoasks live`` at its edges: options, feeds, what it opens and writes, what a terminal gets."""

from __future__ import annotations

import asyncio
import fcntl
import json
import math
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import webbrowser
from pathlib import Path

import pytest
from dnslib import PTR, RR, SRV, TXT, A, DNSHeader, DNSLabel, DNSQuestion, DNSRecord
from tests.helpers import pcaps, samples
from tests.helpers.replays import FIXTURES

from whoasks import cli
from whoasks.cli import errors, live
from whoasks.cli.hands import Hands
from whoasks.cli.playing import FASTEST, SLOWEST, Playing
from whoasks.core.model import BurstClosed, FindingClosed, ServiceSeen
from whoasks.core.settings import CoreSettings
from whoasks.sources.capture_file import CaptureError
from whoasks.ui.live.doors import Door

HOME = FIXTURES / "home.pcap"
MAIN = "from whoasks.cli import run; run()"
HEAVY = """
import sys
from whoasks.cli import main
main()
print(sorted({"textual", "zeroconf", "sqlalchemy", "rich"} & set(sys.modules)))
"""


class TestOptions:
    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (["--speed", "2"], "--speed is for a recording"),
            (["--from", str(HOME), "--speed", "fast"], "'fast' is no speed"),
            (["--from", str(HOME), "--speed", "0"], "'0' is no speed"),
            (["--from", str(HOME), "--speed", "nan"], "'nan' is no speed"),
            (["--from", str(HOME), "-i", "eth0"], "no --interface, --no-browse or --no-save"),
            (["--from", str(HOME), "--passive"], "no --interface, --no-browse or --no-save"),
            (["--from", str(HOME), "--no-save"], "no --interface, --no-browse or --no-save"),
            (["--from", str(HOME)], "A full screen needs a terminal"),
        ],
    )
    def test_wrong_usage(self, argv, words, capsys):
        assert cli.main(["live", *argv]) == errors.USAGE
        assert words in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("colours", "theme"),
        [("", "dark"), ("15;0", "dark"), ("0;15", "light"), ("0;1;7", "light")],
    )
    def test_the_theme_of_the_terminal(self, colours, theme):
        assert live._theme(colours) == theme

    def test_help_loads_nothing_heavy(self):
        done = subprocess.run(
            [sys.executable, "-c", HEAVY, "live", "--help"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == "[]"
        assert "Keep nothing in the store" in done.stdout


class Screen:
    """What a feed is run with."""

    def __init__(self) -> None:
        self.events, self.said = [], []

    def run(self, feed, until=lambda: True, act=None, limit=20.0):
        async def watch():
            task = asyncio.get_running_loop().create_task(
                feed.run(self.events.extend, self.said.append)
            )
            deadline = time.monotonic() + limit
            if act is not None:
                await asyncio.sleep(0.02)
                act()
            while not until():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            feed.stop("quit")
            return await task

        return asyncio.run(watch())


def playing(path=HOME, **how) -> Playing:
    return Playing(path, CoreSettings(), lambda mac: None, **how)


class TestARecording:
    def test_all_of_it_at_once(self):
        screen, feed = Screen(), playing()
        over = lambda: feed.status() == "end of the recording"  # noqa: E731
        assert screen.run(feed, over) == "quit"
        kinds = {type(event) for event in screen.events}
        assert {ServiceSeen, BurstClosed, FindingClosed} <= kinds
        assert len(feed.services()) == 27
        assert len(feed.askers()) == 2
        assert feed.shown_at() > 1e9
        assert any("no unicast" in note for note in feed.notes())
        assert (feed.broken, feed.last_words) == (False, [])

    def test_it_says_what_a_device_is(self):
        screen, feed = Screen(), playing()
        screen.run(feed, lambda: feed.status() == "end of the recording")
        printer = [s for s in feed.services() if s.hostname == "study-printer.local."]
        device = feed.identify(printer)
        assert device.told("kind") == "printer"
        assert device.macs == ("02:77:00:00:00:0b",)

    def test_in_its_own_time(self):
        feed = playing(speed=2.0)
        screen, began = Screen(), feed.shown_at()
        screen.run(feed, lambda: feed.shown_at() > began + 0.4, limit=10.0)
        assert feed.status() == "2 times as fast"
        first = screen.events[0].at
        assert all(event.at <= feed.shown_at() for event in screen.events)
        assert first >= began

    def test_it_stands_while_the_screen_is_held(self):
        feed = playing(speed=1.0)
        screen = Screen()
        seen = []

        def hold():
            feed.pause(True)
            seen.append(feed.shown_at())

        deadline = time.monotonic() + 0.3
        screen.run(feed, lambda: time.monotonic() > deadline, hold)
        assert feed.shown_at() == seen[0]

    def test_its_speed(self):
        feed = playing()
        assert feed.status() == "as fast as can be"
        assert feed.faster(0.5) == f"{FASTEST / 2:g} times as fast"
        assert feed.faster(2.0) == f"{FASTEST:g} times as fast"
        assert feed.faster(2.0) == "as fast as can be"
        for _ in range(50):
            feed.faster(0.5)
        assert feed.faster(1.0) == f"{SLOWEST:g} times as fast"
        assert feed.ask() == "a recording cannot be asked"

    def test_a_long_silence_is_cut(self, tmp_path):
        ask = bytes(
            DNSRecord(DNSHeader(id=0, bitmap=0), [DNSQuestion("_ssh._tcp.local", 12)]).pack()
        )
        frame = pcaps.ethernet(pcaps.ipv4(pcaps.udp(ask)))
        path = tmp_path / "night.pcap"
        path.write_bytes(pcaps.pcap(*(pcaps.record(frame, 1_700_000_000 + t) for t in (0, 40_000))))
        feed = playing(path, speed=1.0)
        Screen().run(feed, lambda: feed.status() == "end of the recording", limit=5.0)

    def test_one_that_breaks_off(self, tmp_path):
        path = tmp_path / "cut.pcapng"
        good = (FIXTURES / "home.pcap").read_bytes()
        path.write_bytes(good[: len(good) // 2])
        feed = playing(path)
        Screen().run(feed, lambda: feed.status() == "end of the recording")
        assert any("breaks off" in note for note in feed.notes())

    def test_one_that_is_none(self, tmp_path):
        path = tmp_path / "x.pcap"
        path.write_text("no capture at all, but long enough to be looked at")
        with pytest.raises(CaptureError):
            playing(path)

    def test_ended_before_it_began(self):
        feed = playing()
        feed.stop("interrupted")
        assert asyncio.run(feed.run(lambda events: None, lambda words: None)) == "interrupted"

    def test_a_signal_ends_it(self):
        feed = playing()
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))

        async def watch():
            return await feed.run(lambda events: None, lambda words: None)

        timer.start()
        assert asyncio.run(watch()) == "terminated"


class TestHands:
    def test_the_clock(self):
        hands = Hands()
        assert hands.clock() <= hands.clock()

    def test_a_terminal_that_is_no_command(self):
        with pytest.raises(errors.WhoasksError, match="is no command"):
            Hands("xterm 'unclosed")

    def test_csv_and_ndjson(self, tmp_path):
        services = [samples.service(instance="=1+1"), samples.service(instance="b")]
        csv, lines = str(tmp_path / "x.csv"), str(tmp_path / "x.ndjson")
        assert (Hands().exists(csv), Hands().export(csv, services)) == (False, None)
        assert Hands().exists(csv)
        rows = Path(csv).read_text().splitlines()
        assert len(rows) == 3
        assert "'=1+1" in rows[1]
        assert Path(csv).stat().st_mode & 0o077 == 0
        assert Hands().export(lines, [*services, samples.finding(), samples.burst()]) is None
        records = [json.loads(line)["record"] for line in Path(lines).read_text().splitlines()]
        assert records == ["service", "service", "finding", "burst"]

    def test_nothing_to_export(self, tmp_path):
        path = str(tmp_path / "x.csv")
        assert Hands().export(path, []) is None
        assert len(Path(path).read_text().splitlines()) == 1

    def test_a_file_that_cannot_be_written(self, tmp_path):
        assert "cannot be written" in Hands().export(str(tmp_path / "no" / "x.csv"), [])
        assert "cannot be written" in Hands().export("~nobody-has-that-home/x.csv", [])

    def test_the_home_folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        assert Hands().export("~/x.csv", []) is None
        assert (tmp_path / "x.csv").exists()

    def test_a_session_in_this_terminal(self, monkeypatch):
        ran = []
        monkeypatch.setattr(
            subprocess, "run",
            lambda command, check: ran.append(command) or subprocess.CompletedProcess(command, 255),
        )  # fmt: skip
        door = Door("ssh", "shell", command=("ssh", "--", "nas.local"))
        assert Hands().takes_terminal(door)
        assert Hands().open(door) == "ssh ended with 255"
        assert ran == [door.command]

    def test_a_session_in_a_chosen_terminal(self, tmp_path):
        out = tmp_path / "out"
        terminal = (
            f'{sys.executable} -c \'import sys; open("{out}", "w").write(repr(sys.argv[1:]))\''
        )
        door = Door("ssh", "shell", command=("ssh", "--", "nas.local; touch x"))
        hands = Hands(terminal)
        assert not hands.takes_terminal(door)
        assert hands.open(door) is None
        deadline = time.monotonic() + 10
        while not out.exists() or not out.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        hands._started[0].wait(10)
        assert out.read_text() == "['ssh', '--', 'nas.local; touch x']"

    def test_a_terminal_that_is_not_there(self):
        door = Door("ssh", "shell", command=("ssh", "--", "nas.local"))
        assert "cannot be started" in Hands("no-such-terminal -e").open(door)

    PAGE = Door("page", "page", url="http://nas.local/")

    def test_no_browser(self, monkeypatch):
        def none():
            raise webbrowser.Error

        monkeypatch.setattr(webbrowser, "get", none)
        assert not Hands().takes_terminal(self.PAGE)
        assert "no browser was found" in Hands().open(self.PAGE)

    @pytest.mark.parametrize(("program", "problem"), [("true", None), ("false", "ended with an")])
    def test_a_text_browser_takes_the_terminal(self, monkeypatch, program, problem):
        monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser([program, "%s"]))
        assert Hands().takes_terminal(self.PAGE)
        told = Hands().open(self.PAGE)
        assert told is None if problem is None else problem in told

    def test_any_other_browser_is_a_process_of_its_own(self, monkeypatch):
        started = []
        monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.BackgroundBrowser("x"))
        monkeypatch.setattr(
            subprocess, "Popen", lambda command, **how: started.append((command, how))
        )
        assert not Hands().takes_terminal(self.PAGE)
        assert Hands().open(self.PAGE) is None
        ((command, how),) = started
        assert command == [sys.executable, "-m", "webbrowser", "http://nas.local/"]
        assert how["stdout"] == how["stderr"] == subprocess.DEVNULL


class Terminal:
    """``whoasks live`` in a pseudo-terminal of that size."""

    def __init__(self, *argv: str, size=(24, 80), **environ: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "live", *argv],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env=plain | {"TERM": "xterm-256color"} | environ,
        )  # fmt: skip
        os.close(theirs)
        self.sent = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._ours, 65_536):
                self.sent += piece
        except OSError:
            pass  # Linux says EIO when the other end has been closed

    def until(self, words: str, after: int = 0) -> int:
        """Wait until it shows that; how much it had sent by then."""
        deadline = time.monotonic() + 20
        while words not in text_of(bytes(self.sent[after:])):
            assert time.monotonic() < deadline, text_of(bytes(self.sent[after:]))
            assert self.process.poll() is None, bytes(self.sent).decode(errors="replace")
            time.sleep(0.05)
        return len(self.sent)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self._reader.join()
            os.close(self._ours)


SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x1b\x07]*(?:\x07|\x1b\\)|[()][0B]|[=>78cMP])"
)
"""What a full screen is drawn with: CSI, OSC and a few short ones."""


def text_of(sent: bytes) -> str:
    """What is left without the sequences that draw."""
    return SEQUENCE.sub(b"", sent).decode(errors="replace")


@pytest.fixture
def quiet(tmp_path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}


class TestInATerminal:
    @pytest.mark.parametrize(
        ("keys", "code"),
        [pytest.param("q", 0, id="q"), pytest.param("\x03", 130, id="Ctrl-C")],
    )
    def test_it_ends_and_leaves_nothing_behind(self, quiet, tmp_path, keys, code):
        terminal = Terminal("--from", str(HOME), **quiet)
        terminal.until("end of the recording")
        terminal.press(keys)
        assert terminal.end() == code
        assert terminal.sent.rindex(b"\x1b[?1049l") > terminal.sent.rindex(b"\x1b[?1049h")
        assert b"\x1b[?25h" in terminal.sent[-200:]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["TERM", "INT"]
    )
    def test_a_signal_ends_it_in_good_order(self, quiet, number, code):
        terminal = Terminal("--from", str(HOME), **quiet)
        terminal.until("end of the recording")
        terminal.process.send_signal(number)
        assert terminal.end() == code
        assert b"\x1b[?1049l" in terminal.sent[-300:]
        assert b"Traceback" not in terminal.sent

    def test_a_capture_that_is_none(self, quiet, tmp_path):
        path = tmp_path / "x.pcap"
        path.write_text("no capture at all, but long enough to be looked at")
        terminal = Terminal("--from", str(path), **quiet)
        assert terminal.end() == errors.USAGE
        assert b"is not a pcap or pcapng file" in terminal.sent
        assert b"\x1b[?1049h" not in terminal.sent

    @pytest.mark.parametrize("how", [{"NO_COLOR": "1"}, {}], ids=["NO_COLOR", "--no-color"])
    def test_no_colours(self, quiet, how):
        argv = [] if how else ["--no-color"]
        terminal = Terminal("--from", str(HOME), *argv, **quiet, **how)
        terminal.until("end of the recording")
        terminal.press("4")
        terminal.until("full-enumeration")
        terminal.press("q")
        assert terminal.end() == 0
        codes = {
            c
            for found in re.findall(rb"\x1b\[([0-9;]*)m", terminal.sent)
            for c in found.split(b";")
        }
        assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}

    def test_hostile_names(self, quiet, hostile):
        terminal = Terminal("--from", hostile, size=(40, 130), **quiet)
        terminal.until("end of the recording")
        for table in "12345":
            terminal.press(table)
            time.sleep(0.3)
            for key in ("\x1b[B", "\x1b[F", "\r", "g", "\x1b[A"):
                terminal.press(key)
                time.sleep(0.15)
        terminal.press("1")
        terminal.press("\x1b[Hc")
        time.sleep(0.5)
        terminal.press("q")
        time.sleep(0.3)
        terminal.press("q")
        assert terminal.end() == 0
        left = text_of(bytes(terminal.sent)).replace("\r\n", "").replace("\r", "").replace("\n", "")
        assert {char for char in left if not char.isprintable()} == set()
        # Of all that draws, nothing sets a title, touches the clipboard or opens a link.
        told = re.findall(rb"\x1b\](\d*)", terminal.sent)
        assert set(told) <= {b"22"}  # the shape of the mouse pointer


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> str:
    """A recording in which every hostile name is an instance, a host, a TXT value, a question."""
    packets = []
    for name in samples.HOSTILE.values():
        label = name.encode("utf-8", "surrogateescape")[:63]
        service = (label, b"_http", b"_tcp", b"local")
        record = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
        record.add_answer(RR("_http._tcp.local", 12, 1, 4500, PTR(DNSLabel(service))))
        owner, host = DNSLabel(service), DNSLabel((label, b"local"))
        record.add_ar(RR(owner, 33, 0x8001, 4500, SRV(0, 0, 80, host)))
        record.add_ar(RR(owner, 16, 0x8001, 4500, TXT([b"k=" + label])))
        record.add_ar(RR(host, 1, 0x8001, 4500, A("10.0.0.9")))
        packets.append(bytes(record.pack()))
        asked = DNSLabel((label, b"_ssh", b"_tcp", b"local"))
        questions = [DNSQuestion(asked, 33), DNSQuestion("_services._dns-sd._udp.local", 12)]
        packets.append(bytes(DNSRecord(DNSHeader(id=0, bitmap=0), questions).pack()))
    frames = [pcaps.ethernet(pcaps.ipv4(pcaps.udp(packet))) for packet in packets]
    path = tmp_path_factory.mktemp("hostile") / "\x1b]0;x\x07.pcap"
    path.write_bytes(
        pcaps.pcap(*(pcaps.record(f, 1_700_000_000 + n) for n, f in enumerate(frames)))
    )
    return str(path)


def test_speeds():
    assert live._speed(None, None, None) is None
    assert live._speed(None, None, "max") == math.inf
    assert live._speed(None, None, "1.5") == 1.5
