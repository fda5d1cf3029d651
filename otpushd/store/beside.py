"""Reading the store from beside a daemon, or without one: never written, nothing made, nothing brought up to date."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import peewee

from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters, shown
from otpushd.store.postgres import SharedDatabase
from otpushd.store.postgres_opening import TABLES, mend_of, refuse_foreign, refuse_surroundings
from otpushd.store.probe import how_to_look, probe_sqlite_store
from otpushd.store.schema import HISTORY, StoreUnusable, is_behind
from otpushd.store.sql import rows

PATIENCE_SECONDS = 1.0


class NotReadable(Exception):
    """The store cannot be looked at; the text says why."""


@contextmanager
def reading(url: str, secrets: Mapping[str, str], holder: str) -> Iterator[peewee.Database]:
    """The store at `url`, which lacks what is in `secrets`, inside of one transaction. Raises NotReadable.

    A server is asked under the name of `holder`.
    """
    if is_postgres(url):
        with reading_server({**postgres_parameters(url), **secrets}, holder) as database:
            yield database
        return
    path = sqlite_path(url)
    facts = probe_sqlite_store(path)
    if facts.trouble is not None:
        raise NotReadable(f"{path}: {facts.trouble}")
    if not facts.exists:
        raise NotReadable(f"{path}: it is not there; the first start makes it")
    if facts.older or facts.newer:
        whose = "a newer" if facts.newer else "an older"
        raise NotReadable(f"{path}: it is of {whose} otpushd than this command")
    with reading_file(path) as database:
        yield database


@contextmanager
def reading_file(path: Path) -> Iterator[peewee.Database]:
    """The file of SQLite, opened so that no file is made beside it (probe.py says why). Raises NotReadable."""
    if (how := how_to_look(path)) is None:
        raise NotReadable("it cannot be looked at without writing: one of its -wal and -shm files is missing")
    database = peewee.SqliteDatabase(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=PATIENCE_SECONDS)
    try:
        with closing(database), database.atomic():
            yield database
    except (peewee.PeeweeException, sqlite3.Error) as error:
        raise NotReadable(f"it cannot be read ({type(error).__name__})") from None


@contextmanager
def reading_server(parameters: Mapping[str, str], holder: str) -> Iterator[peewee.Database]:
    """The database that libpq's `parameters` name. Raises NotReadable."""
    database, name = SharedDatabase(parameters, holder), shown(parameters)
    try:
        with database.connection_context(), database.atomic():
            rows(database, "SET TRANSACTION READ ONLY")
            refuse_surroundings(database, name)
            refuse_foreign(database, name)
            if HISTORY not in {table for (table,) in rows(database, TABLES)} or is_behind(database, name):
                raise NotReadable("it is empty or of an older otpushd; the next start of the daemon mends that")
            yield database
    except peewee.PeeweeException as error:
        raise NotReadable(f"it cannot be read; {mend_of(error)}") from None
    except StoreUnusable as error:
        raise NotReadable(str(error).removeprefix(f"{name}: ")) from None
