"""``export``, ``askers`` and ``explain`` against a real store, and against none."""

from __future__ import annotations

import csv
import io
import json
import stat
import time

import pytest
from tests.helpers import samples

from whoasks.cli import askers, explain, export, main
from whoasks.core.model import (
    BurstClosed,
    FindingOpened,
    ServiceSeen,
    Severity,
)
from whoasks.store import Store

DAY = 86_400.0
LOW = samples.finding(
    id="aa00000000000000", rule="type-sweep", severity=Severity.LOW, first_seen=samples.AT + DAY,
    last_seen=samples.AT + DAY, explanation="=cmd|' /C calc'!A0",
)  # fmt: skip


@pytest.fixture
def db(tmp_path, monkeypatch) -> str:
    """A database with two findings a day apart, a burst, a service and two askers."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    path = str(tmp_path / "store.db")
    with Store(path) as store:
        store.save(
            [
                FindingOpened(samples.AT, samples.finding()),
                FindingOpened(samples.AT + DAY, LOW),
                BurstClosed(samples.AT, samples.burst()),
                ServiceSeen(samples.AT, samples.service(instance="\x1b[2J=1")),
            ]
        )
        quiet = samples.Host("mac", "02:00:00:00:00:99", ("10.0.0.99",))
        store.save_askers([samples.asker(host=quiet, findings=0), samples.asker()])
    return path


def run(capsys, *argv: str) -> str:
    assert main(argv) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("what", "column", "values"),
    [
        ("findings", "id", ["3f9c2a7b11d04e55", "aa00000000000000"]),
        ("bursts", "id", ["b7d1"]),
        ("services", "instance", ["\\x1b[2J=1"]),
    ],
)
def test_export_as_csv(capsys, db, what, column, values):
    assert [row[column] for row in rows(run(capsys, "export", what, "--db", db))] == values


def test_export_askers(capsys, db):
    macs = [row["host_mac"] for row in rows(run(capsys, "export", "askers", "--db", db))]
    assert sorted(macs) == ["02:00:00:00:00:17", "02:00:00:00:00:99"]


@pytest.mark.parametrize("what", export.KINDS)
def test_export_as_ndjson(capsys, db, what):
    lines = run(capsys, "export", what, "--db", db, "--format", "ndjson").splitlines()
    assert {json.loads(line)["record"] for line in lines} == {export.KINDS[what]}


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        pytest.param(["--severity", "medium"], ["3f9c"], id="severity"),
        pytest.param(["--since", "2026-01-02T00:00:00Z"], ["aa00"], id="since"),
        pytest.param(["--until", "2026-01-02T00:00:00Z"], ["3f9c"], id="until"),
        pytest.param(["--since", "2027-01-01"], [], id="nothing"),
    ],
)
def test_export_a_part(capsys, db, options, ids):
    found = rows(run(capsys, "export", "findings", "--db", db, *options))
    assert [row["id"][:4] for row in found] == ids


def test_no_cell_is_a_formula(capsys, db):
    found = rows(run(capsys, "export", "findings", "--db", db))
    assert found[1]["explanation"] == "'=cmd|' /C calc'!A0"


def test_export_nothing_has_its_header(capsys, db):
    out = run(capsys, "export", "findings", "--db", db, "--since", "2030-01-01")
    assert out.startswith("record,schema,id,")
    assert out.count("\r\n") == 1


def test_export_into_a_file(capsys, db, tmp_path):
    path = tmp_path / "findings.csv"
    assert run(capsys, "export", "findings", "--db", db, "-o", str(path)) == ""
    assert len(rows(path.read_text(encoding="utf-8"))) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_environment_names_the_database(capsys, db, monkeypatch):
    monkeypatch.setenv("WHOASKS_DB", db)
    assert len(rows(run(capsys, "export", "findings"))) == 2


def test_the_configuration_names_the_database(capsys, db, tmp_path, monkeypatch):
    monkeypatch.delenv("WHOASKS_DB", raising=False)
    path = tmp_path / "c.yaml"
    path.write_text(f"store: {{db: '{db}'}}\n")
    assert len(rows(run(capsys, "export", "findings", "--config", str(path)))) == 2


@pytest.mark.parametrize(
    "argv", [["export", "findings"], ["askers"], ["explain", "3f9c"]], ids=lambda argv: argv[0]
)
def test_no_database(capsys, tmp_path, argv):
    out = tmp_path / "out"
    out.write_text("kept")
    assert main([*argv, "--db", str(tmp_path / "none.db"), "-o", str(out)]) in (2, 3)
    err = capsys.readouterr().err
    assert err.startswith("whoasks: There is no database at ")
    assert err.count("\n") == 1
    assert out.read_text() == "kept"
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_is_none(capsys, tmp_path):
    (tmp_path / "x.db").write_text("this is no database, but a text of some length\n" * 100)
    assert main(["export", "findings", "--db", str(tmp_path / "x.db")]) in (2, 3)
    assert capsys.readouterr().err.count("\n") == 1


def test_an_output_that_cannot_be(capsys, db, tmp_path):
    assert main(["export", "findings", "--db", db, "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"whoasks: {tmp_path} cannot be written: Is a directory. Give the path of a file to -o.\n"
    )


def test_askers_with_findings_come_first(capsys, db):
    out = run(capsys, "askers", "--db", db)
    assert out.index("10.0.0.23") < out.index("10.0.0.99")
    assert "_ipp._tcp, _ssh._tcp and 36 more" in out


def test_askers_in_other_formats(capsys, db, tmp_path):
    listed = rows(run(capsys, "askers", "--db", db, "--format", "csv"))
    assert [row["findings"] for row in listed] == ["1", "0"]
    lines = run(capsys, "askers", "--db", db, "--format", "ndjson").splitlines()
    assert json.loads(lines[0])["record"] == "asker"
    run(capsys, "askers", "--db", db, "-o", str(tmp_path / "t"))
    assert "10.0.0.23 (cli.local" in (tmp_path / "t").read_text()


def test_nobody_asked(capsys, db):
    assert main(["askers", "--db", db, "--since", "2030-01-01"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nobody asked" in err


@pytest.mark.parametrize("id_", ["3f9c2a7b11d04e55", "3f9c", "3"])
def test_explain(capsys, db, id_):
    out = run(capsys, "explain", id_, "--db", db)
    assert out.startswith("HIGH  Enumerated every service")
    for heading in ("What happened", "Why it counts", "Evidence", "What was and was not seen",
                    "Benign causes", "If this host may do so"):  # fmt: skip
        assert f"\n{heading}\n" in out


def test_explain_into_a_file(capsys, db, tmp_path):
    assert run(capsys, "explain", "3f9c", "--db", db, "-o", str(tmp_path / "t")) == ""
    assert (tmp_path / "t").read_text().startswith("HIGH  Enumerated every service\n")


def test_explain_what_is_not_there(capsys, db):
    assert main(["explain", "ffff", "--db", db]) in (2, 3)
    assert "id that begins with 'ffff'" in capsys.readouterr().err


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(capsys, tmp_path, name, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "s.db"))
    host = samples.Host("mac", "02:00:00:00:00:17", ("10.0.0.23",), name, name)
    finding = samples.finding(
        host=host, names=(name,), explanation=name, evidence=(name,), observed={"name": name}
    )
    with Store(str(tmp_path / "s.db")) as store:
        store.save(
            [
                FindingOpened(samples.AT, finding),
                BurstClosed(samples.AT, samples.burst(host=host, names=(name,))),
                ServiceSeen(samples.AT, samples.service(instance=name, txt={"k": name})),
            ]
        )
        store.save_askers([samples.asker(host=host, types=(name,))])
    argvs = [["explain", "3f9c"], ["askers"]]
    argvs += [["export", what, "--format", f] for what in export.KINDS for f in ("csv", "ndjson")]
    for argv in argvs:
        out = run(capsys, *argv)
        assert out.replace("\r\n", "").replace("\n", "").isprintable()


def test_the_clock_is_the_machine_s(capsys, db):
    """What was stored just now is shown without a date."""
    now = time.time()
    with Store(db) as store:
        store.save([FindingOpened(now, samples.finding(id="bb", first_seen=now, last_seen=now))])
    out = run(capsys, "explain", "bb", "--db", db)
    assert f"  when       {time.strftime('%H:%M:%S', time.localtime(now))}\n" in out


def test_every_command_has_examples():
    for module in (askers, explain, export):
        assert "Examples:" in (module.command.help or "")
