"""Which random stories a test plays: as many as usual, or those that somebody has asked for."""

from collections.abc import Callable

import pytest

Seeds = Callable[[int], range]


def asked_for(config: pytest.Config, option: str) -> Seeds:
    """The seeds by an option that is a number (so many) or two with a dash (from, to); else so many as is usual."""
    first, _, last = str(config.getoption(option, None) or "").rpartition("-")
    return lambda usual: range(int(first), int(last) + 1) if first else range(int(last or usual))
