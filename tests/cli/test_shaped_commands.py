"""``--columns``, ``--sort``, ``--filter`` and ``--format json`` from outside, in every command."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from tests.helpers import samples

from whoasks.cli import main
from whoasks.core.model import BurstClosed, FindingClosed, ServiceSeen, Severity
from whoasks.outputs.records import STRUCTS
from whoasks.store import Store
from whoasks.ui.fields import find

ROOT = Path(__file__).parent.parent.parent
HOME = str(ROOT / "fixtures" / "home.pcap")
LOUD = str(ROOT / "fixtures" / "enum-avahi-browse-all.pcap")


@pytest.fixture(autouse=True)
def db(tmp_path, monkeypatch) -> str:
    """Three of each kind, and nobody's configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    path = str(tmp_path / "store.db")
    monkeypatch.setenv("WHOASKS_DB", path)
    with Store(path) as store:
        for at, severity in enumerate((Severity.LOW, Severity.HIGH, Severity.MEDIUM)):
            host = samples.Host("mac", f"02:00:00:00:00:0{at}", (f"10.0.0.{10 - at}",))
            finding = samples.finding(
                id=f"f{at}", severity=severity, host=host, first_seen=samples.AT + at
            )
            burst = samples.burst(id=f"b{at}", host=host, questions=at)
            service = samples.service(instance=f"s{at}", port=(80, 9, 443)[at])
            store.save([FindingClosed(1.0, finding), BurstClosed(1.0, burst)])
            store.save([ServiceSeen(1.0, service)])
            store.save_askers([samples.asker(host=host, questions=at)])
    return path


def run(capsys, *argv: str, code: int = 0) -> str:
    assert main(argv) == code, capsys.readouterr().err
    return capsys.readouterr().out


def rows(format_: str, out: str) -> list[dict]:
    if format_ == "csv":
        return list(csv.DictReader(io.StringIO(out, newline="")))
    return json.loads(out) if format_ == "json" else [json.loads(line) for line in out.splitlines()]


def test_the_table_of_the_page(capsys):
    out = run(
        capsys, "list", "--from", HOME, "--columns", "instance,port,addresses",
        "--sort", "-port,instance", "--filter", "type~_ip*",
    )  # fmt: skip
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["instance", "port", "addresses"]
    assert [line[:3] for line in lines if line[0] == "Study"] == [["Study", "Printer", "631"]] * 2


@pytest.mark.parametrize("format_", ["csv", "ndjson", "json"])
@pytest.mark.parametrize(
    ("argv", "key", "expected"),
    [
        pytest.param(["export", "services", "--sort", "port"], "instance", ["s1", "s0", "s2"],
                     id="services"),
        pytest.param(["export", "services", "--sort", "-port", "--filter", "port>=80"], "instance",
                     ["s2", "s0"], id="services that pass"),
        pytest.param(["export", "findings", "--sort", "-severity"], "id", ["f1", "f2", "f0"],
                     id="findings"),
        pytest.param(["export", "findings", "--filter", "severity>=medium", "--sort",
                      "host.addresses"], "id", ["f2", "f1"], id="findings by address"),
        pytest.param(["export", "bursts", "--sort", "-questions", "--filter", "host~10.0.0.?"],
                     "id", ["b2", "b1"], id="bursts"),
        pytest.param(["askers", "--sort", "questions", "--filter", "questions<2"], "questions",
                     [0, 1], id="askers"),
        pytest.param(["export", "askers", "--filter", "questions=1,2", "--sort", "-questions"],
                     "questions", [2, 1], id="askers, exported"),
        pytest.param(["export", "services", "--filter", "port=1"], "instance", [], id="none"),
    ],
)  # fmt: skip
def test_the_same_in_every_format(capsys, format_, argv, key, expected):
    whole = rows(format_, run(capsys, *argv, "--format", format_))
    assert [str(row[key]) for row in whole] == [str(each) for each in expected]
    chosen = rows(format_, run(capsys, *argv, "--format", format_, "--columns", f"{key},record"))
    assert chosen == [{key: row[key], "record": row["record"]} for row in whole]


def test_devices_are_identified_for_who_asks_about_them(capsys):
    out = run(capsys, "list", "--from", HOME, "--columns", "instance", "--filter",
              "device.kind=printer and type=_ipp._tcp")  # fmt: skip
    assert out.splitlines() == ["instance", "Study Printer"]


@pytest.mark.parametrize("by", ["service", "host", "type"])
def test_json_is_ndjson_in_an_array(capsys, by):
    argv = ["list", "--from", HOME, "--by", by]
    lines = run(capsys, *argv, "--format", "ndjson").splitlines()
    whole = json.loads(run(capsys, *argv, "--format", "json"))
    assert whole == [json.loads(line) for line in lines]
    assert len(whole) > 20


