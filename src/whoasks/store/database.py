"""The store itself: one transaction for each save, pages for each question, no clock.

``save`` has committed when it returns: only then may a finding be shown. Every failure is a
``StoreError``, after which the next call starts with a fresh connection.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import msgspec
import sqlalchemy as sa

from whoasks.core.habits import Learned
from whoasks.core.model import Asker, Burst, Event, Finding, Service, Severity
from whoasks.store import habits, location, values
from whoasks.store.engine import WRITES, connect
from whoasks.store.errors import StoreError
from whoasks.store.failures import as_store_errors
from whoasks.store.opening import bring_up_to_date, version_of
from whoasks.store.pruning import prune
from whoasks.store.retention import Retention
from whoasks.store.schema import ASKERS, BURSTS, FINDINGS, METADATA, SERVICES, VERSION
from whoasks.store.upserting import PAGE, upsert


class Store:
    """A database of findings, bursts, services, askers and habits."""

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

    # Writing

    def save(self, events: Iterable[Event]) -> None:
        """Keep the findings, bursts and services of these events: all of them, or StoreError.

        Saving the same events again changes nothing, and older news never replaces newer.
        """
        self._write(values.kept(events))

    def save_askers(self, askers: Iterable[Asker]) -> None:
        """Keep snapshots of askers; a later snapshot of the same run takes the earlier's place."""
        self._write(list(askers))

    def save_habits(self, learned: Learned) -> None:
        """Keep what was learned beside what is stored of it; never goes back, never outgrows
        the caps of ``core.habits``: whoever was silent longest is forgotten."""
        with self._transaction(writes=True) as connection:
            habits.save(connection, learned)

    def prune(self, now: float, retention: Retention | None = None) -> dict[str, int]:
        """Delete what is older than its age at ``now`` and beyond the cap; rows by table."""
        with self._transaction(writes=True) as connection:
            return prune(connection, now, retention or Retention())

    # Reading. Periods are half-open: what was active at some moment in [since, until).

    def findings(
        self,
        since: float | None = None,
        until: float | None = None,
        severity: Severity | None = None,
        rule: str | None = None,
    ) -> Iterator[Finding]:
        """Findings at or above ``severity``, by when they were first seen."""
        conditions = []
        if severity is not None:
            conditions.append(FINDINGS.c.severity >= int(severity))
        if rule is not None:
            conditions.append(FINDINGS.c.rule == rule)
        return self._rows(FINDINGS, Finding, since, until, conditions)

    def finding(self, id_prefix: str) -> Finding:
        """The one finding whose id begins so; StoreError for none and for several."""
        starts = sa.func.substr(FINDINGS.c.id, 1, len(id_prefix)) == id_prefix
        query = sa.select(FINDINGS.c.id, FINDINGS.c.value).where(starts).order_by(FINDINGS.c.id)
        with self._transaction() as connection:
            rows = connection.execute(query.limit(11)).all() if id_prefix else []
        if not rows:
            raise StoreError(
                f"No finding in {self} has an id that begins with {id_prefix!r}",
                "`whoasks export findings` lists them",
            )
        if len(rows) > 1 and rows[0].id != id_prefix:
            listed = ", ".join(row.id for row in rows[:10]) + (", …" if len(rows) > 10 else "")
            raise StoreError(
                f"Several findings have an id that begins with {id_prefix!r}: {listed}",
                "Give more of the id",
            )
        return self._decoded(Finding, FINDINGS, rows[0])

    def bursts(
        self, since: float | None = None, until: float | None = None, host: str | None = None
    ) -> Iterator[Burst]:
        """Bursts, by when they started; of one host by its key (MAC, else first address)."""
        conditions = [] if host is None else [BURSTS.c.host == host]
        return self._rows(BURSTS, Burst, since, until, conditions)

    def services(self, since: float | None = None, until: float | None = None) -> Iterator[Service]:
        """Services, by when they were first seen."""
        return self._rows(SERVICES, Service, since, until)

    def askers(self, since: float | None = None, until: float | None = None) -> list[Asker]:
        """One asker a host, over every run that saw it in the period."""
        return values.together(self._rows(ASKERS, Asker, since, until))

    def habits(self) -> Learned | None:
        """All that was learned, whoever was silent longest first; None for a new database."""
        with self._transaction() as connection:
            return habits.load(connection)

    # Inside

    def _write(self, things: Sequence[values.Value]) -> None:
        tables = values.by_key(things)
        if not things:
            return
        with self._transaction(writes=True) as connection:
            for name, kind in values.KINDS:
                self._upsert(connection, METADATA.tables[name], kind, tables[name])

    def _upsert(
        self, connection: sa.Connection, table: sa.Table, kind: Any, given: dict[str, values.Value]
    ) -> None:
        upsert(
            connection,
            table,
            given,
            decoded=lambda row: self._decoded(kind, table, row),
            merged=values.merged,
            row_of=values.row_of,
        )

    def _rows(
        self,
        table: sa.Table,
        kind: type[values.V],
        since: float | None,
        until: float | None,
        conditions: Sequence[sa.ColumnElement[bool]] = (),
    ) -> Iterator[values.V]:
        """Page after page, each its own transaction: a slow reader holds up no writer."""
        query = sa.select(table.c.id, table.c.first_seen, table.c.value).where(*conditions)
        if since is not None:
            query = query.where(table.c.last_seen >= since)
        if until is not None:
            query = query.where(table.c.first_seen < until)
        query = query.order_by(table.c.first_seen, table.c.id).limit(PAGE)
        page = query
        while True:
            with self._transaction() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield self._decoded(kind, table, row)
            if len(rows) < PAGE:
                return
            at, key = rows[-1].first_seen, rows[-1].id
            page = query.where(
                (table.c.first_seen > at) | ((table.c.first_seen == at) & (table.c.id > key))
            )

    def _decoded(self, kind: type[values.V], table: sa.Table, row: Any) -> values.V:
        try:
            return values.decode(kind, row.value)
        except (msgspec.MsgspecError, TypeError, UnicodeError) as error:
            raise StoreError(
                f"The row {row.id} of {table.name} in {self} cannot be read: {error}",
                f"Delete that row from {table.name} with your database's own tool",
            ) from error

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
