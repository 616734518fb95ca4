"""Many captures over processes: the same words in the same order, whatever happens to one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import DNSHeader, DNSQuestion, DNSRecord
from tests.helpers import pcaps

from whoasks.cli import main, many
from whoasks.cli.reading import Outcome, Piece
from whoasks.core.detect.rules import ALL
from whoasks.core.settings import CoreSettings, RoleEntry
from whoasks.store import Store

META = "_services._dns-sd._udp.local"
AT = 1_700_000_000


def query(name: str) -> bytes:
    return bytes(DNSRecord(DNSHeader(id=0, bitmap=0), questions=[DNSQuestion(name, 12)]).pack())


def frame(payload: bytes, at: int, last: int) -> bytes:
    packet = pcaps.ipv4(pcaps.udp(payload), f"10.0.0.{last}")
    return pcaps.record(pcaps.ethernet(packet, f"02:00:00:00:00:{last:02x}"), at)


def capture(path: Path, host: int, count: int = 1) -> Path:
    """A host that asks for the list of types, and others for many types."""
    asked = (frame(query(META), AT + host * 100, host),)
    many_of = (
        frame(query(f"_t{n}._tcp.local"), AT + host * 100 + n // 50, 100 + n % 50)
        for n in range(count)
    )
    path.write_bytes(pcaps.pcap(*asked, *many_of))
    return path


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("rules: {type-sweep: {types: 30}}\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))


@pytest.fixture
def captures(tmp_path: Path) -> list[Path]:
    """Six captures of different sizes, one that breaks off, one that is none, one missing."""
    found = [capture(tmp_path / f"c{n}.pcap", n, 2_000 if n == 1 else n) for n in range(1, 7)]
    found[3].write_bytes(found[3].read_bytes()[:-5])
    text = tmp_path / "text.pcap"
    text.write_text("no capture at all, not a single packet\n")
    return [found[0], text, *found[1:], tmp_path / "missing.pcap"]


def never() -> bool:
    return False


def left() -> set[Path]:
    """Folders for results that are still there."""
    return set(Path(tempfile.gettempdir()).glob("whoasks-*"))


@pytest.mark.parametrize("format_", ["csv", "ndjson", "table"])
def test_the_results_are_the_same_byte_for_byte(
    format_: str, captures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = left()
    outputs = []
    for jobs in ("1", "3"):
        assert main(["read", *map(str, captures), "--jobs", jobs, "--format", format_]) == 2
        outputs.append(capsys.readouterr())
    assert outputs[0] == outputs[1]
    assert len(outputs[0].out) > 500
    assert outputs[0].err.count("whoasks: ") == 2
    assert left() == before


def test_what_is_kept_is_the_same(captures: list[Path], tmp_path: Path) -> None:
    kept = []
    for jobs in ("1", "4"):
        place = tmp_path / f"{jobs}.db"
        main(["read", *map(str, captures), "--jobs", jobs, "--save", "--db", str(place)])
        with Store(place, read_only=True) as store:
            kept.append((list(store.findings()), list(store.bursts()), list(store.askers())))
    assert kept[0] == kept[1]
    assert kept[0][0]


def test_fail_on(captures: list[Path]) -> None:
    good = [str(path) for path in captures if path.name in ("c2.pcap", "c3.pcap")]
    assert main(["read", *good, "--jobs", "2", "--fail-on", "medium"]) == 1
    assert main(["read", *good, "--jobs", "2", "--fail-on", "high"]) == 0


def test_learning_goes_one_after_the_other(
    captures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "read", lambda *_: pytest.fail("each learns from those before"))
    assert main(["read", str(captures[2]), str(captures[3]), "--jobs", "2", "--learn"]) == 0


@pytest.mark.parametrize(
    ("sizes", "worth"),
    [
        pytest.param([many.WORTH * 9], False, id="one"),
        pytest.param([many.WORTH * 9, 5, 5], False, id="one and crumbs"),
        pytest.param([many.WORTH, many.WORTH], True, id="two"),
        pytest.param([many.WORTH // 4] * 5, True, id="five"),
        pytest.param([], False, id="none"),
    ],
)
def test_when_processes_are_worth_it(tmp_path: Path, sizes: list[int], worth: bool) -> None:
    paths = [tmp_path / str(number) for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        with path.open("wb") as file:
            file.truncate(size)
    assert many.is_worth_it([*paths, tmp_path / "missing", Path("a\0b")]) is worth


def taken(reading: Iterator[Iterator[Piece]]) -> list[Outcome]:
    return [piece for pieces in reading for piece in pieces if isinstance(piece, Outcome)]


def test_settings_arrive(captures: list[Path]) -> None:
    rules = {rule.rule.id: rule.Settings() for rule in ALL if rule.rule.id == "type-sweep"}
    roles = (RoleEntry("hub", "mine", mac="02:00:00:00:00:02"),)
    [outcome] = taken(many.read(captures[2:3], CoreSettings(rules=rules, roles=roles), 2, never))
    assert outcome.summary is not None
    assert outcome.summary.findings == dict.fromkeys(("info", "low", "medium", "high"), 0)


def test_the_death_of_a_process_costs_its_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [capture(tmp_path / f"c{number}.pcap", number) for number in range(1, 6)]
    paths[1] = tmp_path / "pipe"  # is never written to: whoever reads it waits
    os.mkfifo(paths[1])
    heard = many._Team._hand_out

    def hand_out(team: many._Team, number: int) -> None:
        heard(team, number)
        for connection, which in team._reading.items():
            if which == 1:
                team._members[connection].kill()

    monkeypatch.setattr(many._Team, "_hand_out", hand_out)
    outcomes = taken(many.read(paths, CoreSettings(), 2, never))
    assert [outcome.summary is not None for outcome in outcomes] == [True, False, True, True, True]
    assert "killed (SIGKILL): read it by itself" in str(outcomes[1].error)


def test_results_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = capture(tmp_path / "c.pcap", 1)
    reader = many.Reader(CoreSettings())
    failure = many._write_down(reader, path, tmp_path / "nosuch" / "0", never)
    assert failure is not None
    assert failure.startswith("could not write its results to")


def test_an_end_leaves_what_is_not_begun(tmp_path: Path) -> None:
    paths = [capture(tmp_path / f"c{number}.pcap", number) for number in range(1, 30)]
    seen: list[Outcome] = []
    for pieces in many.read(paths, CoreSettings(), 2, lambda: bool(seen)):
        seen.extend(piece for piece in pieces if isinstance(piece, Outcome))
    assert 1 <= len(seen) <= 1 + many.AHEAD * 2 + 2
    assert all(outcome.summary is not None for outcome in seen)


def test_ctrl_c_writes_what_was_found(tmp_path: Path) -> None:
    paths = [capture(tmp_path / f"c{number}.pcap", number) for number in range(1, 4)]
    os.mkfifo(tmp_path / "pipe")
    before = left()
    command = [sys.executable, "-m", "whoasks", "read", *map(str, paths), str(tmp_path / "pipe")]
    process = subprocess.Popen(
        [*command, "--jobs", "2", "--format", "ndjson"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    writer = os.open(tmp_path / "pipe", os.O_WRONLY)  # once a process has opened it to read
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, err) == (130, "")
    assert out.count('"record":"finding"') == 3
    assert '"record":"summary"' in out
    assert left() == before
