"""A mark « in a text stands for the place that a problem must point at."""

from collections.abc import Callable

import pytest

Marked = tuple[str, tuple[int, int]]


@pytest.fixture(scope="session")
def marked() -> Callable[[str], Marked]:
    """Takes the mark out of a text and gives its line and column, from 1."""

    def take_out(text: str) -> Marked:
        before, found, after = text.partition("«")
        assert found, "the test's text lacks its mark"
        return before + after, (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    return take_out
