"""``whoasks audit``: what it prints, writes and returns."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.helpers import samples
from tests.helpers.audits import at

from whoasks.cli import main
from whoasks.core.model import ServiceSeen
from whoasks.outputs.ndjson import line
from whoasks.store import Store

HOME = str(Path(__file__).parents[2] / "fixtures" / "home.pcap")
TELNET = at("telnet", "Old switch", port=23, host="switch.local.")


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "store.db"))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("telnet.nd").write_text(line(TELNET))


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["audit", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_capture(capsys):
    code, out, err = run(capsys, "--from", HOME)
    assert code == 0
    assert err == "9 hosts: 4 D, 2 C, 2 B, 1 A; 10 medium, 10 low, 5 info.\n"
    for said in ("attic-nas.local", "NFS export", "the NFS export /photos", "root_squash"):
        assert said in out
    assert out.index("workshop-pi.local") < out.index("kitchen-speaker.local")


def test_brief(capsys):
    _, out, _ = run(capsys, "--from", HOME, "--brief")
    assert len(out.splitlines()) == 10
    assert "root_squash" not in out


def test_csv(capsys):
    code, out, _ = run(capsys, "--from", "telnet.nd", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert code == 0
    assert (row["record"], row["check"], row["grade"]) == ("exposure", "clear-text-login", "E")
    assert (row["severity"], row["hostname"], row["ports"]) == ("high", "switch.local.", "23")
    assert row["references"] == "CWE-319"
    assert row["remedy"]


@pytest.mark.parametrize("format_", ["ndjson", "json"])
def test_ndjson_and_json(capsys, format_):
    _, out, _ = run(capsys, "--from", "telnet.nd", "--format", format_)
    lines = out.splitlines()
    read = json.loads(out) if format_ == "json" else [json.loads(each) for each in lines]
    grade, exposure = read
    assert (grade["record"], grade["grade"], grade["high"]) == ("grade", "E", 1)
    assert (exposure["record"], exposure["subject"]) == ("exposure", "Telnet on port 23")


def test_filtered_sorted_and_chosen(capsys):
    args = ("--from", HOME, "--filter", "severity>=medium", "--sort", "hostname")
    _, out, _ = run(capsys, *args, "--columns", "hostname,check")
    lines = out.splitlines()
    assert len(lines) == 11
    assert lines[1].split() == ["attic-nas.local", "nfs-export"]
    _, out, _ = run(capsys, *args, "--format", "ndjson")
    assert {json.loads(each)["record"] for each in out.splitlines()} == {"exposure"}
    _, out, _ = run(capsys, *args)
    assert out.splitlines()[0].split() == ["severity", "title", "hostname", "subject", "services"]
    _, out, _ = run(capsys, "--from", HOME, "--filter", "severity>=high")
    assert out == ""


@pytest.mark.parametrize(
    ("level", "expected"), [("high", 1), ("medium", 1), ("info", 1), (None, 0)]
)
def test_fail_on(capsys, level, expected):
    args = ("--fail-on", level) if level else ()
    assert run(capsys, "--from", "telnet.nd", *args)[0] == expected


def test_fail_on_is_about_what_is_shown(capsys):
    args = ("--from", "telnet.nd", "--fail-on", "high")
    assert run(capsys, *args, "--skip", "clear-text-login")[0] == 0
    assert run(capsys, *args, "--filter", "check!=clear-text-login")[0] == 0


def test_nothing_there(capsys):
    Path("empty.nd").write_text("")
    code, out, err = run(capsys, "--from", "empty.nd")
    assert (code, out, err) == (1, "", "No host announces anything there.\n")


def test_a_capture_that_broke_off(capsys, monkeypatch):
    from whoasks.cli import listed

    broken = listed.Listed("x", [TELNET], ["It breaks off."], 2)
    monkeypatch.setattr(listed, "from_file", lambda word, interrupts: broken)
    code, out, err = run(capsys, "--from", "cut.pcap", "--fail-on", "high")
    assert code == 2
    assert "switch.local" in out
    assert err.startswith("It breaks off.\n")


def test_the_store(capsys):
    with Store("store.db") as store:
        store.save([ServiceSeen(100.0, TELNET)])
        store.save_list("monday", 1.0, [TELNET])
    assert "switch.local" in run(capsys, "--stored")[1]
    assert "switch.local" in run(capsys, "--from", "monday")[1]
    code, out, err = run(capsys, "--at", "1970-01-01T00:01:00Z")
    assert (code, out) == (1, "")
    assert "No service is known to the store at" in err


def test_now(capsys, monkeypatch):
    from whoasks.cli.listed import Listed, Lists

    monkeypatch.setattr(Lists, "now", lambda self: Listed("now", [TELNET], ["Quiet."], 130))
    code, out, err = run(capsys)
    assert code == 130
    assert "switch.local" in out
    assert err.startswith("Quiet.\n")


WRONG = {
    "two places": (("--from", "x", "--stored"), "name two places"),
    "a place and a time": (("--from", "x", "--at", "2h"), "name two places"),
    "a misspelt check": (("--skip", "person-nam"), "Did you mean 'person-name'?"),
    "no check": (("--skip", "q"), "There are password-in-txt, "),
    "no time": (("--at", "soon"), "'soon' is no time"),
    "no file": (("--from", "x.pcap"), "x.pcap cannot be read"),
    "no store": (("--stored",), "store.db"),
}


@pytest.mark.parametrize(("argv", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_a_sentence(capsys, argv, sentence):
    code, out, err = run(capsys, *argv)
    assert code in (2, 3)
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_are_harmless(capsys, name):
    if "\udc80" in name:
        name = name.replace("\udc80", "\\200")  # as ``names`` writes such a byte
    services = [at("smb", name, txt={"serial": f"1{name}", "u": name, name: name})]
    services.append(at("telnet", name, host=f"{name}.local.", addresses=("10.0.0.8",)))
    Path("x.nd").write_text("\n".join(map(line, services)))
    for format_ in ("table", "csv", "ndjson"):
        _, out, err = run(capsys, "--from", "x.nd", "--format", format_)
        bad = {c for c in out + err if (ord(c) < 32 and c not in "\n\r") or 127 <= ord(c) < 160}
        assert bad == set()
        assert "\u202e" not in out
