"""How much a regular expression may ask for."""

import pytest

from otpushd.routing.pattern import pattern_flaw


@pytest.mark.parametrize(
    "pattern", ["", "^[A-Z]{2}-[0-9]{4,8}$", r"\w{1,64}@\w{1,64}", r"^\pL+$", "(ab){3}", "a{99999999999"]
)
def test_usual_patterns_pass(pattern):
    """What people write to match names and numbers."""
    assert pattern_flaw(pattern) == ""


@pytest.mark.parametrize("pattern", ["x" * 201, r"\pL{64}", "((a{100}){100}){100}", "[ab]{1000}x", "a{999999999999}"])
def test_patterns_that_blow_up_are_refused(pattern):
    """Each would take milliseconds at each evaluation."""
    assert pattern_flaw(pattern)
