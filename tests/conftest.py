"""What several folders of tests share: one PostgreSQL server for the whole run, started when first asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgres import Cluster


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """Never skipped: without server programs the tests that need them fail and say what to install."""
    from tests.postgres import running_cluster

    with running_cluster() as cluster:
        yield cluster
