"""``whoasks read``: what it prints, keeps and returns, whatever state the captures are in."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dnslib import DNSHeader, DNSQuestion, DNSRecord
from tests.helpers import pcaps

from whoasks.cli import main, telling
from whoasks.core.habits import Learned
from whoasks.store import Store

META = "_services._dns-sd._udp.local"
AT = 1_700_000_000
DAY = 86_400


def query(*names: str) -> bytes:
    packet = DNSRecord(DNSHeader(id=0, bitmap=0), questions=[DNSQuestion(n, 12) for n in names])
    return bytes(packet.pack())


def frame(payload: bytes, at: int, last: int = 1) -> bytes:
    packet = pcaps.ipv4(pcaps.udp(payload), f"10.0.0.{last}")
    return pcaps.record(pcaps.ethernet(packet, f"02:00:00:00:00:{last:02x}"), at)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester's own configuration and database change nothing."""
    config = tmp_path / "config.yaml"
    config.write_text("{}\n")
    monkeypatch.setenv("WHOASKS_CONFIG", str(config))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "kept.db"))


@pytest.fixture
def capture(tmp_path: Path) -> Callable[..., Path]:
    """A recording of these records under a name."""

    def write(name: str, *records: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(pcaps.pcap(*records))
        return path

    return write


@pytest.fixture
def loud(capture: Callable[..., Path]) -> Path:
    """One host that asks for the list of all types, and an ordinary one."""
    return capture("loud.pcap", frame(query(META), AT), frame(query("_ipp._tcp.local"), AT + 1, 2))


@pytest.fixture
def quiet(capture: Callable[..., Path]) -> Path:
    return capture("quiet.pcap", frame(query("_ipp._tcp.local"), AT, 2))


def records(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


class TestFormats:
    """Each format, and that only a table of rows keeps to one kind."""

    def test_table(self, loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["read", str(loud)]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("MEDIUM  ")
        assert "10.0.0.1 (02:00:00:00:00:01)" in out
        assert "Findings: 1 medium." in out
        assert not any(line.endswith(" ") for line in out.splitlines())
        assert err == ""

    def test_ndjson_ends_with_the_summary(
        self, loud: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["read", str(loud), "--format", "ndjson"]) == 0
        found = records(capsys.readouterr().out)
        assert [r["record"] for r in found].count("finding") == 1
        assert [r["record"] for r in found].count("burst") == 2
        assert found[-1]["record"] == "summary"
        assert found[-1]["packets"] == 2
        (finding,) = (r for r in found if r["record"] == "finding")
        assert finding["status"] == "closed"

    def test_csv_holds_findings_alone(
        self, loud: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "findings.csv"
        assert main(["read", str(loud), "--format", "csv", "-o", str(path)]) == 0
        (row,) = csv.DictReader(io.StringIO(path.read_text()))
        assert (row["rule"], row["severity"]) == ("meta-query", "medium")
        assert capsys.readouterr().out == ""

    def test_csv_of_nothing_has_its_header(
        self, quiet: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["read", str(quiet), "--format", "csv"]) == 0
        assert capsys.readouterr().out.startswith("record,schema,id,rule,")


def test_several_captures_are_worlds_of_their_own(
    loud: Path, quiet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def findings(*paths: Path) -> set[object]:
        assert main(["read", *map(str, paths), "--format", "ndjson"]) == 0
        found = records(capsys.readouterr().out)
        assert found[-1]["packets"] == sum(2 if path == loud else 1 for path in paths)
        return {r["id"] for r in found if r["record"] == "finding"}

    assert findings(loud) == findings(quiet, loud) == findings(loud, quiet)


@pytest.mark.parametrize(
    ("level", "code"),
    [
        pytest.param("high", 0, id="above what was found"),
        pytest.param("medium", 1, id="just it"),
        pytest.param("low", 1, id="below"),
    ],
)
def test_fail_on(level: str, code: int, loud: Path) -> None:
    assert main(["read", str(loud), "--fail-on", level]) == code


class TestKeeping:
    """Nothing is kept unless it is asked for."""

    def test_without_save(self, loud: Path, tmp_path: Path) -> None:
        assert main(["read", str(loud)]) == 0
        assert not (tmp_path / "kept.db").exists()

    def test_with_save(self, loud: Path, tmp_path: Path) -> None:
        for _ in range(2):  # a second time changes nothing
            assert main(["read", str(loud), "--save"]) == 0
            with Store(tmp_path / "kept.db", read_only=True) as store:
                assert [f.rule for f in store.findings()] == ["meta-query"]
                assert len(list(store.bursts())) == 2
                assert len(list(store.askers())) == 2

    def test_no_database(
        self, loud: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bad = tmp_path / "text.db"
        bad.write_text("no database at all\n" * 50)
        assert main(["read", str(loud), "--save", "--db", str(bad)]) == 3
        assert "is not a database" in capsys.readouterr().err


class TestLearning:
    """A recording changes what is usual only when it is told to."""

    @pytest.fixture
    def habit(self, capture: Callable[..., Path]) -> Path:
        """A host that asks for one type, for two days."""
        return capture(
            "habit.pcap",
            *(
                frame(query("_ipp._tcp.local"), AT + day * DAY + n, 2)
                for day in (0, 1, 2)
                for n in (0, 1)
            ),
        )

    def learned(self, tmp_path: Path) -> Learned | None:
        with Store(tmp_path / "kept.db", read_only=True) as store:
            return store.habits()

    def test_not_without_it(self, habit: Path, tmp_path: Path) -> None:
        assert main(["read", str(habit), "--save"]) == 0
        assert self.learned(tmp_path) is None

    def test_with_it(self, habit: Path, tmp_path: Path) -> None:
        assert main(["read", str(habit), "--learn"]) == 0
        found = self.learned(tmp_path)
        assert found is not None
        (host,) = found.hosts
        assert [(each.type, each.days) for each in host.types] == [("_ipp._tcp", 3)]
        # It is old, but it lasts two days, and counts for two.
        assert time.time() - found.started == pytest.approx(2 * DAY, abs=30)
        with Store(tmp_path / "kept.db", read_only=True) as store:
            assert list(store.bursts()) == []

    def test_again_changes_nothing(self, habit: Path, tmp_path: Path) -> None:
        main(["read", str(habit), "--learn"])
        once = self.learned(tmp_path)
        main(["read", str(habit), "--learn"])
        assert self.learned(tmp_path) == once

    def test_what_has_begun_is_not_put_back(self, habit: Path, tmp_path: Path) -> None:
        with Store(tmp_path / "kept.db") as store:
            store.save_habits(Learned(AT + 9 * DAY))
        main(["read", str(habit), "--learn"])
        found = self.learned(tmp_path)
        assert found is not None
        assert found.started == AT + 9 * DAY
        assert len(found.hosts) == 1

    def test_no_usable_time_teaches_nothing(
        self, capture: Callable[..., Path], tmp_path: Path
    ) -> None:
        path = capture("zero.pcap", *(frame(query("_ipp._tcp.local"), 0, 2) for _ in range(3)))
        assert main(["read", str(path), "--learn"]) == 0
        assert self.learned(tmp_path) is None


class TestBadInput:
    """A sentence, exit code 2, and whatever could be read."""

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            pytest.param(b"hello, world, this is text\n", "not a pcap", id="text"),
            pytest.param(b"", "is empty", id="empty"),
            pytest.param(None, "does not exist", id="missing"),
        ],
    )
    def test_nothing_to_read(
        self,
        content: bytes | None,
        words: str,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        path, old = tmp_path / "bad.pcap", tmp_path / "old.csv"
        old.write_text("keep me")
        if content is not None:
            path.write_bytes(content)
        assert main(["read", str(path), "--format", "csv", "-o", str(old)]) == 2
        out, err = capsys.readouterr()
        assert words in err
        assert "Traceback" not in err
        assert out == ""
        assert old.read_text() == "keep me"

    def test_a_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["read", str(tmp_path)]) == 2
        assert "is a folder" in capsys.readouterr().err

    def test_the_others_are_read(self, loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["read", "/nonexistent.pcap", str(loud)]) == 2
        assert "MEDIUM" in capsys.readouterr().out

    def test_a_capture_that_is_cut_off(
        self, loud: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        loud.write_bytes(loud.read_bytes()[:-5])
        assert main(["read", str(loud)]) == 0
        out = capsys.readouterr().out
        assert "MEDIUM" in out
        assert "breaks off inside a packet" in out

    def test_a_block_that_lies(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "lies.pcapng"
        inside = pcaps.ethernet(pcaps.ipv4(pcaps.udp(query(META))))
        path.write_bytes(
            pcaps.section()
            + pcaps.interface()
            + pcaps.enhanced(inside, AT * 1_000_000)
            + pcaps.block(6, b"\0" * 40, length=7)
        )
        assert main(["read", str(path), "--format", "ndjson", "--fail-on", "low"]) == 2
        out, err = capsys.readouterr()
        assert err.startswith("whoasks: ")
        assert [r["record"] for r in records(out)].count("finding") == 1
        assert records(out)[-1]["record"] == "summary"


def test_ctrl_c_writes_what_was_found(
    capture: Callable[..., Path],
    loud: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(telling, "_show", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    assert main(["read", str(loud), str(capture("later.pcap", frame(query(META), AT, 9)))]) == 130
    out = capsys.readouterr().out
    assert "10.0.0.1" in out
    assert "10.0.0.9" not in out
    assert "interrupted" in out
    assert signal.getsignal(signal.SIGINT) is before
