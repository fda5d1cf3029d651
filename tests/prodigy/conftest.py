"""Prodigy databases to write to as Prodigy does, sources that read them, and the real files where they are."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.postgres import Cluster
from tests.postgres_watch import Another, Watch
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres
from tests.prodigy_samples import copied


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prodigy.db"


@pytest.fixture
def prodigy(path: Path) -> Iterator[ProdigyDatabase]:
    database = ProdigyDatabase(path)
    yield database
    database.close()


@pytest.fixture
def source(path: Path) -> Iterator[SqliteSource]:
    source = SqliteSource(path, links_seconds=60)  # pages end where they should, however busy the machine is
    yield source
    source.close()


@pytest.fixture
def postgres_source(cluster: Cluster, postgres_database: str) -> Iterator[PostgresSource]:
    source = PostgresSource(cluster.parameters(postgres_database, READER))
    yield source
    source.close()


@pytest.fixture
def watch(postgres_source: PostgresSource) -> Watch:
    return Watch(postgres_source)


@pytest.fixture
def writer(prodigy_on_postgres: ProdigyOnPostgres) -> ProdigyOnPostgres:
    """Its first example and dataset are there already, for links to be made of."""
    prodigy_on_postgres.examples([{"text": "t"}])
    prodigy_on_postgres.dataset("news", created=100)
    return prodigy_on_postgres


@pytest.fixture
def another(cluster: Cluster, postgres_database: str, writer: ProdigyOnPostgres) -> Iterator[Another]:
    made: list[ProdigyOnPostgres] = []

    def make() -> ProdigyOnPostgres:
        made.append(ProdigyOnPostgres(cluster, postgres_database))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a real file, because even a reader could leave a journal beside it."""
    return partial(copied, to=tmp_path)
