"""The registry, and where outputs go."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import pytest

import whoasks.outputs
from whoasks import outputs
from whoasks.outputs import OutputError, Sink

SUPPORT = {
    "__init__",
    "attack",
    "base",
    "chosen",
    "events",
    "reading",
    "records",
    "rule_facts",
    "sink",
}


def test_every_format_is_in_the_registry():
    folder = Path(whoasks.outputs.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - SUPPORT
    assert files == set(outputs.FORMATS)
    assert [format_.__module__.rpartition(".")[2] for format_ in outputs.ALL] == list(
        outputs.FORMATS
    )


def test_a_writer_by_its_name():
    assert isinstance(outputs.writer("csv", io.StringIO(), "burst"), outputs.ALL[0])
    with pytest.raises(ValueError, match="no output format 'xml'"):
        outputs.writer("xml", io.StringIO())
    with pytest.raises(ValueError, match="holds no packet"):
        outputs.writer("csv", io.StringIO(), "packet")
    with pytest.raises(ValueError, match="ecs holds no service"):
        outputs.writer("ecs", io.StringIO(), "service")


@pytest.mark.parametrize(
    ("kind", "formats"),
    [
        ("finding", ("csv", "ndjson", "json", "ecs", "ocsf")),
        ("burst", ("csv", "ndjson", "json", "ecs", "ocsf")),
        ("service", ("csv", "ndjson", "json")),
        ("asker", ("csv", "ndjson", "json")),
        ("summary", ("csv", "ndjson", "json")),
        ("exposure", ("csv", "ndjson", "json")),
        ("grade", ("csv", "ndjson", "json")),
        ("service_change", ("csv", "ndjson", "json")),
    ],
)
def test_which_formats_hold_a_kind(kind, formats):
    assert outputs.holding(kind) == formats


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "out.csv"
    with Sink(path) as sink:
        sink.write("ä\r\n")
    assert path.read_bytes() == "ä\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_old_file_is_emptied_and_keeps_its_mode(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("much that was there before")
    path.chmod(0o644)
    with Sink(path) as sink:
        sink.write("x")
    assert path.read_text() == "x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_flushed_lines_can_be_read_at_once(tmp_path):
    with Sink(tmp_path / "live") as sink:
        sink.write("x\n")
        sink.flush()
        assert (tmp_path / "live").read_text() == "x\n"


def a_link(folder: Path) -> Path:
    (folder / "target").write_text("precious")
    (folder / "link").symlink_to("target")
    return folder / "link"


@pytest.mark.parametrize(
    ("make", "sentence", "code"),
    [
        pytest.param(lambda at: at, "Is a directory", 2, id="a folder"),
        pytest.param(lambda at: at / "no" / "x", "No such file or directory", 2, id="no folder"),
        pytest.param(a_link, "symbolic links", 2, id="a link"),
        pytest.param(lambda at: at / "a\0b", "no such path", 2, id="NUL"),
        pytest.param(lambda at: at / ("x" * 300), "too long", 2, id="too long"),
        pytest.param(lambda at: Path("/proc/nosuch/x"), "No such", 2, id="in /proc"),
    ],
)
def test_what_cannot_be_opened(tmp_path, make, sentence, code):
    path = make(tmp_path)
    with pytest.raises(OutputError, match=sentence) as caught:
        Sink(path)
    assert caught.value.exit_code == code
    assert caught.value.remedy
    assert str(path) in caught.value.sentence


def test_a_link_is_left_alone(tmp_path):
    with pytest.raises(OutputError):
        Sink(a_link(tmp_path))
    assert (tmp_path / "target").read_text() == "precious"


def test_no_permission(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refused)  # root, who runs the lab, may write anywhere
    with pytest.raises(OutputError, match="Permission denied") as caught:
        Sink(tmp_path / "x")
    assert caught.value.exit_code == 3


def test_a_full_disk():
    def work():
        with Sink(Path("/dev/full")) as sink:
            sink.write("x")
            sink.flush()

    with pytest.raises(OutputError, match="No space left") as caught:
        work()
    assert caught.value.exit_code == 3
    assert "space" in caught.value.remedy


def test_a_full_disk_at_the_last_moment():
    with pytest.raises(OutputError, match="No space left"), Sink(Path("/dev/full")) as sink:
        sink.write("x")


def test_a_failure_at_the_end_does_not_hide_the_first():
    def work():
        with Sink(Path("/dev/full")) as sink:
            sink.write("x")
            raise KeyError

    with pytest.raises(KeyError):
        work()


def test_a_reader_that_went_away_is_no_output_error(tmp_path):
    read, write = os.pipe()
    os.close(read)
    try:
        sink = Sink(Path(f"/dev/fd/{write}"))
        sink.write("x")
        with pytest.raises(BrokenPipeError):
            sink.flush()
        with pytest.raises(BrokenPipeError):
            sink.__exit__(None, None, None)
    finally:
        os.close(write)


@pytest.mark.parametrize("path", [None, Path("-")])
def test_standard_output(path, capsys):
    with Sink(path) as sink:
        sink.write("a\r\n")
    assert capsys.readouterr().out == "a\r\n"
