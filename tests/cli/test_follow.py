"""``whoasks read`` of what is still being written: standard input, a file, a folder."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dnslib import DNSHeader, DNSQuestion, DNSRecord
from tests.helpers import pcaps

from whoasks.cli import main
from whoasks.store import Store

META = "_services._dns-sd._udp.local"
AT = 1_700_000_000
HEAD = pcaps.pcap()


def frame(at: int, last: int = 1, name: str = META) -> bytes:
    question = DNSRecord(DNSHeader(id=0, bitmap=0), questions=[DNSQuestion(name, 12)])
    packet = pcaps.ipv4(pcaps.udp(bytes(question.pack())), f"10.0.0.{last}")
    return pcaps.record(pcaps.ethernet(packet, f"02:00:00:00:00:{last:02x}"), AT + at)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config" / "config.yaml"
    config.parent.mkdir()
    config.write_text("{}\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(config.parent / "kept.db"))


def started(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "whoasks", "read", *arguments, "--format", "ndjson"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **streams,
    )


def records(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def first(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    record: dict[str, Any] = json.loads(process.stdout.readline())
    return record


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_finding_is_told_while_the_file_grows(tmp_path: Path, number: int, code: int) -> None:
    path = tmp_path / "live.pcap"
    path.write_bytes(HEAD)
    process = started("--follow", str(path))
    time.sleep(0.3)
    with path.open("ab") as file:
        file.write(frame(0))
    record = first(process)
    assert (record["record"], record["status"], record["host"]["mac"]) == (
        "finding",
        "open",
        "02:00:00:00:00:01",
    )
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, "")
    rest = records(out)
    assert [each["record"] for each in rest] == ["burst", "finding", "summary"]
    assert (rest[1]["status"], rest[2]["packets"]) == ("closed", 1)


def test_a_folder_is_one_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = tmp_path / "ring"
    ring.mkdir()
    for number in range(3):  # one burst over three files
        (ring / f"t{number}.pcap").write_bytes(HEAD + frame(number))
    assert main(["read", "--follow", str(ring), "--once-for", "2.5", "--format", "ndjson"]) == 0
    found = records(capsys.readouterr().out)
    [burst] = [each for each in found if each["record"] == "burst"]
    assert burst["packets"] == 3
    assert found[-1]["packets"] == 3


def test_it_is_kept_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "live.pcap"
    path.write_bytes(HEAD + frame(0))
    process = started("--follow", str(path), "--save")
    assert first(process)["record"] == "finding"
    with Store(os.environ["WHOASKS_DB"], read_only=True) as store:
        assert [finding.status for finding in store.findings()] == ["open"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    with Store(os.environ["WHOASKS_DB"], read_only=True) as store:
        assert [finding.status for finding in store.findings()] == ["closed"]


@pytest.mark.parametrize("follow", [(), ("--follow",)], ids=["read", "follow"])
def test_a_pipe(follow: tuple[str, ...]) -> None:
    process = started(*follow, "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.buffer.write(HEAD + frame(0))
    process.stdin.flush()
    if follow:
        assert first(process)["status"] == "open"
    process.stdin.close()
    process.stdin = None
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert records(out)[-1]["record"] == "summary"


def test_ctrl_c_while_a_pipe_is_silent() -> None:
    reading, writing = os.pipe()
    process = started("-", stdin=reading)
    os.write(writing, HEAD + frame(0))
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(writing)
    os.close(reading)
    assert (process.returncode, err) == (130, "")
    assert records(out)[-1]["packets"] == 1
    assert "standard input: interrupted" in out


@pytest.fixture
def stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.TextIOWrapper]:
    """Standard input is this file."""
    path = tmp_path / "stdin"
    path.write_bytes(HEAD + frame(0))
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        yield file


def test_a_file_as_standard_input(
    stdin: io.TextIOWrapper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.pcap"
    other.write_bytes(HEAD + frame(0, 2))
    assert main(["read", "-", str(other), "--jobs", "2", "--format", "ndjson"]) == 0
    assert records(capsys.readouterr().out)[-1]["packets"] == 2
    assert not stdin.closed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--follow", "a", "b"], "takes one capture", id="two to follow"),
        pytest.param(["a", "--once-for", "3"], "goes with --follow", id="--once-for alone"),
        pytest.param(["-", "-"], "can be read once", id="standard input twice"),
        pytest.param(["--follow", "/nosuch"], "cannot be followed", id="missing"),
        pytest.param(["a", "--jobs", "0"], "--jobs", id="no jobs"),
    ],
)
def test_wrong_use(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""


def test_a_terminal_is_no_capture(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main_end, terminal = os.openpty()
    with os.fdopen(terminal) as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert main(["read", "-"]) == 2
    os.close(main_end)
    assert "is a terminal" in capsys.readouterr().err


def test_no_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(os.devnull) as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert main(["read", "-"]) == 2
    assert "standard input is empty" in capsys.readouterr().err
