"""From a connection to a database that has this version's tables, or a StoreError."""

from __future__ import annotations

import sqlalchemy as sa

from whoasks.store.errors import StoreError
from whoasks.store.migrations import MIGRATIONS
from whoasks.store.schema import KEPT, META, METADATA, VERSION


def version_of(connection: sa.Connection, shown: str) -> int | None:
    """The schema version in the database; None for an empty one.

    Raises StoreError for another program's database and for a newer version's.
    """
    tables = set(sa.inspect(connection).get_table_names())
    if META.name not in tables:
        alone = connection.dialect.name == "sqlite"
        if tables if alone else tables & {table.name for table in KEPT}:
            raise _foreign(shown)
        return None
    # Read as the plainest SQL, since ``meta`` may be another program's with other columns.
    columns = {column["name"] for column in sa.inspect(connection).get_columns(META.name)}
    if not {"key", "value"} <= columns:
        raise _foreign(shown)
    text = connection.scalar(sa.select(META.c.value).where(META.c.key == "schema"))
    if not (isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10):
        raise _foreign(shown)
    version = int(text)
    if version > VERSION:
        raise StoreError(
            f"The database {shown} was written by a newer whoasks "
            f"(schema {version}; this one knows {VERSION})",
            "Upgrade whoasks, or give another path with --db",
        )
    if version < 1:
        raise _foreign(shown)
    return version


def bring_up_to_date(connection: sa.Connection, shown: str) -> None:
    """Create the tables, or run the missing migrations, inside the caller's transaction."""
    version = version_of(connection, shown)
    if version == VERSION:
        return
    if version is None:
        METADATA.create_all(connection)
        connection.execute(sa.insert(META).values(key="schema", value=str(VERSION)))
        return
    for leads_to, step in MIGRATIONS:
        if leads_to > version:
            step(connection)
    connection.execute(
        sa.update(META).where(META.c.key == "schema").values(value=str(VERSION)),
    )


def _foreign(shown: str) -> StoreError:
    return StoreError(
        f"The database {shown} belongs to another program",
        "Give the path of a whoasks database, or of a new file, with --db",
    )
