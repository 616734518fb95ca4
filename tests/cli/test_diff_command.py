"""``whoasks diff``: what is compared with what, what is printed, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.helpers import samples
from tests.helpers.audits import at

from whoasks.cli import main
from whoasks.cli.listed import Listed, Lists
from whoasks.core.model import ServiceChanged, ServiceGone, ServiceSeen
from whoasks.outputs.ndjson import line
from whoasks.store import Store

HOME = str(Path(__file__).parents[2] / "fixtures" / "home.pcap")
OLD = [at("ssh", "stays"), at("http", "moves", port=80), at("ftp", "goes")]
NEW = [at("ssh", "stays"), at("http", "moves", port=81), at("smb", "comes")]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WHOASKS_DB", str(tmp_path / "store.db"))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, services in (("old.nd", OLD), ("new.nd", NEW)):
        Path(name).write_text("\n".join(map(line, services)))


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["diff", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_two_files(capsys):
    code, out, err = run(capsys, "old.nd", "new.nd")
    assert code == 1
    rows = [each.split() for each in out.splitlines()]
    assert [row[:4] for row in rows[1:]] == [
        ["+", "new", "comes", "_smb._tcp"],
        ["-", "gone", "goes", "_ftp._tcp"],
        ["~", "changed", "moves", "_http._tcp"],
    ]
    assert "port: 80 → 81" in out
    assert err == "From old.nd to new.nd: 1 new, 1 gone, 1 changed, 1 the same.\n"


def test_no_difference(capsys):
    code, out, err = run(capsys, HOME, HOME)
    assert (code, out) == (0, "")
    assert "0 new, 0 gone, 0 changed, 27 the same." in err


def test_a_capture_and_what_was_listed_of_it(capsys):
    assert main(["list", "--from", HOME, "--format", "ndjson", "-o", "list.nd"]) == 0
    assert main(["list", "--from", HOME, "--format", "json", "-o", "list.json"]) == 0
    capsys.readouterr()
    assert run(capsys, HOME, "list.nd")[0] == 0
    assert run(capsys, "list.nd", "list.json")[0] == 0


def test_csv(capsys):
    code, out, _ = run(capsys, "old.nd", "new.nd", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 1
    assert [row["change"] for row in rows] == ["new", "gone", "changed"]
    assert (rows[2]["fields"], rows[2]["before"], rows[2]["after"]) == (
        "port",
        "port=80",
        "port=81",
    )


def test_ndjson(capsys):
    _, out, _ = run(capsys, "old.nd", "new.nd", "--format", "ndjson")
    read = [json.loads(each) for each in out.splitlines()]
    assert {each["record"] for each in read} == {"service_change"}
    assert (read[2]["before"], read[2]["after"]) == ({"port": 80}, {"port": 81})


def test_filtered_and_chosen(capsys):
    code, out, _ = run(
        capsys, "old.nd", "new.nd", "--filter", "change=gone", "--columns", "instance"
    )
    assert (code, out.split()) == (1, ["instance", "goes"])
    assert run(capsys, "old.nd", "new.nd", "--filter", "type=_x._tcp")[:2] == (0, "")


@pytest.mark.parametrize("ignore", [("--ignore", "port"), ("--ignore", "txt,PORT")])
def test_ignored_fields(capsys, ignore):
    Path("moved.nd").write_text(line(NEW[1]))
    Path("there.nd").write_text(line(OLD[1]))
    assert run(capsys, "there.nd", "moved.nd")[0] == 1
    assert run(capsys, "there.nd", "moved.nd", *ignore)[0] == 0


def test_what_changes_by_itself(capsys):
    for name, song in (("a.nd", "1"), ("b.nd", "2")):
        Path(name).write_text(line(at("googlecast", txt={"rs": song})))
    code, _, err = run(capsys, "a.nd", "b.nd")
    assert code == 0
    assert "1 value that change by themselves left out; --all shows them." in err
    assert run(capsys, "a.nd", "b.nd", "--all")[0] == 1


def now(monkeypatch, *services, code: int = 0) -> list[tuple[str, ...]]:
    asked = []

    def listed(self, types=()):
        asked.append(types)
        return Listed("now", list(services), ["Quiet."], code, types)

    monkeypatch.setattr(Lists, "now", listed)
    return asked


def test_a_saved_list_against_now(capsys, monkeypatch):
    with Store("store.db") as store:
        store.save_list("monday", 1.0, OLD)
    asked = now(monkeypatch, *OLD)
    code, out, err = run(capsys, "monday")
    assert (code, out, asked) == (0, "", [()])
    assert err.startswith("Quiet.\nFrom monday (1970-01-01 ")
    now(monkeypatch, *NEW)
    assert run(capsys, "monday")[0] == 1
    now(monkeypatch, code=130)
    assert run(capsys, "monday")[0] == 130


def test_a_list_of_some_types_is_compared_in_these_alone(capsys, monkeypatch):
    with Store("store.db") as store:
        store.save_list("ssh", 1.0, OLD[:1], ("_ssh._tcp.local.",))
        store.save_list("all", 1.0, NEW)
    asked = now(monkeypatch, *NEW)
    assert run(capsys, "ssh")[0] == 0
    assert asked == [("_ssh._tcp.local.",)]
    assert run(capsys, "ssh", "all")[0] == run(capsys, "all", "ssh")[0] == 0


def test_the_store_at_two_times(capsys):
    with Store("store.db") as store:
        store.save([ServiceSeen(100.0, each) for each in OLD])
        store.save([ServiceChanged(200.0, NEW[1]), ServiceGone(200.0, OLD[2], "goodbye")])
        store.save([ServiceSeen(300.0, NEW[2])])
    times = [f"1970-01-01T00:0{minute}:00Z" for minute in (2, 4, 6)]
    code, out, _ = run(capsys, "--at", times[0], "--at", times[1], "--format", "ndjson")
    told = [(json.loads(each)["change"], json.loads(each)["instance"]) for each in out.splitlines()]
    assert (code, told) == (1, [("gone", "goes"), ("changed", "moves")])
    assert run(capsys, "--at", times[2], "--at", "now")[0] == 0
    _, out, _ = run(capsys, "--at", times[0], "--format", "ndjson")
    assert len(out.splitlines()) == 3


def test_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(line, NEW))))
    code, _, err = run(capsys, "old.nd", "-")
    assert code == 1
    assert err.startswith("From old.nd to standard input: ")


WRONG = {
    "nothing": ((), "There is nothing to compare. `whoasks list --save NAME` saves a list."),
    "three": (("a", "b", "c"), "Two lists are compared, not more"),
    "three times": (("--at", "1h", "--at", "2h", "--at", "3h"), "Two lists are compared"),
    "a place and a time": (("old.nd", "--at", "1h"), "does not go with OLD and NEW"),
    "standard input twice": (("-", "-"), "one of the two only"),
    "no field": (("old.nd", "new.nd", "--ignore", "prot"), "'prot' is no field of a service"),
    "no file": (("old.nd", "no.nd"), "no.nd cannot be read"),
    "no time": (("--at", "soon"), "'soon' is no time"),
}


@pytest.mark.parametrize(("argv", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_a_sentence(capsys, argv, sentence):
    code, out, err = run(capsys, *argv)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


def test_a_name_of_no_list_tells_those_there_are(capsys):
    with Store("store.db") as store:
        store.save_list("monday", 1.0, OLD)
    assert "Saved are: monday." in run(capsys, "sunday", "monday")[2]
    assert "Saved lists: monday." in run(capsys)[2]


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_are_harmless(capsys, name):
    if "\udc80" in name:
        name = name.replace("\udc80", "\\200")  # as ``names`` writes such a byte
    for file, value in (("a.nd", name), ("b.nd", "x")):
        Path(file).write_text(line(at("smb", name, txt={name: value})))
    for format_ in ("table", "csv", "ndjson"):
        code, out, err = run(capsys, "a.nd", "b.nd", "--format", format_)
        assert code == 1
        bad = {c for c in out + err if (ord(c) < 32 and c not in "\n\r") or 127 <= ord(c) < 160}
        assert bad == set()
        assert "\u202e" not in out
