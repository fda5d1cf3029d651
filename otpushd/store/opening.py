"""Opening the store in an SQLite file: its pragmas, its schema brought up to date, and a refusal of other programs'.

Its twin for PostgreSQL is postgres_opening.py.
"""

import contextlib
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee

from otpushd.store.lock import StoreInUse, StoreLock
from otpushd.store.schema import HISTORY, MIGRATIONS, StoreUnusable, is_behind, is_foreign, migrate

__all__ = ["HISTORY", "MIGRATIONS", "Database", "StoreUnusable", "open_scratch", "open_store"]

Database = peewee.Database
"""What the loops hold and hand to the functions of this folder; only they look inside."""

BUSY_SECONDS = 5
CHECK_SECONDS = 2.0
LARGE_TABLES = ("ledger_entry", "input_note", "notification", "transition")
EMPTY = "the store is empty (0 bytes), which it never is; restore a backup, or remove it to start with an empty store"
LEFT = "the store is gone, its -wal is not; put it back or restore a backup, or remove {} to start with an empty store"
DAMAGED = "move the damaged file away and restore a backup, or start with an empty store"


class StoreBehind(StoreUnusable):
    """The schema of the store is of an older version."""


def open_store(path: Path, busy_seconds: float = BUSY_SECONDS, *, migrating: bool = True) -> peewee.SqliteDatabase:
    """The store at `path`, made if it is not there, with every migration applied in order, each with its record in one
    transaction. To be called and used from one thread. `busy_seconds` is how long another's lock is waited for.
    Without `migrating` raises StoreBehind where something would have to be applied.

    WAL with FULL sync: a commit survives a power cut, and readers never hold up the writer. Raises StoreUnusable.
    """
    database = peewee.SqliteDatabase(
        str(path),
        pragmas={"journal_mode": "wal", "synchronous": "full", "busy_timeout": int(busy_seconds * 1000)},
        lock_type="IMMEDIATE",
        timeout=busy_seconds,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _refuse_foreign(path, busy_seconds)
        else:
            _make(path.resolve())
        if not os.access(path, os.W_OK):  # SQLite would open it without a word, and fail at the first write
            raise PermissionError("the file may not be written")
        database.connect()
        _refuse_damaged(database, path)
        if is_behind(database, str(path)):
            if not migrating:
                raise StoreBehind(f"{path}: the store is of an older otpushd")
            migrate(database)
    except (peewee.PeeweeException, sqlite3.Error, OSError) as error:
        database.close()
        raise StoreUnusable(f"{path}: the store cannot be opened ({error}); {_mend(error)}") from None
    except StoreUnusable:
        database.close()
        raise
    return database


def open_beside(path: Path) -> peewee.SqliteDatabase:
    """The store at `path` beside a daemon that uses it; made, or brought up to date, only while none does.

    Raises StoreUnusable.
    """
    if path.exists():
        with contextlib.suppress(StoreBehind):
            return open_store(path, migrating=False)
    lock = StoreLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.take()
    except StoreInUse as error:
        raise StoreUnusable(f"{path}: the store must be brought up to date first, but {error}") from None
    except OSError as error:
        raise StoreUnusable(f"{path}: the store cannot be opened ({error.strerror}); {_mend(error)}") from None
    try:
        return open_store(path)
    finally:
        lock.release()


def open_scratch() -> peewee.SqliteDatabase:
    """A store in memory, for a rehearsal. To be used from the thread that opens it, and thrown away."""
    database = peewee.SqliteDatabase(":memory:", lock_type="IMMEDIATE")
    database.connect()
    migrate(database)
    return database


def _make(path: Path) -> None:
    """In one step: a start that is killed leaves no empty file behind, which would be taken for a store that was lost.

    SQLite would put a former store's -wal into the new one.
    """
    if (left := path.with_name(f"{path.name}-wal")).exists():
        raise StoreUnusable(f"{path}: {LEFT.format(left.name)}")
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with closing(sqlite3.connect(new)) as made:
        made.execute("PRAGMA application_id = 0x6f747075")  # whatever it is, it makes SQLite write its first page
    new.replace(path)


def _refuse_foreign(path: Path, busy_seconds: float) -> None:
    """Never write into somebody else's database, Prodigy's above all: look without the pragmas that already would."""
    if not path.is_file():
        raise StoreUnusable(f"{path}: this is no file; give the store a file of its own")
    if not path.stat().st_size:
        raise StoreUnusable(f"{path}: {EMPTY}")
    looking = peewee.SqliteDatabase(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=busy_seconds)
    try:
        tables = looking.get_tables()
    finally:
        looking.close()
    if is_foreign(tables):
        raise StoreUnusable(f"{path}: this database belongs to another program; give the store a file of its own")


def _refuse_damaged(database: Any, path: Path) -> None:
    """Look at every page, the small tables' first: 100 MB take 0.3 s, and after `CHECK_SECONDS` the rest is believed.

    Damage in the middle shows only when somebody comes by: then half a step could not be read back.
    """
    tables = f"SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name IN {LARGE_TABLES}"  # noqa: S608 - ours
    end = time.monotonic() + CHECK_SECONDS
    database.connection().set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        for (table,) in database.execute_sql(tables).fetchall():
            ((said,),) = database.execute_sql(f'PRAGMA quick_check("{table}")').fetchmany(1)
            if said != "ok":
                raise StoreUnusable(f"{path}: the store is damaged (table {table}); {DAMAGED}")
    except (peewee.OperationalError, sqlite3.OperationalError) as error:
        if "interrupted" not in str(error):
            raise
    finally:
        database.connection().set_progress_handler(None, 0)


def _mend(error: Exception) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return DAMAGED
    if "locked" in text:
        return "another process holds it; stop that one"
    if isinstance(error, OSError) or "readonly" in text or "unable to open" in text:
        return "give otpushd's user write rights on the file and its folder"
    if "full" in text:
        return "make room on the disk"
    return "see the message in brackets"
