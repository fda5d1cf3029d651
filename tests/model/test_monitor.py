"""Definitions of monitors: what is put in where the plan says nothing. What cannot be is in tests/config/bad_plans."""

import pytest

from otpushd.model.monitor import Definition, Measure, Previous, faults, filled


@pytest.mark.parametrize(
    ("measure", "above", "clear"),
    [
        (Measure.IGNORE_RATE, 0.1, 0.075),
        (Measure.CONFLICT_RATE, 0.2, 0.15),
        (Measure.REJECT_RATE, 0.2, 0.15),
        (Measure.LABEL_DRIFT, 0.25, 0.1875),
    ],
    ids=str,
)
def test_usual_bounds_are_cleared_a_quarter_below(measure: Measure, above: float, clear: float) -> None:
    """Else a figure at its bound would trigger and recover with every answer."""
    found = filled(Definition("m", measure))

    assert (found.above, found.clear_below) == pytest.approx((above, clear))
    assert faults(found) == ()


def test_few_accepted_are_usual_under_a_tenth() -> None:
    """A lower bound is cleared above itself."""
    found = filled(Definition("m", Measure.ACCEPT_RATE))

    assert (found.above, found.below, found.clear_above) == (None, 0.1, 0.125)


def test_a_bound_near_the_end_of_a_share_can_be_cleared() -> None:
    """A quarter of what is left, where a quarter of the bound would be beyond 100 %."""
    assert filled(Definition("m", Measure.ACCEPT_RATE, below=0.9)).clear_above == pytest.approx(0.925)


def test_a_score_that_goes_below_nothing_is_cleared_further_in() -> None:
    """Scores may be negative: further in is lower, then as well."""
    found = filled(Definition("m", Measure.MEAN_SCORE, above=-4.0))

    assert found.clear_below == -5.0
    assert faults(found) == ()


def test_drift_measures_look_at_the_previous_window() -> None:
    """Unless told otherwise; the test has a bound of its own."""
    found = filled(Definition("m", Measure.SCORE_DRIFT))

    assert (found.drift, found.above, found.below) == (Previous.WINDOW, None, None)


@pytest.mark.parametrize("measure", [Measure.MEAN_SCORE, Measure.LOW_SCORE_SHARE], ids=str)
def test_without_a_usual_bound_one_is_asked_for(measure: Measure) -> None:
    """Or drift."""
    assert [one.key for one in faults(filled(Definition("m", measure)))] == ["measure"]
    assert faults(filled(Definition("m", measure, drift=Previous.WINDOW))) == ()
