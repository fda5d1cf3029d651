"""Nothing is lost and nothing told twice, whatever Prodigy's database and the daemon go through, in whatever order.

Random stories are played on real databases: saves in three commits, imports, drops, ids given out again, backups
brought back, open transactions, polls, deaths between any two commits, clocks that jump, a gateway that fails. After
every poll, and once all is quiet, what was announced is compared with an oracle that has only looked at Prodigy's
database.

The suite plays the same few hundred stories each time. More of them, each test from its first to that one:

    pytest tests/lossless --seeds 2000
    pytest tests/lossless --seeds 2000-2999
    pytest tests/lossless -k test_on_postgres --seeds 17-17    as a failure says it

A story that fails is cut down to the steps that it needs. What it taught is told by name in test_found.py.
"""

import pytest

from tests.seeds import Seeds, asked_for


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", help="how many random stories a test of tests/lossless plays, or which: 2000, 17-17")


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Seeds:
    """The seeds of the stories that a test plays, so many unless somebody has asked for others."""
    return asked_for(request.config, "--seeds")
