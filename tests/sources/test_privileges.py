"""Privileges given up: by a child process that tells what is left of it."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys

import pytest

from whoasks.sources import privileges
from whoasks.sources.interfaces import SourceError
from whoasks.sources.privileges import Account

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = pwd.getpwnam("nobody")

CHILD = """
import os, sys
from whoasks.sources import privileges
# Whether an unprivileged user could read this checkout is not what is asked here.
privileges._check_readable = lambda account: None
environ = {"HOME": "/root", "SUDO_UID": sys.argv[1], "SUDO_GID": "4242"}
privileges.drop(privileges.chosen(sys.argv[2] or None, environ), environ)
print(os.getresuid(), os.getresgid(), os.getgroups(), environ["HOME"])
print(*(line.strip() for line in open("/proc/self/status") if line.startswith(("Cap", "NoNew"))))
try:
    os.setuid(0)
except OSError:
    print("cannot go back")
"""


def child(sudo_uid: str, user: str) -> list[str]:
    command = [sys.executable, "-c", CHILD, sudo_uid, user]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


@root
@pytest.mark.parametrize(
    ("sudo_uid", "user", "uid", "gid", "home"),
    [
        pytest.param("0", "nobody", NOBODY.pw_uid, NOBODY.pw_gid, NOBODY.pw_dir, id="--user"),
        pytest.param(
            str(NOBODY.pw_uid), "", NOBODY.pw_uid, NOBODY.pw_gid, NOBODY.pw_dir, id="sudo"
        ),
        pytest.param("54321", "", 54321, 4242, "/", id="a number without an account"),
        pytest.param("54321", "nobody", NOBODY.pw_uid, NOBODY.pw_gid, NOBODY.pw_dir, id="both"),
    ],
)
def test_root_becomes_somebody_for_good(
    sudo_uid: str, user: str, uid: int, gid: int, home: str
) -> None:
    who, status, last = child(sudo_uid, user)
    assert who == f"{(uid,) * 3} {(gid,) * 3} [{gid}] {home}"
    words = dict(word.split(":\t") for word in status.replace(" ", "\n").splitlines())
    assert words["NoNewPrivs"] == "1"
    assert {words[f"Cap{name}"] for name in ("Eff", "Prm", "Inh", "Amb")} == {"0" * 16}
    assert last == "cannot go back"


@root
def test_root_with_nobody_to_become_stays_root() -> None:
    who, status, *rest = child("0", "")
    assert who.startswith("(0, 0, 0)")
    assert "NoNewPrivs:\t1" in status
    assert rest == []


@pytest.mark.parametrize(
    ("euid", "name", "environ", "expected"),
    [
        pytest.param(0, None, {}, None, id="root, nobody to become"),
        pytest.param(0, None, {"SUDO_UID": "0"}, None, id="root said sudo"),
        pytest.param(0, None, {"SUDO_UID": "x"}, None, id="no number"),
        pytest.param(0, None, {"SUDO_UID": "54321"}, Account(54321, 54321, None, "/"), id="number"),
        pytest.param(7, None, {"SUDO_UID": "54321"}, None, id="not root"),
    ],
)
def test_whom_to_become(
    euid: int,
    name: str | None,
    environ: dict[str, str],
    expected: Account | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    assert privileges.chosen(name, environ) == expected


@pytest.mark.parametrize(
    ("euid", "name", "words"),
    [
        pytest.param(0, "no-such-user", "There is no user 'no-such-user'", id="unknown"),
        pytest.param(7, "nobody", "Only root can become", id="not root"),
    ],
)
def test_whom_one_cannot_become(
    euid: int, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    with pytest.raises(SourceError, match=words):
        privileges.chosen(name, {})


def test_what_cannot_be_given_up_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(privileges, "_call", refuse)
    with pytest.raises(SourceError, match="could not be given up: Operation not permitted"):
        privileges.drop(None, {})


def test_a_user_that_may_not_read_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "_become", lambda account, environ: None)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SourceError, match="User mallory may not read this program"):
        privileges.drop(Account(1, 1, "mallory", "/"), {})


def test_names() -> None:
    assert privileges.name_of(NOBODY.pw_uid) == "nobody"
    assert privileges.name_of(54321) == "54321"
