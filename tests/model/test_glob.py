"""Globs, and how two of them lie to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.glob import covers, fits, glob, overlap

PIECES = st.sampled_from(["a", "b", "-", "*", "?", "[ab]", "[!a]"])
GLOBS = st.lists(PIECES, max_size=6).map("".join)
NAMES = st.text("ab-c", max_size=6)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ("contracts-*", "contracts-legal-*", True),
        ("contracts-*", "contracts-a", True),
        ("*", "anything", True),
        ("a?c", "abc", True),
        ("a?c", "a*c", False),
        ("contracts-*", "*-a", False),
        ("contracts-a", "contracts-*", False),
        ("a", "a", True),
        ("*a*", "*-a-*", True),
        ("[ab]x", "ax", True),
        ("[ab]x", "cx", False),
    ],
)
def test_one_glob_may_match_all_that_another_does(wide: str, narrow: str, does: bool) -> None:
    """Then an entry of the plan with the second, below the first, never applies."""
    assert covers(wide, narrow) is does


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        ("contracts-*", "*-legal", True),
        ("contracts-*", "invoices-*", False),
        ("contracts-a", "contracts-*", True),
        ("contracts-a", "contracts-b", False),
        ("a*b", "a*c", False),
        ("*", "", True),
        ("?", "", False),
        ("[ab]", "b", True),
        ("[ab]", "c", False),
    ],
)
def test_two_globs_may_share_a_name(one: str, other: str, do: bool) -> None:
    """Whichever comes first."""
    assert overlap(one, other) is overlap(other, one) is do


@given(one=GLOBS, other=GLOBS, name=NAMES)
def test_what_is_said_of_two_globs_holds_for_every_name(one: str, other: str, name: str) -> None:
    """`covers` is never wrongly true, `overlap` never wrongly false."""
    first, second = glob(one)(name), glob(other)(name)
    if covers(one, other) and second and name != other:
        assert first
    if first and second:
        assert overlap(one, other) or name in (one, other)


@given(NAMES, GLOBS)
def test_one_look_at_a_pattern_says_the_same_as_its_test(name: str, pattern: str) -> None:
    """One is made for many names, the other for many patterns."""
    assert fits(name, pattern) == glob(pattern)(name)
    assert fits(pattern, pattern)
