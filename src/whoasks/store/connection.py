"""An open database: its place, its schema, its transactions. No value of ours is known here.

Every failure is a ``StoreError``, after which the next transaction starts with a fresh connection.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from whoasks.store import location
from whoasks.store.engine import WRITES, connect
from whoasks.store.errors import StoreError
from whoasks.store.failures import as_store_errors
from whoasks.store.opening import bring_up_to_date, version_of
from whoasks.store.schema import VERSION


class Connected:
    """A database that is open, or is opened again when it is next needed."""

    def __init__(
        self,
        url: str | os.PathLike[str],
        *,
        create: bool = True,
        read_only: bool = False,
        busy_timeout: float = 2.0,
    ) -> None:
        """Open ``url`` (a path, or a URL when it holds ``://``), upgrading an older schema.

        ``read_only`` never creates, and writes only to upgrade. ``busy_timeout``: seconds to
        wait for another process's lock. Raises StoreError.
        """
        self._location = location.locate(url)
        self._read_only = read_only
        self._create = create and not read_only
        self._busy_timeout = busy_timeout
        self._engine: sa.Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._closed = False
        self._ready()

    @classmethod
    def open(
        cls, url: str | os.PathLike[str], create: bool = True, read_only: bool = False
    ) -> Self:
        """The same as calling the class."""
        return cls(url, create=create, read_only=read_only)

    def __str__(self) -> str:
        """Where it is: a path, or a URL without its password."""
        return self._location.shown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database. Nothing is lost: every save is committed."""
        self._closed = True
        self._let_go()

    # Inside

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[sa.Connection]:
        if writes and self._read_only:
            raise StoreError(f"The database {self} was opened for reading", "Open it for writing")
        engine = self._ready()
        try:
            with as_store_errors(str(self)), engine.connect() as plain:
                connection = plain.execution_options(**(WRITES if writes else {}))
                with connection.begin():
                    yield connection
        except StoreError:
            self._let_go()
            raise

    def _ready(self) -> sa.Engine:
        """The engine, opened again after a failure; StoreError when the file was taken away."""
        if self._closed:
            raise StoreError(f"The database {self} has been closed", "Open it again")
        path = self._location.path
        if self._engine is not None and path is not None and self._identity is not None:
            # SQLite would go on writing to a deleted file, and nobody would ever see it.
            if not location.changed(path, self._identity):
                return self._engine
            self._let_go()
            raise StoreError(
                f"The database {path} was deleted or replaced while it was open",
                "A new one is made at the next attempt; put the old one back if it is needed",
            )
        if self._engine is None:
            self._engine = self._opened()
        return self._engine

    def _opened(self) -> sa.Engine:
        if self._location.path is not None:
            self._identity = location.prepare(self._location.path, create=self._create)
        with as_store_errors(str(self)):
            engine = self._connect(self._read_only)
            try:
                self._check_schema(engine)
            except BaseException:
                engine.dispose()
                raise
            return engine

    def _check_schema(self, engine: sa.Engine) -> None:
        with engine.connect() as connection, connection.begin():
            version = version_of(connection, str(self))
        if version == VERSION:
            return
        if version is None and not self._create:
            raise StoreError(
                f"The database {self} is empty",
                "`whoasks watch` or `whoasks read --save` fills it; --db names another",
            )
        # An older file is upgraded even for a reader, by an engine that may write.
        writer = self._connect(read_only=False) if self._read_only else engine
        try:
            with writer.connect() as plain:
                connection = plain.execution_options(**WRITES)
                with connection.begin():
                    bring_up_to_date(connection, str(self))
        finally:
            if writer is not engine:
                writer.dispose()

    def _connect(self, read_only: bool) -> sa.Engine:
        return connect(self._location, read_only=read_only, busy_timeout=self._busy_timeout)

    def _let_go(self) -> None:
        engine, self._engine, self._identity = self._engine, None, None
        if engine is not None:
            with as_store_errors(str(self)):
                engine.dispose()
