"""``whoasks drill``: what it says before, when it sends, what it makes of the store."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.helpers.samples import finding

from whoasks.browse import drill, drill_voice
from whoasks.browse.drill_voice import Place
from whoasks.cli import main
from whoasks.core.model import Finding, FindingOpened, Severity
from whoasks.core.wire import decode
from whoasks.sources.interfaces import Interface
from whoasks.store import Store

MARK = "0badcafe"
ETH0 = Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.5",), ipv6=("fe80::5%eth0",))
WLAN0 = Interface("wlan0", 3, up=True, multicast=True, ipv6=("fe80::6%wlan0",))
BARE = Interface("eth9", 9, up=True, multicast=True)


class Wire:
    """What would have been sent, and what to do at each packet."""

    def __init__(self) -> None:
        self.sent: list[tuple[Place, bytes]] = []
        self.ports: set[int] = set()
        self.at_packet: Callable[[int], None] = lambda number: None
        self.interfaces: tuple[Interface, ...] = (ETH0,)

    def open(self, place: Place, port: int) -> object:
        wire = self
        self.ports.add(port)

        class Mouth:
            def sendto(self, payload: bytes, target: tuple[object, ...]) -> None:
                wire.sent.append((place, payload))
                wire.at_packet(len(wire.sent))

            def close(self) -> None: ...

        return Mouth()


class Terminal(io.StringIO):
    """A person who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wire:
    """No network, no waiting, a token that is known."""
    made = Wire()
    config = tmp_path / "config.yaml"
    config.write_text("{}\n", encoding="utf-8")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_DB", raising=False)
    monkeypatch.setattr(drill_voice, "_open", made.open)
    monkeypatch.setattr("whoasks.sources.interfaces.choose", lambda names: made.interfaces)
    monkeypatch.setattr("secrets.token_hex", lambda size: "0badcafedeadbeef"[: 2 * size])
    monkeypatch.setattr(drill, "MARK_AHEAD", 0.0)
    monkeypatch.setattr(drill, "STEP", 0.0)
    monkeypatch.setattr("whoasks.cli.drilling.POLL", 0.01)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return made


def kept(path: Path, *findings: Finding) -> Path:
    """A store with these, moved to this moment."""
    now = time.time()
    moved = [
        msgspec.structs.replace(f, first_seen=now + f.first_seen, last_seen=now + f.last_seen)
        for f in findings
    ]
    with Store(path) as store:
        store.save([FindingOpened(each.first_seen, each) for each in moved])
    return path


def seen(rule: str, severity: Severity, *others: str, **changes: object) -> Finding:
    """A finding of the drill's; ``first_seen`` is seconds from when it is kept."""
    plain = {"rule": rule, "severity": severity, "rules": (rule, *others), "drill": MARK}
    return finding(**{"first_seen": 0.9, "last_seen": 2.0, **plain, **changes})


def test_list_states_what_is_sent_and_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "--list"]) == 0
    out, err = capsys.readouterr()
    rows = out.splitlines()
    assert rows[0].split() == ["Drill", "Sends", "Expected", "rule", "Technique"]
    assert len(rows) == 1 + len(drill.DRILLS)
    for row, each in zip(rows[1:], drill.DRILLS, strict=True):
        assert row.startswith(each.kind)
        assert each.sends in row
        assert f"{' with '.join(each.rules)} ({each.severity.label})" in row
        assert row.endswith(each.technique)
    assert err == ""


