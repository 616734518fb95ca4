"""Giving privileges up for good, once what needs them is open (Linux).

After ``drop`` this process has no capability, can get none by running another program, and is the
user that asked for it, not root.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import struct
from collections.abc import Mapping, MutableMapping

import msgspec

from whoasks.sources.interfaces import SourceError

_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522
_PLACES = ("HOME", "USER", "LOGNAME")


class Account(msgspec.Struct, frozen=True):
    """Whom to become."""

    uid: int
    gid: int
    name: str | None
    home: str


def chosen(name: str | None, environ: Mapping[str, str] = os.environ) -> Account | None:
    """The account to change to, when this process is root: the one named, or that of whoever
    said sudo; None to stay as we are. Raises SourceError for a name nobody has, or for a name
    given to a process that cannot change."""
    if os.geteuid() != 0:
        if name is not None:
            raise SourceError("Only root can become another user.", "Leave --user out.")
        return None
    if name is not None:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            raise SourceError(f"There is no user {name!r}.", "Give another with --user.") from None
    asked = environ.get("SUDO_UID", "")
    if not asked.isdecimal() or int(asked) == 0:
        return None
    try:
        return _account(pwd.getpwuid(int(asked)))
    except KeyError:  # a number without an account
        group = environ.get("SUDO_GID", asked)
        return Account(int(asked), int(group) if group.isdecimal() else int(asked), None, "/")


def drop(account: Account | None, environ: MutableMapping[str, str] = os.environ) -> None:
    """Become that account, and give up every capability. Raises SourceError when it cannot:
    then nothing more should be done.

    Root that has nobody to become stays root, with all that root may do. Call it before there
    are threads: each of them has capabilities of its own.
    """
    try:
        if account is not None:
            _become(account, environ)
            _check_readable(account)
        if os.geteuid() != 0:
            _give_up_capabilities()
        _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    except OSError as error:
        raise SourceError(
            f"Privileges could not be given up: {error.strerror or error}.",
            "Start it as the user it shall run as, with CAP_NET_RAW alone.",
        ) from error


def name_of(uid: int) -> str:
    """The user's name, or the number of one without an account."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir)


def _become(account: Account, environ: MutableMapping[str, str]) -> None:
    groups = [account.gid]
    if account.name is not None:
        groups = os.getgrouplist(account.name, account.gid)
    os.setgroups(groups)
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
    # What is kept from now on is that user's, in that user's places.
    environ.update(
        zip(_PLACES, (account.home, account.name or "", account.name or ""), strict=True)
    )


def _check_readable(account: Account) -> None:
    """Parts of this program are loaded later on. Raises SourceError when that cannot be."""
    for part in (os.__file__, msgspec.__file__, __file__):
        if not os.access(part, os.R_OK):
            raise SourceError(
                f"User {account.name or account.uid} may not read this program ({part}).",
                "Install it where that user can read it, or give another with --user.",
            )


def _give_up_capabilities() -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _call("capset", header, bytes(24))  # effective, permitted, inheritable: none


def _call(name: str, *arguments: object) -> None:
    """A function of the C library that answers 0, or OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
