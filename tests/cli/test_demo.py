"""``whoasks demo``: a stranger sees services, a finding and a CSV, and nothing is sent."""

from __future__ import annotations

import csv
import socket

import pytest

from whoasks.cli import demo, main
from whoasks.outputs.csv import columns


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def test_it_shows_services_and_a_finding_and_says_where_the_csv_is(here, capsys):
    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for said in (
        "Study Printer",
        "study-printer.local  10.77.0.11",
        "HIGH  enumerated the services of this network",
        "visitor-laptop.local",
        f"Findings written to {here / 'demo-findings.csv'}",
        "whoasks watch",
    ):
        assert said in out


def test_the_csv_has_a_row_for_each_finding(here, capsys):
    assert main(["demo"]) == 0
    with (here / demo.CSV).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(columns("finding"))
    assert "full-enumeration" in {row[header.index("rule")] for row in rows}
    assert {row[header.index("host_mac")] for row in rows} == {"02:77:00:00:00:42"}


def test_the_csv_goes_where_it_is_told(here, capsys):
    assert main(["demo", "-o", "mine.csv"]) == 0
    assert [path.name for path in here.iterdir()] == ["mine.csv"]
    assert f"written to {here / 'mine.csv'}" in capsys.readouterr().out


def test_in_a_pipe_the_csv_is_all_there_is_on_standard_output(here, capsys):
    assert main(["demo", "-o", "-"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("record,schema,")
    assert "Study Printer" not in out
    assert "Study Printer" in err
    assert "written to" not in err
    assert list(here.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_sentence(here, capsys):
    assert main(["demo", "-o", "nosuch/mine.csv"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "nosuch" in err


def test_nothing_is_sent(monkeypatch, capsys):
    def refuse(*args, **kwargs):
        raise AssertionError("the demo opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    assert main(["demo"]) == 0


def test_a_missing_recording_is_a_sentence(here, monkeypatch, capsys):
    monkeypatch.setattr(demo, "_PACKAGED", here / "a.pcap")
    monkeypatch.setattr(demo, "_SOURCE_TREE", here / "b.pcap")
    assert main(["demo"]) == 2
    assert "recording is missing" in capsys.readouterr().err


def test_the_packaged_recording_comes_first(here, monkeypatch):
    packaged = here / "home.pcap"
    packaged.write_bytes(b"")
    monkeypatch.setattr(demo, "_PACKAGED", packaged)
    assert demo.recording() == packaged