class TestBefore:
    """What it says, and who agrees."""

    @pytest.mark.parametrize(
        ("kind", "interfaces", "words"),
        [
            pytest.param(
                "meta-query",
                (ETH0,),
                "2 packets with 2 questions, over each of: eth0 (IPv4), eth0 (IPv6).",
                id="one question",
            ),
            pytest.param(
                "sweep",
                (ETH0, WLAN0),
                "33 packets with 33 questions, over each of: eth0 (IPv4), eth0 (IPv6), "
                "wlan0 (IPv6).",
                id="sweep on two interfaces",
            ),
            pytest.param("packed-sweep", (WLAN0,), "2 packets with 33 questions", id="packed"),
            pytest.param(
                "reverse-sweep",
                (WLAN0, ETH0),
                "17 packets with 17 questions, over each of: eth0 (IPv4), eth0 (IPv6).",
                id="reverse, where there is an IPv4 network",
            ),
            pytest.param("legacy", (ETH0,), "5 packets with 5 questions", id="legacy"),
        ],
    )
    def test_what_it_says_is_what_it_sends(
        self,
        kind: str,
        interfaces: tuple[Interface, ...],
        words: str,
        wire: Wire,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        wire.interfaces = interfaces
        assert main(["drill", kind, "--yes"]) == 0
        err = capsys.readouterr().err
        assert f"The drill {kind} sends {drill.drill(kind).sends}." in err
        assert words in err
        assert f"{MARK}._whoasks-drill._udp.local." in err
        packets, questions = (int(word) for word in words.split()[:4:3])
        for place in {place for place, _ in wire.sent}:
            said = [decode(payload) for each, payload in wire.sent if each == place]
            assert str(place) in err
            assert len(said) == packets
            assert sum(len(message.questions) for message in said) == questions
        assert wire.ports == {0 if kind == "legacy" else 5353}

    def test_one_packet_is_the_same_everywhere(self, wire: Wire) -> None:
        """Its legacy ID too, so that a watcher on two interfaces takes it for one."""
        wire.interfaces = (ETH0, WLAN0)
        assert main(["drill", "legacy", "--yes"]) == 0
        said: dict[Place, list[bytes]] = {}
        for place, payload in wire.sent:
            said.setdefault(place, []).append(payload)
        assert len(said) == 3
        assert len(set(map(tuple, said.values()))) == 1

    @pytest.mark.parametrize(
        ("stdin", "options", "code", "packets"),
        [
            pytest.param(Terminal("y\n"), [], 0, 4, id="yes"),
            pytest.param(Terminal("n\n"), [], 130, 0, id="no"),
            pytest.param(Terminal("\n"), [], 130, 0, id="nothing is no"),
            pytest.param(Terminal(""), [], 130, 0, id="end of input"),
            pytest.param(io.StringIO("y\n"), [], 2, 0, id="no terminal"),
            pytest.param(io.StringIO(), ["--yes"], 0, 4, id="no terminal, --yes"),
            pytest.param(Terminal("n\n"), ["--yes"], 0, 4, id="--yes does not ask"),
        ],
    )
    def test_who_agrees(
        self,
        stdin: io.StringIO,
        options: list[str],
        code: int,
        packets: int,
        wire: Wire,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["drill", "remote-type", *options]) == code
        out, err = capsys.readouterr()
        assert len(wire.sent) == packets
        assert "sends one question for _ssh._tcp" in err
        assert ("Nothing was sent" in err) is (packets == 0)
        assert (out == "") is (packets == 0)
        if code == 2:
            assert "Add --yes" in err

    @pytest.mark.parametrize(
        ("arguments", "interfaces", "code", "words"),
        [
            pytest.param([], (ETH0,), 2, "Which drill? One of: meta-query, ", id="no kind"),
            pytest.param(["nosuch"], (ETH0,), 2, "'nosuch' is not one of", id="unknown kind"),
            pytest.param(["sweep", "--wait", "-1"], (ETH0,), 2, "--wait", id="negative wait"),
            pytest.param(["sweep"], (BARE,), 3, "No address on eth9", id="no address"),
            pytest.param(["reverse-sweep"], (WLAN0,), 3, "No IPv4 address on wlan0", id="no IPv4"),
            pytest.param(
                ["reverse-sweep", "-i", "eth0", "-i", "wlan0"],
                (ETH0, WLAN0),
                3,
                "No IPv4 address on wlan0",
                id="a named one has no IPv4",
            ),
            pytest.param(
                ["sweep", "--db", "/nonexistent/w.db"], (ETH0,), 3, "no database at", id="database"
            ),
            pytest.param(["sweep", "--config", "/nonexistent"], (ETH0,), 2, "no such", id="config"),
        ],
    )
    def test_bad_input_sends_nothing(
        self,
        arguments: list[str],
        interfaces: tuple[Interface, ...],
        code: int,
        words: str,
        wire: Wire,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        wire.interfaces = interfaces
        assert main(["drill", *arguments, "--yes"]) == code
        out, err = capsys.readouterr()
        assert words in err
        assert out == ""
        assert "Traceback" not in err
        assert wire.sent == []


class TestAfter:
    """What the store says."""

    @pytest.mark.parametrize(
        ("kind", "found", "code", "lines"),
        [
            pytest.param(
                "sweep",
                seen("type-sweep", Severity.MEDIUM),
                0,
                ["Detected: type-sweep (medium), ", " s after the first question"],
                id="as expected",
            ),
            pytest.param(
                "legacy",
                seen("full-enumeration", Severity.HIGH, "meta-query", "scanner-shape"),
                0,
                ["Detected: full-enumeration (high) with meta-query, scanner-shape, "],
                id="more than expected",
            ),
            pytest.param(
                "legacy",
                seen("meta-query", Severity.MEDIUM),
                0,
                ["Detected: meta-query (medium), ", "Not as expected: scanner-shape did not fire."],
                id="less than expected",
            ),
            pytest.param(
                "sweep",
                seen("type-sweep", Severity.MEDIUM, silenced_by="hub"),
                0,
                ["Detected: type-sweep (medium)", "Silenced by the role hub: it alarms nobody."],
                id="silenced",
            ),
            pytest.param(
                "sweep",
                seen("type-sweep", Severity.MEDIUM, first_seen=-600.0),
                0,
                ["s from the first question by the watcher's clock, which differs from ours"],
                id="another clock",
            ),
            pytest.param(
                "sweep",
                seen("type-sweep", Severity.MEDIUM, drill="ffffffff"),
                1,
                [f"Not detected within 0.05 s: no finding carries the mark {MARK}."],
                id="another drill's",
            ),
            pytest.param(
                "sweep",
                seen("type-sweep", Severity.MEDIUM, drill=None),
                1,
                ["Expected was type-sweep. Does 'whoasks watch' run on this network"],
                id="nobody's drill",
            ),
        ],
    )
    def test_the_verdict(
        self,
        kind: str,
        found: Finding,
        code: int,
        lines: list[str],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        db = kept(
            tmp_path / "the watch.db", found, finding(id="old", first_seen=-9e6, last_seen=-9e6)
        )
        arguments = ["drill", kind, "--yes", "--wait", "0.05", "--db", str(db)]
        assert main(arguments) == code
        out = capsys.readouterr().out
        for line in lines:
            assert line in out
        assert (f"whoasks explain {found.id[:8]} --db '{db}'" in out) is (code == 0)

    def test_it_comes_while_we_look(
        self, wire: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        db = kept(tmp_path / "w.db")
        late = seen("meta-query", Severity.MEDIUM)
        timer = threading.Timer(0.3, kept, (db, late))
        timer.start()
        assert main(["drill", "meta-query", "--yes", "--wait", "10", "--db", str(db)]) == 0
        timer.join()
        assert "Detected: meta-query (medium)" in capsys.readouterr().out

    def test_the_default_database(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        kept(tmp_path / "data" / "whoasks" / "whoasks.db", seen("meta-query", Severity.MEDIUM))
        assert main(["drill", "meta-query", "--yes", "--wait", "0"]) == 0
        assert capsys.readouterr().out.endswith("whoasks explain 3f9c2a7b\n")

    def test_no_database_at_all(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["drill", "meta-query", "--yes"]) == 0
        out = capsys.readouterr().out
        assert out.startswith("Sent 4 packets; there is no store here to look at.")
        assert "whoasks export findings --since 10m" in out
        assert MARK in out
        assert not (tmp_path / "data").exists()


class TestInterrupted:
    """Ctrl-C ends it with what there is."""

    def test_while_sending(self, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
        def at_packet(number: int) -> None:
            if number == 10:
                os.kill(os.getpid(), signal.SIGINT)

        wire.at_packet = at_packet
        assert main(["drill", "sweep", "--yes"]) == 130
        out, err = capsys.readouterr()
        assert len(wire.sent) == 10
        assert "Interrupted; " in err
        assert MARK in out

    @pytest.mark.parametrize(
        ("found", "shown"),
        [
            pytest.param([], "", id="nothing yet"),
            pytest.param(
                [seen("meta-query", Severity.MEDIUM)], "Detected: meta-query", id="half of it"
            ),
        ],
    )
    def test_while_looking(
        self,
        found: list[Finding],
        shown: str,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        db = kept(tmp_path / "w.db", *found)
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        try:
            assert main(["drill", "legacy", "--yes", "--wait", "20", "--db", str(db)]) == 130
        finally:
            timer.join()
        out, err = capsys.readouterr()
        assert "Interrupted; 10 packets had been sent." in err
        assert out.startswith(shown)
        assert bool(out) is bool(shown)
