"""The fuzz targets keep their promises on their seeds, notice a broken one, and say so."""

from __future__ import annotations

import random
import re
from pathlib import Path

import msgspec
import pytest
from fuzz import run, soak, tables
from fuzz.mutate import mutated
from fuzz.outcome import Outcome, least_cost
from fuzz.own import run as run_own
from fuzz.targets import ALL, Target
from fuzz.targets.packets import Script, written
from fuzz.targets.recordings import datagrams, paths
from tests.helpers import traffic

from whoasks.core.pipeline import Pipeline

SEEDS = 120


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_a_target_holds_on_its_seeds(target: Target):
    seeds = list(target.seeds())
    assert seeds
    for data in random.Random(1).sample(seeds, min(SEEDS, len(seeds))):
        target.one(data[: target.longest])
    target.one(b"")


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_a_target_holds_on_some_mutants(target: Target, tmp_path: Path):
    outcome = Outcome(target, tmp_path / target.name)
    chance = random.Random(2)
    seeds = [data[: target.longest] for data in target.seeds()]
    for _ in range(60):
        outcome.feed(mutated(seeds, target.words, chance, target.longest))
    assert outcome.broken == {}
    assert outcome.inputs == 60


def test_the_packets_of_a_recording_are_what_its_program_says():
    said = datagrams(paths()[0])[:25]
    script = Script(written(said))
    script.run()
    assert len(script.costs) == len(said)
    assert script.pipeline.summary().packets == len(said)


def breaks(data: bytes) -> tuple[float, ...]:
    if b"!" in data:
        raise KeyError("planted")
    return (0.02,) if b"?" in data else (0.0,)


def planted(**changes: object) -> Target:
    target = Target("planted", "none", breaks, lambda: [b"good", b"?", b"a!", b"long!"], 0.01)
    return msgspec.structs.replace(target, **changes)


def test_a_broken_promise_is_kept_as_its_shortest_input(tmp_path: Path):
    outcome = Outcome(planted(), tmp_path)
    for data in planted().seeds():
        outcome.feed(data)
    ((where, path),) = outcome.broken.items()
    assert where.startswith("KeyError at test_fuzz_targets.py:")
    assert path.read_bytes() == b"a!"
    assert "planted" in path.with_suffix(".txt").read_text()


def test_what_is_slow_each_time_is_told(tmp_path: Path):
    outcome = Outcome(planted(), tmp_path)
    outcome.feed(b"?")
    assert [cost for cost, _ in outcome.too_slow()] == [0.02]
    calls = iter([0.02, 0.02, 0.001, 0.02, 0.02, 0.02])
    once = planted(one=lambda data: (next(calls),))
    outcome = Outcome(once, tmp_path)
    outcome.feed(b"now and then")
    assert outcome.too_slow() == []
    assert least_cost(planted(), b"?") == 0.02


def test_the_same_seed_gives_the_same_inputs(tmp_path: Path):
    heard: list[list[bytes]] = [[], []]
    for each in heard:
        ticks = iter(range(10_000))
        target = planted(one=lambda data, each=each: each.append(data) or (0.0,))
        run_own(Outcome(target, tmp_path), 300.0, 7, clock=lambda ticks=ticks: float(next(ticks)))
    assert heard[0] == heard[1]
    assert len(heard[0]) > 200


def test_a_run_ends_with_its_verdict(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run, "WORK", tmp_path)
    monkeypatch.setattr(run, "ALL", {"planted": planted()})
    assert run.main(["--seconds", "0.2", "--engine", "own"]) == 1
    said = capsys.readouterr().out
    assert re.search(r"1 broken, [1-9]\d* over 10 ms", said)
    assert "broken: KeyError at" in said
    monkeypatch.setattr(run, "ALL", {"planted": planted(one=lambda data: (0.0,))})
    assert run.main(["--seconds", "0.2", "--engine", "own"]) == 0


def test_the_corpus_of_libfuzzer_is_the_seeds(tmp_path: Path):
    folder = run.write_corpus(ALL["filter"], tmp_path / "corpus")
    assert {path.read_bytes() for path in folder.iterdir()} == set(ALL["filter"].seeds())


def test_every_table_is_seen():
    pipeline = traffic.pipeline()
    for number in range(300):
        name = f"x{number}"
        list(pipeline.feed_all(soak.packets(1, number)))
        said = traffic.announce(name, "_http._tcp")
        pipeline.feed(soak.Datagram(2e9 + number, traffic.flow(number), said))
    found = tables.sizes(pipeline)
    assert len(found) > 40
    assert max(found.values()) >= 300
    assert tables.too_large(found) == {}
    assert tables.too_large({"a": 10**9, "b": 1}) == {"a": 10**9}


def test_a_short_soak(capsys):
    """Tables and output; whether packets are in time depends on what else runs here."""
    soak.main(["--packets", "6000"])
    said = capsys.readouterr().out
    assert "; 0 tables without a cap" in said
    assert isinstance(traffic.pipeline(), Pipeline)
