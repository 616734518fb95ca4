"""The file: who may read it, what it may be, earlier schemas, and everything that goes wrong."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.store.things import asker, burst, finding, service

from whoasks.core.model import BurstClosed, Finding, FindingOpened, ServiceSeen
from whoasks.store import Store, StoreError, values
from whoasks.store.failures import store_error
from whoasks.store.location import locate
from whoasks.store.migrations import MIGRATIONS
from whoasks.store.schema import METADATA, VERSION

EVENTS = [FindingOpened(0, finding())]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "whoasks.db"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 KB; where it cannot be had, the errors are covered by code below."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def write_sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


# Who may read it


def test_a_new_database_is_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "whoasks.db"
    old = os.umask(0)
    try:
        with Store(path) as store:
            store.save(EVENTS)
            for name in path.parent.iterdir():  # with its log and shared memory
                assert mode(name) == 0o600, name
    finally:
        os.umask(old)
    assert mode(path.parent) == 0o700
    assert mode(path.parent.parent) == 0o700


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Store(tmp_path / "x.db").close()
    assert mode(tmp_path) == 0o755


def test_a_link_is_followed_at_home_but_not_where_anybody_writes(tmp_path: Path) -> None:
    real = tmp_path / "real.db"
    Store(real).close()
    home, public = tmp_path / "home", tmp_path / "public"
    home.mkdir(0o755)
    public.mkdir()
    public.chmod(0o1777)
    for folder in (home, public):
        (folder / "link.db").symlink_to(real)
    Store(home / "link.db").close()
    with pytest.raises(StoreError, match="symbolic link in a folder where anybody may write"):
        Store(public / "link.db")
    (public / "own.db-wal").symlink_to(real)
    with pytest.raises(StoreError, match="symbolic link in a folder where anybody may write"):
        Store(public / "own.db")
    (public / "dangling.db").symlink_to(tmp_path / "nowhere.db")
    with pytest.raises(StoreError, match="symbolic link"):
        Store(public / "dangling.db")
    assert not (tmp_path / "nowhere.db").exists()
    Store(public / "plain.db").close()


def test_a_strangers_file_is_not_used_where_anybody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o1777)
    Store(tmp_path / "x.db").close()
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    if (tmp_path / "x.db").stat().st_uid == 0:
        os.chown(tmp_path / "x.db", 4343, -1)
    with pytest.raises(StoreError, match="belongs to another user"):
        Store(tmp_path / "x.db")


def test_a_commit_survives_the_power(db: Path) -> None:
    with Store(db) as store, store._transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


# What the database may be called

NAMES = {
    "a path": ("/x/y.db", "/x/y.db"),
    "an SQLite URL is a path": ("sqlite:////x/y.db", "/x/y.db"),
    "a password is not shown": (
        "postgresql://u:secret@h/d",
        "postgresql+psycopg://u:***@h/d",
    ),
    "nor one among the options": (
        "postgresql://h/d?password=secret",
        "postgresql+psycopg://h/d",
    ),
    "the old name": ("postgres://h/d", "postgresql+psycopg://h/d"),
    "a driver of one's own": ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
}


@pytest.mark.parametrize(("text", "shown"), NAMES.values(), ids=NAMES)
def test_names(text: str, shown: str) -> None:
    assert locate(text).shown == shown


BAD_NAMES = {
    "empty": "",
    "NUL": "a\0b",
    "no home": "~nosuchuser-here/x.db",
    "no such kind": "nosuch://x/y",
    "no such port": "postgresql://h:port/d",
    "a half URL": "://",
    "options": "sqlite:///x.db?mode=ro",
    "a very long name": "/tmp/" + "x" * 5000,  # noqa: S108
    "below a file": "/dev/null/x.db",
    "the root": "/",
    "a device": "/dev/null",
    "nobody listens": "postgresql://127.0.0.1:1/d",
}


@pytest.mark.parametrize("text", BAD_NAMES.values(), ids=BAD_NAMES)
def test_bad_names(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store(text)
    assert caught.value.sentence
    assert caught.value.remedy


def test_a_password_is_never_in_an_error() -> None:
    with pytest.raises(StoreError) as caught:
        Store("postgresql://u:hunter2@127.0.0.1:1/d")
    assert "hunter2" not in str(caught.value)


# Earlier and later schemas

_COMMON = "first_seen FLOAT NOT NULL, last_seen FLOAT NOT NULL, value TEXT NOT NULL"
VERSION_1 = (
    "CREATE TABLE meta (key VARCHAR(64) PRIMARY KEY, value TEXT NOT NULL)",
    "INSERT INTO meta VALUES ('schema', '1')",
    "CREATE TABLE findings (id VARCHAR(64) PRIMARY KEY, host VARCHAR(64) NOT NULL,"
    f" rule VARCHAR(64) NOT NULL, severity SMALLINT NOT NULL, {_COMMON})",
    f"CREATE TABLE bursts (id VARCHAR(64) PRIMARY KEY, host VARCHAR(64) NOT NULL, {_COMMON})",
    f"CREATE TABLE services (id VARCHAR(64) PRIMARY KEY, {_COMMON})",
    f"CREATE TABLE askers (id VARCHAR(64) PRIMARY KEY, host VARCHAR(64) NOT NULL, {_COMMON})",
    "CREATE INDEX ix_findings_host ON findings (host)",
    "CREATE INDEX ix_findings_rule ON findings (rule)",
    "CREATE INDEX ix_findings_severity ON findings (severity)",
    "CREATE INDEX ix_bursts_host ON bursts (host)",
    "CREATE INDEX ix_askers_host ON askers (host)",
    *(
        f"CREATE INDEX ix_{table}_first_seen ON {table} (first_seen)"
        for table in ("findings", "bursts", "services", "askers")
    ),
)


def make_version_1(path: Path) -> None:
    write_sql(path, *VERSION_1)
    hub = msgspec.structs.replace(asker().host, role="hub")
    connection = sqlite3.connect(path)
    with connection:
        for value in (asker(1.0, 2.0), asker(5.0, 9.0, host=hub)):
            row = values.row_of(value)
            connection.execute(
                "INSERT INTO askers VALUES (:id, :host, :first_seen, :last_seen, :value)", row
            )
    connection.close()


def shape(path: Path) -> dict[str, tuple[set[str], set[str]]]:
    """Columns and indexes by table."""
    engine = sa.create_engine(f"sqlite:///{path}")
    look = sa.inspect(engine)
    found = {
        name: (
            {column["name"] for column in look.get_columns(name)},
            {str(index["name"]) for index in look.get_indexes(name)},
        )
        for name in look.get_table_names()
    }
    engine.dispose()
    return found


@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
def test_version_1_is_upgraded(db: Path, tmp_path: Path, read_only: bool) -> None:
    make_version_1(db)
    with Store(db, read_only=read_only) as store:
        (one,) = store.askers()
        assert one.packets == 20
        if not read_only:
            store.save(EVENTS)
    Store(tmp_path / "new.db").close()
    assert shape(db) == shape(tmp_path / "new.db")
    connection = sqlite3.connect(db)
    assert connection.execute("SELECT role FROM askers ORDER BY first_seen").fetchall() == [
        (None,),
        ("hub",),
    ]
    assert connection.execute("SELECT value FROM meta").fetchall() == [(str(VERSION),)]
    connection.close()


def test_version_2_is_upgraded(db: Path, tmp_path: Path) -> None:
    for path in (db, tmp_path / "new.db"):
        Store(path).close()
    write_sql(db, "DROP TABLE host_habits", "DROP TABLE owner_habits")
    write_sql(db, *WITHOUT_ACTIVITY, *WITHOUT_PAST)
    write_sql(db, "UPDATE meta SET value = '2'")
    with Store(db, read_only=True) as store:
        assert store.habits() is None
    assert shape(db) == shape(tmp_path / "new.db")


WITHOUT_PAST = ("DROP TABLE service_states", "DROP TABLE saved_lists")
WITHOUT_ACTIVITY = (
    "DROP TABLE activity",
    "DROP INDEX ix_findings_burst",
    "DROP INDEX ix_findings_worth",
    "ALTER TABLE findings DROP COLUMN burst",
)
TIMES = (49, 60, 149, 150, 999)


def test_version_3_is_upgraded(db: Path, tmp_path: Path) -> None:
    there = service("there", first_seen=100.0, last_seen=200.0)
    gone = service("gone", first_seen=50.0, last_seen=150.0, stale=True)
    Store(tmp_path / "new.db").close()
    with Store(db) as store:
        store.save([ServiceSeen(0, there), ServiceSeen(0, gone)])
    write_sql(db, *WITHOUT_ACTIVITY, *WITHOUT_PAST, "UPDATE meta SET value = '3'")
    with Store(db, read_only=True) as store:
        then = {at: sorted(s.instance for s in store.services_at(at)) for at in TIMES}
        assert store.lists() == []
    assert then == {49: [], 60: ["gone"], 149: ["gone", "there"], 150: ["there"], 999: ["there"]}
    assert shape(db) == shape(tmp_path / "new.db")


def test_version_4_is_upgraded(db: Path, tmp_path: Path) -> None:
    other = msgspec.structs.replace(burst().host, mac="02:00:00:00:00:02")
    bursts = [
        *(burst(f"b{n}", started=60.0 * n, ended=60.0 * n + 5) for n in range(100)),
        burst("other", host=other),
        burst("later", started=20.0, ended=4000.0, packets=9),
    ]
    events = [*(BurstClosed(0, each) for each in bursts), FindingOpened(0, finding())]
    with Store(tmp_path / "new.db") as store:
        store.save([*events, FindingOpened(0, finding("none", burst=None))])
        wanted = list(store.activity())
    with Store(db) as store:
        store.save([*events, FindingOpened(0, finding("none", burst=None))])
    write_sql(db, *WITHOUT_ACTIVITY, "UPDATE bursts SET value = '?' WHERE id = 'b99'")
    write_sql(db, "UPDATE meta SET value = '4'")
    with Store(db) as store:
        found = list(store.activity())
        store.save([BurstClosed(0, each) for each in bursts[:99]])  # told once more
        assert list(store.activity()) == found
    assert [hour.bursts for hour in wanted] == [61, 1, 40]
    assert [hour.bursts for hour in found] == [61, 1, 39]
    assert found[:2] == wanted[:2]
    assert shape(db) == shape(tmp_path / "new.db")
    connection = sqlite3.connect(db)
    query = "SELECT id, burst FROM findings ORDER BY id"
    assert connection.execute(query).fetchall() == [("f1", "b1"), ("none", None)]
    connection.close()


def test_a_failed_upgrade_changes_nothing(db: Path) -> None:
    make_version_1(db)
    write_sql(db, "CREATE INDEX ix_askers_last_seen ON askers (id)")  # in the last step's way
    before = shape(db)
    with pytest.raises(StoreError, match=r"whoasks\.db"):
        Store(db)
    assert shape(db) == before


def test_every_version_has_its_step() -> None:
    assert [version for version, _ in MIGRATIONS] == list(range(2, VERSION + 1))


def test_a_newer_version_is_left_alone(db: Path) -> None:
    Store(db).close()
    write_sql(db, "UPDATE meta SET value = '99'")
    with pytest.raises(StoreError, match=rf"newer whoasks \(schema 99; this one knows {VERSION}\)"):
        Store(db)


def test_fields_of_another_version(db: Path) -> None:
    with Store(db) as store:
        store.save(EVENTS)
    raw = msgspec.json.decode(values.encode(finding()))
    del raw["evidence"], raw["rules"]
    raw["of_the_future"] = [1]
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("UPDATE findings SET value = ?", (msgspec.json.encode(raw).decode(),))
    connection.close()
    with Store(db) as store:
        assert list(store.findings()) == [finding()]


# What goes wrong


def missing(db: Path) -> None:
    pass


def empty(db: Path) -> None:
    db.touch()


def text_file(db: Path) -> None:
    db.write_text("this is a text file, and a long one\n" * 100)


def folder(db: Path) -> None:
    db.mkdir()


def fifo(db: Path) -> None:
    os.mkfifo(db)


def loop(db: Path) -> None:
    db.symlink_to(db)


def other_program(db: Path) -> None:
    write_sql(db, "CREATE TABLE notes (body TEXT)")


def other_meta(db: Path) -> None:
    write_sql(db, "CREATE TABLE meta (name TEXT)")


def no_version(db: Path) -> None:
    Store(db).close()
    write_sql(db, "DELETE FROM meta")


def odd_version(db: Path) -> None:
    Store(db).close()
    write_sql(db, "UPDATE meta SET value = x'ff00'")


def damaged(db: Path) -> None:
    with Store(db) as store:
        store.save(BurstClosed(0, burst(f"b{n}")) for n in range(300))
    size = db.stat().st_size
    with db.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def cut_short(db: Path) -> None:
    damaged(db)
    os.truncate(db, 5000)


def bad_value(db: Path) -> None:
    with Store(db) as store:
        store.save(EVENTS)
    write_sql(db, "UPDATE findings SET value = '{\"id\": 5}'")


def blob_value(db: Path) -> None:
    with Store(db) as store:
        store.save(EVENTS)
    write_sql(db, "UPDATE findings SET value = x'ff'")


def read_all(db: Path) -> None:
    with Store(db, read_only=True) as store:
        list(store.findings())
        list(store.bursts())


READ = {
    "missing": (missing, "There is no database at"),
    "empty": (empty, "is empty"),
    "a text file": (text_file, "is not a database"),
    "a folder": (folder, "is a folder"),
    "a FIFO": (fifo, "is not a regular file"),
    "a link to itself": (loop, "cannot be opened"),
    "another program's": (other_program, "belongs to another program"),
    "another program's meta": (other_meta, "belongs to another program"),
    "no version": (no_version, "belongs to another program"),
    "an odd version": (odd_version, "belongs to another program"),
    "damaged": (damaged, "is damaged"),
    "cut short": (cut_short, "is damaged"),
    "a bad value": (bad_value, "The row f1 of findings in"),
    "a binary value": (blob_value, "The row f1 of findings in"),
}


@pytest.mark.parametrize(("make", "says"), READ.values(), ids=READ)
def test_reading(db: Path, make: Callable[[Path], None], says: str) -> None:
    make(db)
    with pytest.raises(StoreError) as caught:
        read_all(db)
    assert says in caught.value.sentence
    assert str(db) in caught.value.sentence
    assert caught.value.remedy


def test_another_programs_database_is_not_written(db: Path) -> None:
    other_program(db)
    with pytest.raises(StoreError, match="belongs to another program"):
        Store(db)
    assert set(shape(db)) == {"notes"}


def test_locked(db: Path) -> None:
    store = Store(db, busy_timeout=0.05)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is locked by another process"):
        store.save(EVENTS)
    assert list(store.findings()) == []  # WAL: readers are not held up
    other.execute("ROLLBACK")
    other.close()
    store.save(EVENTS)
    assert list(store.findings()) == [finding()]
    store.close()


@pytest.mark.parametrize("again", [False, True], ids=["deleted", "replaced"])
def test_deleted_while_open(db: Path, again: bool) -> None:
    store = Store(db)
    store.save(EVENTS)
    db.unlink()
    if again:
        Store(db).close()
    with pytest.raises(StoreError, match="was deleted or replaced while it was open"):
        store.save(EVENTS)
    store.save(EVENTS)  # a new file
    with Store(db, read_only=True) as reader:
        assert list(reader.findings()) == [finding()]
    store.close()


def test_closed(db: Path) -> None:
    store = Store(db)
    store.close()
    with pytest.raises(StoreError, match="has been closed"):
        store.save(EVENTS)


def test_a_reader_does_not_write(db: Path) -> None:
    Store(db).close()
    with Store(db, read_only=True) as store, pytest.raises(StoreError, match="for reading"):
        store.save(EVENTS)


def test_disk_full_and_room_again(tiny_disk: Path) -> None:
    with Store(tiny_disk / "x.db") as store:
        store.save(EVENTS)
        ballast = tiny_disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        many = [BurstClosed(0, burst(f"b{n}")) for n in range(500)]
        with pytest.raises(StoreError, match=r"the disk is full|input/output error") as caught:
            store.save(many)
        assert "x.db" in caught.value.sentence
        ballast.unlink()
        store.save(many[:20])
        assert list(store.findings()) == [finding()]
        assert len(list(store.bursts())) == 20


def test_read_only_disk(tiny_disk: Path) -> None:
    path = tiny_disk / "x.db"
    with Store(path) as store:
        store.save(EVENTS)
    again = ["mount", "-o", "remount,ro", str(tiny_disk)]
    subprocess.run(again, check=True)
    with Store(path, read_only=True) as store:
        assert list(store.findings()) == [finding()]
    with pytest.raises(StoreError, match=r"is read-only|cannot be opened"), Store(path) as store:
        store.save(EVENTS)
    with pytest.raises(StoreError, match="Read-only file system"):
        Store(tiny_disk / "new.db")


CODES = {
    "full": (sqlite3.SQLITE_FULL, "the disk is full"),
    "read-only": (sqlite3.SQLITE_READONLY, "is read-only"),
    "an extended code": (sqlite3.SQLITE_READONLY_DIRECTORY, "is read-only"),
    "input/output": (sqlite3.SQLITE_IOERR_FSYNC, "input/output error"),
    "one without words": (sqlite3.SQLITE_MISMATCH, "cannot be reached: oops"),
}


@pytest.mark.parametrize(("code", "says"), CODES.values(), ids=CODES)
def test_codes(code: int, says: str) -> None:
    cause = sqlite3.OperationalError("oops")
    cause.sqlite_errorcode = code  # type: ignore[misc]
    error = store_error(sa.exc.OperationalError("INSERT", {}, cause), "/x.db")
    assert says in error.sentence
    assert "/x.db" in error.sentence
    assert "INSERT" not in str(error)


def test_services_and_tables_agree() -> None:
    """Every column is filled by ``row_of``, and every key that it gives has a column."""
    for (name, kind), value in zip(
        values.KINDS, (finding(), burst(), service(), asker()), strict=True
    ):
        assert isinstance(value, kind)
        assert set(values.row_of(value)) == set(METADATA.tables[name].columns.keys())
    assert values.KINDS[0] == ("findings", Finding)
