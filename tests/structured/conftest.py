"""A daemon on a real store, beside a real database of either kind with structured storage in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.source import Source
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.office import Office
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres
from tests.prodigy_structured import StructuredProdigy

Prodigy = ProdigyDatabase | ProdigyOnPostgres


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def prodigy(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Prodigy:
    if kind == "sqlite":
        return ProdigyDatabase(tmp_path / "prodigy.db")
    return request.getfixturevalue("prodigy_on_postgres")  # type: ignore[no-any-return]


@pytest.fixture
def connect(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Source]:
    if kind == "sqlite":
        return lambda: SqliteSource(tmp_path / "prodigy.db")
    cluster, name = request.getfixturevalue("cluster"), request.getfixturevalue("postgres_database")
    return lambda: PostgresSource(cluster.parameters(name, READER), look_again=0)


@pytest.fixture
def make(kind: str, prodigy: Prodigy) -> Callable[..., StructuredProdigy]:
    """Makes the tables."""
    return lambda names=None: StructuredProdigy(prodigy, names, postgres=kind == "postgresql")


@pytest.fixture
def begin(prodigy: Prodigy, connect: Callable[[], Source], tmp_path: Path) -> Iterator[Callable[[], Office]]:
    """Starts a daemon, for which all that is there is history."""
    offices: list[Office] = []

    def started() -> Office:
        offices.append(Office(tmp_path, prodigy, connect))
        return offices[-1]

    yield started
    for office in offices:
        office.end()


@pytest.fixture
def tables(make: Callable[..., StructuredProdigy]) -> StructuredProdigy:
    return make()


@pytest.fixture
def office(tables: StructuredProdigy, begin: Callable[[], Office]) -> Office:
    """A daemon that has looked at a database with empty structured tables."""
    return begin()
