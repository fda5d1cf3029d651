"""What several folders of tests share: one PostgreSQL server for the whole run, started when first asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgres import Cluster
    from tests.prodigy_on_postgres import ProdigyOnPostgres


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """Never skipped: without server programs the tests that need them fail and say what to install."""
    from tests.postgres import running_cluster

    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def prodigy_template(cluster: "Cluster") -> str:
    """The name of an empty Prodigy database that the role READER may read, to be copied."""
    from tests.prodigy_on_postgres import SCHEMA, create_reader

    name = cluster.create_database()
    with cluster.connect(name) as connection:
        connection.execute(SCHEMA)
    create_reader(cluster, name)
    return name


@pytest.fixture
def store_on_postgres(cluster: "Cluster") -> Iterator[str]:
    """The name of an empty database of the test's own."""
    name = cluster.create_database()
    yield name
    cluster.drop_database(name)


@pytest.fixture
def postgres_database(cluster: "Cluster", prodigy_template: str) -> Iterator[str]:
    """The name of an empty Prodigy database of the test's own."""
    name = cluster.create_database(prodigy_template)
    yield name
    cluster.drop_database(name)


@pytest.fixture
def prodigy_on_postgres(cluster: "Cluster", postgres_database: str) -> "Iterator[ProdigyOnPostgres]":
    """A writer to it."""
    from tests.prodigy_on_postgres import ProdigyOnPostgres

    writer = ProdigyOnPostgres(cluster, postgres_database)
    yield writer
    writer.close()
