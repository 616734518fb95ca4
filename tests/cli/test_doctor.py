"""``whoasks doctor``: a fact for each thing, and the exit code that goes with the worst."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoasks.cli import main
from whoasks.sources.interfaces import Interface
from whoasks.sources.port_users import PortUser
from whoasks.store import Store

ETH0 = Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.1",), mac="02:00:00:00:00:01")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("interfaces: [lo]\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))
    monkeypatch.setattr("whoasks.sources.port_users.port_users", list)


def test_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert "  ok    lo (127.0.0.1" in out
    assert "  ok    The mDNS groups can be joined on lo" in out
    assert "  blind Unicast between other hosts is not heard" in out
    assert "  ok    Nobody else is seen on it." in out
    assert f"{tmp_path / 'kept.db'} does not exist yet; watch will make it." in out
    assert not (tmp_path / "kept.db").exists()
    assert err == ""


def test_a_database_is_counted_not_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(tmp_path / "kept.db").close()
    assert main(["doctor"]) == 0
    assert "can be read, and holds 0 findings." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "content", "words"),
    [
        pytest.param(["-i", "nosuch"], "{}", "There is no interface 'nosuch'", id="interface"),
        pytest.param([], "interfcaes: [lo]", "unknown setting", id="configuration"),
        pytest.param(["--db", "/proc/version"], "{}", "/proc/version", id="database"),
        pytest.param(["--db", "/proc/version/x.db"], "{}", "x.db cannot be made", id="its folder"),
    ],
)
def test_what_keeps_watch_from_working(
    options: list[str],
    content: str,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "config.yaml").write_text(content)
    assert main(["doctor", *options]) == 3
    out, err = capsys.readouterr()
    assert any("BAD" in line and words in line for line in out.splitlines()), out
    assert err.startswith("whoasks: watch would not work here")


@pytest.mark.parametrize(
    ("interface", "names", "why"),
    [
        pytest.param(Interface("wlan0", 3, False, True), (), "it is down", id="down"),
        pytest.param(Interface("lo", 1, True, True, True), (), "the loopback", id="loopback"),
        pytest.param(Interface("tun0", 3, True, False), (), "does not carry", id="no multicast"),
        pytest.param(Interface("docker0", 3, True, True), (), "of containers", id="container"),
        pytest.param(Interface("eth1", 3, True, True), ("eth0",), "others were", id="not named"),
    ],
)
def test_why_an_interface_is_left_out(
    interface: Interface,
    names: tuple[str, ...],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from whoasks.cli import doctor

    monkeypatch.setattr("whoasks.sources.interfaces.discover", lambda: (ETH0, interface))
    used, left = doctor._interfaces(names)
    assert (used.mark, left.mark) == ("ok", "note")
    assert why in left.sentence


def test_who_else_has_the_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    users = [PortUser("avahi\x1b[2J", 7, True), PortUser(None, None, False)]
    monkeypatch.setattr("whoasks.sources.port_users.port_users", lambda: users)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "avahi\\x1b[2J (pid 7) has it and gets the unicast that comes to it; watch shares" in out
    assert "A process of another user has it; watch shares" in out
