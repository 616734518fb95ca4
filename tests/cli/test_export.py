"""``export`` in the schemas of security monitoring: what they hold, and a word on the rest."""

from __future__ import annotations

import json

import pytest
from tests.helpers import samples

from whoasks import outputs
from whoasks.cli import main, options
from whoasks.core.model import BurstClosed, FindingClosed, FindingOpened, ServiceSeen
from whoasks.store import Store


@pytest.fixture
def db(tmp_path, monkeypatch) -> str:
    """An open finding, a closed one, a burst, a service and an asker."""
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


@pytest.mark.parametrize("what", ["services", "askers"])
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
