"""``watch --capture`` and what ``doctor`` says of it, on the loopback interface or refused."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest
from tests.cli.test_read import META, query
from tests.sources.capturing import needs_capture

from whoasks.cli import main
from whoasks.sources import privileges
from whoasks.sources.packet_socket import PacketSocket


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("interfaces: [lo]\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))
    monkeypatch.setattr("whoasks.sources.port_users.port_users", list)
    # The tests themselves want to keep what they may.
    monkeypatch.setattr(privileges, "chosen", lambda user: None)
    monkeypatch.setattr(privileges, "drop", lambda account: None)


@pytest.fixture
def _refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: PacketSocket, **_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(PacketSocket, "__init__", refuse)


@needs_capture
def test_unicast_to_this_host_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """What a multicast socket never hears: here, from ourselves."""

    def ask() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(query(META), ("127.0.0.1", 5353))
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.connect_ex(("127.0.0.1", 9))

    timer = threading.Timer(0.8, ask)
    timer.start()
    code = main(["watch", "--capture", "--follow-ups", "--once-for", "2", "--format", "ndjson"])
    timer.join()
    out, err = capsys.readouterr()
    assert code == 0
    assert '"record":"burst"' in out
    assert "TCP connections began inside the segment" in out.splitlines()[-1]
    assert "whoasks: Capturing on lo (127.0.0.1" in err
    assert "Nothing is ever sent" in err
    assert "Not seen: Unicast between other hosts is heard only as far" in err


@pytest.mark.usefixtures("_refused")
def test_without_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--capture", "--once-for", "0.1"]) == 3
    out, err = capsys.readouterr()
    assert "may not capture packets (CAP_NET_RAW)" in err
    assert "setcap cap_net_raw+ep" in err
    assert "AmbientCapabilities=CAP_NET_RAW" in err
    assert out == ""
    assert not (tmp_path / "kept.db").exists()


@needs_capture
@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        pytest.param(["-i", "nosuch"], 3, "There is no interface 'nosuch'", id="interface"),
        pytest.param(["--config", "/nonexistent.yaml"], 2, "no such file", id="configuration"),
        pytest.param(["--db", "/proc/version"], 3, "/proc/version", id="database"),
    ],
)
def test_bad_input_leaves_no_socket_open(
    options: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--capture", "--once-for", "0.1", *options]) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--promiscuous"], ["--follow-ups"], ["--user", "nobody"]])
def test_options_that_need_capture(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--once-for", "0.1", *option]) == 2
    assert f"{option[0]} needs --capture. Give both, or neither." in capsys.readouterr().err


@needs_capture
def test_doctor_can_capture(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "  ok    watch --capture can be used on lo: it adds the MAC of every host" in out
    assert "  blind With --capture: Unicast between other hosts" in out


@pytest.mark.usefixtures("_refused")
def test_doctor_tells_how_to_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "  note  This process may not capture packets (CAP_NET_RAW). watch works without." in out
    assert "AmbientCapabilities=CAP_NET_RAW, CapabilityBoundingSet=CAP_NET_RAW" in out
    assert "sudo setcap cap_net_raw+ep /" in out