def test_read_in_json_is_one_document(capsys):
    lines = run(capsys, "read", LOUD, "--format", "ndjson").splitlines()
    whole = json.loads(run(capsys, "read", LOUD, "--format", "json"))
    assert whole == [json.loads(line) for line in lines]
    assert whole[-1]["record"] == "summary"


def test_read_tells_of_the_findings_that_are_asked_for(capsys):
    out = run(capsys, "read", LOUD, "--columns", "severity,rule,host.mac", "--sort", "-severity")
    assert out.splitlines()[0].split() == ["severity", "rule", "host.mac"]
    # What is not shown still counts.
    shown = run(capsys, "read", LOUD, "--fail-on", "low", "--filter", "severity<info", code=1)
    assert "whoasks explain" not in shown


def test_sorted_groups(capsys):
    out = run(capsys, "list", "--from", HOME, "--by", "type", "--sort", "-port", "--format", "json")
    types = [service["type"] for service in json.loads(out)]
    assert len(set(types)) == sum(
        one != other for one, other in zip(types, ["", *types], strict=False)
    )
    ports = [service["port"] for service in json.loads(out)]
    assert ports[0] == max(ports)


def test_a_filter_says_how_much_it_lets_through(capsys):
    assert main(["list", "--from", HOME, "--filter", "port=1"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"The filter lets 0 of \d+ through\.", err)


def test_askers_that_nobody_passes(capsys):
    assert main(["askers", "--filter", "questions>99"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "lets nobody" in err


def test_the_tables_of_askers(capsys):
    out = run(capsys, "askers", "--columns", "host.addresses,questions", "--sort", "host.addresses")
    assert [line.split() for line in out.splitlines()] == [
        ["host.addresses", "questions"], ["10.0.0.8", "2"], ["10.0.0.9", "1"], ["10.0.0.10", "0"],
    ]  # fmt: skip


COMMANDS = [
    ["list", "--from", HOME],
    ["read", LOUD],
    ["askers"],
    *(["export", what] for what in ("findings", "bursts", "services", "askers")),
]


@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: " ".join(argv[:2])[:15])
@pytest.mark.parametrize(
    ("option", "given", "said"),
    [
        ("--columns", "lastseen", "Did you mean 'last_seen'"),
        ("--sort", "-pakcets,", "lacks a name"),
        ("--filter", "first_seen>", "comes no value"),
        ("--filter", "first_seen=soon", "'soon' is no time"),
        ("--filter", "\x1b]0;x=1", "\\x1b]0;x"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    capsys, tmp_path, argv, option, given, said
):
    kept = tmp_path / "kept"
    kept.write_text("precious")
    if argv == ["export", "bursts"]:
        given = given.replace("first_seen", "started").replace("lastseen", "startd")
        said = said.replace("last_seen", "started")
    assert main([*argv, option, given, "-o", str(kept)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert kept.read_text() == "precious"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["export", "findings", "--format", "ecs", "--columns", "id"], "fields of its schema"),
        (["read", LOUD, "--format", "ocsf", "--columns", "id"], "fields of its schema"),
        (["watch", "--columns", "id"], "draws no table"),
        (["watch", "--sort", "id"], "--sort"),
        (["watch", "--filter", "zzz=1"], "no 'zzz' among the fields of findings"),
    ],
)
def test_what_does_not_go_together(capsys, argv, said):
    assert main(argv) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_in_chosen_columns(capsys, monkeypatch, db, name, width):
    monkeypatch.setenv("COLUMNS", width)
    host = samples.Host("mac", "02:00:00:00:01:01", ("10.0.1.1",), name, name)
    with Store(db) as store:
        store.save_askers([samples.asker(host=host, types=(name, name), interface=name)])
    out = run(
        capsys, "askers", "--columns", "host,host.hostname,types,interface,host.vendor",
        "--filter", "host.mac~*:01:01",
    )  # fmt: skip
    bad = {char for char in out if not char.isprintable()} - {"\n"}
    assert bad == set()


def test_the_page_names_every_field_and_nothing_else():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (.*) \| (.*) \|$", page.partition("## `--columns")[0], re.M))
    for kind, word in [("service", "services"), ("finding", "findings"), ("burst", "bursts"),
                       ("asker", "askers")]:  # fmt: skip
        (named,) = [told for title, told in table.items() if f"export {word}" in title]
        assert re.findall(r"`(\w+)`", named) == list(STRUCTS[kind].__struct_fields__)
    parts = re.search(r"^`host` is (.*)\.$", page, re.M)
    assert all(find(STRUCTS["finding"], name) for name in re.findall(r"`([\w.]+)`", parts[1]))
