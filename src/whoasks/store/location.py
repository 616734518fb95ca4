"""Where the database is, and that its file may be trusted. Looks at files, opens no database.

What is stored says who was where and when, so a new file is for its owner only (0600, in
folders made 0700), and in a folder where anybody may write nobody else's file is used.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import sqlalchemy as sa

from whoasks.store.errors import StoreError

_POSTGRES = ("postgres", "postgresql")
_SIDE_FILES = ("-wal", "-shm", "-journal")


class Location(msgspec.Struct, frozen=True):
    """A database: ``path`` for an SQLite file, else only the ``url``."""

    url: sa.URL
    path: Path | None
    shown: str
    """For messages: the path, or the URL without its password and options."""


def locate(text: str | os.PathLike[str]) -> Location:
    """Understand ``--db PATH|URL``: what holds ``://`` is a URL. Raises StoreError."""
    text = os.fspath(text)
    if "://" not in text:
        return _file(text)
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(
            "The database URL cannot be read",
            "Give a path, or a URL such as postgresql://user@host/whoasks",
        ) from None
    if url.get_backend_name() == "sqlite":
        if url.query or url.host:
            raise StoreError(
                "The SQLite URL has options or a host, which are not used here",
                "Give the path of the file alone",
            )
        if url.database in (None, "", ":memory:"):
            return Location(sa.make_url("sqlite://"), None, "the database in memory")
        return _file(url.database)
    if url.drivername in _POSTGRES:
        url = url.set(drivername="postgresql+psycopg")
    # Options are left out as well: ``?password=`` is one.
    return Location(url, None, url.set(query={}).render_as_string(hide_password=True))


def _file(text: str | None) -> Location:
    if not text or "\0" in text:
        raise StoreError("The path of the database is empty or holds a NUL", "Give a path to --db")
    try:
        path = Path(text).expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise _from_os(Path(text), error) from error
    return Location(sa.URL.create("sqlite", database=str(path)), path, str(path))


def prepare(path: Path, *, create: bool) -> tuple[int, int]:
    """Make sure that the file may be opened, making it when it is missing; what it is.

    Returns device and inode, by which ``changed`` later knows it again. Raises StoreError.
    """
    try:
        _refuse_planted(path)
        if create and not path.exists():
            _make(path)
        found = path.stat()
    except FileNotFoundError:
        raise StoreError(
            f"There is no database at {path}",
            "`whoasks watch` or `whoasks read --save` makes one; --db names another",
        ) from None
    except (OSError, RuntimeError) as error:
        raise _from_os(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise StoreError(f"{path} is {what}, not a database", "Give the path of a file to --db")
    return found.st_dev, found.st_ino


def changed(path: Path, identity: tuple[int, int]) -> bool:
    """Whether the file at this path is no longer the one that was opened."""
    try:
        found = path.stat()
    except OSError:
        return True
    return (found.st_dev, found.st_ino) != identity


def _make(path: Path) -> None:
    """Create an empty file, and the folders that lead to it."""
    missing = []
    folder = path.parent
    while not folder.exists() and not folder.is_symlink():
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        if path.is_symlink():
            raise
        # Another process of ours was quicker, and its file is as good.


def _refuse_planted(path: Path) -> None:
    """In a folder where anybody may write, a link or a stranger's file may be a trap."""
    for name in (path, *(Path(f"{path}{end}") for end in _SIDE_FILES)):
        _refuse_link(name)
    if not path.exists():
        return
    real = path.resolve()
    owner = real.stat().st_uid
    if _anybody_writes(real.parent) and owner not in (0, os.geteuid()):
        raise StoreError(
            f"{path} lies in a folder where anybody may write, and belongs to another user",
            "Give a path in a folder of your own",
        )


def _refuse_link(path: Path) -> None:
    if path.is_symlink() and _anybody_writes(path.parent):
        raise StoreError(
            f"{path} is a symbolic link in a folder where anybody may write",
            "Give a path in a folder of your own, or what the link points to",
        )


def _anybody_writes(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IWOTH)


def _from_os(path: Path, error: OSError | RuntimeError) -> StoreError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return StoreError(
        f"The database {path} cannot be opened: {why}",
        "Check the folder's permissions, or give another path with --db",
    )
