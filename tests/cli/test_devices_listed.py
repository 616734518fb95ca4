"""``list --by host`` and ``--why``: devices from packets to the screen and the exports."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from whoasks.cli import main

HOME = Path(__file__).parents[2] / "fixtures" / "home.pcap"


@pytest.fixture
def listed(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> str:
        assert main(["list", "--from", str(HOME), *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_each_device_once_with_what_it_is(listed):
    lines = listed("--by", "host").splitlines()
    assert lines[-2].startswith("  10.77.0.66")
    assert lines[-1] == "  no service heard of"
    headings = dict(line.split("  ", 1) for line in lines if line and line[0] != " ")
    assert headings == {
        "annas-desk.local": "computer, Linux",
        "attic-nas.local": "NAS",
        "hallway-hub.local": "hub, Home Assistant 2026.10.1",
        "heron-router.local": "router",
        "kitchen-speaker.local": "speaker, Warble 2",
        "livingroom-tv.local": "TV, Panorama 55",
        "porch-camera.local": "camera",
        "study-printer.local": "printer, Inkwell 3200",
        "visitor-laptop.local": "computer",
        "workshop-pi.local": "computer, Linux, OctoPrint 1.10.2",
    }
    assert "  10.77.0.11, fd77::b  MAC 02:77:00:00:00:0b" in lines


def test_only_the_types_asked_for(listed):
    text = listed("ssh", "--by", "host")
    assert "attic-nas.local  NAS" in text
    assert "_nfs._tcp" not in text
    assert "visitor-laptop" not in text


def test_why(listed):
    text = listed("--by", "host", "--why")
    assert "TXT ty=Inkwell 3200 of _ipp._tcp" in " ".join(text.split())
    assert "MAC 02:77:00:00:00:0b is made up by the device" in " ".join(text.split())


def test_exports_carry_the_device(listed):
    records = [json.loads(line) for line in listed("--format", "ndjson").splitlines()]
    (printer,) = [r for r in records if r["type"] == "_ipp._tcp"]
    assert printer["device"] == {
        "kind": "printer",
        "model": "Inkwell 3200",
        "mac": "02:77:00:00:00:0b",
    }
    (row,) = [
        r
        for r in csv.DictReader(io.StringIO(listed("--format", "csv")))
        if r["type"] == "_ipp._tcp"
    ]
    assert row["device"] == "kind=printer; model=Inkwell 3200; mac=02:77:00:00:00:0b"


def test_why_in_exports(listed):
    records = [json.loads(line) for line in listed("--format", "ndjson", "--why").splitlines()]
    (printer,) = [r for r in records if r["type"] == "_ipp._tcp"]
    assert {
        "what": "model",
        "value": "Inkwell 3200",
        "weight": 0.94,
        "because": ["TXT ty=Inkwell 3200 of _ipp._tcp", "TXT product=(Inkwell 3200) of _ipp._tcp"],
    } in printer["device"]["why"]


def test_why_in_the_plain_table_is_a_use_error(capsys):
    assert main(["list", "--from", str(HOME), "--why"]) == 2
    assert "--by host" in capsys.readouterr().err
