"""``export`` in the schemas of security monitoring: what they hold, and a word on the rest."""

from __future__ import annotations

import csv
import json

import pytest
from tests.helpers import samples

from whoasks import outputs
from whoasks.cli import main, options
from whoasks.core.activity import types_in
from whoasks.core.model import BurstClosed, FindingClosed, FindingOpened, ServiceSeen
from whoasks.store import Retention, Store


@pytest.fixture
def db(tmp_path, monkeypatch) -> str:
    """An open finding, a closed one, a burst and its activity, a service and an asker."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    path = str(tmp_path / "store.db")
    closed = samples.finding(id="aa00000000000000", status="closed", first_seen=samples.AT + 60)
    with Store(path) as store:
        store.save(
            [
                FindingOpened(samples.AT, samples.finding()),
                FindingClosed(samples.AT, closed),
                BurstClosed(samples.AT, samples.burst()),
                ServiceSeen(samples.AT, samples.service()),
            ]
        )
        store.save_askers([samples.asker()])
    return path


def test_the_formats_of_events_are_those_of_the_registry():
    assert options.EVENT_FORMATS[1:] == outputs.FORMATS


@pytest.mark.parametrize(
    ("what", "format_", "told"),
    [
        pytest.param("findings", "ecs", ["finding-opened", "finding-closed"], id="findings, ECS"),
        pytest.param("findings", "ocsf", [200401, 200403], id="findings, OCSF"),
        pytest.param("bursts", "ecs", ["burst-closed"], id="bursts, ECS"),
        pytest.param("bursts", "ocsf", [400301], id="bursts, OCSF"),
    ],
)
def test_events_of_the_store(capsys, db, what, format_, told):
    assert main(["export", what, "--db", db, "--format", format_]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [e["type_uid"] if format_ == "ocsf" else e["event"]["action"] for e in events]
    assert kinds == told


@pytest.mark.parametrize("what", ["services", "askers", "activity"])
@pytest.mark.parametrize("format_", ["ecs", "ocsf"])
def test_what_has_no_place_in_a_schema(capsys, db, tmp_path, what, format_):
    kept = tmp_path / "kept"
    kept.write_text("precious")
    argv = ["export", what, "--db", db, "--format", format_, "-o", str(kept)]
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"--format {format_} holds findings and bursts, no {what}" in err
    assert "csv or ndjson" in err
    assert kept.read_text() == "precious"


def test_activity_is_there_when_its_bursts_are_not(capsys, db):
    with Store(db) as store:
        store.save([BurstClosed(samples.AT, samples.burst(id="other", started=samples.AT + 61))])
        while store.prune(samples.AT + 9 * 86_400, Retention(findings=1)):
            pass
    assert main(["export", "bursts", "--db", db, "--format", "ndjson"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["export", "activity", "--db", db, "--format", "ndjson"]) == 0
    (hour,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (hour["record"], hour["bursts"], hour["minutes"]) == ("activity", 2, None)
    assert hour["hour"].endswith(":00:00.000000Z")


def test_the_minutes_of_an_hour(capsys, db):
    argv = ["export", "activity", "--db", db]
    assert main([*argv, "--format", "json"]) == 0
    (hour,) = json.loads(capsys.readouterr().out)
    ((minute, counts),) = hour["minutes"].items()
    assert hour["types"] == list(types_in(samples.burst().names))
    assert counts == [1, samples.burst().packets, samples.burst().questions]
    assert main(argv) == 0
    header, row = csv.reader(capsys.readouterr().out.splitlines())
    shown = dict(zip(header, row, strict=True))
    assert shown["minutes"] == f"{minute}=[{','.join(map(str, counts))}]"
    assert shown["hour"] == hour["hour"]
    assert "counted" not in shown


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        pytest.param(["--filter", "hour>=1h"], 0, id="by the hour"),
        pytest.param(["--filter", "bursts>=1"], 1, id="by a number"),
        pytest.param(["--since", "1h"], 0, id="by a period"),
    ],
)
def test_activity_is_shaped(capsys, db, given, rows):
    argv = ["export", "activity", "--db", db, "--columns", "hour,host.mac,bursts", *given]
    assert main(argv) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "hour,host_mac,bursts"
    assert len(lines) == rows + 1


def test_a_field_that_activity_does_not_have(capsys, db):
    assert main(["export", "activity", "--db", db, "--sort", "zzz"]) == 2
    assert "among the fields of activities" in capsys.readouterr().err
