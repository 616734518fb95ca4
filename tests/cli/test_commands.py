"""How every command begins and ends: lazily, with a sentence, with the right exit code."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys

import click
import pytest

from whoasks import cli
from whoasks.cli import errors
from whoasks.cli.errors import WhoasksError


class ForeignError(Exception):
    sentence = "The socket cannot be opened"
    remedy = "Run as root"
    exit_code = 3


@pytest.fixture
def ends_with(monkeypatch):
    """Make ``whoasks askers`` do whatever is given."""

    def install(behaviour) -> None:
        @click.command()
        def command():
            return behaviour()

        def get_command(self, ctx, name):
            return command if name == "askers" else None

        monkeypatch.setattr(cli.LazyGroup, "get_command", get_command)

    return install


def raising(error: BaseException):
    def behaviour():
        raise error

    return behaviour


@pytest.mark.parametrize(
    ("behaviour", "code", "said"),
    [
        pytest.param(lambda: None, 0, "", id="nothing to say"),
        pytest.param(lambda: 1, 1, "", id="a code of its own"),
        pytest.param(
            raising(WhoasksError("It is late", "Go home")),
            2,
            "whoasks: It is late. Go home.\n",
            id="ours",
        ),
        pytest.param(
            raising(WhoasksError("No", exit_code=3)), 3, "whoasks: No.\n", id="without a remedy"
        ),
        pytest.param(
            raising(ForeignError()),
            3,
            "whoasks: The socket cannot be opened. Run as root.\n",
            id="of a part that knows nothing of the command line",
        ),
        pytest.param(
            raising(WhoasksError("f: a\nf: b", "Mend it")),
            2,
            "whoasks: f: a\nf: b\nMend it.\n",
            id="several problems",
        ),
        pytest.param(
            raising(WhoasksError("Bad name \x1b[2J\u202e", "No")),
            2,
            "whoasks: Bad name \\x1b[2J\\u202e. No.\n",
            id="a hostile name",
        ),
        pytest.param(raising(click.UsageError("Not so")), 2, "whoasks: Not so. See '", id="usage"),
        pytest.param(raising(KeyboardInterrupt()), 130, "", id="interrupted"),
        pytest.param(raising(click.Abort()), 130, "", id="aborted"),
        pytest.param(raising(OSError(errno.ENOSPC, "No space left")), 3, "No space", id="full"),
    ],
)
def test_endings(ends_with, capsys, behaviour, code, said):
    ends_with(behaviour)
    assert cli.main(["askers"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == max(1, said.count("\n")) if said else not err.strip()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(KeyError("x"), id="a bug"),
        pytest.param(FileNotFoundError(errno.ENOENT, "No such file", "/x"), id="a file"),
    ],
)
def test_a_bug_is_not_hidden(ends_with, error):
    ends_with(raising(error))
    with pytest.raises(type(error)):
        cli.main(["askers"])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["lst"], "There is no command 'lst'. Did you mean 'list'?"),
        (["nonsense"], "There is no command 'nonsense'."),
        (["--nonsense"], "No such option"),
        (["askers", "--nonsense"], "No such option"),
        (["askers", "extra"], "unexpected extra argument"),
        (["export"], "Missing argument"),
        (["export", "packets"], "'packets' is not one of"),
        (["export", "findings", "--since", "soon"], "'soon' is no time"),
        (["export", "findings", "--since", "1d", "--until", "2d"], "--since is not before"),
        (["export", "findings", "--severity", "huge"], "'huge' is not one of"),
        (["export", "services", "--severity", "low"], "services have none"),
        (["export", "findings", "--format", "xml"], "'xml' is not one of"),
        (["rules", "type-sweap"], "Did you mean 'type-sweep'?"),
        (["config", "nonsense"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_sentence(capsys, argv, said):
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("whoasks: ")
    assert said in err
    assert err.count("\n") == 1
    assert "--help'." in err


def test_a_forged_command_is_escaped(capsys):
    assert cli.main(["\x1b[2J"]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--help"], ["-h"], []])
def test_the_help_names_and_shows_every_command(capsys, argv):
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    for name, (_, short) in cli.COMMANDS.items():
        assert f"  {name} " in out
        assert short in out
        assert f"whoasks {name}" in out, "no example"


def test_the_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"whoasks {cli.__version__}\n"


def python(code: str, *argv: str, **how) -> subprocess.CompletedProcess:
    how = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE} | how
    return subprocess.run([sys.executable, "-c", code, *argv], check=False, text=True, **how)


HEAVY = """
import sys
from whoasks.cli import main
main()
heavy = {"zeroconf", "sqlalchemy", "textual", "rich", "dnslib", "yaml", "asyncio"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["export", "--help"], ["lst"]])
def test_help_loads_nothing_heavy(argv):
    assert python(HEAVY, *argv).stderr.splitlines()[-1] == "[]"


MAIN = "import sys; from whoasks.cli import run; run()"


@pytest.mark.parametrize("argv", [["--help"], ["export", "--help"], ["config", "init"]])
def test_a_reader_that_has_seen_enough_is_no_error(argv):
    read, write = os.pipe()
    os.close(read)
    done = python(MAIN, *argv, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("argv", [["--help"], ["config", "init"]])
def test_a_full_disk(argv):
    with open("/dev/full", "w") as full:
        done = python(MAIN, *argv, stdout=full)
    assert done.returncode == 3
    assert done.stderr.startswith("whoasks: ")
    assert "cannot be written: No space left on device. Free some space" in done.stderr
    assert done.stderr.count("\n") == 1


def test_streams_that_are_closed():
    shell = f'{sys.executable} -c "{MAIN}" --help >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell], check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_terminal_without_the_letter(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    cli._make_streams_safe()
    stream.write("ü")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\xfc"


def test_errors_as_sentences():
    assert str(WhoasksError("A thing", "Do that")) == "A thing. Do that."
    assert str(WhoasksError("A thing.")) == "A thing."
    assert str(WhoasksError("Is it?", "Yes!")) == "Is it? Yes!"
    assert errors.of(KeyError()) is None
    assert errors.of(WhoasksError("x")).exit_code == errors.USAGE
