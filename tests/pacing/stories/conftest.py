"""Random stories of rules, people and time. More of them than the suite plays, or one again that a failure named:

    pytest tests/pacing/stories --stories 2000
    pytest tests/pacing/stories --stories 2000-2999
    pytest tests/pacing/stories -k sqlite --stories 17-17

A story that fails is cut down to what it needs. What it taught is told by name in test_found.py.
"""

import pytest

from tests.seeds import Seeds, asked_for


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stories", help="how many random stories a test of tests/pacing plays, or which: 2000, 17-17")


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Seeds:
    """The seeds of the stories that a test plays, so many unless somebody has asked for others."""
    return asked_for(request.config, "--stories")
