"""Many globs at once."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.glob import covers, glob
from otpushd.model.glob_index import Above, GlobIndex

GLOBS = st.lists(st.sampled_from(["a", "b", "-", "*", "?", "[ab]", "[!a]", "["]), max_size=6).map("".join)
NAMES = st.text("ab-c[", max_size=6)
MANY = [f"batch-{number}-*" for number in range(10_000)]


@given(patterns=st.lists(GLOBS, max_size=8), name=NAMES)
def test_what_is_found_is_what_trying_each_finds(patterns: list[str], name: str) -> None:
    """In the order in which they were given."""
    index = GlobIndex((pattern, number) for number, pattern in enumerate(patterns))

    assert index.matching(name) == [number for number, one in enumerate(patterns) if glob(one)(name)]
    assert index.matching(name, exactly=True) == [number for number, one in enumerate(patterns) if one == name]


@given(above=st.lists(GLOBS, max_size=6), pattern=GLOBS)
def test_a_glob_above_that_covers_is_found(above: list[str], pattern: str) -> None:
    """Wherever one of them covers the pattern and is more than a name, one that does is told; never another."""
    index = Above()
    for one in above:
        index.add(one)
    found = index.covering(pattern)

    assert found is None or (found in above and covers(found, pattern))
    if found is None:
        assert not any(covers(one, pattern) for one in above if "*" in one and not set("[?") & set(one + pattern))


@pytest.mark.parametrize(
    ("above", "pattern", "covering"),
    [
        (["contracts-*"], "contracts-legal-*", "contracts-*"),
        (["contracts-legal-*"], "contracts-*", None),
        (["*-old", "*"], "contracts-old", "*-old"),
        (["contracts"], "contracts", None),
        (["a[12]"], "a2", "a[12]"),
    ],
)
def test_only_what_matches_all_covers(above: list[str], pattern: str, covering: str | None) -> None:
    """An exact name above is another key of the same mapping, which cannot be there twice."""
    index = Above()
    for one in above:
        index.add(one)

    assert index.covering(pattern) == covering


def test_ten_thousand_globs_cost_what_ten_do() -> None:
    """A name is tried against those alone that begin as it does."""
    few, many = GlobIndex((one, one) for one in MANY[:10]), GlobIndex((one, one) for one in MANY)

    def took(index: GlobIndex[str]) -> float:
        began = perf_counter()
        for number in range(500):
            assert index.matching(f"batch-{number % 10}-x") == [f"batch-{number % 10}-*"]
        return perf_counter() - began

    took(few), took(many)
    assert min(took(many) for _ in range(5)) < 10 * min(took(few) for _ in range(5))  # 1.0 here; trying each: 1000


def test_ten_thousand_globs_are_compared_in_moments() -> None:
    """Each with those above it; pair by pair that takes minutes."""
    began, index = perf_counter(), Above()
    for one in MANY:
        assert index.covering(one) is None
        index.add(one)

    assert perf_counter() - began < 5  # 0.1 s here
