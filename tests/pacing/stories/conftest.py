"""Random stories of rules, people and time. More of them than the suite plays, or one again that a failure named:

    pytest tests/pacing/stories --stories 2000
    pytest tests/pacing/stories --stories 2000-2999
    pytest tests/pacing/stories -k sqlite --stories 17-17

A story that fails is cut down to what it needs. What it taught is told by name in test_found.py.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.postgres import Cluster

Seeds = Callable[[int], range]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stories", help="how many random stories a test of tests/pacing plays, or which: 2000, 17-17")


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Seeds:
    """The seeds of the stories that a test plays, so many unless somebody has asked for others."""
    first, _, last = str(request.config.getoption("--stories", None) or "").rpartition("-")

    def chosen(usual: int) -> range:
        return range(int(first), int(last) + 1) if first else range(int(last or usual))

    return chosen


@pytest.fixture
def store_on_postgres(cluster: Cluster) -> Iterator[str]:
    """The name of an empty database of the test's own."""
    name = cluster.create_database()
    yield name
    cluster.drop_database(name)
