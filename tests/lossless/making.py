"""Worlds with real databases in them: SQLite files, or databases of the tests' own PostgreSQL server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import peewee

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.derive.catalogue import CATALOGUE
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.routing.load import load_rules
from otpushd.routing.route import Router
from otpushd.store.opening import HISTORY, open_store
from otpushd.store.postgres_opening import open_shared
from tests.lossless.daemon import PEOPLE
from tests.lossless.prodigy import Prodigy
from tests.lossless.world import World
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
WRITERS = 4


@cache
def _router(folder: Path) -> Router:
    """One rule a type, for every event, to one person, with the whole task."""
    texts = [f"  - {{name: {name}, on: {name}, to: lea, title: news}}\n" for name in CATALOGUE]
    (folder / "rules.yaml").write_text("rules:\n" + "".join(texts))
    files, problems = load_rules(
        [folder / "rules.yaml"], catalogue=CATALOGUE, people=PEOPLE, channels=("push",), expose=("task",)
    )
    assert not problems
    return Router(files[0].rules, PEOPLE, ("push",), ("task",))


@contextmanager
def sqlite_world(folder: Path, *, wal: bool = False, started: bool = True) -> Iterator[World]:
    """A world on two SQLite files, in an empty folder of its own. Unless `started`, Prodigy's is not there yet."""
    world, path = World(_router(folder.parent)), folder / "prodigy.db"
    world.prodigy = Prodigy(
        lambda: ProdigyDatabase(path, busy_seconds=0.05), "?", world.oracle, lambda: world.now, world.wait, path, wal
    )
    world.source = lambda: SqliteSource(path)
    _keep_in_file(world, folder)
    yield from _living(world, started)


@contextmanager
def postgres_world(
    folder: Path, cluster: Cluster, database: str, store: str | None = None, *, cached: bool = False
) -> Iterator[World]:
    """A world on a PostgreSQL database, which is emptied before. `store` is another for the daemon, instead of a file.

    `cached`: each of Prodigy's sessions takes link ids by the dozen.
    """
    world = World(_router(folder.parent))
    with cluster.connect(database) as connection:
        connection.execute("TRUNCATE link, example, dataset RESTART IDENTITY")
        connection.execute(f"ALTER SEQUENCE link_id_seq CACHE {12 if cached else 1}")
    world.prodigy = Prodigy(lambda: _writer(cluster, database), "%s", world.oracle, lambda: world.now, world.wait)
    world.source = lambda: PostgresSource(cluster.parameters(database, READER))
    if store is None:
        _keep_in_file(world, folder)
    else:
        with cluster.connect(store) as connection:
            tables = [f"public.{name}" for (name,) in connection.execute(TABLES) if name != HISTORY]
            if tables:
                connection.execute(f"TRUNCATE {', '.join(tables)}")
        world.store = lambda name: open_shared(cluster.parameters(store), name)
    yield from _living(world, started=True)


def _writer(cluster: Cluster, database: str) -> ProdigyOnPostgres:
    """One that waits for others' locks for a moment only."""
    writer = ProdigyOnPostgres(cluster, database)
    writer.execute("SET lock_timeout = '10ms'; SET synchronous_commit = off")
    return writer


def _keep_in_file(world: World, folder: Path) -> None:
    """The store is a file."""

    def open_file(_: str) -> peewee.Database:
        store: peewee.Database = open_store(folder / "store.db")
        store.execute_sql("PRAGMA synchronous = off")  # no power is cut here
        return store

    folder.mkdir(exist_ok=True)
    shutil.copy(_empty_store(folder.parent), folder / "store.db")
    world.store = open_file


def _living(world: World, started: bool) -> Iterator[World]:
    if started:
        world.prodigy.start(WRITERS)
    try:
        yield world
    finally:
        world.kill()
        world.prodigy.stop()


@cache
def _empty_store(folder: Path) -> Path:
    path = folder / "empty-store.db"
    store: peewee.Database = open_store(path)
    store.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path
